"""What somebody brings to be appraised: a document, or the name of one of ours. Parsed, never fetched (T65)."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl

from ... import words
from ...core import strict_json
from ...core.errors import BadInput
from ...core.identifiers import Handle, HttpsUrl
from ...core.site import Site
from ...core.strict_json import Json
from ...publication import lookup

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UTF16 = (b"{\x00", b"\x00{")
# How files that are no text begin.
_MAGIC = {
    b"%PDF": "document-is-pdf",
    b"\x89PNG": "document-is-image",
    b"\xff\xd8\xff": "document-is-image",
    b"GIF8": "document-is-image",
    b"RIFF": "document-is-image",  # WebP
}
_PAGES = (b"<!doctype html", b"<html")
_IDENTIFIER = r"([a-z0-9]{16})"
_ATTESTATION = re.compile(rf"/attestations/{_IDENTIFIER}(?:\.json)?")
_ORDER = re.compile(rf"/v/{_IDENTIFIER}")
_LONGEST_ADDRESS = 2048


@dataclass(frozen=True, slots=True)
class Ours:
    """One of our own documents, by the id of the attestation or of its account's page."""

    kind: Literal["attestation", "page"]
    id: str


def read(data: bytes, site: Site) -> dict[str, Json] | Ours:
    """The document in `data`, or which of ours it names: by an address, or by the id of an attestation.

    :raises BadInput: as :func:`document` and :func:`reference`
    """
    text = _text(data).strip()
    return document(data) if text.startswith("{") else reference(text, site)


def document(data: bytes) -> dict[str, Json]:
    """The JSON object in `data`, alone or as the one member ``attestation`` of another.

    :raises BadInput: ``document-missing``, ``document-encoding``, ``document-is-…``, ``document-not-text``,
        ``document-not-attestation``, ``document-malformed``
    """
    if not _text(data).strip().startswith("{"):
        raise BadInput("document-not-attestation")
    try:
        outer = strict_json.loads_object(data)
    except BadInput:
        raise BadInput("document-malformed") from None
    inner = outer.get("attestation")
    return inner if len(outer) == 1 and isinstance(inner, dict) else outer


def reference(text: str, site: Site) -> Ours:
    """Which of our documents that address or id names.

    :raises BadInput: ``document-is-account`` (value `handle`), ``address-elsewhere``, ``address-not-attestation``,
        ``document-not-attestation``
    """
    if len(text) > _LONGEST_ADDRESS or any(char.isspace() for char in text):
        raise BadInput("document-not-attestation")
    if re.fullmatch(_IDENTIFIER, text):
        return Ours("attestation", text)
    if text == site.base_url or text.startswith((f"{site.base_url}/", f"{site.base_url}?")):
        return _of_ours(text.removeprefix(site.base_url), site)
    if handle := _account(text):
        raise BadInput("document-is-account", handle=str(handle))
    if "://" in text:
        raise BadInput("address-elsewhere", host=_host(text))
    raise BadInput("document-not-attestation")


def _text(data: bytes) -> str:
    if not data.strip():
        raise BadInput("document-missing")
    if data.startswith((*_BOMS, *_UTF16)):
        raise BadInput("document-encoding")
    for start, code in _MAGIC.items():
        if data.startswith(start):
            raise BadInput(code)
    if data.lstrip()[:16].lower().startswith(_PAGES):
        raise BadInput("document-is-page")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise BadInput("document-not-text") from None
    if "\x00" in text:
        raise BadInput("document-not-text")
    return text


def _of_ours(target: str, site: Site) -> Ours:
    path, _, query = target.partition("#")[0].partition("?")
    path = words.bare(path) or "/"
    if match := _ATTESTATION.fullmatch(path):
        return Ours("attestation", match[1])
    if match := _ORDER.fullmatch(path):
        return Ours("page", match[1])
    # Links of ours that people share: the answer of the lookup, and that of the page itself.
    parameters = dict(parse_qsl(query))
    if path == "/verifier" and "attestation" in parameters:
        return reference(parameters["attestation"], site)
    if handle := _account(parameters.get("handle", "")):
        raise BadInput("document-is-account", handle=str(handle))
    raise BadInput("address-not-attestation", example=site.attestation("…"))


def _account(text: str) -> Handle | None:
    try:
        return lookup.parse(text).handle
    except BadInput:
        return None


def _host(text: str) -> str:
    try:
        return str(HttpsUrl.parse(text).host)
    except BadInput:
        return text.partition("://")[2].partition("/")[0][:80]
