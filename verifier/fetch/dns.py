"""Names to addresses, and what the DNS says of a domain. No hosts file; only validated keys are remembered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.TXT import TXT
from dns.rrset import RRset

from ..core.clock import Chance, Clock
from ..core.errors import ConfigError, OutsideError, Unavailable
from ..core.identifiers import Host
from ..core.strict_json import Json
from . import anchors, mail_facts
from .allowance import count_question, in_time
from .chain import Found, Security, Validator
from .dnssec import shown
from .exchange import UDP_BYTES, Exchange, Server
from .guard import Address

ALIAS = "CNAME "
"""How :attr:`Secured.why` starts when the name is an alias."""

_UNHEARD = (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout)
_PATIENCE = 4  # a validation, from the root down, may take the time of so many questions that are slow


@dataclass(frozen=True, slots=True)
class Secured:
    r"""The TXT records of a name, and how far DNSSEC vouches for them, or for their absence (RFC 4035, 4.3).

    :param texts: the character-strings of each record joined; bytes that are no printable ASCII as ``\DDD``, the
        backslash too; empty when bogus, and for an alias, which is not followed (T38)
    :param security: ``insecure``: the zone is unsigned, and its parent proves that; ``bogus``: it should validate and
        does not; ``unknown``: the resolver cannot tell, in the sandbox alone
    :param why: what is not secure, or :data:`ALIAS` and its target; in terms of the DNS, not a sentence
    """

    name: str
    texts: tuple[str, ...]
    security: Security
    why: str | None


class Resolver:
    """A client of the recursive resolvers that the operator names, or of the system's.

    :param nameservers: ``ADDRESS``, ``ADDRESS:PORT`` or ``[ADDRESS]:PORT``; None for the system's own,
        empty for no DNS at all
    :param timeout: seconds for one question, retries included; four times that for a validation
    :param anchor: file of the DNSSEC trust anchors of the root; None: IANA's
    :param lenient: a resolver that hands on no DNSSEC data makes answers ``unknown``; otherwise, since somebody
        on the way could have stripped it, they are ``bogus``
    :raises ConfigError: a nameserver is not an address, or the trust anchors cannot be read
    """

    def __init__(
        self,
        nameservers: Sequence[str] | None = None,
        *,
        timeout: float = 3.0,
        clock: Clock | None = None,
        chance: Chance | None = None,
        anchor: Path | None = None,
        lenient: bool = False,
    ) -> None:
        self._timeout = timeout
        self._stub = _stub(nameservers)
        self._stub.lifetime = timeout
        self._stub.timeout = timeout / 3
        self._stub.use_edns(0, 0, UDP_BYTES)
        self._servers = _places(self._stub)
        self._stub.nameservers = [Server(address, port) for address, port in self._servers]
        self._exchange = Exchange(self._servers, chance or Chance(), timeout, mixes=not lenient)
        trusted = anchors.load(anchor) if anchor else anchors.packaged()
        self._validator = Validator(self._exchange.ask, trusted, clock or Clock(), lenient)
        self.lenient = lenient

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses that are asked."""
        return tuple(address for address, _ in self._servers)

    async def addresses(self, host: Host) -> tuple[Address, ...]:
        """Every address of a name, IPv4 first: an exit without IPv6 is common, one without IPv4 is not.

        :raises OutsideError: ``fetch-name``, ``dns-too-many``
        :raises Unavailable: ``dns-resolver``, ``fetch-exhausted``
        """
        answers = await asyncio.gather(self._ask(host, "A"), self._ask(host, "AAAA"), return_exceptions=True)
        found: list[Address] = []
        for answer in answers:
            if isinstance(answer, dns.resolver.Answer):
                found += [ip_address(record.to_text()) for record in answer]
            elif not isinstance(answer, dns.exception.DNSException):
                raise answer
        if not found:
            if self._servers and any(isinstance(answer, _UNHEARD) for answer in answers):
                await self._exchange.check()
            raise OutsideError("fetch-name", host=str(host))
        return tuple(found)

    async def texts(self, host: Host, under: str = "") -> Secured:
        """The TXT records of a host, or of the label `under` it, validated here from the root down.

        :raises OutsideError: ``dns-unreachable``; ``dns-failed``: the resolver, or the domain's own servers, are
            out of order; ``dns-name-too-long``, ``dns-too-many``, ``check-too-long``
        :raises Unavailable: ``dns-resolver``, ``fetch-exhausted``: the fault is ours
        """
        try:
            name = dns.name.from_text(f"{under}.{host}." if under else f"{host}.")
        except dns.exception.DNSException:
            raise OutsideError("dns-name-too-long", host=str(host)) from None
        if not self._servers:
            return Secured(shown(name), (), "unknown" if self.lenient else "bogus", "no DNS server is configured")
        found = await self._look(name, RdataType.TXT)
        if found.security != "bogus" and found.alias is not None:
            return Secured(shown(name), (), found.security, ALIAS + shown(found.alias))
        texts = () if found.security == "bogus" else _texts(found.rrset)
        return Secured(shown(name), texts, found.security, found.why)

    async def name_servers(self, domain: Host) -> frozenset[str]:
        """The servers of the zone of a domain, by name; empty: none to be had, or none that may be believed."""
        try:
            found = await self._look(dns.name.from_text(f"{domain}."), RdataType.NS) if self._servers else None
        except (OutsideError, Unavailable):
            return frozenset()
        if found is None or found.rrset is None or found.security == "bogus":
            return frozenset()
        return frozenset(shown(record.target) for record in found.rrset if isinstance(record, NS))

    async def ailment(self) -> str | None:
        """Why the resolver is of no use, in terms of the DNS; None: it answers, and hands on what DNSSEC needs."""
        if not self._servers:
            return None if self.lenient else "no DNS server is configured"
        try:
            found = await self._look(dns.name.root, RdataType.NS)
        except (OutsideError, Unavailable):
            return "no answer to the question for the root"
        return f"the root does not validate: {found.why}" if found.security == "bogus" else None

    async def mail_facts(self, domain: Host) -> Mapping[str, Json]:
        """What a proof of a mailbox records of its domain (T11), see :mod:`.mail_facts`.

        :raises OutsideError: ``check-too-long``, ``dns-too-many``
        """
        async with in_time(str(domain)):
            return await mail_facts.ask(domain, self._ask)

    async def _look(self, name: dns.name.Name, kind: RdataType) -> Found:
        """:raises OutsideError, Unavailable: as :meth:`texts`"""
        try:
            async with in_time(shown(name)), asyncio.timeout(self._timeout * _PATIENCE):
                return await self._validator.look(name, kind)
        except TimeoutError:
            raise OutsideError("dns-unreachable", host=shown(name)) from None

    async def _ask(self, host: str | Host, kind: str) -> dns.resolver.Answer:
        count_question(self._exchange, str(host))
        # With the final dot, no search domain of this machine is ever appended.
        return await self._stub.resolve(f"{host}.", kind, search=False, raise_on_no_answer=False)


