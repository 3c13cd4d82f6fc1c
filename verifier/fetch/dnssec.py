"""Signatures of the DNS (RFC 4034, RFC 4035, RFC 6840), judged without asking anybody.

A hostile zone may hold many keys of one tag and many signatures (KeyTrap, CVE-2023-50387), or costly hashes
(CVE-2023-50868): all work is taken out of a :class:`Budget`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import dns.dnssec
import dns.rdataset
import dns.rdatatype
from dns.dnssectypes import Algorithm, DSDigest
from dns.exception import DNSException
from dns.name import Name
from dns.node import Node
from dns.rdataset import Rdataset
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rdtypes.dnskeybase import Flag
from dns.rrset import RRset

_RSA = frozenset({Algorithm.RSASHA256, Algorithm.RSASHA512})
ALGORITHMS = _RSA | {Algorithm.ECDSAP256SHA256, Algorithm.ECDSAP384SHA384, Algorithm.ED25519, Algorithm.ED448}
"""What is read. SHA-1 is not: RFC 9905 lets a strict validator treat it as unsupported, which makes a zone insecure."""
DIGESTS = frozenset({DSDigest.SHA256, DSDigest.SHA384})

_KEY_BYTES = 1 + 4 + 512  # RFC 3110: a short exponent and 4096 bits; longer ones cost seconds
_EXPONENT_BYTES = 4


class Bogus(Exception):
    """What should have validated does not; ``str()`` says why, in terms of the DNS."""


@dataclass(slots=True)
class Budget:
    """What one validation may still compute."""

    signatures: int = 64
    digests: int = 64
    hashes: int = 64

    def sign(self) -> None:
        """:raises Bogus: too many signatures"""
        self.signatures -= 1
        if self.signatures < 0:
            raise Bogus("too many signatures to verify")

    def digest(self) -> None:
        """:raises Bogus: too many digests of keys"""
        self.digests -= 1
        if self.digests < 0:
            raise Bogus("too many digests of keys to compare")

    def hash(self) -> None:
        """:raises Bogus: too many hashes"""
        self.hashes -= 1
        if self.hashes < 0:
            raise Bogus("too many NSEC3 hashes to compute")


@dataclass(frozen=True, slots=True)
class Keys:
    """The validated keys of a zone.

    :param until: the moment from which they must be asked again
    """

    zone: Name
    keys: tuple[DNSKEY, ...]
    until: int


@dataclass(frozen=True, slots=True)
class Signed:
    """Records of one name and type, with what a message gives as their signatures."""

    rrset: RRset
    signatures: tuple[RRSIG, ...]

    def __str__(self) -> str:
        return f"{shown(self.rrset.name)} {self.rrset.rdtype.name}"


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds.

    :param until: when it ends, or the records' time to live does
    :param wildcard: the parent of the wildcard that the records come from, if they come from one
    """

    until: int
    wildcard: Name | None


def shown(name: Name) -> str:
    """A name for people: lower case, without the final dot, the root as a dot."""
    return name.canonicalize().to_text(omit_final_dot=True) or "."


def signed(section: Iterable[RRset], name: Name, kind: RdataType) -> Signed | None:
    """The records of that name and type, if the section holds any."""
    rrset, signatures = None, list[RRSIG]()
    for item in section:
        if item.name != name:
            continue
        if item.rdtype == kind:
            rrset = item
        elif item.rdtype == RdataType.RRSIG and item.covers == kind:
            signatures += [record for record in item if isinstance(record, RRSIG)]
    return None if rrset is None else Signed(rrset, tuple(signatures))


def verify(found: Signed, keys: Keys, now: int, budget: Budget) -> Verified:
    """That one of the signatures is by one of `keys`, and in force.

    :raises Bogus: none is
    """
    why = "signature missing"
    tagged = [(key.algorithm, dns.dnssec.key_id(key), key) for key in keys.keys]
    for signature in found.signatures:
        if signature.signer != keys.zone or not found.rrset.name.is_subdomain(keys.zone):
            why = "signature of another zone"
        elif signature.labels > len(found.rrset.name) - 1:
            why = "signature wrong"
        elif now > signature.expiration:
            why = "signature expired"
        elif now < signature.inception:
            why = "signature not yet valid"
        elif not any(_holds(found.rrset, signature, key, now, budget) for key in _named(signature, tagged)):
            why = "signature wrong"
        else:
            lives = min(found.rrset.ttl, signature.original_ttl)
            return Verified(min(now + lives, signature.expiration), _wildcard(found.rrset.name, signature.labels))
    raise Bogus(f"{why}: {found}")


def _named(signature: RRSIG, tagged: Iterable[tuple[int, int, DNSKEY]]) -> Iterator[DNSKEY]:
    return (key for algorithm, tag, key in tagged if (algorithm, tag) == (signature.algorithm, signature.key_tag))


def _holds(rrset: RRset, signature: RRSIG, key: DNSKEY, now: int, budget: Budget) -> bool:
    budget.sign()
    # One key at a time, so that each is paid for.
    alone: dict[Name, Node | Rdataset] = {signature.signer: dns.rdataset.from_rdata(0, key)}
    try:
        dns.dnssec.validate_rrsig(rrset, signature, alone, now=now)
    except (DNSException, ValueError):
        return False
    return True


def _wildcard(name: Name, labels: int) -> Name | None:
    count = labels + 1  # a signature counts neither the root nor the asterisk
    return name.split(count)[1] if count < len(name) - name.is_wild() else None


def usable(records: Iterable[object]) -> tuple[DS, ...]:
    """The DS records whose digest and algorithm are supported; none: the zone counts as unsigned (RFC 6840, 5.2)."""
    return tuple(
        record
        for record in records
        if isinstance(record, DS) and record.digest_type in DIGESTS and record.algorithm in ALGORITHMS
    )


def trusted(zone: Name, found: Signed, vouched: Sequence[DS], until: int, budget: Budget, now: int) -> Keys:
    """The keys of a zone, signed by one of those that its parent, or the trust anchor, vouches for.

    :raises Bogus: no key is vouched for, or none of these signs the keys
    """
    keys = tuple(key for key in found.rrset if isinstance(key, DNSKEY) and _is_zone_key(key))
    entries = tuple(key for key in keys if _vouched(zone, key, vouched, budget))
    if not entries:
        raise Bogus(f"no key that the DS vouches for: {found}")
    verified = verify(found, Keys(zone, entries, until), now, budget)
    if verified.wildcard is not None:
        raise Bogus(f"signature wrong: {found}")
    return Keys(zone, keys, min(until, verified.until))


def _is_zone_key(key: DNSKEY) -> bool:
    if key.protocol != 3 or not key.flags & Flag.ZONE or key.flags & Flag.REVOKE:
        return False
    if key.algorithm not in ALGORITHMS or not 0 < len(key.key) <= _KEY_BYTES:
        return False
    return key.algorithm not in _RSA or 0 < key.key[0] <= _EXPONENT_BYTES


def _vouched(zone: Name, key: DNSKEY, vouched: Sequence[DS], budget: Budget) -> bool:
    """Whether one of the DS records is of that key."""
    tag = dns.dnssec.key_id(key)
    for record in vouched:
        if (record.key_tag, record.algorithm) == (tag, key.algorithm):
            budget.digest()
            if dns.dnssec.make_ds(zone, key, record.digest_type, validating=True) == record:
                return True
    return False
