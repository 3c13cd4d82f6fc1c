"""Which keys of a zone count, and for how long, from the root down (RFC 4035, 5; T39)."""

import dns.dnssec
import dns.message
import dns.rrset
import pytest
from dns.dnssectypes import Algorithm
from dns.message import Message
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from tests.doubles.signed_zones import Lie, SignedZones, Zone, absolute, rename
from tests.doubles.tools import NOW
from verifier.core.clock import Clock
from verifier.fetch.chain import Validator
from verifier.fetch.denial import denial
from verifier.fetch.dnssec import Bogus, Budget, Keys, Signed, signed, trusted, usable

FR = absolute("fr.")
GOUV = absolute("gouv.fr.")
TXT = RdataType.TXT


def _keys(zone: Zone, *others: DNSKEY, until: int = NOW + 9) -> Keys:
    """What is trusted of the keys of a zone, and of others beside them, its parent vouching for its own."""
    found = signed(zone.sign(dns.rrset.from_rdata(FR, 600, zone.key, *others)), FR, RdataType.DNSKEY)
    assert found is not None
    return trusted(FR, found, usable([dns.dnssec.make_ds(FR, zone.key, "SHA256")]), until, Budget(), NOW)


def _rsa(exponent: int, modulus: int) -> DNSKEY:
    key = bytes([exponent]) + b"\x03" * exponent + b"\xc1" * modulus
    return Zone(FR).key.replace(algorithm=Algorithm.RSASHA256, key=key)  # type: ignore[return-value]


def test_keys_are_kept_no_longer_than_their_signature() -> None:
    assert _keys(Zone(FR, until=NOW + 5)).until == NOW + 5
    assert _keys(Zone(FR)).until == NOW + 9


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        (_rsa(4, 512), True),
        (_rsa(5, 128), False),  # a long exponent
        (_rsa(3, 514), False),  # and a long modulus cost seconds to verify with
        (_rsa(1, 128).replace(algorithm=Algorithm.RSASHA1), False),
    ],
)
def test_t39_keys_that_are_not_read_verify_nothing(other: DNSKEY, kept: bool) -> None:
    """Beside one that is vouched for too: a signature by any of them would hold for the zone (RFC 9905)."""
    assert (other in _keys(Zone(FR), other).keys) is kept


def test_t39_no_keys_come_from_a_wildcard() -> None:
    zone = Zone(GOUV)
    star = zone.sign(dns.rrset.from_rdata(absolute("*.fr."), 600, zone.key))
    found = signed([rename(rrset, GOUV) for rrset in star], GOUV, RdataType.DNSKEY)
    assert found is not None
    with pytest.raises(Bogus, match=r"signature wrong: gouv\.fr DNSKEY"):
        trusted(GOUV, found, usable([dns.dnssec.make_ds(GOUV, zone.key, "SHA256")]), NOW + 9, Budget(), NOW)


def test_proofs_of_another_zone_say_nothing() -> None:
    """Behind an alias, an answer brings the proofs of the zone that it leads to."""
    zone, other = Zone(FR), Zone(absolute("example."))
    section = other.sign(other._nsec(other.origin))
    assert denial(section, Keys(FR, (zone.key,), NOW + 9), NOW, Budget()).types(other.origin) is None


class Tree(SignedZones):
    """The signed tree, asked without a network."""

    def __init__(self) -> None:
        super().__init__()
        self.add("fr.")
        self.add("gouv.fr.").add("x.gouv.fr.", "TXT", '"x"')

    async def ask(self, name: Name, kind: RdataType) -> Message:
        answer = self.answer(dns.message.make_query(name, kind, want_dnssec=True).to_wire())
        assert answer is not None
        return answer

    def validator(self) -> Validator:
        anchors = usable([dns.dnssec.make_ds(absolute("."), self["."].key, "SHA256")])
        return Validator(self.ask, anchors, Clock(lambda: NOW), lenient=False)

    def stolen(self, name: str) -> Zone:
        """A thief's zone in the place of one of the tree, of which its parent says nothing."""
        zone = self.zones[absolute(name)] = Zone(absolute(name))
        zone.add(f"x.{name}", "TXT", '"evil"')
        return zone


