"""The rules of a proof of absence, one by one (RFC 4035, RFC 5155, RFC 6840), and of the keys behind it (T39)."""

import base64

import dns.dnssec
import dns.name
import dns.rdata
import pytest
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rrset import RRset

from tests.doubles.signed_zones import Zone, absolute, rename
from tests.doubles.tools import NOW
from verifier.fetch.denial import _hashed, _Nsec, absence, delegation, denial
from verifier.fetch.dnssec import Bogus, Budget, Keys, Signed, signed, trusted, usable, verify

FR = absolute("fr.")
TXT = RdataType.TXT


def proofs(*lines: str) -> _Nsec:
    """NSEC records as ``OWNER NEXT TYPE…``, names below fr."""
    records = list[tuple[Name, NSEC]]()
    for line in lines:
        owner, _, rest = line.partition(" ")
        following, _, types = rest.partition(" ")
        record = dns.rdata.from_text("IN", "NSEC", f"{below(following)} {types}")
        assert isinstance(record, NSEC)
        records.append((below(owner), record))
    return _Nsec(FR, records)


def below(name: str) -> Name:
    return FR if name == "@" else dns.name.from_text(name, FR)


@pytest.mark.parametrize(
    ("lines", "name", "expected"),
    [
        (["m z A"], "m", "secure"),
        (["m z TXT"], "m", None),
        (["m z CNAME"], "m", None),  # the alias should have been the answer
        (["m z NS"], "m", None),  # the parent knows nothing of what a delegated name holds
        (["m z NS SOA"], "m", "secure"),
        (["b z A", "@ a SOA NS"], "m", "secure"),
        (["b z A"], "m", None),  # a wildcard might stand for it
        (["b z A", "* b TXT"], "m", None),
        (["b z A", "* b CNAME"], "m", None),
        (["b z A", "* b A"], "m", "secure"),
        (["b m.m A"], "m", "secure"),  # an empty non-terminal
        (["@ a SOA NS", "z @ A"], "zz", "secure"),  # the last one leads back to the apex
        (["b m A", "@ a SOA NS"], "m", None),
        (["b l A", "@ a SOA NS"], "m", None),
        (["b z NS"], "x.b", None),  # below a delegation
        (["b z DNAME"], "x.b", None),
        (["b z A"], "x.b", "secure"),
    ],
)
def test_absence(lines: list[str], name: str, expected: str | None) -> None:
    assert absence(proofs(*lines), below(name), TXT) == expected


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        ("m z NS", "m", "insecure"),
        ("m z A", "m", "none"),
        ("m z NS DS", "m", None),
        ("m z NS SOA", "m", None),  # the child speaks of itself
        ("b z A", "m", "none"),
        ("b z A", "a", None),
    ],
)
def test_delegations(line: str, name: str, expected: str | None) -> None:
    assert delegation(proofs(line), below(name)) == expected


def test_a_wildcard_stands_for_nothing_below_a_closer_name() -> None:
    assert proofs("b z A").past(below("m"), FR) is not None
    assert proofs("b z A").past(below("x.b"), FR) is None
    assert proofs("b z A").past(below("x.b"), below("b")) is not None


def hashed(*names: str) -> list[tuple[Name, NSEC3]]:
    """The NSEC3 records of a zone that match or cover these names."""
    zone = Zone(FR, hashed=True)
    zone.add("cut.fr.", "NS", "ns.example.")
    zone.add("there.fr.", "A", "192.0.2.1")
    found = [zone._nsec3(below(name)) for name in names]
    return [(rrset.name, record) for rrset in found for record in rrset if isinstance(record, NSEC3)]


def test_hashed_proofs() -> None:
    records = hashed("there", "x.there", "*.there")
    assert absence(_hashed(FR, records, Budget()), below("x.there"), TXT) == "secure"
    records = hashed("cut", "x.cut", "*.cut")
    assert absence(_hashed(FR, records, Budget()), below("x.cut"), TXT) is None
    assert delegation(_hashed(FR, records, Budget()), below("cut")) == "insecure"


def test_hashed_proofs_of_a_zone_below_say_nothing() -> None:
    records = hashed("there")
    moved = [(Name((owner.labels[0], b"sub", *FR.labels)), record) for owner, record in records]
    assert _hashed(FR, records, Budget()).types(below("there")) is not None
    assert _hashed(FR, moved, Budget()).types(below("there")) is None