def _texts(rrset: RRset | None) -> tuple[str, ...]:
    return tuple(_text(record) for record in rrset or () if isinstance(record, TXT))


def _text(record: TXT) -> str:
    # Escaped rather than left out: a policy that cannot be read must be seen to be there.
    plain = (chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\{byte:03}" for byte in b"".join(record.strings))
    return "".join(plain)


def _places(stub: dns.asyncresolver.Resolver) -> tuple[tuple[str, int], ...]:
    return tuple(
        (server.address, server.port) if isinstance(server, Do53Nameserver) else (str(server), stub.port)
        for server in stub.nameservers
    )


def _stub(nameservers: Sequence[str] | None) -> dns.asyncresolver.Resolver:
    if nameservers is None:
        try:
            return dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            nameservers = ()
    stub = dns.asyncresolver.Resolver(configure=False)
    stub.nameservers = [_nameserver(text) for text in nameservers]
    return stub


def _nameserver(text: str) -> Do53Nameserver:
    address, port = text, "53"
    if text.startswith("["):
        address, _, port = text[1:].partition("]:")
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    try:
        if int(port) not in range(1, 65_536):
            raise ValueError
        return Do53Nameserver(str(ip_address(address)), int(port))
    except ValueError:
        raise ConfigError(f"DNS server {text!r}: write an IP address, with :PORT if it is not 53.") from None