def answering(*section: dns.rrset.RRset) -> Lie:
    def lie(response: Message) -> Message:
        response.answer = list(section)
        return response

    return lie


async def test_the_tree_is_secure() -> None:
    found = await Tree().validator().look(absolute("x.gouv.fr."), TXT)
    assert (found.security, found.why) == ("secure", None)


async def test_t39_what_vouches_for_a_zone_is_signed_by_its_parent() -> None:
    tree = Tree()
    (_, *signatures) = tree["fr."].sign(tree["fr."].records[GOUV, RdataType.DS])
    thief = tree.stolen("gouv.fr.")
    forged = dns.rrset.from_text(GOUV, 600, "IN", "DS", thief.ds())
    tree.lies["gouv.fr", "DS"] = answering(forged, *signatures)
    found = await tree.validator().look(absolute("x.gouv.fr."), TXT)
    assert (found.security, found.why) == ("bogus", "signature wrong: gouv.fr DS")


async def test_t39_no_wildcard_vouches_for_a_zone() -> None:
    tree = Tree()
    thief = tree.stolen("sub.gouv.fr.")
    above = tree["gouv.fr."]
    star = absolute("*.gouv.fr.")
    above.add(star, "DS", thief.ds())
    signed_star = above.sign(above.records[star, RdataType.DS])
    tree.lies["sub.gouv.fr", "DS"] = answering(*(rename(rrset, thief.origin) for rrset in signed_star))
    found = await tree.validator().look(absolute("x.sub.gouv.fr."), TXT)
    assert (found.security, found.why) == ("bogus", "signature wrong: sub.gouv.fr DS")


async def test_keys_are_kept_no_longer_than_those_above_them() -> None:
    tree = Tree()
    tree["."].until = NOW + 50
    validator = tree.validator()
    await validator.look(absolute("x.gouv.fr."), TXT)
    assert {shown.to_text(): keys.until for shown, keys in validator.known.items()} == {
        ".": NOW + 50,
        "fr.": NOW + 50,
        "gouv.fr.": NOW + 50,
    }


async def test_t26_the_keys_of_so_many_zones_are_kept() -> None:
    tree = Tree()
    validator = tree.validator()
    for number in range(256):
        name = absolute(f"z{number}.example.")
        validator.known[name] = Keys(name, (), NOW + 9)
    await validator.look(absolute("x.gouv.fr."), TXT)
    assert len(validator.known) == 256
    assert GOUV in validator.known


async def test_a_zone_behind_an_alias_is_not_asked_about() -> None:
    """A signer deeper than the name, of what the alias leads to, is none of this name's."""
    tree = Tree()
    tree["gouv.fr."].add("alias.gouv.fr.", "CNAME", "x.very.deep.example.")
    target = Zone(absolute("very.deep.example."))
    text = target.sign(dns.rrset.from_text("x.very.deep.example.", 60, "IN", "TXT", "x"))
    true = tree["gouv.fr."].sign(tree["gouv.fr."].records[absolute("alias.gouv.fr."), RdataType.CNAME])
    tree.lies["alias.gouv.fr", "TXT"] = answering(*true, *text)
    found = await tree.validator().look(absolute("alias.gouv.fr."), TXT)
    assert (found.security, found.alias) == ("secure", absolute("x.very.deep.example."))
    assert ("alias.gouv.fr", "DS") not in tree.asked


def test_an_empty_non_terminal_is_there() -> None:
    """RFC 4035, 5.4: a name whose only records are below it is no gap, for a wildcard to stand in."""
    zone = Zone(FR)
    zone.add("b.fr.", "A", "192.0.2.1")
    zone.add("deep.m.fr.", "A", "192.0.2.1")
    keys = Keys(FR, (zone.key,), NOW + 9)
    proofs = denial(zone.sign(zone._nsec(absolute("m.fr."))), keys, NOW, Budget())
    assert (proofs.gap(absolute("m.fr.")), proofs.gap(absolute("l.fr."))) != (None, None)
    assert proofs.gap(absolute("m.fr.")) is None


def test_signed_is_what_a_message_holds() -> None:
    assert signed([], FR, TXT) is None
    assert str(Signed(dns.rrset.from_text("A.FR.", 1, "IN", "TXT", "x"), ())) == "a.fr TXT"
