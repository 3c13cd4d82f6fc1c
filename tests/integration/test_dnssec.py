"""DNSSEC validated by ourselves, against a signed tree that lies as it is told (T38, T39)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.dnssectypes import Algorithm, DSDigest
from dns.message import Message
from dns.rdatatype import RdataType

from tests.doubles.signed_zones import SignedZones, Zone, absolute, empty, forged, refuse, rename, silent, without
from tests.doubles.tools import NOW
from verifier.core.clock import Chance, Clock
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Host
from verifier.fetch import Resolver, Secured

DOMAIN = Host.parse("numerique.gouv.fr")
LABEL = "_official-account"
NAME = f"{LABEL}.{DOMAIN}"
TEXT = "comptes.example.gouv.fr; token=abc"


@dataclass
class World:
    dns: SignedZones
    anchor: Path
    now: list[int] = field(default_factory=lambda: [NOW])

    def resolver(self, *, lenient: bool = False, timeout: float = 1.0) -> Resolver:
        clock = Clock(lambda: self.now[0])
        return Resolver([self.dns.server], timeout=timeout, clock=clock, anchor=self.anchor, lenient=lenient)

    async def ask(self, host: str = str(DOMAIN), *, lenient: bool = False) -> Secured:
        return await self.resolver(lenient=lenient).texts(Host.parse(host), LABEL)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with SignedZones.tree() as double:
        double[f"{DOMAIN}."].add(f"{NAME}.", "TXT", f'"{TEXT}"')
        yield World(double, double.anchor(tmp_path))


def secure(*texts: str, name: str = NAME) -> Secured:
    return Secured(name, texts, "secure", None)


async def test_a_signed_record_is_secure(world: World) -> None:
    assert await world.ask() == secure(TEXT)


async def test_strings_are_joined_and_strange_bytes_escaped(world: World) -> None:
    world.dns[f"{DOMAIN}."].add(f"{NAME}.", "TXT", r'"a" "b c" "\\é\000"'.replace("é", r"\195\169"))
    assert (await world.ask()).texts == (r"ab c\092\195\169\000",)


@pytest.mark.parametrize("algorithm", [Algorithm.ECDSAP256SHA256, Algorithm.RSASHA256])
@pytest.mark.parametrize("hashed", [True, False])
async def test_algorithms(world: World, algorithm: Algorithm, hashed: bool) -> None:
    zone = world.dns.add("algo.gouv.fr.", algorithm=algorithm, hashed=hashed)
    zone.add(f"{LABEL}.algo.gouv.fr.", "TXT", '"x"')
    assert (await world.ask("algo.gouv.fr")).security == "secure"
    assert await world.ask("nothing.algo.gouv.fr") == secure(name=f"{LABEL}.nothing.algo.gouv.fr")


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("mairie.gouv.fr", "unsigned delegation: mairie.gouv.fr"),  # NSEC3 of the parent, opt-out
        ("mairie.fr", "unsigned delegation: mairie.fr"),  # NSEC
        ("sha1.fr", "algorithms that are not supported: sha1.fr"),
        ("digest.fr", "algorithms that are not supported: digest.fr"),
    ],
)
async def test_what_is_insecure(world: World, host: str, why: str) -> None:
    how: dict[str, dict[str, object]] = {
        "sha1.fr": {"algorithm": Algorithm.RSASHA1},
        "digest.fr": {"digest": DSDigest.SHA1},
    }
    zone = world.dns.add(f"{host}.", **how.get(host, {"signed": False}))
    zone.add(f"{LABEL}.{host}.", "TXT", '"x"')
    assert await world.ask(host) == Secured(f"{LABEL}.{host}", ("x",), "insecure", why)


async def test_an_unsigned_delegation_without_opt_out(world: World) -> None:
    world.dns["gouv.fr."].opt_out = False
    world.dns.add("mairie.gouv.fr.", signed=False)
    found = await world.ask("mairie.gouv.fr")
    assert (found.security, found.why) == ("insecure", "unsigned delegation: mairie.gouv.fr")


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("opt_out", [True, False])
async def test_absence_is_proved(world: World, hashed: bool, opt_out: bool) -> None:
    zone = world.dns.add("corps.fr.", hashed=hashed, opt_out=opt_out)
    zone.add("deep.empty.corps.fr.", "TXT", '"y"')
    zone.add(f"{LABEL}.other.corps.fr.", "A", "192.0.2.1")
    assert await world.ask("other.corps.fr") == secure(name=f"{LABEL}.other.corps.fr")  # NODATA
    found = await world.ask("corps.fr")  # NXDOMAIN
    assert found.texts == ()
    assert found.security == ("insecure" if hashed and opt_out else "secure")
    resolver = world.resolver()
    assert (await resolver.texts(Host.parse("empty.corps.fr"))).security == "secure"  # an empty non-terminal


@pytest.mark.parametrize("hashed", [True, False])
async def test_wildcards(world: World, hashed: bool) -> None:
    zone = world.dns.add("corps.fr.", hashed=hashed)
    zone.add("*.corps.fr.", "TXT", '"star"')
    zone.add("there.corps.fr.", "A", "192.0.2.1")
    assert await world.ask("corps.fr") == secure("star", name=f"{LABEL}.corps.fr")
    assert await world.ask("a.b.corps.fr") == secure("star", name=f"{LABEL}.a.b.corps.fr")
    assert await world.ask("there.corps.fr") == secure(name=f"{LABEL}.there.corps.fr")
    zone.records.pop((absolute("*.corps.fr."), RdataType.TXT))
    zone.add("*.corps.fr.", "A", "192.0.2.1")
    assert await world.ask("corps.fr") == secure(name=f"{LABEL}.corps.fr")  # the wildcard holds another type


def _wildcard_replayed(zone: Zone) -> Message:
    """The records of a wildcard in the place of those of a name that is there."""
    response = dns.message.make_response(dns.message.make_query(f"{NAME}.", "TXT", want_dnssec=True))
    star = zone.records[absolute(f"*.{DOMAIN}."), RdataType.TXT]
    response.answer = [rename(rrset, absolute(f"{NAME}.")) for rrset in zone.sign(star)]
    return response


@pytest.mark.parametrize("hashed", [True, False])
async def test_t39_a_wildcard_does_not_stand_for_a_name_that_is_there(world: World, hashed: bool) -> None:
    zone = world.dns[f"{DOMAIN}."]
    zone.hashed = hashed
    zone.add(f"*.{DOMAIN}.", "TXT", '"star"')

    def lie(response: Message) -> Message:
        replayed = _wildcard_replayed(zone)
        response.answer = replayed.answer
        response.authority = zone.deny(absolute(f"other.{DOMAIN}."), wildcard=False)
        return response

    world.dns.lies[NAME, "TXT"] = lie
    found = await world.ask()
    assert (found.security, found.texts) == ("bogus", ())


async def _expired(world: World) -> None:
    world.dns["gouv.fr."].until = NOW - 1


async def _not_yet(world: World) -> None:
    world.dns[f"{DOMAIN}."].since = NOW + 60


async def _forged(world: World) -> None:
    world.dns.lies[NAME, "TXT"] = forged("comptes.example.gouv.fr; token=evil")


async def _stripped(world: World) -> None:
    world.dns.lies[NAME, "TXT"] = without(RdataType.RRSIG)


async def _stripped_ds(world: World) -> None:
    world.dns.lies[str(DOMAIN), "DS"] = empty
    world.dns.lies[NAME, "TXT"] = without(RdataType.RRSIG)


async def _no_proof(world: World) -> None:
    world.dns[f"{DOMAIN}."].records.pop((absolute(f"{NAME}."), RdataType.TXT))
    world.dns.lies[NAME, "TXT"] = without(RdataType.NSEC)


async def _nothing_at_all(world: World) -> None:
    world.dns.lies[NAME, "TXT"] = empty


async def _other_key(world: World) -> None:
    world.dns["fr."].records.pop((absolute("gouv.fr."), RdataType.DS))
    world.dns["fr."].add("gouv.fr.", "DS", world.dns["fr."].ds())


async def _other_signer(world: World) -> None:
    name = absolute(f"{NAME}.")
    other = world.dns.add("evil.fr.")

    def lie(response: Message) -> Message:
        rrset = dns.rrset.from_text(name, 60, "IN", "TXT", "evil")
        response.answer = other.sign(rrset)
        return response

    world.dns.lies[NAME, "TXT"] = lie


async def _absence_of_another_name(world: World) -> None:
    zone = world.dns[f"{DOMAIN}."]
    zone.add(f"a.{DOMAIN}.", "A", "192.0.2.1")
    zone.add(f"z.{DOMAIN}.", "A", "192.0.2.1")

    def lie(response: Message) -> Message:
        response.answer = []
        response.authority = [*zone.soa(), *zone.deny(absolute(f"m.{DOMAIN}."), wildcard=True)]
        response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    world.dns.lies[NAME, "TXT"] = lie


async def _absence_by_the_parent(world: World) -> None:
    """The parent's record of the delegation says nothing of what is below."""
    parent = world.dns["gouv.fr."]
    parent.hashed = False

    def lie(response: Message) -> Message:
        response.answer = []
        response.authority = [*parent.soa(), *parent.deny(absolute(f"{DOMAIN}."), wildcard=True)]
        return response

    world.dns.lies[NAME, "TXT"] = lie


