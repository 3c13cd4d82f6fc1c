"""The rules of the offline root, without files: what a client that pinned a root accepts, and what it refuses."""

import json
from collections.abc import Callable, Sequence

import pytest
import rfc8785

from tests.unit.signer.entries import ISSUING, NOW, STATUS, YEAR, key
from verifier.core.clock import Chance, to_rfc3339
from verifier.core.errors import ConfigError
from verifier.core.models import Purpose
from verifier.core.strict_json import Json
from verifier.signer import Key, SignedRegistry, SignedRoot, throwaway, trust
from verifier.signer.signers import MemorySigner
from verifier.signer.trust import KeyList, Root, Signature, check_history, check_successor, follow, payload, signature

KEEPERS = [throwaway("p256" if place == 4 else "ed25519", Chance()) for place in range(6)]
STRANGER = throwaway("ed25519", Chance())


def root(version: int = 1, keepers: Sequence[MemorySigner] = KEEPERS[:3], threshold: int = 2, **given: Json) -> Root:
    plain: dict[str, Json] = {
        "type": "root",
        "version": version,
        "expires": to_rfc3339(NOW + 5 * YEAR),
        "threshold": threshold,
        "keys": tuple(each.public_key_multibase for each in keepers),
        "sandbox": False,
    }
    return Root(**(plain | given))


def key_list(version: int = 1, keys: Sequence[Key] = (key(),), **given: Json) -> KeyList:
    plain: dict[str, Json] = {
        "type": "keys",
        "version": version,
        "expires": to_rfc3339(NOW + YEAR),
        "keys": tuple(keys),
    }
    return KeyList(**(plain | given))


def by(signed: Root | KeyList, *keepers: MemorySigner) -> tuple[Signature, ...]:
    return tuple(signature(each.public_key_multibase, each.sign_now(payload(signed))) for each in keepers)


def signed_root(made: Root, *keepers: MemorySigner) -> SignedRoot:
    return SignedRoot(signed=made, signatures=by(made, *keepers))


FIRST = signed_root(root(), *KEEPERS[:3])


def registry(
    made: KeyList | None = None,
    *,
    roots: Sequence[SignedRoot] = (FIRST,),
    keepers: Sequence[MemorySigner] = KEEPERS[:2],
) -> SignedRegistry:
    made = made or key_list()
    return SignedRegistry(roots=tuple(roots), signed=made, signatures=by(made, *keepers))


def refused(words: str, document: SignedRegistry, pinned: Root = FIRST.signed, **given: Json) -> None:
    with pytest.raises(ConfigError, match=words):
        follow(document, pinned, **({"now": NOW} | given))


def test_a_client_that_pinned_the_root_trusts_the_list() -> None:
    assert follow(registry(), FIRST.signed, now=NOW) == key_list()


def test_what_is_signed_is_the_prefix_and_the_canonical_json_of_rfc_8785() -> None:
    for signed in (root(), key_list(keys=[key(retired=to_rfc3339(NOW)), key(STATUS, Purpose.STATUS)])):
        document = json.loads(signed.model_dump_json(by_alias=True, exclude_none=True))
        assert payload(signed) == b"https://w3id.org/fediverse-account#keys-v1\n" + rfc8785.dumps(document)


# ── threshold ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("keepers", [KEEPERS[:2], KEEPERS[1:3], KEEPERS[:3], [STRANGER, KEEPERS[2], KEEPERS[0]]])
def test_any_k_of_the_n_keys_are_enough(keepers: Sequence[MemorySigner]) -> None:
    assert follow(registry(keepers=keepers), FIRST.signed, now=NOW) == key_list()


@pytest.mark.parametrize(
    "keepers", [[], KEEPERS[:1], [KEEPERS[0]] * 3, [KEEPERS[0], STRANGER], [STRANGER, *KEEPERS[3:6]]]
)
def test_t49_below_the_threshold_nothing_counts(keepers: Sequence[MemorySigner]) -> None:
    refused("asks for 2", registry(keepers=keepers))


def test_two_signatures_by_one_p256_key_differ_and_count_once() -> None:
    p256 = KEEPERS[4]
    made = root(keepers=[p256, KEEPERS[0]])
    good = by(key_list(), p256)[0]
    other = bytearray(p256.sign_now(payload(key_list())))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other[32:] = (order - int.from_bytes(other[32:])).to_bytes(32)  # the twin signature that ECDSA always has (T52)
    twin = signature(p256.public_key_multibase, bytes(other))
    assert twin != good
    document = SignedRegistry(roots=(signed_root(made, p256, KEEPERS[0]),), signed=key_list(), signatures=(good, twin))
    assert trust.signers(key_list(), (twin,), made.keys) == {p256.public_key_multibase}
    refused("signed by 1 of the keys", document, made)


def test_a_signature_over_anything_else_does_not_count() -> None:
    other = by(key_list(version=2), KEEPERS[0]) + by(key_list(), KEEPERS[1])
    refused("signed by 1 of", registry().model_copy(update={"signatures": other}))
    swapped = (signature(KEEPERS[0].public_key_multibase, KEEPERS[1].sign_now(payload(key_list()))),)
    refused("signed by 0 of", registry().model_copy(update={"signatures": swapped}))


def test_t51_a_signature_without_the_prefix_does_not_count() -> None:
    bare = payload(key_list()).removeprefix(trust.PREFIX)
    signatures = tuple(signature(each.public_key_multibase, each.sign_now(bare)) for each in KEEPERS[:2])
    refused("signed by 0 of", registry().model_copy(update={"signatures": signatures}))


# ── rollback, expiry ───────────────────────────────────────────────────────────────────────────────


