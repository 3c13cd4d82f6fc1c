"""What a signed zone says that it does not hold: NSEC (RFC 4035, 5.4) and NSEC3 (RFC 5155, 8), as by RFC 6840, 4."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import dns.dnssec
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rrset import RRset

from .dnssec import Bogus, Budget, Keys, signed, verify

Types = frozenset[int]
"""The types of records that a name holds."""

_ITERATIONS = 100
_SHA1 = 1
_OPT_OUT = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """A name that is not there.

    :param encloser: its closest ancestor that is
    :param opt_out: unsigned delegations may stand in the gap (RFC 5155, 6)
    """

    encloser: Name
    opt_out: bool


class Denial(Protocol):
    """The proofs of one message, already verified."""

    def types(self, name: Name) -> Types | None:
        """What a name holds; None if no record is about that name."""

    def gap(self, name: Name) -> Gap | None:
        """The proof that a name is not there."""

    def past(self, name: Name, encloser: Name) -> Gap | None:
        """The proof that nothing closer to `name` than the wildcard below `encloser` is there."""


def denial(authority: Iterable[RRset], keys: Keys, now: int, budget: Budget) -> Denial:
    """The proofs of that zone in a section; those of other zones, behind an alias, say nothing here.

    :raises Bogus: a signature of theirs does not hold
    """
    section = list(authority)
    nsec, nsec3 = list[tuple[Name, NSEC]](), list[tuple[Name, NSEC3]]()
    for rrset in section:
        if rrset.rdtype not in (RdataType.NSEC, RdataType.NSEC3):
            continue
        found = signed(section, rrset.name, rrset.rdtype)
        if found is None or all(signature.signer != keys.zone for signature in found.signatures):
            continue
        if verify(found, keys, now, budget).wildcard is not None:
            raise Bogus(f"proof from a wildcard: {found}")
        nsec += [(rrset.name, record) for record in rrset if isinstance(record, NSEC)]
        nsec3 += [(rrset.name, record) for record in rrset if isinstance(record, NSEC3)]
    return _Nsec(keys.zone, nsec) if nsec else _hashed(keys.zone, nsec3, budget)


def absence(proofs: Denial, name: Name, kind: RdataType) -> Literal["secure", "insecure"] | None:
    """Whether a name, or its records of that type, are proved not to be there; None: they are not."""
    types = proofs.types(name)
    if types is not None:
        return "secure" if _without(types, kind) else None
    gap = proofs.gap(name)
    if gap is None:
        return None
    wildcard = Name((b"*", *gap.encloser.labels))
    there = proofs.types(wildcard)
    denied = proofs.gap(wildcard) is not None if there is None else _without(there, kind)
    if not denied:
        return None
    return "insecure" if gap.opt_out else "secure"  # RFC 5155, 9.2


def expansion(proofs: Denial, name: Name, encloser: Name) -> Literal["secure", "insecure"] | None:
    """Whether the wildcard below `encloser` may stand for `name`: nothing closer is there (RFC 4035, 5.3.4)."""
    gap = proofs.past(name, encloser)
    if gap is None:
        return None
    return "insecure" if gap.opt_out else "secure"


def delegation(proofs: Denial, name: Name) -> Literal["insecure", "none"] | None:
    """What a name without DS is to its parent: an unsigned delegation, or no delegation; None: nothing is proved."""
    types = proofs.types(name)
    if types is not None:
        if RdataType.DS in types or RdataType.SOA in types:  # with SOA, it is the child that speaks
            return None
        return "insecure" if RdataType.NS in types else "none"
    gap = proofs.gap(name)
    if gap is None:
        return None
    return "insecure" if gap.opt_out else "none"


def _without(types: Types, kind: RdataType) -> bool:
    # RFC 6840, 4.1: at a delegation, the parent knows nothing of what the child holds.
    return kind not in types and RdataType.CNAME not in types and not _is_cut(types)


def _is_cut(types: Types) -> bool:
    return RdataType.NS in types and RdataType.SOA not in types


def _hides(types: Types) -> bool:
    """Whether what is below a name is elsewhere (RFC 6840, 4.1)."""
    return _is_cut(types) or RdataType.DNAME in types


def _types(record: NSEC | NSEC3) -> Types:
    return frozenset(
        window * 256 + byte * 8 + bit
        for window, bitmap in record.windows
        for byte, bits in enumerate(bitmap)
        for bit in range(8)
        if bits & (0x80 >> bit)
    )


@dataclass(frozen=True, slots=True)
class _Nsec:
    zone: Name
    records: list[tuple[Name, NSEC]]

    def types(self, name: Name) -> Types | None:
        for owner, record in self.records:
            if owner == name:
                return _types(record)
            if self._spans(owner, record, name) and record.next.is_subdomain(name):
                return frozenset()  # an empty non-terminal: only names below it hold records
        return None

    def gap(self, name: Name) -> Gap | None:
        for owner, record in self.records:
            if self._spans(owner, record, name) and not record.next.is_subdomain(name):
                shared = max(name.fullcompare(owner)[2], name.fullcompare(record.next)[2])
                return Gap(name.split(shared)[1], opt_out=False)
        return None

    def past(self, name: Name, encloser: Name) -> Gap | None:
        gap = self.gap(name)
        return gap if gap is not None and gap.encloser == encloser else None

    def _spans(self, owner: Name, record: NSEC, name: Name) -> bool:
        last = record.next == self.zone
        if not owner < name or not (last or name < record.next):
            return False
        return not (name.is_subdomain(owner) and _hides(_types(record)))


def _hashed(zone: Name, records: list[tuple[Name, NSEC3]], budget: Budget) -> Denial:
    """:raises Bogus: too many iterations"""
    known = [
        (owner, record)
        for owner, record in records
        if record.algorithm == _SHA1 and record.flags in (0, _OPT_OUT) and owner.parent() == zone
    ]
    if any(record.iterations > _ITERATIONS for _, record in known):
        # RFC 9276, 3.2 leaves the choice: to call it insecure would be to take unsigned records on its word.
        raise Bogus(f"more than {_ITERATIONS} NSEC3 iterations")
    first = known[0][1] if known else None
    alike = [  # RFC 5155, 8.2: all of one message have the same parameters
        (owner.labels[0].upper(), record)
        for owner, record in known
        if first is not None and (record.iterations, record.salt) == (first.iterations, first.salt)
    ]
    return _Nsec3(zone, alike, budget)


@dataclass(frozen=True, slots=True)
class _Nsec3:
    zone: Name
    records: list[tuple[bytes, NSEC3]]
    budget: Budget
    hashes: dict[Name, bytes] = field(default_factory=dict)

    def types(self, name: Name) -> Types | None:
        return next((_types(record) for owner, record in self.records if owner == self._hash(name)), None)

    def gap(self, name: Name) -> Gap | None:
        for count in range(len(name) - 1, len(self.zone) - 1, -1):
            encloser = name.split(count)[1]
            types = self.types(encloser)
            if types is not None:
                return None if _hides(types) else self.past(name, encloser)
        return None

    def past(self, name: Name, encloser: Name) -> Gap | None:
        closer = name.split(len(encloser) + 1)[1]
        for owner, record in self.records:
            following = base64.b32hexencode(record.next).rstrip(b"=")
            hashed = self._hash(closer)
            # The last record of the chain leads back to the first.
            inside = owner < hashed < following if owner < following else hashed > owner or hashed < following
            if inside:
                return Gap(encloser, bool(record.flags & _OPT_OUT))
        return None

    def _hash(self, name: Name) -> bytes:
        if name not in self.hashes:
            self.budget.hash()
            record = self.records[0][1]
            text = dns.dnssec.nsec3_hash(name, record.salt, record.iterations, _SHA1)
            self.hashes[name] = text.encode()
        return self.hashes[name]
