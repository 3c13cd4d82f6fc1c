"""The verdict on an attestation that somebody brings, one axis after another.

An axis is ``ok``, ``failed`` (it does not hold, whatever the others say) or ``unknown`` (it could not be
learned); the attestation is verified iff all are ``ok``. Only a document of exactly our shape reaches the
RDF canonicalisation: nothing that a stranger shaped does (T43, T44).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .core.attestation import CREDENTIALS_V2, TYPE, Attestation, escape, parse
from .core.clock import from_rfc3339
from .core.errors import BadInput, ProofError, Refused, VerifierError
from .core.models import StatusBit
from .core.site import Site
from .core.strict_json import Json
from .proof.contexts import Contexts
from .proof.sets import ResolveKey, check_one, read_set, verify_set

Result = Literal["ok", "failed", "unknown"]


class StatusOf(Protocol):
    """Reads one place of this service's status lists."""

    async def __call__(self, purpose: str, list_number: int, index: int) -> StatusBit: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Why an axis is not ok: a code of ``words.problems``, where, and the values of its sentence."""

    code: str
    pointer: str | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)

    @classmethod
    def of(cls, error: VerifierError) -> "Finding":
        return cls(error.code, error.pointer, error.values)

    def document(self) -> dict[str, Json]:
        return {"code": self.code, "pointer": self.pointer, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Axis:
    result: Result
    problem: Finding | None = None


OK = Axis("ok")
_MOST_VALUES = 500  # ours have about 70: anything far beyond is not looked at any closer (T44)
_TOO_LARGE = Axis("failed", Finding("schema-too-large", "", {"limit": _MOST_VALUES}))
_NOT_CHECKED = Axis("unknown", Finding("proof-not-checked", "/proof"))


@dataclass(frozen=True, slots=True)
class Appraisal:
    """:param axes: ``proof issuer validity status schema context``, in this order"""

    axes: Mapping[str, Axis]

    @property
    def verified(self) -> bool:
        return all(axis.result == "ok" for axis in self.axes.values())

    def document(self) -> dict[str, Json]:
        """As JSON, without the sentences."""
        return {
            "verified": self.verified,
            "axes": {
                name: {"result": axis.result, "problem": axis.problem and axis.problem.document()}
                for name, axis in self.axes.items()
            },
        }


async def appraise(
    document: Mapping[str, Json],
    *,
    site: Site,
    contexts: Contexts,
    resolve_key: ResolveKey,
    status_of: StatusOf,
    now: int,
) -> Appraisal:
    """What `document` is worth.

    :param document: strict JSON (``core.strict_json``), as brought
    :param site: the service whose attestations these should be
    :param resolve_key: its issuing keys
    :raises Refused: ``not-an-attestation``: it does not say that it is one
    """
    types = document.get("type")
    if TYPE not in (types if isinstance(types, list) else [types]):
        raise Refused("not-an-attestation", pointer="/type")
    large = _is_large(document)
    schema, attestation = (_TOO_LARGE, None) if large else _schema(document, site)
    context = _context(document, site, deep=not large)
    return Appraisal(
        {
            "proof": _NOT_CHECKED
            if large
            else _proof(document, resolve_key, contexts, canonical=schema is OK and context is OK),
            "issuer": _issuer(document, site),
            "validity": _validity(document, now),
            "status": await _status(attestation, site, status_of),
            "schema": schema,
            "context": context,
        }
    )


def _schema(document: Mapping[str, Json], site: Site) -> tuple[Axis, Attestation | None]:
    # The context and the proofs have axes of their own: here they are what they should be.
    rest = {name: value for name, value in document.items() if name != "proof"}
    try:
        return OK, parse({**rest, "@context": [CREDENTIALS_V2, site.context]})
    except BadInput as error:
        return Axis("failed", Finding.of(error)), None


def _context(document: Mapping[str, Json], site: Site, *, deep: bool) -> Axis:
    if document.get("@context") != [CREDENTIALS_V2, site.context]:
        return Axis("failed", Finding("context-not-ours", "/@context", {"expected": site.context}))
    rest = {name: value for name, value in document.items() if name not in ("@context", "proof")}
    for pointer, name in _members(rest) if deep else ():
        if name.startswith("@"):
            return Axis("failed", Finding("context-keyword", pointer, {"member": name[:80]}))
    return OK


def _issuer(document: Mapping[str, Json], site: Site) -> Axis:
    if document.get("issuer") != site.did:
        return Axis("failed", Finding("issuer-not-us", "/issuer", {"expected": site.did}))
    id_ = document.get("id")
    if not isinstance(id_, str) or not id_.startswith(site.attestation("")):
        return Axis("failed", Finding("issuer-not-us", "/id", {"expected": site.did}))
    return OK


def _validity(document: Mapping[str, Json], now: int) -> Axis:
    times = {}
    for name in ("validFrom", "validUntil"):
        value = document.get(name)
        try:
            times[name] = from_rfc3339(value if isinstance(value, str) else "")
        except BadInput:
            return Axis("failed", Finding("validity-malformed", f"/{name}"))
    if now < times["validFrom"]:
        return Axis("failed", Finding("not-yet-valid", "/validFrom", {"since": document["validFrom"]}))
    if now >= times["validUntil"]:
        return Axis("failed", Finding("expired", "/validUntil", {"until": document["validUntil"]}))
    return OK


async def _status(attestation: Attestation | None, site: Site, status_of: StatusOf) -> Axis:
    if attestation is None or attestation.base_url != site.base_url:
        return Axis("unknown", Finding("status-not-ours", "/credentialStatus"))
    unknown = None
    for place, entry in enumerate(attestation.credential_status):
        pointer = f"/credentialStatus/{place}"
        bit = await status_of(entry.status_purpose, entry.list_number, entry.index)
        if bit == "set":
            return Axis("failed", Finding(f"status-{entry.status_purpose}", pointer))
        if bit == "unknown":
            unknown = unknown or Finding("status-unknown", pointer, {"purpose": entry.status_purpose})
    return Axis("unknown", unknown) if unknown else OK


def _proof(document: Mapping[str, Json], resolve_key: ResolveKey, contexts: Contexts, *, canonical: bool) -> Axis:
    try:
        if canonical:
            verify_set(document, resolve_key, contexts)
            return OK
        # Of another shape: its RDF is left alone, but the plain bytes are cheap to check and mostly tell.
        for pointer, proof in read_set(document):
            if proof.cryptosuite == "eddsa-jcs-2022":
                check_one(document, proof, pointer, resolve_key, contexts)
    except ProofError as error:
        return Axis("failed", Finding.of(error))
    return _NOT_CHECKED


def _is_large(document: Mapping[str, Json]) -> bool:
    count = 0
    left: list[Json] = [document]
    while left and count <= _MOST_VALUES:
        value = left.pop()
        items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        count += len(items)
        left.extend(items)
    return count > _MOST_VALUES


def _members(value: Json, at: str = "") -> Iterator[tuple[str, str]]:
    """Each member of the objects below `value`, with its pointer."""
    if isinstance(value, dict):
        for name, item in value.items():
            pointer = f"{at}/{escape(name)}"
            yield pointer, name
            yield from _members(item, pointer)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _members(item, f"{at}/{place}")
