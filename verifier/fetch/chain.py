"""From the keys of the root down to a name, zone after zone (RFC 4035, 5), through any recursive resolver."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import dns.name
from dns.message import Message
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rrset import RRset

from ..core.clock import Clock
from ..core.errors import OutsideError
from .denial import absence, delegation, denial, expansion
from .dnssec import Bogus, Budget, Keys, Signed, shown, signed, trusted, usable, verify

Ask = Callable[[Name, RdataType], Awaitable[Message]]
Security = Literal["secure", "insecure", "bogus", "unknown"]

_KNOWN = 256
_LONGEST = 3_600  # seconds that validated keys are kept, whatever their time to live


class _Insecure(Exception):
    """An unsigned delegation was proved; ``str()`` says where."""


class _Unknown(Exception):
    """The resolver hands on nothing of DNSSEC."""


@dataclass(frozen=True, slots=True)
class Found:
    """Records of one name and type, or an alias in their place, or neither, and how far to believe it.

    :param alias: where a CNAME, of that name or made from a DNAME above it, leads
    :param why: what is not secure about it
    """

    rrset: RRset | None
    alias: Name | None
    security: Security
    why: str | None


@dataclass(frozen=True, slots=True)
class Validator:
    """Validates; keeps validated keys for their time to live.

    :param anchors: what vouches for the keys of the root
    :param lenient: what a resolver without DNSSEC says is ``unknown``, rather than ``bogus``
    """

    ask: Ask
    anchors: Sequence[DS]
    clock: Clock
    lenient: bool
    known: dict[Name, Keys] = field(default_factory=dict)

    async def look(self, name: Name, kind: RdataType) -> Found:
        """One question, and as many as its answer needs to be believed.

        :raises OutsideError: ``dns-unreachable``, ``dns-failed``
        """
        answer = await self.ask(name, kind)
        rrset = _records(answer, name, kind)
        alias = _alias(answer, name)
        security: Security
        why: str | None
        try:
            await self._judge(answer, name, kind)
            security, why = "secure", None
        except Bogus as error:
            security, why = "bogus", str(error)
        except _Insecure as error:
            security, why = "insecure", str(error)
        except _Unknown:
            security = "unknown" if self.lenient else "bogus"
            why = "the resolver hands on no DNSSEC data, not even the keys of the root"
        return Found(rrset, alias, security, why)

    async def _judge(self, answer: Message, name: Name, kind: RdataType) -> None:
        """Nothing, if it is secure.

        :raises Bogus: it does not validate
        """
        budget = Budget()
        keys = await self._zone(name, _signer(answer, name), budget)
        now = self.clock.now()
        found = signed(answer.answer, name, kind) or _aliased(answer, name)
        if found is None:
            proved = absence(denial(answer.authority, keys, now, budget), name, kind)
        else:
            verified = verify(found, keys, now, budget)
            if verified.wildcard is None:
                return
            proved = expansion(denial(answer.authority, keys, now, budget), name, verified.wildcard)
        if proved is None:
            raise Bogus(f"no proof of absence: {shown(name)}")
        if proved == "insecure":
            raise _Insecure(f"opt-out: {shown(name)}")

    async def _zone(self, name: Name, signer: Name | None, budget: Budget) -> Keys:
        """The keys of the zone that signs, or should sign, what is at `name`.

        :param signer: the zone that the answer names; None if it names none
        """
        keys = await self._nearest(name, budget)
        for count in range(len(keys.zone) + 1, len(name) + 1):
            if keys.zone == signer:
                break
            keys = await self._below(keys, name.split(count)[1], budget)
        return keys

    async def _nearest(self, name: Name, budget: Budget) -> Keys:
        now = self.clock.now()
        for count in range(len(name), 0, -1):
            keys = self.known.get(name.split(count)[1])
            if keys is not None and keys.until > now:
                return keys
        return await self._root(budget)

    async def _root(self, budget: Budget) -> Keys:
        try:
            answer = await self.ask(dns.name.root, RdataType.DNSKEY)
        except OutsideError:
            if self.lenient:
                raise _Unknown from None
            raise  # an outage is no verdict
        found = signed(answer.answer, dns.name.root, RdataType.DNSKEY)
        if found is None or not found.signatures:
            raise _Unknown
        now = self.clock.now()
        return self._keep(trusted(dns.name.root, found, self.anchors, now + _LONGEST, budget, now))

    async def _below(self, keys: Keys, child: Name, budget: Budget) -> Keys:
        """The keys of `child` if it is a signed zone, those of the zone around it if it is no zone.

        :raises Bogus: neither is proved
        """
        answer = await self.ask(child, RdataType.DS)
        now = self.clock.now()
        delegated = signed(answer.answer, child, RdataType.DS)
        if delegated is None:
            aliased = _aliased(answer, child)
            if aliased is not None:
                verify(aliased, keys, now, budget)
                return keys
            proved = delegation(denial(answer.authority, keys, now, budget), child)
            if proved is None:
                raise Bogus(f"no proof that it is unsigned: {shown(child)}")
            if proved == "insecure":
                raise _Insecure(f"unsigned delegation: {shown(child)}")
            return keys
        verified = verify(delegated, keys, now, budget)
        if verified.wildcard is not None:
            raise Bogus(f"signature wrong: {delegated}")
        vouched = usable(delegated.rrset)
        if not vouched:
            raise _Insecure(f"algorithms that are not supported: {shown(child)}")
        answer = await self.ask(child, RdataType.DNSKEY)
        found = signed(answer.answer, child, RdataType.DNSKEY)
        if found is None:
            raise Bogus(f"no keys: {shown(child)}")
        return self._keep(trusted(child, found, vouched, min(keys.until, verified.until), budget, now))

    def _keep(self, keys: Keys) -> Keys:
        while len(self.known) >= _KNOWN:
            del self.known[next(iter(self.known))]
        self.known[keys.zone] = keys
        return keys


def _records(answer: Message, name: Name, kind: RdataType) -> RRset | None:
    found = signed(answer.answer, name, kind)
    return None if found is None else found.rrset


def _aliased(answer: Message, name: Name) -> Signed | None:
    """The CNAME of a name, or the DNAME above it: what a zone signs of an alias (RFC 6672, 5.3.1)."""
    for rrset in answer.answer:
        if rrset.rdtype == RdataType.DNAME and name.is_subdomain(rrset.name) and name != rrset.name:
            return signed(answer.answer, rrset.name, RdataType.DNAME)
    return signed(answer.answer, name, RdataType.CNAME)


def _alias(answer: Message, name: Name) -> Name | None:
    found = _aliased(answer, name)
    target = getattr(found.rrset[0], "target", None) if found else None
    return target if isinstance(target, Name) else None


def _signer(answer: Message, name: Name) -> Name | None:
    """The deepest zone at or above `name` that signs something in an answer."""
    signers = {
        record.signer
        for rrset in (*answer.answer, *answer.authority)
        for record in rrset
        if isinstance(record, RRSIG) and name.is_subdomain(record.signer)
    }
    return max(signers, key=len, default=None)
