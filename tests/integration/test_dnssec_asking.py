"""DNSSEC over resolvers that lack it, fail or forget; aliases; what is asked again (T38, T39)."""

import asyncio

import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.message import Message
from dns.rdatatype import RdataType

from tests.doubles.signed_zones import absolute, empty, refuse, silent, without
from tests.doubles.tools import NOW
from tests.integration.signed_world import DOMAIN, LABEL, NAME, TEXT, World, secure
from verifier.core.clock import Chance, Clock
from verifier.core.errors import OutsideError
from verifier.fetch import Resolver, Secured


@pytest.mark.parametrize("lie", [without(RdataType.RRSIG), empty])
async def test_a_resolver_without_dnssec_is_for_the_sandbox_alone(world: World, lie: object) -> None:
    assert callable(lie)
    strip = without(RdataType.RRSIG)
    world.dns.lies = {(NAME, "TXT"): strip, (".", "DNSKEY"): lie}
    found = await world.ask(lenient=True)
    assert (found.texts, found.security) == ((TEXT,), "unknown")
    found = await world.ask()
    assert (found.texts, found.security) == ((), "bogus")


async def test_keys_of_the_root_that_do_not_come_are_an_outage(world: World) -> None:
    world.dns.lies[".", "DNSKEY"] = refuse
    with pytest.raises(OutsideError, match="dns-failed"):
        await world.ask()
    found = await world.ask(lenient=True)
    assert (found.texts, found.security) == ((TEXT,), "unknown")


@pytest.mark.parametrize("lenient", [True, False])
async def test_without_any_server(lenient: bool) -> None:
    found = await Resolver((), lenient=lenient).texts(DOMAIN, LABEL)
    security = "unknown" if lenient else "bogus"
    assert found == Secured(NAME, (), security, "no DNS server is configured")  # type: ignore[arg-type]


async def test_an_unreachable_or_failing_server_is_no_verdict(world: World) -> None:
    world.dns.lies[NAME, "TXT"] = silent
    with pytest.raises(OutsideError, match="dns-unreachable"):
        await world.resolver(timeout=0.3).texts(DOMAIN, LABEL)
    world.dns.lies[NAME, "TXT"] = refuse
    with pytest.raises(OutsideError, match="dns-failed"):
        await world.ask()


async def test_a_name_may_be_too_long(world: World) -> None:
    host = ".".join(["a" * 60] * 4)
    with pytest.raises(OutsideError, match="dns-name-too-long"):
        await world.ask(host)


@pytest.mark.parametrize("signed", [True, False])
async def test_t38_an_alias_is_told_and_not_followed(world: World, signed: bool) -> None:
    zone = world.dns.add("mairie.fr.", signed=signed)
    zone.add(f"{LABEL}.mairie.fr.", "CNAME", "lost.paas.example.")
    target = dns.rrset.from_text("lost.paas.example.", 60, "IN", "TXT", f'"{TEXT}"')

    def follow(response: Message) -> Message:
        response.answer.append(target)  # as a resolver does
        return response

    world.dns.lies[f"{LABEL}.mairie.fr", "TXT"] = follow
    found = await world.ask("mairie.fr")
    assert found.texts == ()
    assert found.why == "CNAME lost.paas.example"
    assert found.security == ("secure" if signed else "insecure")


async def test_t38_a_dname_above_is_an_alias_too(world: World) -> None:
    zone = world.dns.add("mairie.fr.")
    zone.add("old.mairie.fr.", "DNAME", "new.example.")
    name = f"{LABEL}.old.mairie.fr"

    def follow(response: Message) -> Message:
        made = dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{LABEL}.new.example.")
        response.answer = [*zone.sign(zone.records[absolute("old.mairie.fr."), RdataType.DNAME]), made]
        response.authority = []
        response.set_rcode(dns.rcode.NOERROR)
        return response

    world.dns.lies[name, "TXT"] = follow
    assert await world.ask("old.mairie.fr") == Secured(name, (), "secure", "CNAME new.example")


async def test_t38_a_forged_alias_is_bogus(world: World) -> None:
    def lie(response: Message) -> Message:
        response.answer = [dns.rrset.from_text(f"{NAME}.", 60, "IN", "CNAME", "evil.example.")]
        return response

    world.dns.lies[NAME, "TXT"] = lie
    assert await world.ask() == Secured(NAME, (), "bogus", f"signature missing: {NAME} CNAME")


async def test_keys_are_kept_for_their_time_to_live(world: World) -> None:
    resolver = world.resolver()
    await resolver.texts(DOMAIN, LABEL)
    asked = len(world.dns.asked)
    await resolver.texts(DOMAIN, LABEL)
    assert world.dns.asked[asked:] == [(NAME, "TXT")]
    world.now[0] += 601
    await resolver.texts(DOMAIN, LABEL)
    assert (".", "DNSKEY") in world.dns.asked[asked + 1 :]


async def test_keys_are_kept_no_longer_than_what_vouches_for_them(world: World) -> None:
    zone = world.dns[f"{DOMAIN}."]
    zone.records[zone.origin, RdataType.DNSKEY].ttl = 3000
    resolver = world.resolver()
    await resolver.texts(DOMAIN, LABEL)
    world.now[0] += 601  # the time to live of its DS is over
    await resolver.texts(DOMAIN, LABEL)
    assert world.dns.count(str(DOMAIN), "DS") == 2


async def test_signatures_end_while_keys_are_kept(world: World) -> None:
    resolver = world.resolver()
    world.dns[f"{DOMAIN}."].until = NOW + 30
    assert (await resolver.texts(DOMAIN, LABEL)).security == "secure"
    world.now[0] += 31
    assert (await resolver.texts(DOMAIN, LABEL)).security == "bogus"


async def test_t39_the_case_of_a_question_comes_back_or_tcp_is_asked(world: World) -> None:
    seen: list[bytes] = []

    def spy(response: Message) -> Message:
        seen.append(response.question[0].name.labels[0])
        return response

    world.dns.lies[NAME, "TXT"] = spy
    drawn = Chance(bytes=lambda size: b"\xff" * size)
    resolver = Resolver([world.dns.server], clock=Clock(lambda: NOW), chance=drawn, anchor=world.anchor)
    assert await resolver.texts(DOMAIN, LABEL) == secure(TEXT)
    assert seen == [LABEL.upper().encode()]
    assert world.dns.over_tcp == 0

    def lower(response: Message) -> Message:
        first = response.question[0]
        response.question = [dns.rrset.RRset(first.name.canonicalize(), first.rdclass, first.rdtype)]
        return response

    world.dns.lies[NAME, "TXT"] = lower
    assert await resolver.texts(DOMAIN, LABEL) == secure(TEXT)
    assert world.dns.over_tcp == 1


async def test_a_trust_anchor_may_be_a_key(world: World) -> None:
    world.anchor.write_text(f". 3600 IN DNSKEY {world.dns['.'].key.to_text()}\n")
    assert await world.ask() == secure(TEXT)


async def test_a_cancellation_is_heard_in_whatever_turn_it_comes(world: World) -> None:
    """Also in the one in which an answer comes."""
    for turns in range(80):
        asking = asyncio.create_task(world.ask())
        for _ in range(turns):
            await asyncio.sleep(0)
        if asking.done():
            break
        asking.cancel()
        await asyncio.wait({asking})
        assert asking.cancelled(), turns
