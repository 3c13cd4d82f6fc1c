"""How a name resembles an official one: what the rules found, for whoever says it in words (T32)."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """How the handle of an account without an attestation resembles that of a listed account."""

    CONFUSABLE = "confusable"
    """letters, or a server, that are read for others"""
    DRESSED = "dressed"
    """the name of a body, with words that claim it is official"""
    BODY_NAME = "body-name"
    """the full name of a body, or its domain, as a user name"""
    CASE = "case"
    """the same name in other capitals, where that makes another account"""
    SAME_USER = "same-user"
    """the same name, on another server"""
    SIMILAR = "similar"
    """a slip of the keyboard away: a neighbour, who may be there by chance"""

    @property
    def imitates(self) -> bool:
        """Whether a name of that kind is made to be taken for the other; all others only resemble it."""
        return self in (Why.CONFUSABLE, Why.DRESSED, Why.BODY_NAME)


class Change(StrEnum):
    """What was done to the official name."""

    READ = "read"
    """`shown` stands where the official name has `official`"""
    CHANGED = "changed"
    """as ``read``, but not alike to the eye"""
    ADDED = "added"
    MISSING = "missing"
    SWAPPED = "swapped"
    """two letters stand in the other's place"""
    WORD = "word"
    """a word was added"""
    NUMBER = "number"
    """a number was added"""
    SEPARATOR = "separator"
    """a dot, hyphen or underscore was added, left out, or took another's place"""
    ORDER = "order"
    """its words stand in another order"""
    NAME = "name"
    """the name of the body, not that of its account"""
    DOMAIN = "domain"
    """the domain, or the server, of the body stands for the name of an account"""
    CASE = "case"
    SERVER = "server"
    """another server: `shown` for `official`"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    :param shown: of the name asked about; empty if something is missing
    :param official: of the official name; empty if something was added
    :param at: place of the first character of `shown`, or where it is missing: from 1
    :param in_server: whether the server's name differs there, else the user's
    """

    change: Change
    shown: str = ""
    official: str = ""
    at: int = 0
    in_server: bool = False
