"""The shape of credentials and presentations: the rules of VCDM 2.0 and 1.1 that JSON alone can break."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from ...core.errors import ProofError
from ...core.strict_json import Json
from . import times
from .forms import check_text, each, is_url, listed

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
_VERSIONS: Mapping[Json, Literal[1, 2]] = {V1: 1, V2: 2}

# Members whose values are objects that must say their type (VCDM 2.0, 4.5).
_TYPED = ("credentialStatus", "credentialSchema", "termsOfUse", "evidence", "refreshService")
_IDENTIFIED_IN_1_1 = ("credentialStatus", "refreshService")
_MOST_DIGITS = 12  # 33 million places are the longest list that is read


def check_credential(document: Json) -> None:
    """VCDM 2.0, sections 4 and 5, or 1.1 for a credential that names its context.

    :raises ProofError: ``credential-malformed``, ``credential-context``, ``credential-type``, ``credential-id``,
        ``credential-member``, ``credential-period``, ``time-malformed``
    """
    version = _check_document(document, "VerifiableCredential")
    _check_owner(document, "issuer", required=True)
    _check_subjects(document)
    for name in ("name", "description"):
        if name in document:
            check_text(document[name], f"/{name}")
    period(document)
    if version == 1 and "issuanceDate" not in document:
        raise ProofError("credential-member", pointer="/issuanceDate")
    for name in _TYPED:
        for pointer, item in each(document, name):
            _check_object(item, pointer)
            _check_types(item.get("type"), f"{pointer}/type")
            if name == "credentialSchema" or (version == 1 and name in _IDENTIFIED_IN_1_1):
                _check_id(item.get("id"), f"{pointer}/id")
    for pointer, item in each(document, "credentialStatus"):
        if "BitstringStatusListEntry" in listed(item["type"]):
            _check_status_entry(item, pointer)


def check_presentation(document: Json) -> None:
    """VCDM 2.0, 4.13; the credentials inside are left to :func:`check_credential`.

    :raises ProofError: as :func:`check_credential`
    """
    _check_document(document, "VerifiablePresentation")
    _check_owner(document, "holder", required=False)
    for pointer, item in each(document, "verifiableCredential"):
        _check_object(item, pointer)


def is_enveloped(credential: Mapping[str, Json]) -> bool:
    """Whether it is secured by an envelope of another kind (VCDM 2.0, 4.13.1), and well formed.

    :raises ProofError: ``credential-context``, ``credential-id``
    """
    if "EnvelopedVerifiableCredential" not in listed(credential.get("type")):
        return False
    if V2 not in listed(credential.get("@context")):
        raise ProofError("credential-context", pointer="/@context")
    if not is_url(credential.get("id")) or not credential["id"].startswith("data:"):
        raise ProofError("credential-id", pointer="/id")
    return True


def period(document: Mapping[str, Json]) -> tuple[datetime | None, datetime | None]:
    """When the credential starts and ends to be valid.

    :raises ProofError: ``time-malformed``, ``credential-period``: it ends before it starts
    """
    found: list[datetime | None] = []
    for names in (("validFrom", "issuanceDate"), ("validUntil", "expirationDate")):
        stamps = [times.parse(document[name], f"/{name}") for name in names if name in document]
        found.append(stamps[0] if stamps else None)
    start, end = found
    if start is not None and end is not None and end < start:
        raise ProofError("credential-period", pointer="/validUntil" if "validUntil" in document else "/expirationDate")
    return start, end


def owner(document: Mapping[str, Json], name: str) -> str:
    """The id of the issuer or the holder, which is well formed."""
    value = document[name]
    return str(value["id"] if isinstance(value, dict) else value)


def _check_document(document: Json, kind: str) -> Literal[1, 2]:
    _check_object(document, "")
    contexts = listed(document.get("@context", []))
    version = _VERSIONS.get(contexts[0]) if contexts and isinstance(contexts[0], str) else None
    if version is None:
        raise ProofError("credential-context", pointer="/@context")
    for place, context in enumerate(contexts):
        if not (is_url(context) or isinstance(context, dict)):
            raise ProofError("credential-context", pointer=f"/@context/{place}")
    _check_types(document.get("type"), "/type")
    if kind not in listed(document["type"]):
        raise ProofError("credential-type", pointer="/type")
    if "id" in document:
        _check_id(document["id"], "/id")
    return version


def _check_object(value: Json, pointer: str) -> None:
    if not isinstance(value, dict):
        raise ProofError("credential-malformed", pointer=pointer)
    if "id" in value:
        _check_id(value["id"], f"{pointer}/id")


def _check_id(value: Json, pointer: str) -> None:
    if not is_url(value):
        raise ProofError("credential-id", pointer=pointer)


def _check_types(value: Json, pointer: str) -> None:
    types = listed(value)
    if not types or not all(isinstance(item, str) and item for item in types):
        raise ProofError("credential-type", pointer=pointer)


def _check_owner(document: Mapping[str, Json], name: str, *, required: bool) -> None:
    if name not in document and not required:
        return
    value, pointer = document.get(name), f"/{name}"
    if not isinstance(value, dict):
        _check_id(value, pointer)
        return
    _check_id(value.get("id"), f"{pointer}/id")
    for member in ("name", "description"):
        if member in value:
            check_text(value[member], f"{pointer}/{member}")


def _check_subjects(document: dict[str, Json]) -> None:
    subjects = each(document, "credentialSubject")
    if not subjects:
        raise ProofError("credential-member", pointer="/credentialSubject")
    for pointer, subject in subjects:
        _check_object(subject, pointer)
        if not subject:
            raise ProofError("credential-member", pointer=pointer)


def _check_status_entry(entry: Mapping[str, Json], pointer: str) -> None:
    """Bitstring Status List 1.0, 2.1."""
    index = entry.get("statusListIndex")
    good = {
        "statusPurpose": isinstance(entry.get("statusPurpose"), str),
        "statusListIndex": isinstance(index, str)
        and index.isascii()
        and index.isdecimal()
        and len(index) <= _MOST_DIGITS
        and str(int(index)) == index,
        "statusListCredential": is_url(entry.get("statusListCredential")),
    }
    for name, is_good in good.items():
        if not is_good:
            raise ProofError("credential-member", pointer=f"{pointer}/{name}")
    if "id" in entry and entry["id"] == entry["statusListCredential"]:
        raise ProofError("credential-id", pointer=f"{pointer}/id")
