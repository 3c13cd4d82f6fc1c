"""Whatever a zone puts in its keys, signatures and proofs, the answer is that it is bogus."""

import dns.dnssec
import dns.name
import dns.rdata
import dns.rrset
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rdtypes.ANY.RRSIG import RRSIG
from hypothesis import given
from hypothesis import strategies as st

from verifier.fetch.denial import _hashed, _Nsec, absence, delegation
from verifier.fetch.dnssec import ALGORITHMS, Bogus, Budget, Signed, trusted, usable

FR = dns.name.from_text("fr.")
NOW = 1_000
NAMES = [dns.name.from_text(name) for name in ("fr.", "a.fr.", "*.fr.", "b.a.fr.", "c.fr.", "*.a.fr.", "z.fr.")]

keys = st.one_of(
    st.binary(max_size=140), st.sampled_from([1, 3, 4]).flatmap(lambda e: st.binary().map(bytes([e]).__add__))
)


@given(st.sampled_from(sorted(ALGORITHMS)), keys, st.binary(max_size=140), st.integers(0, 3))
def test_keys_and_signatures(algorithm: int, key: bytes, signature: bytes, labels: int) -> None:
    record = DNSKEY(IN, RdataType.DNSKEY, 257, 3, algorithm, key)  # type: ignore[no-untyped-call]
    vouched = usable([dns.dnssec.make_ds(FR, record, "SHA256")])
    tag = dns.dnssec.key_id(record)
    signed = RRSIG(  # type: ignore[no-untyped-call]
        IN, RdataType.RRSIG, RdataType.DNSKEY, algorithm, labels, 60, NOW + 1, NOW - 1, tag, FR, signature
    )
    found = Signed(dns.rrset.from_rdata(FR, 60, record), (signed,))
    try:
        trusted(FR, found, vouched, NOW + 60, Budget(), NOW)
    except Bogus:
        return
    raise AssertionError("noise was taken for a signature")


types = st.sets(st.sampled_from([RdataType.NS, RdataType.SOA, RdataType.TXT, RdataType.DS, RdataType.CNAME]))


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), types)), st.sampled_from(NAMES))
def test_what_is_there_is_never_absent(
    chain: list[tuple[dns.name.Name, dns.name.Name, set[RdataType]]], name: dns.name.Name
) -> None:
    records = [(owner, _nsec(following, kinds | {RdataType.TXT})) for owner, following, kinds in chain]
    proofs = _Nsec(FR, [(owner, record) for owner, record in records if owner == name])
    assert absence(proofs, name, RdataType.TXT) is None
    proofs = _Nsec(FR, records)
    assert absence(proofs, name, RdataType.TXT) in (None, "secure")
    assert delegation(proofs, name) in (None, "none", "insecure")


def _nsec(following: dns.name.Name, kinds: set[RdataType]) -> NSEC:
    text = " ".join([following.to_text(), *(kind.name for kind in kinds)])
    record = dns.rdata.from_text("IN", "NSEC", text)
    assert isinstance(record, NSEC)
    return record


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=25), st.binary(min_size=1, max_size=25), st.integers(0, 2))),
    st.binary(max_size=20),
    st.integers(0, 100),
    st.sampled_from(NAMES),
)
def test_hashed_proofs_of_noise(
    chain: list[tuple[bytes, bytes, int]], salt: bytes, iterations: int, name: dns.name.Name
) -> None:
    records = [
        (
            dns.name.Name((owner, *FR.labels)),
            NSEC3(IN, RdataType.NSEC3, 1, flags, iterations, salt, following, ()),  # type: ignore[no-untyped-call]
        )
        for owner, following, flags in chain
    ]
    proofs = _hashed(FR, records, Budget())
    assert absence(proofs, name, RdataType.TXT) is None
    assert proofs.types(name) is None


@given(st.sets(st.sampled_from(NAMES), min_size=1), st.integers(0, 3), st.binary(max_size=4), st.data())
def test_what_is_there_is_never_absent_from_hashed_proofs(
    held: set[dns.name.Name], iterations: int, salt: bytes, data: st.DataObject
) -> None:
    def hashed(name: dns.name.Name) -> str:
        return dns.dnssec.nsec3_hash(name, salt.hex(), iterations, "SHA1")

    name = data.draw(st.sampled_from(sorted(held)))
    ends = st.sampled_from([hashed(each) for each in NAMES])  # of gaps: they span others of those that are there
    records = []
    for each in data.draw(st.permutations(sorted(held))):
        text = f"1 {data.draw(st.integers(0, 1))} {iterations} {salt.hex() or '-'} {data.draw(ends)} TXT"
        record = dns.rdata.from_text("IN", "NSEC3", text)
        assert isinstance(record, NSEC3)
        records.append((dns.name.from_text(hashed(each), FR), record))
    proofs = _hashed(FR, records, Budget())
    assert proofs.types(name) == frozenset({int(RdataType.TXT)})
    assert absence(proofs, name, RdataType.TXT) is None
