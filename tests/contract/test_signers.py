"""One contract for all signers: what they sign holds, and what they know stays with them."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

from tests import parts
from tests.doubles import softhsm
from tests.doubles.softhsm import PIN, Token
from verifier.core.clock import Chance
from verifier.core.errors import ConfigError, Unavailable
from verifier.signer import Algorithm, PublicKey, Signer, hsm, offline, open_signer

MESSAGES = [b"", b"x", b"fediverse", bytes(range(256)) * 400]


@dataclass(frozen=True)
class Case:
    """A way to make a key and to name it."""

    kind: str
    algorithm: Algorithm

    def make(self, folder: Path) -> str:
        """The URI of a new key."""
        if self.kind == "file":
            offline.new_key(folder / "key.pem", self.algorithm, Chance())
            return f"file:{folder / 'key.pem'}"
        # Named by the folder, which is the test's own: tests share the token.
        uri = softhsm.of_this_process()["verifier"].uri(hashlib.sha256(str(folder).encode()).hexdigest()[:16])
        hsm.generate(uri, self.algorithm, Chance())
        return uri


CASES = [Case(kind, algorithm) for kind in ("file", "pkcs11") for algorithm in ("ed25519", "p256")]


@pytest.fixture(params=CASES, ids=lambda case: f"{case.kind}-{case.algorithm}")
def case(request: pytest.FixtureRequest) -> Case:
    made: Case = request.param
    return made


@pytest.fixture
def uri(case: Case, tmp_path: Path) -> str:
    return case.make(tmp_path)


@pytest.fixture
def signer(uri: str) -> Signer:
    return open_signer(uri)


@pytest.fixture
def token() -> Token:
    return softhsm.of_this_process()["verifier"]


def checks(signer: Signer) -> Callable[[bytes, bytes], None]:
    """What `cryptography` alone says of a signature, raising InvalidSignature."""
    public = PublicKey.parse(signer.public_key_multibase).key
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.verify
    known: ec.EllipticCurvePublicKey = public

    def check(signature: bytes, data: bytes) -> None:
        der = utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        known.verify(der, data, ec.ECDSA(SHA256()))

    return check


@pytest.mark.parametrize("message", MESSAGES, ids=len)
async def test_a_signature_holds(signer: Signer, case: Case, message: bytes) -> None:
    signature = await signer.sign(message)
    assert (len(signature), signer.algorithm) == (64, case.algorithm)
    checks(signer)(signature, message)
    with pytest.raises(InvalidSignature):
        checks(signer)(signature, message + b"!")


async def test_many_signatures_at_once(signer: Signer) -> None:
    messages = [f"message {number}".encode() for number in range(200)]
    signatures = await asyncio.gather(*map(signer.sign, messages))
    for signature, message in zip(signatures, messages, strict=True):
        checks(signer)(signature, message)


def test_a_key_is_the_same_each_time_it_is_opened(uri: str, signer: Signer, case: Case) -> None:
    again = open_signer(uri)
    assert (again.public_key_multibase, again.algorithm) == (signer.public_key_multibase, case.algorithm)


def test_nothing_secret_is_shown(uri: str, signer: Signer) -> None:
    shown = repr(signer) + str(signer)
    if uri.startswith("file:"):
        assert Path(uri.removeprefix("file:")).read_text().splitlines()[1] not in shown
    assert PIN not in shown


# ── tokens ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_never_leaves_its_token(token: Token, tmp_path: Path) -> None:
    uri = Case("pkcs11", "p256").make(tmp_path)
    name = uri.partition("object=")[2].partition("?")[0]
    session = pkcs11.lib(parts.softhsm()[0]).get_token(token_label=token.label).open()
    key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name)
    attributes = ("EXTRACTABLE", "SENSITIVE", "NEVER_EXTRACTABLE", "ALWAYS_SENSITIVE")
    assert [key[pkcs11.Attribute[each]] for each in attributes] == [False, True, True, True]
    session.close()
    with pytest.raises(ConfigError, match="has such an object already"):
        hsm.generate(uri, "p256", Chance())


def test_one_login_whatever_is_signed(token: Token, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    signers = [open_signer(Case("pkcs11", "ed25519").make(tmp_path / name)) for name in "ab"]
    # From here on, a login would need the PIN, and there is none any more.
    hidden = token.pin.rename(tmp_path / "hidden")
    with caplog.at_level(logging.DEBUG):
        for signer in signers * 20:
            asyncio.run(_sign(signer))
    hidden.rename(token.pin)
    assert PIN not in caplog.text


async def _sign(signer: Signer) -> None:
    await asyncio.gather(*(signer.sign(b"x") for _ in range(20)))


async def test_sessions_are_opened_again_after_the_token_failed(token: Token, tmp_path: Path) -> None:
    signer = open_signer(Case("pkcs11", "ed25519").make(tmp_path))
    await _sign(signer)
    pkcs11.lib(parts.softhsm()[0]).reinitialize()  # every session and the login are gone, as after a power cut
    await _sign(signer)
    checks(signer)(await signer.sign(b"after"), b"after")


async def test_a_token_that_cannot_be_opened_again_is_told_as_unavailable(tmp_path: Path) -> None:
    token = softhsm.of_this_process()["moved-pin"]
    hsm.generate(token.uri("key"), "ed25519", Chance())
    signer = open_signer(token.uri("key"))
    pkcs11.lib(parts.softhsm()[0]).reinitialize()
    hidden = token.pin.rename(tmp_path / "hidden")
    with pytest.raises(Unavailable, match="signer-unavailable") as told:
        await signer.sign(b"x")
    assert PIN not in repr(told.value) + str(told.value)
    hidden.rename(token.pin)
    checks(signer)(await signer.sign(b"x"), b"x")


def test_a_wrong_pin_is_tried_once(caplog: pytest.LogCaptureFixture) -> None:
    token = softhsm.of_this_process()["wrong-pin"]
    token.pin.write_text("0000-1111\n")
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            with pytest.raises(ConfigError, match="the token refuses the PIN") as told:
                open_signer(token.uri("key"))
            assert "0000-1111" not in str(told.value) + repr(told.value) + caplog.text
            assert told.value.__cause__ is None
            token.pin.write_text(PIN)  # the second time, the right one is not even read


def test_what_is_not_there_is_told_in_words(token: Token) -> None:
    for uri, words in (
        (token.uri("none"), "the token has no key of that name"),
        (token.uri("key", token="none"), "no token of that name"),
        (token.uri("key", module="/nowhere/p11.so"), "the module cannot be loaded"),
        (token.uri("key") + "&pin-value=1", "no pin-value"),
    ):
        with pytest.raises(ConfigError, match=words) as told:
            open_signer(uri)
        assert PIN not in str(told.value)


def test_a_pin_file_that_others_may_read() -> None:
    token = softhsm.of_this_process()["open-pin"]
    token.pin.chmod(0o640)
    with pytest.raises(ConfigError, match=r"PIN file .*: others may read it"):
        open_signer(token.uri("key"))


def test_two_keys_of_one_name(token: Token) -> None:
    twins = [token.uri("twin").replace("?", f";id=%0{number}?") for number in range(2)]
    made = [hsm.generate(uri, "ed25519", Chance()).public_key_multibase for uri in twins]
    with pytest.raises(ConfigError, match="several keys have that name"):
        open_signer(token.uri("twin"))
    assert [open_signer(uri).public_key_multibase for uri in twins] == made
