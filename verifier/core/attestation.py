"""The attestation: a W3C Verifiable Credential 2.0 of one strict shape.

Members stand in the order of the model and nothing else is an attestation: unknown members, nulls, other
spellings of a date or an address are refused (T43, T46). Every node has an id, so that in RDF only the
proof is a blank node. Texts stay texts: what was signed is what is kept; their form is checked.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails, PydanticCustomError, core_schema

from .clock import DAY, from_rfc3339
from .errors import BadInput
from .identifiers import Digest, Handle, Host, HttpsUrl
from .site import CONTEXT_PATH, Site
from .strict_json import Json

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
TYPE = "FediverseAccountAttestation"
LIFETIME = 90 * DAY  # seconds from validFrom to validUntil
LONGEST_LABEL = 200  # characters of a name

_BASE = r"https?://[a-z0-9.-]+(:[0-9]+)?"
# What shows nothing, though its category is that of a letter, a mark or a sign: the rest of the property
# Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt), and the empty pattern of Braille.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0))
)


def _spelled(is_good: Callable[[str], bool]) -> AfterValidator:
    """Accepts a text, unchanged, if it is spelled as it must be."""

    def check(text: str) -> str:
        try:
            good = is_good(text)
        except BadInput:
            good = False
        if not good:
            raise PydanticCustomError("spelling", "not spelled as it must be")
        return text

    return AfterValidator(check)


def _outline(pattern: str) -> WithJsonSchema:
    """What the JSON Schema says of a form that the code checks more closely."""
    return WithJsonSchema({"type": "string", "pattern": pattern})


def _is_address(text: str) -> bool:
    url = HttpsUrl.parse(text)
    return text in (str(url), url.origin)  # some single-account servers name the actor by the bare origin


def _is_plain(text: str) -> bool:
    return text == text.strip() and unicodedata.is_normalized("NFC", text) and not any(map(_is_hidden, text))


def _is_hidden(char: str) -> bool:
    """Controls, formats, tags, marks that reorder the text around them, what is not assigned, ends of lines, blanks.

    With one of them, two names that look alike would differ, or a name could make its neighbours lie (T60).
    """
    category = unicodedata.category(char)
    return category[0] == "C" or category in ("Zl", "Zp") or char in _BLANK


Time = Annotated[
    str,
    _spelled(lambda text: from_rfc3339(text) is not None),
    _outline(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
]
Address = Annotated[str, _spelled(_is_address), _outline(r"^https://[a-z0-9.-]+(/[^\s#]*)?$")]
Acct = Annotated[str, _spelled(lambda text: Handle.parse(text).acct == text), _outline(r"^acct:[^\s@]+@[a-z0-9.-]+$")]
Domain = Annotated[str, _spelled(lambda text: Host.parse(text).name == text), _outline(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
KeyDigest = Annotated[
    str, _spelled(lambda text: str(Digest.parse(text)) == text), _outline(r"^zQm[1-9A-HJ-NP-Za-km-z]+$")
]
Label = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL), _spelled(_is_plain)]
OwnUrl = Annotated[str, Field(max_length=300, pattern=rf"^{_BASE}/[A-Za-z0-9/._#-]+$")]
OwnContext = Annotated[str, Field(max_length=300, pattern=f"^{_BASE}{CONTEXT_PATH}$")]
ListIndex = Annotated[str, Field(max_length=10, pattern=r"^(0|[1-9][0-9]*)$")]
MethodName = Annotated[str, Field(max_length=40, pattern=r"^[a-z]+(-[a-z]+)*-[0-9]{2}$")]
ClassName = Annotated[str, Field(max_length=40, pattern=r"^[a-z]+([_-][a-z]+)*$")]
_ARRAY = Field(strict=False)  # JSON has arrays, a frozen model has tuples


class _Node(BaseModel):
    """A JSON object with exactly these members; built by field name, read and written by JSON name."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )


_AnyNode = TypeVar("_AnyNode", bound=_Node)


class PublicBody(_Node):
    """The body, or at the holder's choice its ministry or the State."""

    id: OwnUrl
    type: Literal["PublicBody"]
    domain: Domain
    name: Label


class Mandate(_Node):
    """A function with a start and, once known, an end: a minister, a prefect."""

    id: OwnUrl
    type: Literal["Mandate"]
    title: Label
    starts_at: Time
    ends_at: Time | None = None


