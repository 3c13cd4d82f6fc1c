"""Which keys of actors are pinned, and which never reach the library that would load them (T44)."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from verifier.validation.accounts.actor_keys import public_key_info

SPKI = PublicFormat.SubjectPublicKeyInfo
CURVES = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1())
DH = bytes.fromhex("06092a864886f70d010301")  # dhKeyAgreement (PKCS #3)
DHX = bytes.fromhex("06072a8648ce3e0201")  # dhpublicnumber (X9.42)
DSA = bytes.fromhex("06072a8648ce380401")
RSA = bytes.fromhex("06092a864886f70d010101")
PSS = bytes.fromhex("06092a864886f70d01010a")
EC = bytes.fromhex("06072a8648ce3d0201")


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + length + content


def number(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1))


def sequence(*items: bytes) -> bytes:
    return tlv(0x30, b"".join(items))


def spki(*algorithm: bytes, key: bytes) -> bytes:
    return sequence(sequence(*algorithm), tlv(3, b"\0" + key))


def pem(der: bytes, label: str = "PUBLIC KEY", *, line: int = 64, end: str = "\n") -> str:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + line] for start in range(0, len(text), line)]
    return end.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def rsa_key(bits: int) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key()


KEYS: dict[str, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey] = {
    f"RSA {bits}": rsa_key(bits) for bits in (1024, 2048, 4096, 8192)
}
KEYS |= {curve.name: ec.generate_private_key(curve).public_key() for curve in CURVES}
KEYS |= {"Ed25519": ed25519.Ed25519PrivateKey.generate().public_key()}


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_of_the_fediverse_and_stronger_ones(name: str) -> None:
    der = KEYS[name].public_bytes(Encoding.DER, SPKI)
    spellings = [pem(der), pem(der).rstrip(), f"\n{pem(der)}\n", pem(der, end="\r\n"), pem(der, line=76)]
    assert {public_key_info(text) for text in [*spellings, pem(der, line=5000)]} == {der}


def test_one_key_has_one_digest_however_it_is_written() -> None:
    key = rsa_key(2048)
    bare = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert public_key_info(bare) == key.public_bytes(Encoding.DER, SPKI)
    der = KEYS["secp256r1"].public_bytes(Encoding.DER, SPKI)
    point = KEYS["secp256r1"].public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert public_key_info(pem(spki(EC, bytes.fromhex("06082a8648ce3d030107"), key=point))) == der


# A safe prime (RFC 2409, 6.2), so that these are keys which the library takes, after a while that grows with it.
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
NOT_OURS = {
    "DH": spki(DH, sequence(number(PRIME), number(2)), key=number(4)),
    "DHX": spki(DHX, sequence(number(PRIME), number(4), number(PRIME // 2)), key=number(4)),
    "DSA": spki(DSA, sequence(number(PRIME), number((1 << 160) - 1), number(4)), key=number(4)),
    "RSASSA-PSS": spki(PSS, key=sequence(number(PRIME), number(3))),
    "RSA of 9000 bits": rsa_key(9000).public_bytes(Encoding.DER, SPKI),
    "X25519": x25519.X25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, SPKI),
    "P-224": ec.generate_private_key(ec.SECP224R1()).public_key().public_bytes(Encoding.DER, SPKI),
}


@pytest.mark.parametrize("name", NOT_OURS)
def test_t44_other_kinds_of_keys_are_never_loaded(name: str) -> None:
    with pytest.raises(ValueError, match="no kind of key that we load"):
        public_key_info(pem(NOT_OURS[name]))


RSA_DER = rsa_key(2048).public_bytes(Encoding.DER, SPKI)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        RSA_DER[:-1],
        RSA_DER + b"\0",
        b"\x30\x80" + RSA_DER[4:] + b"\0\0",  # BER, of indefinite length
        b"\x30\x83\0" + RSA_DER[2:],
        RSA_DER.replace(b"\x30\x0d", b"\x30\x81\x0d"),
        spki(RSA, sequence(number(PRIME), number(2)), key=number(4)),
        spki(EC, sequence(number(1), number(PRIME)), key=b"\x02" + bytes(24)),
        sequence(number(PRIME), number(2), number(4)),
        sequence(number(PRIME)),
    ],
)
def test_what_is_no_key(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"no kind of key|deserialize"):
        public_key_info(pem(der))


@pytest.mark.parametrize(
    "text",
    [
        "",
        pem(RSA_DER, "RSA PRIVATE KEY"),
        pem(RSA_DER, "CERTIFICATE"),
        pem(RSA_DER) + pem(RSA_DER),
        f"x\n{pem(RSA_DER)}",
        pem(RSA_DER).replace("\n", "\nProc-Type: 4\n", 1),
        pem(RSA_DER).replace("A", "A=", 1),
        pem(RSA_DER) + " " * 5000,
        base64.b64encode(RSA_DER).decode(),
    ],
)
def test_what_is_not_one_key_in_pem(text: str) -> None:
    with pytest.raises(ValueError, match=r"PEM|base64|padding|padded"):
        public_key_info(text)
