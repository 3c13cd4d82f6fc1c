"""Which logs count, and how many witnesses must have cosigned (C2SP tlog-policy)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from ..core.errors import BadInput, ConfigError, ProofError
from .checkpoint import Checkpoint, check_by
from .keys import Kind, VerifierKey
from .note import Note, Signature

MOST_BYTES = 262_144  # of a file
_MOST = 256  # logs, witnesses and groups together
_CHARACTERS = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
NONE = "none"


@dataclass(frozen=True, slots=True)
class Witness:
    """:param url: where it takes checkpoints; ``""`` if the file does not say"""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """:param least: how many of its members must have witnessed"""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a reader of checkpoints asks for.

    :param logs: their keys, with a URL or ``""``
    :param quorum: the name of a witness or group, or :data:`NONE`
    """

    logs: Mapping[VerifierKey, str]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """:raises ConfigError: the line at fault, and what is wrong with it"""
        if len(data) > MOST_BYTES or _CHARACTERS.fullmatch(data) is None or (data and not data.endswith(b"\n")):
            raise ConfigError("Witness policy: too long, with a control character, or without its last newline.")
        reader = _Reader()
        # Latin-1 keeps every byte apart: names are bytes, whatever they spell.
        for place, line in enumerate(data.decode("latin-1").split("\n"), 1):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                try:
                    reader.read(words)
                except _Wrong as wrong:
                    raise ConfigError(f"Witness policy, line {place}: {wrong}.") from None
        if reader.quorum is None:
            raise ConfigError(
                "Witness policy: no quorum line. Write the one that you want; `quorum none` asks for none."
            )
        return cls(reader.logs, reader.witnesses, reader.groups, reader.quorum)

    def check(self, note: Note) -> Checkpoint:
        """The checkpoint, if one of the logs signed it and the quorum cosigned it.

        :raises BadInput: ``log-malformed``
        :raises ProofError: ``log-signature``, ``log-quorum``
        """
        checkpoint = Checkpoint.parse(note.text)
        check_by(self.logs, checkpoint, note)
        self.check_quorum(note)
        return checkpoint

    def check_quorum(self, note: Note) -> dict[str, Signature]:
        """The cosignatures of the witnesses, by their names.

        :raises ProofError: ``log-quorum``; ``log-signature``: one that names a witness is not that witness's
        """
        signed = note.signed_by(witness.key for witness in self.witnesses.values())
        found = {name: signed[each.key] for name, each in self.witnesses.items() if each.key in signed}
        if self.quorum != NONE and not self._witnessed(self.quorum, found):
            raise ProofError("log-quorum")
        return found

    def _witnessed(self, name: str, found: Mapping[str, Signature]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in found
        return sum(self._witnessed(member, found) for member in group.members) >= group.least


class _Wrong(Exception):
    """What is wrong with a line."""


@dataclass(slots=True)
class _Reader:
    """What the lines so far said."""

    logs: dict[VerifierKey, str] = field(default_factory=dict)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    members: set[str] = field(default_factory=set)

    def read(self, words: list[str]) -> None:
        """:raises _Wrong: what is wrong with it"""
        if words[0] != "quorum" and len(self.logs) + len(self.witnesses) + len(self.groups) >= _MOST:
            raise _Wrong(f"more than {_MOST} logs, witnesses and groups")
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self.logs[_key(key, Kind.NOTE, self.logs)] = "".join(url)
            case ["witness", name, key, *url] if len(url) <= 1:
                self._check_new(name)
                known = [witness.key for witness in self.witnesses.values()]
                self.witnesses[name] = Witness(name, _key(key, Kind.COSIGNATURE, known), "".join(url))
            case ["group", name, least, *members] if members:
                self._check_new(name)
                self._check_members(members)
                self.groups[name] = Group(_least(least, len(members)), tuple(members))
            case ["quorum", name] if self.quorum is None:
                if name != NONE and name not in self.witnesses and name not in self.groups:
                    raise _Wrong(f"no line above names {name}")
                self.quorum = name
            case ["quorum", _]:
                raise _Wrong("a second quorum")
            case _:
                raise _Wrong("write log KEY [URL], witness NAME KEY [URL], group NAME K|any|all NAME…, or quorum NAME")

    def _check_new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise _Wrong(f"the name {name} is taken")

    def _check_members(self, members: list[str]) -> None:
        """A witness counts in one way only."""
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise _Wrong(f"no line above names {member}")
            if member in self.members:
                raise _Wrong(f"{member} is a member already")
            self.members.add(member)


def _least(text: str, members: int) -> int:
    words = {"any": 1, "all": members}
    least = words.get(text) or (int(text) if re.fullmatch("[1-9][0-9]{0,2}", text) else 0)
    if not 1 <= least <= members:
        raise _Wrong(f"the number of a group is any, all, or from 1 to {members}")
    return least


def _key(text: str, kind: Kind, known: Mapping[VerifierKey, str] | list[VerifierKey]) -> VerifierKey:
    try:
        # Names of keys are text, that of the file's bytes.
        key = VerifierKey.parse(text.encode("latin-1").decode("utf-8"))
    except (BadInput, UnicodeDecodeError):
        raise _Wrong("not a verifier key that we can check (Ed25519: kind 01 for logs, 04 for witnesses)") from None
    if key.kind is not kind:
        raise _Wrong(f"a key of kind {key.kind:02} where {kind:02} is needed")
    if any(key.public == other.public for other in known):
        raise _Wrong("a key that a line above has already")
    return key