def test_t49_an_older_version_is_refused() -> None:
    assert follow(registry(key_list(version=7)), FIRST.signed, now=NOW, seen=7) == key_list(version=7)
    refused("older than version 7", registry(key_list(version=6)), seen=7)


def test_what_has_expired_is_refused() -> None:
    refused("version 1 of the keys ended", registry(), now=NOW + YEAR)
    assert follow(registry(), FIRST.signed, now=NOW + YEAR - 1) == key_list()
    old = signed_root(root(expires=to_rfc3339(NOW)), *KEEPERS[:2])
    refused("root 1 ended", registry(roots=[old]), old.signed)


# ── rotation of the root ───────────────────────────────────────────────────────────────────────────

SECOND = signed_root(root(2, KEEPERS[2:5]), *KEEPERS[1:5])
THIRD = signed_root(root(3, KEEPERS[4:6], threshold=1), KEEPERS[3], KEEPERS[4])


def test_a_client_survives_every_rotation_of_the_root() -> None:
    document = registry(roots=[FIRST, SECOND, THIRD], keepers=[KEEPERS[5]])
    for pinned in (FIRST, SECOND, THIRD):
        assert follow(document, pinned.signed, now=NOW) == key_list()


def test_a_root_that_ended_is_still_a_step_to_the_next() -> None:
    first = signed_root(root(expires=to_rfc3339(NOW - 1)), *KEEPERS[:3])
    document = registry(roots=[first, SECOND], keepers=KEEPERS[2:4])
    assert follow(document, first.signed, now=NOW) == key_list()


def test_the_keys_of_the_old_root_no_longer_sign_the_list() -> None:
    refused("keys of root 2, which asks for 2", registry(roots=[FIRST, SECOND], keepers=KEEPERS[:2]))


@pytest.mark.parametrize(
    ("keepers", "words"), [(KEEPERS[2:5], "keys of root 1, which"), (KEEPERS[:2], "keys of root 2, which")]
)
def test_a_next_root_needs_the_old_keys_and_the_new(keepers: Sequence[MemorySigner], words: str) -> None:
    stolen = signed_root(root(2, KEEPERS[3:6]), *keepers)
    refused(words, registry(roots=[FIRST, stolen], keepers=KEEPERS[3:6]))


def test_no_root_is_left_out() -> None:
    refused("root 3 cannot follow root 1", registry(roots=[FIRST, THIRD], keepers=[KEEPERS[5]]))
    with pytest.raises(ConfigError, match="root 1 cannot follow root 1"):
        check_successor(FIRST.signed, FIRST)


def test_another_root_of_the_same_version_is_another_root() -> None:
    forged = signed_root(root(keepers=[STRANGER], threshold=1), STRANGER)
    refused("does not come from the pinned root 1", registry(roots=[forged], keepers=[STRANGER]))
    refused("does not come from the pinned root", registry(roots=[FIRST]), SECOND.signed)


def test_a_sandbox_and_a_production_service_share_nothing() -> None:
    trial = signed_root(root(2, KEEPERS[:3], sandbox=True), *KEEPERS[:3])
    refused("sandbox root and a production root", registry(roots=[FIRST, trial]))
    refused("a sandbox root vouches", registry(key_list(keys=[key(sandbox=True)])))


def test_t51_a_root_key_is_no_key_of_the_service() -> None:
    for roots, keepers in (([FIRST], KEEPERS[:2]), ([FIRST, SECOND], KEEPERS[2:4])):
        double = key(KEEPERS[0].public_key_multibase)
        refused("is a root key", registry(key_list(keys=[double]), roots=roots, keepers=keepers))


# ── history ────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_goes_on_from_the_one_before() -> None:
    ended = key(retired=to_rfc3339(NOW), distrusted_after=to_rfc3339(NOW))
    new = key_list(2, [ended, key(STATUS, Purpose.STATUS)])
    check_history(registry(), registry(new))
    check_history(registry(new), registry(new.model_copy(update={"version": 3})))


LATER = to_rfc3339(NOW + 1)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([key()], [], "no longer in it"),
        ([key()], [key(purpose=Purpose.LOG)], "its purpose or its start"),
        ([key()], [key(created=to_rfc3339(NOW))], "its purpose or its start"),
        ([key(retired=to_rfc3339(NOW))], [key()], "stays so"),
        ([key(retired=to_rfc3339(NOW))], [key(retired=LATER)], "stays so"),
        ([key(distrusted_after=to_rfc3339(NOW))], [key()], "only move back"),
        ([key(distrusted_after=to_rfc3339(NOW))], [key(distrusted_after=LATER)], "only move back"),
    ],
)
def test_t49_nothing_that_was_said_of_a_key_is_taken_back(before: list[Key], after: list[Key], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_history(registry(key_list(1, before)), registry(key_list(2, after)))


def test_versions_go_up_and_roots_stay() -> None:
    for version in (1, 2):
        with pytest.raises(ConfigError, match="would go back"):
            check_history(registry(key_list(2)), registry(key_list(version)))
    with pytest.raises(ConfigError, match="its roots are not those in use"):
        check_history(registry(roots=[FIRST, SECOND]), registry(key_list(2)))


# ── forms ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: root(threshold=0),
        lambda: root(threshold=4),
        lambda: root(keepers=[]),
        lambda: root(keepers=[KEEPERS[0], KEEPERS[0]], threshold=1),
        lambda: root(version=0),
        lambda: root(version=True),
        lambda: root(expires="tomorrow"),
        lambda: root(keys=("z6Mk",)),
        lambda: key_list(keys=[key(), key(purpose=Purpose.LOG)]),
        lambda: key(algorithm="p256"),
        lambda: signature(ISSUING, b"").model_validate({"key": ISSUING, "signature": "0"}),
    ],
)
def test_what_cannot_be_is_not_made(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        wrong()
