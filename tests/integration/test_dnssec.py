"""DNSSEC validated by ourselves, against a signed tree that lies as it is told (T38, T39)."""

from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.dnssectypes import Algorithm, DSDigest
from dns.message import Message
from dns.rdatatype import RdataType

from tests.doubles.signed_zones import SignedZones, Zone, absolute, empty, forged, rename, without
from tests.doubles.tools import NOW
from tests.integration.signed_world import DOMAIN, LABEL, NAME, TEXT, World, secure
from verifier.core.identifiers import Host
from verifier.fetch import Resolver, Secured


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


async def _alias_in_place_of_ds(world: World) -> None:
    def lie(response: Message) -> Message:
        response.answer = [dns.rrset.from_text(f"{DOMAIN}.", 60, "IN", "CNAME", "evil.example.")]
        return response

    world.dns.lies[str(DOMAIN), "DS"] = lie


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
        (_alias_in_place_of_ds, f"signature missing: {DOMAIN} CNAME"),
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
    resolver = Resolver([world.dns.server], timeout=1)  # with IANA's anchors
    assert (await resolver.texts(DOMAIN)).security == "bogus"
    assert str(await resolver.ailment()).startswith("the root does not validate: ")
