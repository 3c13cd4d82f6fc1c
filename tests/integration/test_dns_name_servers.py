"""The name servers of a domain, as a validating resolver sees them (T34, T39)."""

import dns.rrset
import pytest
from dns.message import Message
from dns.rdatatype import RdataType

from tests.doubles.signed_zones import Lie, absolute, empty, refuse, silent, without
from tests.integration.signed_world import DOMAIN, World
from verifier.core.identifiers import Host
from verifier.fetch import Resolver


def evil(response: Message) -> Message:
    """Other servers, beside the true signature."""
    true = [rrset for rrset in response.answer if rrset.rdtype != RdataType.NS]
    response.answer = [dns.rrset.from_text(absolute(f"{DOMAIN}."), 60, "IN", "NS", "ns.evil.example."), *true]
    return response


async def test_the_name_servers_of_a_domain_in_one_spelling(world: World) -> None:
    world.dns[f"{DOMAIN}."].add(f"{DOMAIN}.", "NS", "NS1.Example.net.", "ns2.example.net.")
    assert await world.resolver().name_servers(DOMAIN) == {"ns1.example.net", "ns2.example.net"}


async def test_a_zone_that_nobody_signed_is_heard_too(world: World) -> None:
    world.dns.add("mairie.fr.", signed=False)
    assert await world.resolver().name_servers(Host.parse("mairie.fr")) == {"ns.example"}


@pytest.mark.parametrize("lie", [evil, empty, refuse, silent, without(RdataType.RRSIG)])
async def test_t34_name_servers_that_cannot_be_believed_are_none(world: World, lie: Lie) -> None:
    world.dns.lies[str(DOMAIN), "NS"] = lie
    assert await world.resolver(timeout=0.3).name_servers(DOMAIN) == frozenset()


async def test_without_a_resolver_there_are_none() -> None:
    assert await Resolver([]).name_servers(DOMAIN) == frozenset()