@pytest.mark.parametrize("change", [{"algorithm": 2}, {"flags": 2}, {"flags": 3}, {"flags": 128}])
def test_t39_hashed_proofs_with_unknown_parameters_say_nothing(change: dict[str, int]) -> None:
    """RFC 5155, 8.1 and 8.2: another hash algorithm, or a flag that is not defined, is ignored."""
    records = hashed("there", "x.there", "*.there")
    assert absence(_hashed(FR, records, Budget()), below("x.there"), TXT) == "secure"
    changed = [(owner, _changed(record, **change)) for owner, record in records]
    proofs = _hashed(FR, changed, Budget())
    assert (absence(proofs, below("x.there"), TXT), proofs.types(below("there"))) == (None, None)


@pytest.mark.parametrize("change", [{"salt": b"other"}, {"iterations": 1}])
def test_t39_hashed_proofs_of_two_chains_are_not_mixed(change: dict[str, object]) -> None:
    """RFC 5155, 8.2: a record with other parameters than the first is of another chain, and its hashes mean nothing."""
    ((owner, there),) = hashed("there")
    hash_of = base64.b32hexdecode(owner.labels[0].upper())
    alone = (owner, _changed(there, next=hash_of[:-1] + bytes([hash_of[-1] + 1])))  # that name, and no gap after it
    wide = _changed(there, next=b"\xff" * 20)
    gap = Name((b"0" * 32, *FR.labels))
    assert _hashed(FR, [alone], Budget()).gap(below("x.there")) is None
    assert _hashed(FR, [alone, (gap, wide)], Budget()).gap(below("x.there")) is not None
    assert _hashed(FR, [alone, (gap, _changed(wide, **change))], Budget()).gap(below("x.there")) is None


def _changed(record: NSEC3, **change: object) -> NSEC3:
    changed = record.replace(**change)
    assert isinstance(changed, NSEC3)
    return changed


def test_the_most_iterations_are_a_hundred() -> None:
    records = hashed("there")
    assert _hashed(FR, [(owner, _changed(record, iterations=100)) for owner, record in records], Budget()) is not None
    with pytest.raises(Bogus, match="more than 100 NSEC3 iterations"):
        _hashed(FR, [(owner, _changed(record, iterations=101)) for owner, record in records], Budget())


def test_hashes_are_paid_for() -> None:
    records = hashed("there")
    with pytest.raises(Bogus, match="too many NSEC3 hashes"):
        _hashed(FR, records, Budget(hashes=2)).gap(below("a.b.c.d"))


def keys_of(zone: Zone) -> Keys:
    return Keys(zone.origin, (zone.key,), NOW + 60)


def test_a_proof_made_by_a_wildcard_is_none() -> None:
    zone = Zone(FR)
    zone.add("*.fr.", "A", "192.0.2.1")
    section: list[RRset] = zone.sign(zone._nsec(absolute("*.fr.")))
    assert denial(section, keys_of(zone), NOW, Budget()).types(absolute("*.fr.")) is not None
    with pytest.raises(Bogus, match="proof from a wildcard"):
        denial([rename(rrset, below("m")) for rrset in section], keys_of(zone), NOW, Budget())


def test_signatures_are_paid_for() -> None:
    zone = Zone(FR)
    found = signed(Zone(FR).sign(zone.records[FR, RdataType.SOA]), FR, RdataType.SOA)  # by another key
    assert found is not None
    key = zone.key
    (signature,) = found.signatures
    found = type(found)(found.rrset, (signature.replace(key_tag=dns.dnssec.key_id(key)),))  # type: ignore[arg-type]
    with pytest.raises(Bogus, match="too many signatures"):
        verify(found, Keys(FR, (key,) * 65, NOW + 60), NOW, Budget())


@pytest.mark.parametrize("change", [{"flags": 1}, {"flags": 257 | 128}, {"protocol": 2}, {"algorithm": 5}])
def test_a_key_that_is_no_zone_key(change: dict[str, int]) -> None:
    zone = Zone(FR)
    assert trusted(FR, _own(zone), usable([dns.dnssec.make_ds(FR, zone.key, "SHA256")]), NOW + 9, Budget(), NOW).keys
    changed = zone.key.replace(**change)
    zone.add(FR, "DNSKEY", changed.to_text())
    vouched = usable([dns.dnssec.make_ds(FR, changed, "SHA256")])
    with pytest.raises(Bogus, match="no key that the DS vouches for"):
        trusted(FR, _own(zone), vouched, NOW + 9, Budget(), NOW)


def test_the_digest_must_be_that_of_the_key() -> None:
    zone = Zone(FR)
    vouched = dns.dnssec.make_ds(FR, zone.key, "SHA256")
    other = vouched.replace(digest=bytes(32))
    with pytest.raises(Bogus, match="no key that the DS vouches for"):
        trusted(FR, _own(zone), usable([other]), NOW + 9, Budget(), NOW)


