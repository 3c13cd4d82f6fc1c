"""``openapi.json``: what each door of the table takes and answers. Exported to ``schemas/``, and served from there."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from .. import __version__, words
from ..core.site import CONTEXT_PATH, SCHEMA_PATH
from ..core.strict_json import Json, loads_object
from ..validation import CHALLENGES
from . import payloads as bodies
from .answers import COUNT, OBJECT, SCHEMAS, TEXT, Schema, ref
from .doors import OPENAPI_PATH, doors
from .frozen import VC_TYPE, FrozenFiles
from .routes import Door

FILE = "openapi.json"
HTML, JSON, PROBLEM = "text/html", "application/json", "application/problem+json"
_BODY = (400, 413, 415)

_STATUS_TEXTS = {
    304: "Not changed since If-None-Match",
    400: "Not of the form asked",
    401: "No token, or not the right one",
    404: "Nothing of that name",
    409: "Not in the state that this asks for",
    410: "It was here and was erased",
    413: "Too large",
    415: "Not application/json",
    422: "Well formed, but refused",
    429: "Too many requests: see Retry-After",
    503: "Not now: see Retry-After",
}
_PATH_TEXTS: Mapping[str, Schema] = {
    "handle": {**TEXT, "description": "user@host"},
    "id": {**TEXT, "description": "16 letters and digits"},
    "type": {**TEXT, "enum": list(CHALLENGES)},
    "purpose": {**TEXT, "enum": ["revocation", "suspension"]},
    "n": {**COUNT, "minimum": 1},
}
_HANDLE = "A handle, or a profile or post URL"


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a door.

    :param answers: status → (meaning, content type → schema, names of examples)
    :param query: name → meaning; a name that ends in ``?`` may be absent
    :param problems: statuses that come with a problem
    """

    summary: str
    answers: Mapping[int, tuple[str, Mapping[str, Schema], tuple[str, ...]]]
    query: Mapping[str, str] = field(default_factory=dict)
    body: type[BaseModel] | None = None
    example: str = ""
    problems: tuple[int, ...] = ()
    bearer: bool = False


def _json(name: str, *examples: str, means: str = "OK", status: int = 200) -> dict[int, Any]:
    return {status: (means, {JSON: ref(name)}, examples)}


_TRANSLATED = ", or ".join(f"in {words.english_name(lang)} under /{lang}" for lang in sorted(words.LANGUAGES))


def _page(status: int = 200) -> dict[int, Any]:
    return {status: (f"A page; the same {_TRANSLATED}", {HTML: TEXT}, ())}


_SEE: dict[int, Any] = {303: ("The page to see next", {}, ())}
_TEXT: dict[int, Any] = {200: ("OK", {"text/plain": TEXT}, ())}
# RFC 6749, 4.1.2
_SIGNED_IN = {
    "state": "The order, and a random part that serves once",
    "code?": "The authorization code",
    "iss?": "Who answers (RFC 9207)",
    "error?": "Why there is no code",
}

