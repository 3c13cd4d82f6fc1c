import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from verifier.core.clock import Chance, Clock, to_rfc3339
from verifier.core.errors import ConfigError, ProofError
from verifier.core.models import Purpose
from verifier.proof.did import did_document, did_key, method_of, registry_keys, resolve_did_key
from verifier.signer import Algorithm, Key, PublicKey, Registry, ensure, generate, open_key, open_signer, throwaway
from verifier.signer import registry as registries
from verifier.signer.keystore import key_path

from .documents import NOW, Issuer

CLOCK = Clock(lambda: NOW)
CHANCE = Chance()
DID = "did:web:comptes.example.gouv.fr"


def make(folder: Path, purpose: Purpose = Purpose.ISSUING, *, sandbox: bool = True) -> Key:
    return generate(folder, purpose, sandbox=sandbox, clock=CLOCK, chance=CHANCE)


def test_a_generated_key_is_private_and_registered(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    key = make(folder)
    path = key_path(folder, Purpose.ISSUING)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in folder.iterdir()) == [".lock", "issuing.pem", "registry.json"]
    registry = registries.load(folder)
    assert (registry.keys, registry.current(Purpose.ISSUING)) == ((key,), key)
    assert json.loads((folder / "registry.json").read_bytes()) == registry.document()
    assert "PRIVATE" not in (folder / "registry.json").read_text()
    signer = open_key(registry, Purpose.ISSUING, f"file:{path}", sandbox=True)
    assert (signer.public_key_multibase, signer.algorithm, key.created) == (key.id, "ed25519", to_rfc3339(NOW))


def test_a_purpose_has_one_key(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(ConfigError, match="exists already"):
        make(tmp_path)
    make(tmp_path, Purpose.STATUS)
    assert len({key.id for key in registries.load(tmp_path).keys}) == 2


def test_the_registry_knows_each_key_once() -> None:
    key = Issuer().registry.keys[0]
    with pytest.raises(ValueError, match="twice"):
        Registry(keys=(key, key.model_copy(update={"purpose": Purpose.LOG})))


def test_ensure_makes_a_key_once(tmp_path: Path) -> None:
    first = ensure(tmp_path, Purpose.ISSUING, sandbox=True, clock=CLOCK, chance=CHANCE)
    assert ensure(tmp_path, Purpose.ISSUING, sandbox=True, clock=CLOCK, chance=CHANCE) == first


def test_two_starts_at_once_make_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from verifier.core.clock import Chance, Clock\n"
        "from verifier.core.models import Purpose; from verifier.signer import ensure\n"
        "print(ensure(Path(sys.argv[1]), Purpose.ISSUING, sandbox=True, clock=Clock(), chance=Chance()).id)"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        for _ in range(4)
    ]
    answers = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 4
    assert len(answers) == len(registries.load(tmp_path).keys) == 1


class Crash(Exception):
    """The machine stops here."""


@pytest.mark.parametrize("step", range(4))
def test_a_crash_at_any_step_leaves_no_key_lost_or_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    steps = iter(range(10))
    with monkeypatch.context() as patch:
        for name in ("write_new", "move"):
            real = getattr(registries, name)

            def stop(*args: object, real: object = real, **named: object) -> None:
                if next(steps) == step:
                    raise Crash
                real(*args, **named)  # type: ignore[operator]

            patch.setattr(registries, name, stop)
        with pytest.raises(Crash):
            make(tmp_path)
    key = ensure(tmp_path, Purpose.ISSUING, sandbox=True, clock=CLOCK, chance=CHANCE)
    path = key_path(tmp_path, Purpose.ISSUING)
    assert (
        open_key(registries.load(tmp_path), Purpose.ISSUING, f"file:{path}", sandbox=True).public_key_multibase
        == key.id
    )
    assert len(registries.load(tmp_path).keys) == 1


def test_a_key_that_the_registry_does_not_know(tmp_path: Path) -> None:
    make(tmp_path / "a")
    make(tmp_path / "b")
    with pytest.raises(ConfigError, match=r"not in registry\.json"):
        open_key(registries.load(tmp_path / "a"), Purpose.ISSUING, f"file:{tmp_path}/b/issuing.pem", sandbox=True)
    (tmp_path / "a" / "registry.json").unlink()
    with pytest.raises(ConfigError, match=r"not in registry\.json"):
        ensure(tmp_path / "a", Purpose.ISSUING, sandbox=True, clock=CLOCK, chance=CHANCE)


def test_t51_a_key_for_another_purpose(tmp_path: Path) -> None:
    make(tmp_path, Purpose.STATUS)
    with pytest.raises(ConfigError, match="for status, not for issuing"):
        open_key(registries.load(tmp_path), Purpose.ISSUING, f"file:{tmp_path}/status.pem", sandbox=True)