class FediverseAccount(_Node):
    """The account: the ActivityPub actor, as it was proved.

    :param name: of the person, only if they agreed; never for an office
    :param mandate: present iff the role is ``mandate``
    """

    id: Address
    type: Literal["FediverseAccount"]
    handle: Acct
    profile: Address
    actor_key_digest: KeyDigest
    account_role: Literal["office", "agent", "mandate"]
    name: Label | None = None
    mandate: Mandate | None = None
    affiliation: PublicBody


class AccountControlCheck(_Node):
    """Evidence that the holder controls the account."""

    id: OwnUrl
    type: Literal["AccountControlCheck"]
    method: MethodName
    checked_at: Time


class IdentityCheck(_Node):
    """Evidence of the right to the identity; `class_` is what the policy says that it proves (T06)."""

    id: OwnUrl
    type: Literal["IdentityCheck"]
    method: MethodName
    class_: ClassName = Field(alias="class")
    dnssec: bool | None = None
    checked_at: Time


class StatusEntry(_Node):
    """A place in a status list (Bitstring Status List 1.0, 2.1)."""

    id: OwnUrl
    type: Literal["BitstringStatusListEntry"]
    status_purpose: Literal["revocation", "suspension"]
    status_list_index: ListIndex
    status_list_credential: OwnUrl

    @property
    def index(self) -> int:
        return int(self.status_list_index)

    @property
    def list_number(self) -> int:
        return int(self.status_list_credential.rpartition("/")[2])


class CredentialSchema(_Node):
    id: OwnUrl
    type: Literal["JsonSchema"]


class DataIntegrityProof(_Node):
    """One proof (Data Integrity 1.0, 2.1). `context` is there for the jcs suites, which sign it, and no other."""

    context: Annotated[tuple[str, ...], _ARRAY] | None = Field(default=None, alias="@context")
    type: Literal["DataIntegrityProof"]
    cryptosuite: Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019"]
    created: Time
    verification_method: Annotated[str, Field(max_length=500)]
    proof_purpose: Literal["assertionMethod"]
    proof_value: Annotated[str, Field(max_length=100, pattern=r"^z[1-9A-HJ-NP-Za-km-z]+$")]


class Attestation(_Node):
    """The document, signed or not yet.

    :param evidence: first the check of the account, then at least one of the identity
    :param credential_status: revocation, then suspension
    """

    context: Annotated[tuple[Literal["https://www.w3.org/ns/credentials/v2"], OwnContext], _ARRAY] = Field(
        alias="@context"
    )
    id: OwnUrl
    type: Annotated[tuple[Literal["VerifiableCredential"], Literal["FediverseAccountAttestation"]], _ARRAY]
    issuer: Annotated[str, Field(max_length=300, pattern=r"^did:web:[A-Za-z0-9.%-]+$")]
    valid_from: Time
    valid_until: Time
    credential_subject: FediverseAccount
    evidence: Annotated[
        tuple[Annotated[AccountControlCheck | IdentityCheck, Field(discriminator="type")], ...],
        _ARRAY,
        Field(min_length=2, max_length=8),
    ]
    credential_status: Annotated[tuple[StatusEntry, StatusEntry], _ARRAY]
    credential_schema: CredentialSchema
    proof: Annotated[tuple[DataIntegrityProof, ...], _ARRAY, Field(min_length=1, max_length=8)] | None = None

    @property
    def base_url(self) -> str:
        """The origin that the id names."""
        return self.id.partition("/attestations/")[0]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for pointer, good in self._rules():
            if not good:
                raise PydanticCustomError("rule", "does not agree with the rest", {"pointer": pointer})
        return self

    def _rules(self) -> Iterator[tuple[str, bool]]:
        site, subject = Site(self.base_url), self.credential_subject
        number = self.id.rpartition("/")[2]
        yield "/id", number.isalnum() and self.id == site.attestation(number)
        yield "/validUntil", self.valid_from < self.valid_until
        # An actor inside our own origin could bear the id of another node, and RDF would make them one.
        yield "/credentialSubject/id", not subject.id.startswith(f"{self.base_url}/")
        yield "/credentialSubject/name", subject.name is None or subject.account_role != "office"
        yield "/credentialSubject/mandate", (subject.mandate is not None) == (subject.account_role == "mandate")
        if subject.mandate is not None:
            yield "/credentialSubject/mandate/id", subject.mandate.id == f"{self.id}#mandate"
        body = subject.affiliation
        yield "/credentialSubject/affiliation/id", body.id == site.affiliation(body.domain)
        yield "/evidence/0/type", isinstance(self.evidence[0], AccountControlCheck)
        yield "/evidence/0/id", self.evidence[0].id == f"{self.id}#account"
        for place, check in enumerate(self.evidence[1:], start=1):
            yield f"/evidence/{place}/type", isinstance(check, IdentityCheck)
            fragment = "identity" if place == 1 else f"identity-{place}"
            yield f"/evidence/{place}/id", check.id == f"{self.id}#{fragment}"
        for place, purpose in enumerate(("revocation", "suspension")):
            entry, at = self.credential_status[place], f"/credentialStatus/{place}"
            yield f"{at}/statusPurpose", entry.status_purpose == purpose
            yield f"{at}/statusListCredential", _is_status_list(entry.status_list_credential, site, purpose)
            yield f"{at}/id", entry.id == f"{entry.status_list_credential}#{entry.status_list_index}"
        yield "/credentialSchema/id", self.credential_schema.id == site.schema

    def document(self) -> dict[str, Json]:
        """The JSON document, members in order."""
        return self.model_dump(mode="json", exclude_none=True)


