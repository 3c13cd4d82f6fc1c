"""PKCS#11 URIs (RFC 7512), read as strictly as what they open deserves."""

from pathlib import Path

import pytest

from verifier.core.errors import ConfigError
from verifier.signer.token_uri import TokenUri

TAIL = "?module-path=/usr/lib/p11.so&pin-source=file:/run/pin"


def test_a_uri_names_a_key() -> None:
    uri = TokenUri.parse("pkcs11:token=Cl%C3%A9s%20d%E2%80%99%C3%89tat;object=issuing-1;id=%00%FFa;type=private" + TAIL)
    assert (uri.token, uri.object, uri.id) == ("Clés d’État", "issuing-1", b"\x00\xffa")
    assert (uri.module, uri.pin_source, uri.serial) == ("/usr/lib/p11.so", Path("/run/pin"), None)
    assert TokenUri.parse("pkcs11:serial=12;token=t;id=%01" + TAIL).serial == "12"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pkcs11:", "'' is not understood"),
        ("pkcs11:token=t;object=o", "pin-source=file:/PATH is missing"),
        ("pkcs11:token=t;object=o?module-path=/m", "pin-source=file:/PATH is missing"),
        ("pkcs11:token=t;object=o?module-path=/m&pin-source=pin", "pin-source=file:/PATH is missing"),
        ("pkcs11:token=t;object=o?module-path=/m&pin-source=file:pin", "pin-source=file:/PATH is missing"),
        ("pkcs11:token=t;object=o?module-path=/m&pin-source=%7Ccat", "pin-source=file:/PATH is missing"),
        ("pkcs11:token=t;object=o?pin-source=file:/run/pin", "module-path=/PATH of the PKCS#11 module are needed"),
        ("pkcs11:object=o" + TAIL, "token=NAME and"),
        ("pkcs11:token=t" + TAIL, "to name one key"),
        ("pkcs11:token=t;object=o;type=public" + TAIL, "type must be private"),
        ("pkcs11:token=t;token=t;object=o" + TAIL, "token stands twice"),
        ("pkcs11:token=t;object=o;slot-id=1" + TAIL, "'slot-id' is not understood"),
        ("pkcs11:token=t;object=o" + TAIL + "&x=1", "'x' is not understood"),
        ("pkcs11:token=t;object=" + TAIL, "object has no readable value"),
        ("pkcs11:token=t;object=a b" + TAIL, "object has no readable value"),
        ("pkcs11:token=t;object=a%2" + TAIL, "object has no readable value"),
        ("pkcs11:token=t;object=%FF" + TAIL, "object is not UTF-8"),
    ],
)
def test_a_uri_that_names_none(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        TokenUri.parse(text)


def test_a_pin_in_the_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="no pin-value") as refused:
        TokenUri.parse("pkcs11:token=t;object=o?pin-value=48151623&module-path=/m")
    assert "48151623" not in str(refused.value)
