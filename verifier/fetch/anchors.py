"""Whom we trust for the keys of the root of the DNS."""

from importlib.resources import files
from pathlib import Path

import dns.dnssec
import dns.name
import dns.zonefile
from dns.dnssectypes import DSDigest
from dns.exception import DNSException
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from ..core.errors import ConfigError
from .dnssec import usable


def packaged() -> tuple[DS, ...]:
    """The anchors that IANA publishes (``data/README.md``)."""
    return _read(files(__package__).joinpath("data", "root-anchors.txt").read_text(encoding="utf-8"))


def load(path: Path) -> tuple[DS, ...]:
    """The DS, or DNSKEY, records of the root in a file in the form of a zone (RFC 1035, 5).

    :raises ConfigError: it cannot be read, names another zone, or holds nothing that we can verify with
    """
    try:
        found = _read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"VERIFIER_DNS_TRUST_ANCHOR: {path} cannot be read ({error.strerror}).") from None
    except (DNSException, ValueError):
        found = ()
    if not found:
        raise ConfigError(f"VERIFIER_DNS_TRUST_ANCHOR: {path} must hold DS or DNSKEY records of the root, one a line.")
    return found


def _read(text: str) -> tuple[DS, ...]:
    found = list[object]()
    for rrset in dns.zonefile.read_rrsets(text, default_ttl=0, rdclass=None):
        for record in rrset:
            if rrset.name != dns.name.root or not isinstance(record, DS | DNSKEY):
                raise ValueError
            key = isinstance(record, DNSKEY)
            found.append(dns.dnssec.make_ds(rrset.name, record, DSDigest.SHA256) if key else record)
    return usable(found)