def is_label(text: str) -> bool:
    """Whether an attestation may bear that name: it shows at least one letter or digit."""
    return len(text) <= LONGEST_LABEL and _is_plain(text) and any(map(str.isalnum, text))


def _is_status_list(url: str, site: Site, purpose: str) -> bool:
    number = url.rpartition("/")[2]
    plain = number.isdecimal() and number.isascii() and len(number) < 10 and not number.startswith("0")
    return plain and url == site.status_list(purpose, int(number))


def parse(document: Mapping[str, Json]) -> Attestation:
    """The attestation that a JSON object spells.

    :raises BadInput: ``schema-member-missing``, ``schema-member-unknown``, ``schema-member-wrong``, at the member
    """
    return _parse(Attestation, document)


def parse_proof(proof: Json, pointer: str) -> DataIntegrityProof:
    """One proof, which the document holds at `pointer`.

    :raises BadInput: as :func:`parse`
    """
    return _parse(DataIntegrityProof, proof, pointer)


_CODES = {
    "missing": "schema-member-missing",
    "union_tag_not_found": "schema-member-missing",
    "extra_forbidden": "schema-member-unknown",
}


def _parse(model: type[_AnyNode], value: Json, at: str = "") -> _AnyNode:
    null = _first_null(value, at)
    if null is not None:
        raise BadInput("schema-member-wrong", pointer=null, member=null.rpartition("/")[2])
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _explain(error.errors(include_url=False, include_input=False)[0], at) from None


def _explain(error: ErrorDetails, at: str) -> BadInput:
    kind = error["type"]
    if kind == "rule":
        pointer = str(error["ctx"]["pointer"])
    else:
        # pydantic names the branch of a union as if it were a member
        parts = [part for part in error["loc"] if part not in ("AccountControlCheck", "IdentityCheck")]
        parts += ["type"] if kind.startswith("union_tag") else []
        pointer = "".join(f"/{escape(str(part))}" for part in parts)
    member = pointer.rpartition("/")[2][:80]
    return BadInput(_CODES.get(kind, "schema-member-wrong"), pointer=at + pointer, member=member)


def _first_null(value: Json, at: str) -> str | None:
    """Where the first null stands: RDF drops it, so a signature over the graph would not cover it."""
    if value is None:
        return at
    members: Iterator[tuple[Any, Json]] = iter(())
    if isinstance(value, dict):
        members = iter(value.items())
    elif isinstance(value, list):
        members = enumerate(value)
    for name, item in members:
        found = _first_null(item, f"{at}/{escape(str(name))}")
        if found is not None:
            return found
    return None


def escape(name: str) -> str:
    """A member name as a token of a JSON pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")


class _Plain(GenerateJsonSchema):
    """Neither invented titles nor nulls: a member that may be absent is never null."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's hook
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema(model: type[BaseModel] = Attestation) -> dict[str, Json]:
    """The JSON Schema (2020-12) of a document."""
    schema = {"$schema": _Plain.schema_dialect, **model.model_json_schema(schema_generator=_Plain)}
    for node in (schema, *schema["$defs"].values()):
        if "description" in node:
            node["description"] = node["description"].partition("\n\n:param")[0]
    return schema