def test_t26_digests_are_paid_for() -> None:
    zone = Zone(FR)
    vouched = dns.dnssec.make_ds(FR, zone.key, "SHA256")
    others = usable(vouched.replace(digest=bytes([number] * 32)) for number in range(65))  # all of the tag of the key
    assert len(others) == 65
    with pytest.raises(Bogus, match="too many digests"):
        trusted(FR, _own(zone), others, NOW + 9, Budget(), NOW)


def test_t39_the_keys_are_signed_by_one_that_the_ds_vouches_for() -> None:
    """The vouched key beside a thief's, and the set signed by the thief's alone: or anybody could add a key."""
    zone, thief = Zone(FR), Zone(FR)
    vouched = usable([dns.dnssec.make_ds(FR, zone.key, "SHA256")])
    both = dns.rrset.from_rdata(FR, 600, zone.key, thief.key)
    for signer, accepted in ((zone, True), (thief, False)):
        found = signed(signer.sign(both), FR, RdataType.DNSKEY)
        assert found is not None
        if accepted:
            assert len(trusted(FR, found, vouched, NOW + 9, Budget(), NOW).keys) == 2
            continue
        with pytest.raises(Bogus, match="signature wrong: fr DNSKEY"):
            trusted(FR, found, vouched, NOW + 9, Budget(), NOW)


def test_t39_a_zone_signs_nothing_outside_itself() -> None:
    """RFC 4035, 5.3.1: the owner is in the zone of the signer, and the signer is the zone asked."""
    zone = Zone(FR)
    (outside, *signatures) = zone.sign(dns.rrset.from_text("bank.example.", 60, "IN", "TXT", "evil"))
    found = signed([outside, *signatures], outside.name, TXT)
    assert found is not None
    with pytest.raises(Bogus, match=r"signature of another zone: bank\.example TXT"):
        verify(found, keys_of(zone), NOW, Budget())


def test_t39_the_signer_is_the_zone_even_where_two_zones_share_a_key() -> None:
    zone, above = Zone(absolute("sub.fr.")), Zone(FR)
    zone.private, zone.key = above.private, above.key
    found = signed(above.sign(dns.rrset.from_text("x.sub.fr.", 60, "IN", "TXT", "evil")), absolute("x.sub.fr."), TXT)
    assert found is not None
    assert verify(found, keys_of(above), NOW, Budget()).wildcard is None
    with pytest.raises(Bogus, match="signature of another zone"):
        verify(found, keys_of(zone), NOW, Budget())


def test_t39_a_signature_of_more_labels_than_the_name_costs_nothing() -> None:
    """RFC 4035, 5.3.1: refused before any computing."""
    zone = Zone(FR)
    found = signed(zone.sign(zone.records[FR, RdataType.SOA]), FR, RdataType.SOA)
    assert found is not None
    (signature,) = found.signatures
    longer = Signed(found.rrset, (signature.replace(labels=2),))  # type: ignore[arg-type]
    with pytest.raises(Bogus, match="signature wrong: fr SOA"):
        verify(longer, keys_of(zone), NOW, Budget(signatures=0))


@pytest.mark.parametrize(("now", "why"), [(NOW - 3601, "not yet valid"), (NOW + 7 * 86_400 + 1, "expired")])
def test_t39_signatures_hold_to_the_second(now: int, why: str) -> None:
    zone = Zone(FR)
    found = signed(zone.sign(zone.records[FR, RdataType.SOA]), FR, RdataType.SOA)
    assert found is not None
    for last in (NOW - 3600, NOW + 7 * 86_400):
        assert verify(found, keys_of(zone), last, Budget()).wildcard is None
    with pytest.raises(Bogus, match=why):
        verify(found, keys_of(zone), now, Budget())


def _own(zone: Zone) -> Signed:
    found = signed(zone.sign(zone.records[FR, RdataType.DNSKEY]), FR, RdataType.DNSKEY)
    assert found is not None
    return found


def test_t39_records_are_kept_no_longer_than_their_signature_says() -> None:
    """RFC 4035, 5.3.3: the least of both times to live, and of what the signature has left."""
    zone = Zone(FR)
    found = signed(zone.sign(dns.rrset.from_text(FR, 20, "IN", "TXT", "a")), FR, TXT)
    assert found is not None
    raised = dns.rrset.from_text(FR, 600, "IN", "TXT", "a")  # by whoever hands it on: no signature covers it
    assert verify(Signed(raised, found.signatures), keys_of(zone), NOW, Budget()).until == NOW + 20
    end = found.signatures[0].expiration
    assert verify(found, keys_of(zone), end - 5, Budget()).until == end
