"""Codes that are mailed and typed back: 40 bits, five tries, fifteen minutes (T09). None is kept, only its MAC."""

import hmac
from typing import NamedTuple

from .clock import Chance
from .models import Problem

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs: no 0, O, 1 or I, which are read for each other."""
LENGTH = 8  # 40 bits
LIFETIME = 15 * 60  # seconds
TRIES = 5


class Sent(NamedTuple):
    """What is kept of a code that was sent.

    :param mac: in hexadecimal
    :param at: Unix seconds
    :param tries: wrong ones so far
    """

    mac: str
    at: int
    tries: int


def draw(chance: Chance) -> str:
    """A new code."""
    return "".join(ALPHABET[chance.below(len(ALPHABET))] for _ in range(LENGTH))


def typed(text: str) -> str:
    """The code that somebody typed. Case, spaces and hyphens do not matter: no code holds any."""
    # People read a code aloud in halves, and phones add a space: nothing dropped here is a sign of ALPHABET.
    kept = "".join(char for char in text[:64] if char not in " \t\r\n-")
    return kept.upper() if kept.isascii() else kept  # outside ASCII, upper() makes letters of other signs


def compare(mac: str, sent: Sent, now: int) -> tuple[Problem | None, int]:
    """What is wrong with a code of that MAC, None if it is the one that was sent; and the tries that it had by now."""
    if sent.tries >= TRIES:
        return Problem("code-locked", {"tries": TRIES}), sent.tries
    if now >= sent.at + LIFETIME:
        return Problem("code-expired", {"minutes": LIFETIME // 60}), sent.tries
    if hmac.compare_digest(mac, sent.mac):
        return None, sent.tries
    tries = sent.tries + 1
    left = TRIES - tries
    return Problem("code-wrong", {"left": left}) if left else Problem("code-locked", {"tries": TRIES}), tries
