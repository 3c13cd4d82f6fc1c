"""The resolver against a real DNS server on loopback."""

from ipaddress import ip_address

import dns.rcode
import pytest

from tests.doubles.dns import Answer, DnsDouble
from verifier.core.errors import ConfigError, OutsideError
from verifier.core.identifiers import Host
from verifier.fetch import Resolver

HOST = Host.parse("social.example")
NAME = str(HOST)


async def test_all_addresses_are_found_ipv4_first() -> None:
    zone = {(NAME, "A"): ["192.0.2.1", "192.0.2.2"], (NAME, "AAAA"): ["2001:db8::1"]}
    async with DnsDouble.running(zone) as double:
        found = await Resolver([double.server]).addresses(HOST)
    assert set(found[:2]) == {ip_address("192.0.2.1"), ip_address("192.0.2.2")}
    assert found[2] == ip_address("2001:db8::1")


@pytest.mark.parametrize("missing", [dns.rcode.Rcode.SERVFAIL, dns.rcode.Rcode.REFUSED, (), None])
async def test_one_family_is_enough(missing: Answer) -> None:
    async with DnsDouble.running({(NAME, "A"): ["192.0.2.1"], (NAME, "AAAA"): missing}) as double:
        assert await Resolver([double.server], timeout=0.3).addresses(HOST) == (ip_address("192.0.2.1"),)


@pytest.mark.parametrize(
    "zone",
    [
        {},
        {(NAME, "MX"): ["10 mx.example."]},
        {(NAME, "A"): dns.rcode.Rcode.SERVFAIL},
        {(NAME, "A"): None, (NAME, "AAAA"): None},
    ],
    ids=["no name", "no address", "failure", "silence"],
)
async def test_what_does_not_resolve(zone: dict[tuple[str, str], Answer]) -> None:
    async with DnsDouble.running(zone) as double:
        with pytest.raises(OutsideError) as caught:
            await Resolver([double.server], timeout=0.3).addresses(HOST)
    assert (caught.value.code, caught.value.values) == ("fetch-name", {"host": NAME})


async def test_a_long_answer_comes_over_tcp() -> None:
    many = [f"192.0.2.{n}" for n in range(200)]
    async with DnsDouble.running({(NAME, "A"): many}) as double:
        assert len(await Resolver([double.server]).addresses(HOST)) == 200
    assert double.over_tcp == 1


@pytest.mark.parametrize(
    ("zone", "mx"),
    [
        ({(NAME, "MX"): ["10 mx.example."]}, "present"),
        ({(NAME, "MX"): ["10 mx1.example.", "20 mx2.example."]}, "present"),
        ({(NAME, "MX"): ["0 ."]}, "null"),
        ({(NAME, "MX"): ["0 .", "10 mx.example."]}, "present"),
        ({(NAME, "A"): ["192.0.2.1"]}, "none"),
        ({}, "none"),
        ({(NAME, "MX"): dns.rcode.Rcode.SERVFAIL}, "unknown"),
        ({(NAME, "MX"): None}, "unknown"),
    ],
)
async def test_t11_mail_facts(zone: dict[tuple[str, str], Answer], mx: str) -> None:
    async with DnsDouble.running(zone) as double:
        assert await Resolver([double.server], timeout=0.3).mail_facts(HOST) == {"mx": mx}


async def test_without_dns_nothing_is_known() -> None:
    nowhere = Resolver(())
    assert await nowhere.mail_facts(HOST) == {"mx": "unknown"}
    with pytest.raises(OutsideError, match="fetch-name"):
        await nowhere.addresses(HOST)


@pytest.mark.parametrize("text", ["9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:53"])
def test_nameservers(text: str) -> None:
    Resolver([text])


@pytest.mark.parametrize("text", ["", "dns.example", "9.9.9.9:", "9.9.9.9:x", "[::1]", "9.9.9.9:70000", "9.9.9.9:0"])
def test_what_is_no_nameserver(text: str) -> None:
    with pytest.raises(ConfigError, match="write an IP address"):
        Resolver([text])
