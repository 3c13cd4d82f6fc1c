"""Where DNSSEC starts from: IANA's keys, or those that the operator names."""

from pathlib import Path

import pytest

from tests.doubles.signed_zones import SignedZones
from tests.integration import house
from tests.ports import free_port
from verifier.app import compose
from verifier.core.errors import ConfigError
from verifier.core.identifiers import Host
from verifier.fetch import Resolver, anchors


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "fr. IN DS 1 8 2 " + "ab" * 32, ". IN A 192.0.2.1", ". IN DS 1 8 1 " + "ab" * 20],
    ids=["empty", "nonsense", "another zone", "another type", "SHA-1"],
)
def test_a_file_that_vouches_for_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "root.txt"
    path.write_text(text)
    with pytest.raises(ConfigError, match="VERIFIER_DNS_TRUST_ANCHOR"):
        Resolver((), anchor=path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Resolver((), anchor=tmp_path / "none")


def test_the_packaged_keys_are_those_of_iana() -> None:
    assert [record.key_tag for record in anchors.packaged()] == [20326, 38696]


async def test_the_setting_reaches_the_service(tmp_path: Path) -> None:
    async with SignedZones.tree() as dns:
        dns["gouv.fr."].add("gouv.fr.", "TXT", "x")
        known = house.settings(
            tmp_path, free_port(), dns_servers=dns.server, dns_trust_anchor=str(dns.anchor(tmp_path))
        )
        async with compose(known, clock=house.Time().clock) as service:
            found = await service.registration.registrar._tools.dns.texts(Host.parse("gouv.fr"))
        assert (found.texts, found.security) == (("x",), "secure")
        async with compose(known.model_copy(update={"dns_trust_anchor": None}), clock=house.Time().clock) as service:
            found = await service.registration.registrar._tools.dns.texts(Host.parse("gouv.fr"))
        assert found.why == "no key that the DS vouches for: . DNSKEY"