TOLD: Mapping[tuple[str, str], Told] = {
    ("GET", "/api/v1/lookup"): Told(
        "The verdict on an account. Parsed and looked up, never fetched",
        _json("Verdict", "verdict", "suspended", "not-attested"),
        query={"handle": _HANDLE},
        problems=(304, 400),
    ),
    ("POST", "/api/v1/lookup"): Told(
        "The verdicts on up to 100 accounts, in order",
        _json("Verdicts", "batch"),
        body=bodies.BatchBody,
        example="batch-request",
        problems=(*_BODY, 429),
    ),
    ("GET", "/api/v1/accounts/{handle}"): Told(
        "The verdict on an account, at a path", _json("Verdict", "verdict"), problems=(304, 400)
    ),
    ("GET", "/api/v1/events"): Told(
        "What changed, in order",
        _json("Events", "events"),
        query={"after?": "Number of the last event that you have (0)", "limit?": "At most so many (100; 1000)"},
        problems=(400,),
    ),
    ("GET", "/api/v1/checks/rel-me"): Told(
        "Does this page link back to that profile, by Mastodon's rule? Only the page is contacted",
        _json("RelMeCheck", "rel-me-check"),
        query={"page": "The page's URL", "profile": "The profile's URL"},
        problems=(400, 429, 503),
    ),
    ("GET", "/api/v1/checks/webfinger"): Told(
        "Does this handle resolve, both ways?",
        _json("WebFingerCheck", "webfinger-check"),
        query={"handle": "A handle"},
        problems=(400, 429, 503),
    ),
    ("POST", "/api/v1/verify"): Told(
        "What an attestation is worth, axis by axis. 200 also when it fails",
        _json("Appraisal", "appraisal", "appraisal-failed"),
        body=bodies.VerifyBody,
        problems=(*_BODY, 422, 429),
    ),
    ("POST", "/api/v1/orders"): Told(
        "Ask for an account to be attested",
        _json("NewOrder", "new-order", means="Opened; Location names it", status=201),
        body=bodies.OrderBody,
        example="order-request",
        problems=(*_BODY, 422, 429),
    ),
    ("GET", "/api/v1/orders/{id}"): Told(
        "Where an order stands", _json("Order", "order"), problems=(401,), bearer=True
    ),
    ("POST", "/api/v1/orders/{id}/challenges/{type}"): Told(
        "Begin a proof, or answer it. A check that fails is 200, with its problem",
        _json("Challenge", "challenge-invalid", "challenge-valid", "challenge-token", "challenge-sign-in")
        | _json("Challenge", means="Another request is at it", status=202),
        body=bodies.CodeBody,
        example="code-request",
        problems=(*_BODY, 401, 404, 409, 422, 429, 503),
        bearer=True,
    ),
    ("POST", "/api/v1/orders/{id}/finalize"): Told(
        "Publish. Idempotent; waits for the attestation, ten seconds at most",
        _json("Finalized", "finalized")
        | _json("Finalized", "in-review", means="Being issued, or waiting for a reviewer", status=202),
        body=bodies.EmptyBody,
        problems=(*_BODY, 401, 409, 503),
        bearer=True,
    ),
    ("POST", "/api/v1/orders/{id}/children"): Told(
        "A proved body, by the order of one of its accounts, names those below it: all of them, or none",
        _json("Children", "children"),
        body=bodies.ChildrenBody,
        example="children-request",
        problems=(*_BODY, 401, 409, 422, 429),
        bearer=True,
    ),
    ("GET", "/api/v1/orders/{id}/children"): Told(
        "The bodies that it names now, with their accounts",
        _json("NamedChildren", "named-children"),
        problems=(401, 409),
        bearer=True,
    ),
    ("DELETE", "/api/v1/orders/{id}/children/{domain}"): Told(
        "It names that body no more: what rests on its word alone is suspended at once. Idempotent",
        _json("TakenBack", "taken-back"),
        problems=(400, 401, 404, 409, 429),
        bearer=True,
    ),
    ("POST", "/api/v1/orders/{id}/instance"): Told(
        "A whole instance is the body's: its other accounts read as hosted. A failed check is 200, with its problem",
        _json("Instance", "instance"),
        body=bodies.InstanceBody,
        example="instance-request",
        problems=(*_BODY, 401, 409, 429),
        bearer=True,
    ),
    ("GET", "/api/v1/orders/{id}/instance"): Told(
        "The whole instances that it took, those that have ended too",
        _json("Instances", "instances"),
        problems=(401, 409),
        bearer=True,
    ),
    ("DELETE", "/api/v1/orders/{id}/instance/{host}"): Told(
        "That instance is the body's no more: its accounts read as hosted no longer. Idempotent",
        _json("EndedInstance", "ended-instance"),
        problems=(400, 401, 404, 409, 429),
        bearer=True,
    ),
    ("GET", "/attestations/{id}"): Told(
        "The signed bytes; for a browser, the same facts in words. With .json after the id, always the bytes",
        {
            200: (
                "OK",
                {media: ref("Attestation") for media in (VC_TYPE, "application/ld+json", JSON)} | {HTML: TEXT},
                ("attestation",),
            )
        },
        problems=(304, 404, 410),
    ),
    ("GET", "/status/{purpose}/{n}"): Told(
        "A status list: signed at each change and every hour, valid for a day",
        {200: ("OK", {VC_TYPE: ref("StatusList")}, ("status-list",))},
        problems=(304, 404),
    ),
    ("GET", "/.well-known/did.json"): Told(
        "The public keys of the service",
        {200: ("OK", {media: ref("DidDocument") for media in (JSON, "application/did+json")}, ("did",))},
        problems=(304,),
    ),
    ("GET", "/actor"): Told(
        "The service's own ActivityPub actor, with the key that signs its requests to other servers",
        {200: ("OK", {"application/activity+json": OBJECT}, ())},
        problems=(304,),
    ),
    ("GET", "/keys/registry.json"): Told(
        "Every key of the service with its validity, as the offline root signed it",
        {200: ("OK", {JSON: {}}, ())},
        problems=(304,),
    ),
    ("GET", "/.well-known/webfinger"): Told(
        "WebFinger (RFC 7033) of an account that was attested, and of the service's own",
        {200: ("OK", {"application/jrd+json": ref("Jrd")}, ("jrd",))},
        query={"resource": "Its acct: URI, profile URL or actor id"},
        problems=(304, 400, 404),
    ),
    ("GET", "/healthz"): Told("The process answers", _TEXT),
    ("GET", "/readyz"): Told("The store answers too", _TEXT),
    ("GET", "/"): Told("The lookup page", _page() | _page(400), query={"handle?": _HANDLE}),
    ("GET", "/v/{id}"): Told("The page of an order, and of its account while it is vouched for", _page()),
    ("GET", "/verifier"): Told(
        "The page that says what an attestation is worth",
        _page() | _page(400),
        query={"attestation?": "Address or id of one of ours, to appraise"},
    ),
    ("POST", "/verifier"): Told("What a pasted text or a file is worth, as a form asks", _page() | _page(400)),
    ("GET", "/diagnostic"): Told(
        "The page that says why a link of a profile is not green. The account's servers and the page are contacted",
        _page() | _page(400) | _page(429),
        query={"handle?": "A handle, or a profile URL", "page?": "The page that the link leads to"},
    ),
    ("GET", "/demander"): Told("The form that opens an order", _page(), query={"handle?": "To fill the form with"}),
    ("POST", "/demander"): Told("Open an order, as a form does", _SEE),
    ("GET", "/demander/{id}"): Told("An order, in the browser that opened it", _page() | _page(401)),
    ("POST", "/demander/{id}/organisation/{act}"): Told(
        "What the contact of a proved body does for all of it, as a form does", _page() | _page(401)
    ),
    ("GET", "/demander/{id}/organisation/{act}/{name}"): Told(
        "What would follow if that body, or instance, were taken back; nothing happens yet",
        _page() | _page(401) | _page(404) | _page(409),
    ),
    ("POST", "/demander/{id}/organisation/{act}/{name}"): Told(
        "Take that body, or instance, back, as a form does", _page() | _page(401)
    ),
    ("POST", "/demander/{id}/{step}"): Told("One step of an order, as a form does", _SEE),
    ("GET", "/callback/oauth-01/{id}"): Told(
        "Where the holder of this order comes back from a sign-in at their instance, in the browser that started it",
        _SEE | _page(400) | _page(401),
        query=_SIGNED_IN,
    ),
    ("GET", "/callback/oidc-01"): Told(
        "Where a holder comes back from a sign-in at the OpenID provider, in the browser that started it",
        _SEE | _page(400) | _page(401),
        query=_SIGNED_IN,
    ),
    ("GET", CONTEXT_PATH): Told("The JSON-LD context", {200: ("OK", {"application/ld+json": {}}, ())}),
    ("GET", SCHEMA_PATH): Told("The JSON Schema of an attestation", {200: ("OK", {"application/schema+json": {}}, ())}),
    ("GET", OPENAPI_PATH): Told("This document", {200: ("OK", {JSON: {}}, ())}),
    ("GET", "/static/{file}"): Told("Style sheets and marks", {200: ("OK", {"*/*": {}}, ())}),
}


