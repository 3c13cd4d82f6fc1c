"""PKCS#11 URIs (RFC 7512): which object of which token, through which module, with the PIN of which file.

    pkcs11:token=NAME;object=NAME?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin

An attribute that is not known is refused: ignoring one could open another key than the one that was meant.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from ..core.errors import ConfigError

_VALUE = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=&/]|%[0-9A-Fa-f]{2})+")
_PATH = ("token", "serial", "object", "id", "type")
_QUERY = ("module-path", "pin-source")


@dataclass(frozen=True, slots=True)
class TokenUri:
    """A key of a token.

    :param object: CKA_LABEL
    :param id: CKA_ID; at least one of the two
    :param pin_source: the file of the PIN, which no other place may hold
    """

    text: str = field(repr=False)
    token: str
    serial: str | None
    object: str | None
    id: bytes | None
    module: str
    pin_source: Path

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> "TokenUri":
        """:raises ConfigError: what to write instead"""
        path, _, query = text.removeprefix("pkcs11:").partition("?")
        if "pin-value" in text:
            # Not repeated: the sentence would show it.
            raise ConfigError(
                "Signer pkcs11:…: no pin-value; write the PIN in a file and name it: pin-source=file:PATH."
            )
        found = _attributes(text, path.split(";"), _PATH)
        asked = _attributes(text, query.split("&") if query else [], _QUERY)
        scheme, _, pin_file = _text(text, "pin-source", asked.get("pin-source", b"")).partition(":")
        if scheme != "file" or not pin_file.startswith("/"):
            raise ConfigError(f"Signer {text}: pin-source=file:/PATH is missing, the file that holds the PIN.")
        if "token" not in found or "module-path" not in asked:
            raise ConfigError(f"Signer {text}: token=NAME and module-path=/PATH of the PKCS#11 module are needed.")
        if "object" not in found and "id" not in found:
            raise ConfigError(f"Signer {text}: object=NAME or id=%XX… is needed, to name one key.")
        if found.get("type", b"private") != b"private":
            raise ConfigError(f"Signer {text}: type must be private, or left out.")
        return cls(
            text=text,
            token=_text(text, "token", found["token"]),
            serial=_text(text, "serial", found["serial"]) if "serial" in found else None,
            object=_text(text, "object", found["object"]) if "object" in found else None,
            id=found.get("id"),
            module=_text(text, "module-path", asked["module-path"]),
            pin_source=Path(pin_file),
        )


def _attributes(uri: str, parts: list[str], known: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name not in known:
            raise ConfigError(f"Signer {uri}: the attribute {name!r} is not understood; known: {', '.join(known)}.")
        if name in found:
            raise ConfigError(f"Signer {uri}: {name} stands twice.")
        if not _VALUE.fullmatch(value):
            raise ConfigError(f"Signer {uri}: {name} has no readable value; write other characters as %XX.")
        found[name] = unquote_to_bytes(value)
    return found


def _text(uri: str, name: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"Signer {uri}: {name} is not UTF-8.") from None
