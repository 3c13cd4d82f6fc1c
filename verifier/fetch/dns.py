"""Names to addresses, and what the DNS says of a mail domain. Every question is asked anew: no cache, no hosts file."""

import asyncio
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdtypes.ANY.MX import MX

from ..core.errors import ConfigError, OutsideError
from ..core.identifiers import Host
from ..core.strict_json import Json
from .guard import Address


class Resolver:
    """A stub of the recursive resolvers that the operator names, or of the system's.

    :param nameservers: ``ADDRESS``, ``ADDRESS:PORT`` or ``[ADDRESS]:PORT``; None for the system's own,
        empty for no DNS at all
    :param timeout: seconds for one question, retries included
    :raises ConfigError: a nameserver is not an address
    """

    def __init__(self, nameservers: Sequence[str] | None = None, *, timeout: float = 3.0) -> None:
        self._stub = _stub(nameservers)
        self._stub.lifetime = timeout
        self._stub.timeout = timeout / 3
        self._stub.use_edns(0, 0, 1232)  # larger answers come over TCP rather than in fragments that can be forged

    async def addresses(self, host: Host) -> tuple[Address, ...]:
        """Every address of a name, IPv4 first: an exit without IPv6 is common, one without IPv4 is not.

        :raises OutsideError: ``fetch-name``
        """
        answers = await asyncio.gather(self._ask(host, "A"), self._ask(host, "AAAA"), return_exceptions=True)
        found: list[Address] = []
        for answer in answers:
            if isinstance(answer, dns.resolver.Answer):
                found += [ip_address(record.to_text()) for record in answer]
            elif not isinstance(answer, dns.exception.DNSException):
                raise answer
        if not found:
            raise OutsideError("fetch-name", host=str(host))
        return tuple(found)

    async def mail_facts(self, domain: Host) -> Mapping[str, Json]:
        """What a proof of a mailbox records of its domain (T11).

        ``mx``: ``present``; ``null`` (RFC 7505: takes no mail); ``none``; ``unknown`` (no answer to be had).
        """
        try:
            answer = await self._ask(domain, "MX")
        except dns.resolver.NXDOMAIN:
            return {"mx": "none"}
        except dns.exception.DNSException:
            return {"mx": "unknown"}
        exchanges = [record.exchange for record in answer if isinstance(record, MX)]
        if not exchanges:
            return {"mx": "none"}
        return {"mx": "null" if exchanges == [dns.name.root] else "present"}

    async def _ask(self, host: Host, kind: str) -> dns.resolver.Answer:
        # With the final dot, no search domain of this machine is ever appended.
        return await self._stub.resolve(f"{host}.", kind, search=False, raise_on_no_answer=False)


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
