"""Request bodies, parsed once into types; each error names the member by JSON pointer."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .. import words
from ..core import strict_json
from ..core.attestation import LONGEST_LABEL, escape
from ..core.errors import BadInput, VerifierError
from ..core.identifiers import Handle, Host, MailAddress
from ..core.strict_json import Json
from ..registration.children import MOST_CHILDREN, Child, children
from ..registration.requests import Request

MAX_BODY = 262_144  # bytes
MAX_BATCH = 100

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
_CODES = {"missing": "member-missing", "extra_forbidden": "member-unknown"}


class IdentityBody(BaseModel):
    """Whose account it is."""

    model_config = _STRICT
    type: Annotated[str, Field(json_schema_extra={"enum": ["agent", "institution"]})]
    email: str | None = None
    domain: str | None = None


class OrderBody(BaseModel):
    """POST /api/v1/orders."""

    model_config = _STRICT
    handle: str
    identity: IdentityBody
    listed: bool = False
    affiliation: Literal["body", "state"] = "body"
    locale: words.Lang = Field(default_factory=lambda: words.deployed().locale)

    def request(self) -> Request:
        """As the registration room takes it.

        :raises BadInput: handle, domain or mailbox malformed, an unknown identity type
        """
        if self.identity.type not in ("agent", "institution"):
            raise BadInput("identity-type", pointer="/identity/type")
        institution = self.identity.type == "institution"
        if self.identity.email is None:
            raise BadInput("member-missing", pointer="/identity/email", name="email")
        if institution and self.identity.domain is None:
            raise BadInput("member-missing", pointer="/identity/domain", name="domain")
        if not institution and self.identity.domain is not None:
            raise BadInput("member-unknown", pointer="/identity/domain", name="domain")
        try:
            handle = Handle.parse(self.handle)
        except BadInput as error:
            raise error.at("/handle") from None
        try:
            mailbox = MailAddress.parse(self.identity.email)
        except BadInput as error:
            raise error.at("/identity/email") from None
        try:
            domain = Host.parse(self.identity.domain) if self.identity.domain is not None else None
        except BadInput as error:
            raise error.at("/identity/domain") from None
        return Request(handle, mailbox, self.listed, self.affiliation, self.locale, domain)


class ChildBody(BaseModel):
    """A body below the one that names it."""

    model_config = _STRICT
    domain: str
    name: Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_LABEL})]
    contact: str | None = None


class ChildrenBody(BaseModel):
    """POST …/children."""

    model_config = _STRICT
    children: Annotated[list[ChildBody], Field(json_schema_extra={"minItems": 1, "maxItems": MOST_CHILDREN})]

    def named(self) -> Sequence[Child]:
        """As the registration room takes them.

        :raises BadInput: as :func:`~verifier.registration.children.children`
        """
        return children((line, each.domain, each.name, each.contact) for line, each in enumerate(self.children, 1))


class InstanceBody(BaseModel):
    """POST …/instance."""

    model_config = _STRICT
    host: str

    def named(self) -> Host:
        """:raises BadInput: the host's own"""
        try:
            return Host.parse(self.host)
        except BadInput as error:
            raise error.at("/host") from None


class CodeBody(BaseModel):
    """POST …/challenges/{type}: empty to begin, or an answer."""

    model_config = _STRICT
    code: str | None = Field(default=None, max_length=64)


class BatchBody(BaseModel):
    """POST /api/v1/lookup."""

    model_config = _STRICT
    handles: Annotated[list[str], Field(min_length=1, max_length=MAX_BATCH)]


class VerifyBody(BaseModel):
    """POST /api/v1/verify."""

    model_config = _STRICT
    attestation: dict[str, Json]


class EmptyBody(BaseModel):
    """A request that says all by its URL."""

    model_config = _STRICT


Body = TypeVar("Body", bound=BaseModel)


async def read(request: web.Request, form: type[Body]) -> Body:
    """The body of that request.

    :raises BadInput: no JSON, or not of that form (pointer to the member)
    :raises TooLarge: over :data:`MAX_BODY`
    """
    if request.content_type != "application/json" and request.can_read_body:
        raise BadInput("media-type")
    data = await request.read()
    value = strict_json.loads_object(data) if data else {}
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise _first(error) from None


def _first(error: ValidationError) -> VerifierError:
    item = error.errors(include_url=False, include_input=False)[0]
    pointer = "".join("/" + escape(str(part)) for part in item["loc"])
    name = str(item["loc"][-1]) if item["loc"] else ""
    if item["type"] in ("too_long", "too_short"):
        return BadInput("batch-size", pointer=pointer, limit=MAX_BATCH)
    return BadInput(_CODES.get(item["type"], "member-type"), pointer=pointer, name=name[:64])