def exports() -> dict[str, bytes]:
    """What the code says that the file of the repository must be, by path from its root."""
    return {f"schemas/{FILE}": described()}


def described() -> bytes:
    """The description in JSON, with the paths that pages have in this deployment."""
    return (json.dumps(document(), indent=1, ensure_ascii=False) + "\n").encode()


def document() -> dict[str, Json]:
    """The OpenAPI 3.1 description."""
    paths: dict[str, dict[str, Json]] = {}
    for door in described_doors():
        path, steps = plain_path(door.path)
        paths.setdefault(path, {})[door.method.lower()] = _operation(door.method, path, steps)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Official accounts of the fediverse",
            "version": __version__,
            "summary": "Is this fediverse account official? Signed, checked and withdrawn attestations.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {"order": {"type": "http", "scheme": "bearer", "description": "The order's token."}},
            "schemas": {**SCHEMAS, **_body_schemas()},
            "examples": {name: {"value": value} for name, value in examples().items()},
        },
    }


def examples() -> dict[str, Json]:
    """Answers and requests by name; docs/api.md shows the same."""
    return loads_object((Path(__file__).parent / "examples.json").read_bytes())


def described_doors() -> list[Door]:
    """The doors of the table, static files under one name: theirs hold a digest."""
    paths = (CONTEXT_PATH, SCHEMA_PATH, OPENAPI_PATH, "/static/{file}")
    return doors(FrozenFiles(dict.fromkeys(paths, ("", b""))))


