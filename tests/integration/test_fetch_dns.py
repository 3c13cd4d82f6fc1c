"""The resolver against a real DNS server on loopback."""

from ipaddress import ip_address

import dns.flags
import dns.message
import dns.name
import dns.rcode
import pytest
from dns.rdatatype import RdataType

from tests.doubles.dns import Answer, DnsDouble
from verifier.core.clock import Chance
from verifier.core.errors import ConfigError, OutsideError, Unavailable
from verifier.core.identifiers import Host
from verifier.fetch import Resolver
from verifier.fetch.exchange import Exchange

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
    many = [f"192.0.2.{n}" for n in range(100)]
    async with DnsDouble.running({(NAME, "A"): many}) as double:
        assert len(await Resolver([double.server]).addresses(HOST)) == 100
    assert double.over_tcp == 1


async def test_t26_an_answer_of_hundreds_of_records_is_not_read() -> None:
    zone = {(NAME, "A"): [f"192.0.2.{n}" for n in range(200)], (NAME, "TXT"): [f'"{n:060}"' for n in range(200)]}
    async with DnsDouble.running(zone) as double:
        with pytest.raises(OutsideError, match="fetch-name"):
            await Resolver([double.server], timeout=0.3).addresses(HOST)
        assert await Resolver([double.server], timeout=0.3).mail_facts(HOST) == FACTS | {"spf": "unknown"}
        exchange = Exchange([("127.0.0.1", int(double.server.rpartition(":")[2]))], Chance(), 0.3)
        with pytest.raises(OutsideError, match="dns-unreachable"):
            await exchange.ask(dns.name.from_text(NAME), RdataType.TXT)


async def test_t26_an_answer_of_more_than_16_kb_is_not_read() -> None:
    zone = {(NAME, "TXT"): [f'"{n:0250}"' for n in range(80)]}
    async with DnsDouble.running(zone) as double:
        assert await Resolver([double.server], timeout=0.3).mail_facts(HOST) == FACTS | {"spf": "unknown"}


FACTS = {"mx": "none", "spf": "none", "dmarc": "absent"}
DMARC = (f"_dmarc.{NAME}", "TXT")


@pytest.mark.parametrize(
    ("zone", "facts"),
    [
        ({(NAME, "MX"): ["10 mx.example."]}, {"mx": "present"}),
        ({(NAME, "MX"): ["10 mx1.example.", "20 mx2.example."]}, {"mx": "present"}),
        ({(NAME, "MX"): ["0 ."]}, {"mx": "null"}),
        ({(NAME, "MX"): ["0 .", "10 mx.example."]}, {"mx": "present"}),
        ({(NAME, "A"): ["192.0.2.1"]}, {}),
        ({}, {}),
        ({(NAME, "MX"): dns.rcode.Rcode.SERVFAIL}, {"mx": "unknown"}),
        ({(NAME, "MX"): None}, {"mx": "unknown"}),
        ({(NAME, "TXT"): ['"v=spf1 -all"', '"other"']}, {"spf": "present"}),
        ({(NAME, "TXT"): ['"v=spf" "1 mx -all"']}, {"spf": "present"}),
        ({(NAME, "TXT"): ['"V=SPF1 -ALL"']}, {"spf": "present"}),
        ({(NAME, "TXT"): ['"v=spf1 -all"', '"v=spf1 +all"']}, {}),
        ({(NAME, "TXT"): ['"v=spf10 -all"']}, {}),
        ({(NAME, "TXT"): dns.rcode.Rcode.REFUSED}, {"spf": "unknown"}),
        ({DMARC: ['"v=DMARC1; p=reject; rua=mailto:a@example"']}, {"dmarc": "reject"}),
        ({DMARC: ['"v=DMARC1;p=none"', '"something else"']}, {"dmarc": "none"}),
        ({DMARC: ['"V=DMARC1; P=Reject"']}, {"dmarc": "reject"}),
        ({DMARC: ['"v=DMARC1; p=sometimes"']}, {}),
        ({DMARC: ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}, {}),
        ({DMARC: ['"p=reject"']}, {}),
        ({DMARC: dns.rcode.Rcode.SERVFAIL}, {"dmarc": "unknown"}),
    ],
)
async def test_t11_mail_facts(zone: dict[tuple[str, str], Answer], facts: dict[str, str]) -> None:
    async with DnsDouble.running(zone) as double:
        assert await Resolver([double.server], timeout=0.3).mail_facts(HOST) == {**FACTS, **facts}


