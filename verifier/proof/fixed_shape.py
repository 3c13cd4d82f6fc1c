"""Canonical N-Quads of our own documents, by a table: the bytes of RDFC-1.0, at a hundredth of pyld's cost.

Every node of ours has an id, so that canonical is: the distinct quads in code point order; a proof config is the
one blank node, ``_:c14n0``. The table stands for the pinned contexts and no others. It knows an attestation, a
status list and a proof config, each member by name and type: for anything else, however near, the answer is
nothing, and the caller asks pyld (T43). The order of dates or the ids' agreement are no matter of RDF:
``core.attestation`` looks at those. The bytes are compared with pyld's by ``tests/property/test_fixed_shape.py``,
at each start by ``known_answer``, and for each document before it is signed by the lint of ``issuance``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..core.strict_json import Json
from .contexts import OWN_FILE, V2_FILE, Contexts

# What no term of the pinned contexts can be the prefix of, in characters that no N-Quads writer escapes.
_IRI = re.compile(r"(?:https?://|acct:|did:(?:web|key):)[A-Za-z0-9._~!$&'()*+,;=:@/?#%-]+")
# The one place where writers of N-Quads differ; no text of ours has any (``core.attestation.Label``).
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_CRED = "https://www.w3.org/2018/credentials#"
_STATUS = "https://www.w3.org/ns/credentials/status#"
_SEC = "https://w3id.org/security#"
_OWN = "https://w3id.org/fediverse-account#"

_V2 = (V2_FILE,)
_BOTH = (V2_FILE, OWN_FILE)


class _OtherShapeError(Exception):
    """This is not ours."""


_Object = Callable[[Json, list[str]], str]  # the RDF object that a JSON value is; quads of what lies below are added
_Member = Callable[[str, Json, list[str]], None]  # adds the quads of a member to a subject


@dataclass(frozen=True, slots=True)
class _Shape:
    """A JSON object with exactly these members, ``id`` and ``type`` besides.

    :param spelled: ``type``, as JSON has it
    :param types: the IRIs that it stands for
    """

    spelled: str | list[str]
    types: tuple[str, ...]
    members: Mapping[str, _Member]
    optional: frozenset[str] = frozenset()
    blank: bool = False
    _quads: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_quads", tuple(f" {_RDF_TYPE} <{iri}> .\n" for iri in self.types))

    def write(self, node: Json, quads: list[str]) -> str:
        """Adds the quads of `node`; returns its name in RDF."""
        if type(node) is not dict or node.get("type") != self.spelled:
            raise _OtherShapeError
        subject = "_:c14n0" if self.blank else _iri(node.get("id"), quads)
        left = self.members.keys() - node.keys()
        if left - self.optional or len(node) != len(self.members) - len(left) + 2 - self.blank:
            raise _OtherShapeError
        quads.extend([subject + quad for quad in self._quads])
        for name, write in self.members.items():
            if name in node:
                write(subject, node[name], quads)
        return subject


def canonicalize(document: Mapping[str, Json], contexts: Contexts) -> bytes | None:
    """Canonical N-Quads, UTF-8; None for a document that is not exactly of a shape that is known here."""
    context, quads = document.get("@context"), list[str]()
    if type(context) is not list or not all(type(url) is str for url in context):
        return None
    spoken = tuple(contexts.names.get(url) for url in context)
    try:
        for shape, languages in _ROOTS:
            if document.get("type") == shape.spelled and spoken in languages:
                shape.write({name: value for name, value in document.items() if name != "@context"}, quads)
                return "".join(sorted(set(quads))).encode()
    except (_OtherShapeError, UnicodeEncodeError):
        pass
    return None


def _iri(value: Json, _: list[str]) -> str:
    if type(value) is not str or not _IRI.fullmatch(value):
        raise _OtherShapeError
    return f"<{value}>"


def _text(value: Json, _: list[str]) -> str:
    if type(value) is not str or _CONTROL.search(value):
        raise _OtherShapeError
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def _typed(datatype: str) -> _Object:
    return lambda value, quads: f"{_text(value, quads)}^^<{datatype}>"


def _boolean(value: Json, _: list[str]) -> str:
    if type(value) is not bool:
        raise _OtherShapeError
    return f'"{str(value).lower()}"^^<{_XSD}boolean>'


def _natural(value: Json, _: list[str]) -> str:
    if type(value) is not int or not 0 <= value < 2**53:
        raise _OtherShapeError
    return f'"{value}"^^<{_XSD}integer>'


def _only(word: str, iri: str) -> _Object:
    def write(value: Json, _: list[str]) -> str:
        if value != word:
            raise _OtherShapeError
        return f"<{iri}>"

    return write


def _one(predicate: str, write: _Object) -> _Member:
    def member(subject: str, value: Json, quads: list[str]) -> None:
        quads.append(f"{subject} <{predicate}> {write(value, quads)} .\n")

    return member


def _list(predicate: str, first: _Shape, rest: _Shape, least: int, most: int) -> _Member:
    def member(subject: str, value: Json, quads: list[str]) -> None:
        if type(value) is not list or not least <= len(value) <= most:
            raise _OtherShapeError
        for place, item in enumerate(value):
            quads.append(f"{subject} <{predicate}> {(rest if place else first).write(item, quads)} .\n")

    return member


_TIME = _typed(f"{_XSD}dateTime")
_MULTIBASE = _typed(f"{_SEC}multibase")

_BODY = _Shape(
    "PublicBody",
    (f"{_OWN}PublicBody",),
    {"domain": _one(f"{_OWN}domain", _text), "name": _one("https://schema.org/name", _text)},
)
_MANDATE = _Shape(
    "Mandate",
    (f"{_OWN}Mandate",),
    {
        "title": _one(f"{_OWN}title", _text),
        "startsAt": _one(f"{_OWN}startsAt", _TIME),
        "endsAt": _one(f"{_OWN}endsAt", _TIME),
    },
    optional=frozenset({"endsAt"}),
)
_ACCOUNT = _Shape(
    "FediverseAccount",
    (f"{_OWN}FediverseAccount",),
    {
        "handle": _one(f"{_OWN}handle", _iri),
        "profile": _one(f"{_OWN}profile", _iri),
        "actorKeyDigest": _one(f"{_OWN}actorKeyDigest", _MULTIBASE),
        "accountRole": _one(f"{_OWN}accountRole", _text),
        "name": _one("https://schema.org/name", _text),
        "mandate": _one(f"{_OWN}mandate", _MANDATE.write),
        "affiliation": _one(f"{_OWN}affiliation", _BODY.write),
    },
    optional=frozenset({"name", "mandate"}),
)
_CONTROL_CHECK = _Shape(
    "AccountControlCheck",
    (f"{_OWN}AccountControlCheck",),
    {"method": _one(f"{_OWN}method", _text), "checkedAt": _one(f"{_OWN}checkedAt", _TIME)},
)
_IDENTITY_CHECK = _Shape(
    "IdentityCheck",
    (f"{_OWN}IdentityCheck",),
    {
        "method": _one(f"{_OWN}method", _text),
        "class": _one(f"{_OWN}class", _text),
        "dnssec": _one(f"{_OWN}dnssec", _boolean),
        "checkedAt": _one(f"{_OWN}checkedAt", _TIME),
    },
    optional=frozenset({"dnssec"}),
)
_ENTRY = _Shape(
    "BitstringStatusListEntry",
    (f"{_STATUS}BitstringStatusListEntry",),
    {
        "statusPurpose": _one(f"{_STATUS}statusPurpose", _text),
        "statusListIndex": _one(f"{_STATUS}statusListIndex", _text),
        "statusListCredential": _one(f"{_STATUS}statusListCredential", _iri),
    },
)
_CREDENTIAL: Mapping[str, _Member] = {
    "issuer": _one(f"{_CRED}issuer", _iri),
    "validFrom": _one(f"{_CRED}validFrom", _TIME),
    "validUntil": _one(f"{_CRED}validUntil", _TIME),
}
_ATTESTATION = _Shape(
    ["VerifiableCredential", "FediverseAccountAttestation"],
    (f"{_CRED}VerifiableCredential", f"{_OWN}FediverseAccountAttestation"),
    {
        **_CREDENTIAL,
        "credentialSubject": _one(f"{_CRED}credentialSubject", _ACCOUNT.write),
        "evidence": _list(f"{_CRED}evidence", _CONTROL_CHECK, _IDENTITY_CHECK, 2, 8),
        "credentialStatus": _list(f"{_CRED}credentialStatus", _ENTRY, _ENTRY, 2, 2),
        "credentialSchema": _one(f"{_CRED}credentialSchema", _Shape("JsonSchema", (f"{_CRED}JsonSchema",), {}).write),
    },
)
_LIST = _Shape(
    ["VerifiableCredential", "BitstringStatusListCredential"],
    (f"{_CRED}VerifiableCredential", f"{_STATUS}BitstringStatusListCredential"),
    {
        **_CREDENTIAL,
        "credentialSubject": _one(
            f"{_CRED}credentialSubject",
            _Shape(
                "BitstringStatusList",
                (f"{_STATUS}BitstringStatusList",),
                {
                    "statusPurpose": _one(f"{_STATUS}statusPurpose", _text),
                    "encodedList": _one(f"{_STATUS}encodedList", _MULTIBASE),
                    "ttl": _one(f"{_STATUS}ttl", _natural),
                },
            ).write,
        ),
    },
)
_PROOF = _Shape(
    "DataIntegrityProof",
    (f"{_SEC}DataIntegrityProof",),
    {
        "cryptosuite": _one(f"{_SEC}cryptosuite", _typed(f"{_SEC}cryptosuiteString")),
        "created": _one("http://purl.org/dc/terms/created", _TIME),
        "verificationMethod": _one(f"{_SEC}verificationMethod", _iri),
        "proofPurpose": _one(f"{_SEC}proofPurpose", _only("assertionMethod", f"{_SEC}assertionMethod")),
    },
    blank=True,
)
_ROOTS = ((_PROOF, (_BOTH, _V2)), (_ATTESTATION, (_BOTH,)), (_LIST, (_V2,)))
