"""Public keys, and what the registry says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.signer.entries import ISSUING, NOW, STATUS, key
from verifier.core.clock import Chance, to_rfc3339
from verifier.core.errors import ProofError
from verifier.core.models import Purpose
from verifier.signer import Algorithm, Key, PublicKey, Registry, throwaway

P256 = throwaway("p256", Chance()).public_key_multibase


@given(st.binary(min_size=40, max_size=40), st.binary(max_size=40), st.sampled_from(("ed25519", "p256")))
async def test_a_signature_holds_for_its_data_alone(seed: bytes, data: bytes, algorithm: Algorithm) -> None:
    signer = throwaway(algorithm, Chance(bytes=lambda count: seed[:count]))
    public = PublicKey.parse(signer.public_key_multibase)
    signature = await signer.sign(data)
    assert (public.multibase, len(signature)) == (signer.public_key_multibase, 64)
    public.verify(signature, data)
    for bad_signature, bad_data in ((signature, data + b"x"), (signature[:-1], data), (bytes(64), data)):
        with pytest.raises(ProofError, match="signature-wrong"):
            public.verify(bad_signature, bad_data)


@pytest.mark.parametrize(
    "text", ("", "z", "z6Mk", "6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "z0OIl", "é", "z" * 200)
)
def test_no_key(text: str) -> None:
    with pytest.raises(ProofError, match="key-malformed"):
        PublicKey.parse(text)


def test_the_registry_knows_each_key_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Registry(keys=(key(), key(purpose=Purpose.LOG)))
    assert Registry(keys=(key(),)).with_key(key(retired=to_rfc3339(NOW))).keys == (key(retired=to_rfc3339(NOW)),)


def test_the_key_that_started_last_signs_and_each_algorithm_has_its_own() -> None:
    old, planned = key(retired=to_rfc3339(NOW)), key(STATUS, created=to_rfc3339(NOW))
    third = key(P256, algorithm="p256")
    registry = Registry(keys=(planned, old, third))
    assert registry.current(Purpose.ISSUING, NOW - 1) == old
    assert registry.current(Purpose.ISSUING, NOW) == planned
    assert registry.current(Purpose.ISSUING, NOW, "p256") == third
    assert registry.current(Purpose.STATUS, NOW) is None


def test_what_a_retired_key_signed_before_stays_good() -> None:
    retired = key(retired=to_rfc3339(NOW))
    retired.check_at(to_rfc3339(NOW))
    for moment, code in ((NOW + 1, "key-retired"), (NOW - 366 * 86_400, "key-not-yet")):
        with pytest.raises(ProofError, match=code):
            retired.check_at(to_rfc3339(moment))


def test_t49_a_distrusted_key_counts_for_what_was_recorded_in_time() -> None:
    distrusted = key(distrusted_after=to_rfc3339(NOW))
    assert not distrusted.signs_at(NOW - 1)
    distrusted.check_at(to_rfc3339(NOW), recorded=NOW)
    for created, recorded in ((NOW + 1, NOW + 1), (NOW - 1, NOW + 1), (NOW + 1, NOW), (NOW - 1, None)):
        with pytest.raises(ProofError, match="key-distrusted"):
            distrusted.check_at(to_rfc3339(created), recorded)


def test_keys_of_two_algorithms_have_two_names() -> None:
    assert (ISSUING[:4], P256[:4]) == ("z6Mk", "zDna")


def test_a_key_is_of_the_algorithm_that_its_entry_says() -> None:
    with pytest.raises(ValueError, match="not of that algorithm"):
        key(P256, algorithm="ed25519")


def test_of_two_keys_in_force_the_one_that_started_last_signs() -> None:
    old, new = key(), key(STATUS, created=to_rfc3339(NOW))
    for keys in ((old, new), (new, old)):
        assert Registry(keys=keys).current(Purpose.ISSUING, NOW) == new


async def test_p256_signs_the_same_document_the_same_way() -> None:
    signer = throwaway("p256", Chance())
    assert await signer.sign(b"document") == await signer.sign(b"document")


def test_a_member_that_nobody_knows_is_refused() -> None:
    entry = key().model_dump(by_alias=True, exclude_none=True)
    assert Key.model_validate(entry) == key()
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        Key.model_validate({**entry, "scope": "everything"})


@pytest.mark.parametrize("algorithm", ("ed25519", "p256"))
async def test_a_longer_signature_is_none(algorithm: Algorithm) -> None:
    signer = throwaway(algorithm, Chance())
    public, signature = PublicKey.parse(signer.public_key_multibase), await signer.sign(b"document")
    public.verify(signature, b"document")
    for longer in (signature + b"\0", signature[:32] + b"\0" + signature[32:]):  # the same r and s, as numbers
        with pytest.raises(ProofError, match="signature-wrong"):
            public.verify(longer, b"document")