@pytest.mark.parametrize(
    ("records", "dmarc"),
    [
        ({"_dmarc.social.example": "v=DMARC1; p=quarantine"}, "quarantine"),
        ({"_dmarc.social.example": "v=DMARC1; p=reject; sp=none"}, "none"),
        ({"_dmarc.a.b.social.example": "v=DMARC1; p=none; sp=reject"}, "none"),
        ({"_dmarc.b.social.example": "v=DMARC1; p=none", "_dmarc.social.example": "v=DMARC1; p=reject"}, "none"),
        ({"_dmarc.example": "v=DMARC1; p=reject"}, "absent"),
    ],
)
async def test_t11_the_policy_of_a_parent(records: dict[str, str], dmarc: str) -> None:
    zone: dict[tuple[str, str], Answer] = {(name, "TXT"): [f'"{text}"'] for name, text in records.items()}
    async with DnsDouble.running(zone) as double:
        facts = await Resolver([double.server], timeout=1).mail_facts(Host.parse("a.b.social.example"))
    assert facts["dmarc"] == dmarc
    assert ("_dmarc.example", "TXT") not in double.asked


async def test_t11_everything_is_asked_at_once() -> None:
    """A resolver that is away costs the wait for one question: the first four that come are all different."""
    expected = {("a.social.example", "MX"), ("a.social.example", "TXT")}
    expected |= {("_dmarc.a.social.example", "TXT"), ("_dmarc.social.example", "TXT")}
    async with DnsDouble.running(dict.fromkeys(expected)) as double:
        facts = await Resolver([double.server], timeout=0.3).mail_facts(Host.parse("a.social.example"))
    assert facts == {"mx": "unknown", "spf": "unknown", "dmarc": "unknown"}
    assert set(double.asked[:4]) == expected


async def test_no_search_domain_of_this_machine_is_appended() -> None:
    """Or ``social.example`` could be asked as ``social.example.ministry.internal``."""
    async with DnsDouble.running({(f"{NAME}.inside.example", "A"): ["192.0.2.66"]}) as double:
        resolver = Resolver([double.server], timeout=0.3)
        resolver._stub.search = [dns.name.from_text("inside.example.")]
        with pytest.raises(OutsideError, match="fetch-name"):
            await resolver.addresses(HOST)
    assert {name for name, _ in double.asked} <= {NAME, ""}


async def test_a_resolver_that_is_away_is_our_fault() -> None:
    async with DnsDouble.running({(NAME, "A"): None, (NAME, "TXT"): None, ("", "NS"): None}) as double:
        exchange = Exchange([("127.0.0.1", int(double.server.rpartition(":")[2]))], Chance(), 0.3)
        with pytest.raises(Unavailable, match="dns-resolver"):
            await exchange.ask(dns.name.from_text(NAME), RdataType.TXT)
        with pytest.raises(Unavailable, match="dns-resolver"):
            await Resolver([double.server], timeout=0.3).addresses(HOST)


async def test_t39_what_the_resolver_finds_bogus_is_asked_for() -> None:
    """CD (RFC 6840, 5.9): a resolver that validates too would answer SERVFAIL, which tells nothing."""
    async with DnsDouble.running({(NAME, "TXT"): ['"x"']}) as double:
        flags = list[int]()
        answer = double.answer

        def note(wire: bytes) -> dns.message.Message | None:
            flags.append(dns.message.from_wire(wire).flags)
            return answer(wire)

        double.answer = note  # type: ignore[method-assign]
        exchange = Exchange([("127.0.0.1", int(double.server.rpartition(":")[2]))], Chance(), 1)
        await exchange.ask(dns.name.from_text(NAME), RdataType.TXT)
    assert flags
    assert all(flag & dns.flags.CD for flag in flags)


async def test_t39_an_answer_to_another_question_is_none() -> None:
    """Over TCP too, where it comes for want of room."""
    async with DnsDouble.running({(NAME, "TXT"): [f'"{n:060}"' for n in range(40)]}) as double:
        answer = double.answer

        def other(wire: bytes) -> dns.message.Message | None:
            response = answer(wire)
            if response is not None and double.over_tcp and response.question[0].rdtype == RdataType.TXT:
                response.question[0].rdtype = RdataType.A
            return response

        double.answer = other  # type: ignore[method-assign]
        exchange = Exchange([("127.0.0.1", int(double.server.rpartition(":")[2]))], Chance(), 0.6)
        with pytest.raises(OutsideError, match="dns-unreachable"):
            await exchange.ask(dns.name.from_text(NAME), RdataType.TXT)
    assert double.over_tcp


async def test_without_dns_nothing_is_known() -> None:
    nowhere = Resolver(())
    assert await nowhere.mail_facts(HOST) == {"mx": "unknown", "spf": "unknown", "dmarc": "unknown"}
    with pytest.raises(OutsideError, match="fetch-name"):
        await nowhere.addresses(HOST)


@pytest.mark.parametrize("text", ["9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:53"])
def test_nameservers(text: str) -> None:
    Resolver([text])


@pytest.mark.parametrize("text", ["", "dns.example", "9.9.9.9:", "9.9.9.9:x", "[::1]", "9.9.9.9:70000", "9.9.9.9:0"])
def test_what_is_no_nameserver(text: str) -> None:
    with pytest.raises(ConfigError, match="write an IP address"):
        Resolver([text])