def plain_path(path: str) -> tuple[str, tuple[str, ...]]:
    """A path of the table as OpenAPI writes it, and what ``{step:a|b}`` allows."""
    choice = re.search(r"\{step:([^}]*)\}", path)
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", path), tuple(choice[1].split("|")) if choice else ()


def _operation(method: str, path: str, steps: tuple[str, ...]) -> dict[str, Json]:
    french = words.bare(path)
    told = TOLD[method, french]
    operation: dict[str, Json] = {
        "operationId": re.sub(r"\W+", "-", f"{method.lower()} {path}").strip("-"),
        "summary": told.summary,
        "tags": [_tag(french)],
        "parameters": list(_parameters(path, told, steps)),
        "responses": {str(status): response for status, response in _responses(told)},
    }
    if told.body is not None:
        content: dict[str, Json] = {"schema": ref(told.body.__name__)}
        if told.example:
            content["examples"] = {told.example: {"$ref": f"#/components/examples/{told.example}"}}
        required = any(each.is_required() for each in told.body.model_fields.values())
        operation["requestBody"] = {"required": required, "content": {JSON: content}}
    if told.bearer:
        operation["security"] = [{"order": []}]
    return operation


def _tag(path: str) -> str:
    if path.startswith("/api/v1/orders"):
        return "registration"
    if path.startswith("/api/"):
        return "programs"
    pages = ("/v/", "/verifier", "/diagnostic", "/demander", "/callback/")
    return "pages" if path == "/" or path.startswith(pages) else "documents"


def _parameters(path: str, told: Told, steps: tuple[str, ...]) -> Iterator[Schema]:
    for name in re.findall(r"\{(\w+)\}", path):
        schema = {**TEXT, "enum": list(steps)} if name == "step" else _PATH_TEXTS.get(name, TEXT)
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for key, meaning in told.query.items():
        name = key.removesuffix("?")
        schema = COUNT if name in ("after", "limit") else TEXT
        yield {"name": name, "in": "query", "required": name == key, "description": meaning, "schema": schema}


def _responses(told: Told) -> Iterator[tuple[int | str, Schema]]:
    for status, (means, content, names) in told.answers.items():
        shown = {media: {"schema": schema} for media, schema in content.items()}
        for media in shown.keys() - {HTML} if names else ():
            shown[media]["examples"] = {name: {"$ref": f"#/components/examples/{name}"} for name in names}
        yield status, {"description": means} | ({"content": shown} if shown else {})
    for status in told.problems:
        content = {} if status == 304 else {"content": {PROBLEM: {"schema": ref("Problem")}}}
        yield status, {"description": _STATUS_TEXTS[status]} | content
    if told.problems:
        yield "default", {"description": "Any other problem", "content": {PROBLEM: {"schema": ref("Problem")}}}


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's hook
        return False


def _body_schemas() -> dict[str, Json]:
    found: dict[str, Json] = {}
    for model in {told.body: None for told in TOLD.values() if told.body}:
        schema = model.model_json_schema(schema_generator=_Untitled, ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found