@pytest.mark.parametrize(
    ("made_for_sandbox", "words"), ((True, "this is a sandbox key"), (False, "this is a production key"))
)
def test_neither_mode_takes_the_others_key(tmp_path: Path, made_for_sandbox: bool, words: str) -> None:
    make(tmp_path, sandbox=made_for_sandbox)
    with pytest.raises(ConfigError, match=words):
        open_key(
            registries.load(tmp_path), Purpose.ISSUING, f"file:{tmp_path}/issuing.pem", sandbox=not made_for_sandbox
        )


@pytest.mark.parametrize("member", ("retired", "distrusted_after"))
def test_a_retired_or_distrusted_key_signs_no_more(tmp_path: Path, member: str) -> None:
    key = make(tmp_path).model_copy(update={member: to_rfc3339(NOW)})
    registry = Registry(keys=(key,))
    assert registry.current(Purpose.ISSUING) is None
    with pytest.raises(ConfigError, match="retired or distrusted"):
        open_key(registry, Purpose.ISSUING, f"file:{tmp_path}/issuing.pem", sandbox=True)


@pytest.mark.parametrize("mode", (0o640, 0o604, 0o622, 0o700))
def test_a_file_that_others_may_read(tmp_path: Path, mode: int) -> None:
    make(tmp_path)
    path = key_path(tmp_path, Purpose.ISSUING)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        open_signer(f"file:{path}")


def test_other_signers_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    for uri, words in (("pkcs11:x", "file:PATH"), ("file:", "file:PATH"), (f"file:{path}", "No such file")):
        with pytest.raises(ConfigError, match=words):
            open_signer(uri)
    locked = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    for text, words in ((b"", "PEM"), (b"-----BEGIN", "PEM"), (locked, "unencrypted"), (other, "unencrypted")):
        path.write_bytes(text)
        path.chmod(0o600)
        with pytest.raises(ConfigError, match=words):
            open_signer(f"file:{path}")


@pytest.mark.parametrize(
    "text", ("", "[]", '{"keys":[{}]}', '{"keys":[],"keys":[]}', '{"version":2}', '{"keys":[],"extra":1}')
)
def test_a_registry_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "registry.json").write_text(text)
    with pytest.raises(ConfigError, match=r"Key registry .*registry\.json"):
        registries.load(tmp_path)


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


def test_the_did_document_shows_the_keys_that_vouch() -> None:
    registry = Issuer().registry
    issuing, status = (method_of(DID, key.id) for key in registry.keys)
    log = throwaway("ed25519", CHANCE).public_key_multibase
    other = registry.keys[0].model_copy(update={"public_key_multibase": log, "purpose": Purpose.LOG})
    document = did_document(DID, registry.with_key(other), NOW)
    assert document["assertionMethod"] == [issuing, status]
    assert document["verificationMethod"][0] == {
        "id": issuing,
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": registry.keys[0].id,
    }


def test_t49_t50_a_retired_key_stays_until_its_last_document_ends_and_a_distrusted_one_leaves() -> None:
    key = Issuer().registry.keys[0]
    retired = Registry(keys=(key.model_copy(update={"retired": to_rfc3339(NOW)}),))
    assert did_document(DID, retired, NOW + 90 * 86_400)["assertionMethod"]
    assert not did_document(DID, retired, NOW + 90 * 86_400 + 1)["assertionMethod"]
    distrusted = Registry(keys=(key.model_copy(update={"distrusted_after": to_rfc3339(NOW)}),))
    assert not did_document(DID, distrusted, NOW)["verificationMethod"]


@pytest.mark.parametrize(("member", "code"), (("retired", "key-retired"), ("distrusted_after", "key-distrusted")))
def test_t49_what_a_key_signed_before_stays_good(member: str, code: str) -> None:
    key = Issuer().registry.keys[0].model_copy(update={member: to_rfc3339(NOW)})
    resolve = registry_keys(DID, Registry(keys=(key,)), Purpose.ISSUING)
    assert resolve(method_of(DID, key.id), to_rfc3339(NOW)) == key.id
    with pytest.raises(ProofError, match=code):
        resolve(method_of(DID, key.id), to_rfc3339(NOW + 1))


def test_did_key() -> None:
    key = throwaway("p256", CHANCE).public_key_multibase
    assert resolve_did_key(f"{did_key(key)}#{key}") == key
    for method in (did_key(key), f"{did_key(key)}#other", f"did:web:x#{key}", ""):
        with pytest.raises(ProofError, match="method-unknown"):
            resolve_did_key(method)