async def _many_iterations(world: World) -> None:
    zone = world.dns[f"{DOMAIN}."]
    zone.hashed, zone.iterations = True, 101
    zone.records.pop((absolute(f"{NAME}."), RdataType.TXT))


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (_expired, "signature expired: gouv.fr DNSKEY"),
        (_not_yet, f"signature not yet valid: {DOMAIN} DNSKEY"),
        (_forged, f"signature wrong: {NAME} TXT"),
        (_stripped, f"signature missing: {NAME} TXT"),
        (_stripped_ds, f"no proof that it is unsigned: {DOMAIN}"),
        (_no_proof, f"no proof of absence: {NAME}"),
        (_nothing_at_all, f"no proof of absence: {NAME}"),
        (_other_key, "no key that the DS vouches for: gouv.fr DNSKEY"),
        (_other_signer, f"signature of another zone: {NAME} TXT"),
        (_absence_of_another_name, f"no proof of absence: {NAME}"),
        (_absence_by_the_parent, f"no proof of absence: {NAME}"),
        (_many_iterations, "more than 100 NSEC3 iterations"),
    ],
)
async def test_t39_lies_are_bogus_and_give_no_text(world: World, attack: object, why: str) -> None:
    assert callable(attack)
    await attack(world)
    for lenient in (False, True):  # leniency is for resolvers without DNSSEC, not for lies
        assert await world.ask(lenient=lenient) == Secured(NAME, (), "bogus", why)


async def test_t39_another_root_is_bogus(world: World, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with SignedZones.tree() as other:
        world.anchor = other.anchor(tmp_path / "other")
    assert (await world.ask()).why == "no key that the DS vouches for: . DNSKEY"
    assert (await Resolver([world.dns.server], timeout=1).texts(DOMAIN)).security == "bogus"  # IANA's


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
