"""Request bodies, parsed once into types; each error names the member by JSON pointer."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from .. import words
from ..core import strict_json
from ..core.attestation import LONGEST_LABEL, escape
from ..core.errors import BadInput, VerifierError, located
from ..core.identifiers import Handle, Host, MailAddress
from ..core.strict_json import Json
from ..registration.children import MOST_CHILDREN, Child, children
from ..registration.orders.requests import Request, name_of_body

MAX_BODY = 262_144  # bytes
MAX_BATCH = 100

_MOST_MEMBERS = 40
_BEYOND = "beyond"  # of such an error: the member, below the object that its place names
_CODES = {"missing": "member-missing", "extra_forbidden": "member-unknown"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _few(cls, value: Json) -> Json:
        # Pydantic makes an error of each member that it does not know, a quarter of a second of them (T26).
        if isinstance(value, dict) and len(value) > _MOST_MEMBERS:
            name = next(name for name in value if name not in cls.model_fields)
            raise PydanticCustomError("extra_forbidden", "too many members", {_BEYOND: [name]})
        return value


class IdentityBody(_Strict):
    """Whose account it is."""

    type: Annotated[str, Field(json_schema_extra={"enum": ["agent", "institution"]})]
    email: str | None = None
    domain: str | None = None
    name: Annotated[str | None, Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_LABEL})] = None


class OrderBody(_Strict):
    """POST /api/v1/orders."""

    handle: str
    identity: IdentityBody
    listed: bool = False
    affiliation: Literal["body", "state"] = "body"
    locale: words.Lang = Field(default_factory=lambda: words.deployed().locale)

    def request(self) -> Request:
        """As the registration room takes it.

        :raises BadInput: handle, domain, name or mailbox malformed, an unknown identity type
        """
        if self.identity.type not in ("agent", "institution"):
            raise BadInput("identity-type", pointer="/identity/type")
        institution = self.identity.type == "institution"
        if self.identity.email is None:
            raise BadInput("member-missing", pointer="/identity/email", name="email")
        if institution and self.identity.domain is None:
            raise BadInput("member-missing", pointer="/identity/domain", name="domain")
        for member in ("domain", "name"):
            if not institution and getattr(self.identity, member) is not None:
                raise BadInput("member-unknown", pointer=f"/identity/{member}", name=member)
        with located("/handle"):
            handle = Handle.parse(self.handle)
        with located("/identity/email"):
            mailbox = MailAddress.parse(self.identity.email)
        with located("/identity/domain"):
            domain = Host.parse(self.identity.domain) if self.identity.domain is not None else None
        with located("/identity/name"):
            name = name_of_body(self.identity.name) if self.identity.name is not None else None
        return Request(handle, mailbox, self.listed, self.affiliation, self.locale, domain, name)


class ChildBody(_Strict):
    """A body below the one that names it."""

    domain: str
    name: Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_LABEL})]
    contact: str | None = None


class ChildrenBody(_Strict):
    """POST …/children."""

    children: Annotated[
        list[ChildBody], FailFast(), Field(json_schema_extra={"minItems": 1, "maxItems": MOST_CHILDREN})
    ]

    def named(self) -> Sequence[Child]:
        """As the registration room takes them.

        :raises BadInput: as :func:`~verifier.registration.children.children`
        """
        return children((line, each.domain, each.name, each.contact) for line, each in enumerate(self.children, 1))


class InstanceBody(_Strict):
    """POST …/instance."""

    host: str

    def named(self) -> Host:
        """:raises BadInput: the host's own"""
        with located("/host"):
            return Host.parse(self.host)


class CodeBody(_Strict):
    """POST …/challenges/{type}: empty to begin, or an answer."""

    code: str | None = Field(default=None, max_length=64)


class BatchBody(_Strict):
    """POST /api/v1/lookup."""

    handles: Annotated[list[str], Field(min_length=1, max_length=MAX_BATCH)]


class VerifyBody(_Strict):
    """POST /api/v1/verify."""

    attestation: dict[str, Json]


class EmptyBody(_Strict):
    """A request that says all by its URL."""


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
    place = [str(part) for part in (*item["loc"], *item.get("ctx", {}).get(_BEYOND, ()))]
    pointer = "".join("/" + escape(part) for part in place)
    name = place[-1] if place else ""
    if item["type"] in ("too_long", "too_short"):
        return BadInput("batch-size", pointer=pointer, limit=MAX_BATCH)
    return BadInput(_CODES.get(item["type"], "member-type"), pointer=pointer, name=name[:64])
