"""Which addresses may be dialled (T22, T23): public unicast, judged by the IANA registries, nothing else."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from ssl import SSLContext

from ..core.errors import OutsideError

Address = IPv4Address | IPv6Address

_MULTICAST = IPv4Network("224.0.0.0/4")  # absent from the special registry: it has one of its own
# All that IANA ever gave out for public unicast. What lies outside (deprecated site-local fec0::/10,
# multicast, ::127.0.0.1, blocks still to be invented) is refused without being named.
_UNICAST = IPv6Network("2000::/3")
# RFC 6052. A network without IPv4 sees the IPv4 world there (DNS64), so the address inside is what counts.
# The other embeddings (mapped, 64:ff9b:1::/48, 6to4, Teredo) are not globally reachable: refused whole.
_NAT64 = IPv6Network("64:ff9b::/96")


def registry(version: int) -> str:
    """The special-purpose registry of IPv4 or IPv6 that this package holds, as CSV."""
    return files(__package__).joinpath("data", f"iana-ipv{version}-special-registry-1.csv").read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[tuple[str, bool]]:
    """The blocks of a registry, each with whether it is globally reachable; deprecated ones have an empty cell."""
    for row in csv.DictReader(text.splitlines(keepends=True)):
        for block in re.sub(r"\[\d+\]", "", row["Address Block"]).replace(" ", "").split(","):
            yield block, row["Globally Reachable"].strip() == "True"


# A reachable block inside an unreachable one is refused too: 192.0.0.9 is whatever router is nearest.
_SPECIAL4 = tuple(IPv4Network(block) for block, reachable in blocks(registry(4)) if not reachable)
_SPECIAL6 = tuple(IPv6Network(block) for block, reachable in blocks(registry(6)) if not reachable)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address not in _MULTICAST and not any(address in block for block in _SPECIAL4)
    if address in _NAT64:
        return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _UNICAST and not any(address in block for block in _SPECIAL6)


def check_address(address: Address) -> None:
    """Lets an address of the public internet pass.

    :raises OutsideError: ``fetch-name``, as for a name that is not there: nobody learns from us which names a network
        of our own knows
    """
    if not _is_public(address):
        raise OutsideError("fetch-name", address=str(address))


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be dialled, and who may answer there.

    Only tests give one: their TLS servers are on loopback, not on port 443, and certified by themselves.

    :param check: raises OutsideError for an address that must not be dialled
    :param trust: the certificate authorities; None: the system's
    """

    check: Callable[[Address], None] = check_address
    port: int = 443
    trust: SSLContext | None = None
