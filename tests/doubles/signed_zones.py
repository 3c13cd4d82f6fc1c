"""A signed DNS tree, from a root of its own down, behind one server that answers as a recursive resolver would.

Signed with dnspython's own signer, NSEC3 by hand since it has none. A lie changes an answer on its way out.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from dns.dnssectypes import Algorithm, DSDigest
from dns.message import Message
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.NSEC import NSEC, Bitmap
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rdtypes.ANY.NSEC3 import Bitmap as Bitmap3
from dns.rrset import RRset

from tests.doubles.dns import Answer, DnsDouble
from tests.doubles.tools import NOW

Lie = Callable[[Message], Message | None]
"""What goes out instead of an answer; None: nothing."""

TTL = 600
_MAKERS: Mapping[Algorithm, Callable[[], dns.dnssec.PrivateKey]] = {
    Algorithm.ED25519: ed25519.Ed25519PrivateKey.generate,
    Algorithm.ECDSAP256SHA256: lambda: ec.generate_private_key(ec.SECP256R1()),
    Algorithm.RSASHA256: lambda: rsa.generate_private_key(65537, 2048),
    Algorithm.RSASHA1: lambda: rsa.generate_private_key(65537, 2048),
}


def absolute(text: str) -> Name:
    return dns.name.from_text(text)


@dataclass
class Zone:
    """A zone that signs its answers as they are asked.

    :param records: (name, type) → records as text; names are absolute
    :param signed: False: no key, no signature
    :param hashed: NSEC3, with `iterations`, and `opt_out` of unsigned delegations
    :param digest: of the DS that the parent is to hold
    """

    origin: Name
    records: dict[tuple[Name, RdataType], RRset] = field(default_factory=dict)
    signed: bool = True
    algorithm: Algorithm = Algorithm.ED25519
    digest: DSDigest = DSDigest.SHA256
    hashed: bool = False
    opt_out: bool = False
    iterations: int = 0
    salt: bytes = b""
    since: int = NOW - 3600
    until: int = NOW + 7 * 86_400

    def __post_init__(self) -> None:
        self.private = _MAKERS[self.algorithm]()
        self.key: DNSKEY = dns.dnssec.make_dnskey(self.private.public_key(), self.algorithm, flags=257)
        self.add(self.origin, "SOA", "ns.example. admin.example. 1 7200 3600 1209600 600")
        self.add(self.origin, "NS", "ns.example.")
        if self.signed:
            self.add(self.origin, "DNSKEY", self.key.to_text())

    def add(self, name: Name | str, kind: str, *texts: str) -> None:
        owner = absolute(name) if isinstance(name, str) else name
        self.records[owner, dns.rdatatype.from_text(kind)] = dns.rrset.from_text(owner, TTL, "IN", kind, *texts)

    def ds(self) -> str:
        policy = dns.dnssec.allow_all_policy
        return dns.dnssec.make_ds(self.origin, self.key, self.digest, policy=policy).to_text()

    def sign(self, rrset: RRset) -> list[RRset]:
        """The records and their signature."""
        if not self.signed:
            return [rrset]
        signature = dns.dnssec.sign(
            rrset,
            self.private,
            self.origin,
            self.key,
            inception=self.since,
            expiration=self.until,
            policy=dns.dnssec.allow_all_policy,
        )
        return [rrset, dns.rrset.from_rdata(rrset.name, rrset.ttl, signature)]

    def names(self) -> set[Name]:
        return {name for name, _ in self.records}

    def exists(self, name: Name) -> bool:
        """Whether a name holds records, or a name below it does."""
        return any(known.is_subdomain(name) for known in self.names())

    def types(self, name: Name) -> set[RdataType]:
        return {kind for known, kind in self.records if known == name}

    def encloser(self, name: Name) -> Name:
        while not self.exists(name):
            name = name.parent()
        return name

    def is_cut(self, name: Name) -> bool:
        return name != self.origin and RdataType.NS in self.types(name)

    def soa(self) -> list[RRset]:
        return self.sign(self.records[self.origin, RdataType.SOA])

    # Denial

    def deny(self, name: Name, *, wildcard: bool) -> list[RRset]:
        """The proof for a name that is not there, or is there without the type asked.

        :param wildcard: also that no wildcard stands for it
        """
        if not self.signed:
            return []
        encloser = self.encloser(name.parent() if self._is_left_out(name) else name)
        star = Name((b"*", *encloser.labels))
        if self.hashed:
            closer = name.split(len(encloser) + 1)[1] if name != encloser else name
            wanted = [name] if name == encloser else [encloser, closer, *([star] if wildcard else [])]
            found = [self._nsec3(one) for one in wanted]
        else:
            found = [self._nsec(one) for one in (name, *([star] if wildcard and name != encloser else []))]
        unique = {rrset.name: rrset for rrset in found}
        return [one for rrset in unique.values() for one in self.sign(rrset)]

    def _nsec(self, name: Name) -> RRset:
        chain = sorted(self.names())
        owner = max(known for known in chain if known <= name)
        following = chain[(chain.index(owner) + 1) % len(chain)]
        bitmap = Bitmap.from_rdtypes([*self.types(owner), RdataType.RRSIG, RdataType.NSEC])
        record = NSEC(dns.rdataclass.IN, RdataType.NSEC, following, bitmap)  # type: ignore[no-untyped-call]
        return dns.rrset.from_rdata(owner, TTL, record)

    def _nsec3(self, name: Name) -> RRset:
        chain: dict[bytes, Name] = {}
        for known in self.names():
            if self._is_left_out(known):
                continue
            while known.is_subdomain(self.origin):
                chain[self.hash(known)] = known
                if known == self.origin:
                    break
                known = known.parent()  # noqa: PLW2901 - the ancestors without records are in the chain too
        hashes = sorted(chain)
        wanted = self.hash(name)
        owner = max((one for one in hashes if one <= wanted), default=hashes[-1])
        following = hashes[(hashes.index(owner) + 1) % len(hashes)]
        types = self.types(chain[owner])
        signed = {RdataType.RRSIG} if types - {RdataType.NS} else set[RdataType]()
        record = NSEC3(  # type: ignore[no-untyped-call]
            dns.rdataclass.IN,
            RdataType.NSEC3,
            1,
            int(self.opt_out),
            self.iterations,
            self.salt,
            following,
            Bitmap3.from_rdtypes([*types, *signed]),
        )
        label = base64.b32hexencode(owner).rstrip(b"=").lower()
        return dns.rrset.from_rdata(Name((label, *self.origin.labels)), TTL, record)

    def _is_left_out(self, name: Name) -> bool:
        return self.opt_out and self.is_cut(name) and RdataType.DS not in self.types(name)

    def hash(self, name: Name) -> bytes:
        digest = name.canonicalize().to_wire() or b""
        for _ in range(self.iterations + 1):
            digest = hashlib.sha1(digest + self.salt).digest()  # noqa: S324 - RFC 5155
        return digest


class SignedZones(DnsDouble):
    """The tree; `lies` change answers by (name, type), and by type alone under the name ``*``."""

    def __init__(self, zone: Mapping[tuple[str, str], Answer] | None = None) -> None:
        super().__init__(zone)
        self.zones: dict[Name, Zone] = {}
        self.lies: dict[tuple[str, str], Lie] = {}
        self.add(".")

    @classmethod
    @asynccontextmanager
    async def tree(cls) -> AsyncIterator[Self]:
        """root → fr → gouv.fr → numerique.gouv.fr; gouv.fr has NSEC3 with opt-out."""
        async with cls.running() as double:
            double.add("fr.")
            double.add("gouv.fr.", hashed=True, opt_out=True, salt=b"\xab\xcd", iterations=1)
            double.add("numerique.gouv.fr.")
            yield double

    def add(self, name: str, **how: object) -> Zone:
        """A zone, and its delegation in the zone above."""
        origin = absolute(name)
        zone = self.zones[origin] = Zone(origin, **how)  # type: ignore[arg-type] # a table of its own fields
        if origin != dns.name.root:
            above = self.around(origin.parent())
            above.add(origin, "NS", "ns.example.")
            if zone.signed:
                above.add(origin, "DS", zone.ds())
        return zone

    def __getitem__(self, name: str) -> Zone:
        return self.zones[absolute(name)]

    def anchor(self, folder: Path) -> Path:
        """The file of trust anchors that vouches for this root."""
        path = folder / "root.txt"
        path.write_text(f". IN DS {self['.'].ds()}\n")
        return path

    def around(self, name: Name) -> Zone:
        """The zone that a name stands in."""
        while name not in self.zones:
            name = name.parent()
        return self.zones[name]

    def answer(self, wire: bytes) -> Message | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.canonicalize(), question.rdtype
        self.asked.append((name.to_text(omit_final_dot=True) or ".", kind.name))
        response = dns.message.make_response(query, our_payload=1232)
        response.flags |= dns.flags.RA
        self._fill(response, name, kind)
        lie = self.lies.get(self.asked[-1]) or self.lies.get(("*", kind.name))
        return lie(response) if lie else response

    def _fill(self, response: Message, name: Name, kind: RdataType) -> None:
        zone = self.around(name.parent() if kind == RdataType.DS and name != dns.name.root else name)
        here = zone.types(name)
        if kind in here:
            response.answer = zone.sign(zone.records[name, kind])
        elif RdataType.CNAME in here:
            response.answer = zone.sign(zone.records[name, RdataType.CNAME])
        elif here or zone.exists(name):
            response.authority = [*zone.soa(), *zone.deny(name, wildcard=False)]
        else:
            self._nowhere(response, zone, name, kind)

    def _nowhere(self, response: Message, zone: Zone, name: Name, kind: RdataType) -> None:
        star = Name((b"*", *zone.encloser(name).labels))
        found = next((zone.records[star, one] for one in (kind, RdataType.CNAME) if one in zone.types(star)), None)
        if found is not None:
            response.answer = [rename(rrset, name) for rrset in zone.sign(found)]
            response.authority = zone.deny(name, wildcard=False)
        elif zone.exists(star):
            response.authority = [*zone.soa(), *zone.deny(name, wildcard=True)]
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
            response.authority = [*zone.soa(), *zone.deny(name, wildcard=True)]


def rename(rrset: RRset, name: Name) -> RRset:
    return dns.rrset.from_rdata_list(name, rrset.ttl, list(rrset))


# Lies


def without(*kinds: RdataType) -> Lie:
    """Strips records of these types."""

    def lie(response: Message) -> Message:
        response.answer = [rrset for rrset in response.answer if rrset.rdtype not in kinds]
        response.authority = [rrset for rrset in response.authority if rrset.rdtype not in kinds]
        return response

    return lie


def forged(*texts: str) -> Lie:
    """Other TXT records, beside the true signatures."""

    def lie(response: Message) -> Message:
        name = response.question[0].name
        others = [rrset for rrset in response.answer if rrset.rdtype != RdataType.TXT]
        response.answer = [dns.rrset.from_text(name, TTL, "IN", "TXT", *texts), *others]
        response.set_rcode(dns.rcode.NOERROR)
        return response

    return lie


def empty(response: Message) -> Message:
    response.answer, response.authority = [], []
    return response


def refuse(response: Message) -> Message:
    response = empty(response)
    response.set_rcode(dns.rcode.SERVFAIL)
    return response


def silent(_: Message) -> None:
    return None
