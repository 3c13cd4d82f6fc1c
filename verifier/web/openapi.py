"""``openapi.json``, from what each door says of itself. Exported to ``schemas/``, and served from there."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from .. import __version__, words
from ..core.site import CONTEXT_PATH, SCHEMA_PATH
from ..core.strict_json import Json, loads_object
from ..validation import CHALLENGES
from .description import HTML, JSON, Description, Number
from .doors import OPENAPI_PATH, STATIC_PATH, doors
from .frozen import FrozenFiles
from .routes import Door, as_problem
from .schemas import COUNT, SCHEMAS, TEXT, Schema, ref

FILE = "openapi.json"
PROBLEM = "application/problem+json"

_STATUS_TEXTS = {
    304: "Not changed since If-None-Match",
    400: "Not of the form asked",
    401: "No token, or not the right one",
    403: "Not sent by a page of this service",
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
        paths.setdefault(path, {})[door.method.lower()] = _operation(door, path, steps)
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
    paths = (CONTEXT_PATH, SCHEMA_PATH, OPENAPI_PATH, STATIC_PATH)
    return doors(FrozenFiles(dict.fromkeys(paths, ("", b""))))


def plain_path(path: str) -> tuple[str, tuple[str, ...]]:
    """A path of the table as OpenAPI writes it, and what ``{step:a|b}`` allows."""
    choice = re.search(r"\{step:([^}]*)\}", path)
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", path), tuple(choice[1].split("|")) if choice else ()


def _operation(door: Door, path: str, steps: tuple[str, ...]) -> dict[str, Json]:
    about = door.about
    operation: dict[str, Json] = {
        "operationId": re.sub(r"\W+", "-", f"{door.method.lower()} {path}").strip("-"),
        "summary": about.summary,
        "tags": [_tag(words.bare(path))],
        "parameters": list(_parameters(path, about, steps)),
        "responses": {str(status): response for status, response in _responses(door)},
    }
    if about.body is not None:
        content: dict[str, Json] = {"schema": ref(about.body.__name__)}
        if about.example:
            content["examples"] = {about.example: {"$ref": f"#/components/examples/{about.example}"}}
        required = any(each.is_required() for each in about.body.model_fields.values())
        operation["requestBody"] = {"required": required, "content": {JSON: content}}
    if about.bearer:
        operation["security"] = [{"order": []}]
    return operation


def _tag(path: str) -> str:
    if path.startswith("/api/v1/orders"):
        return "registration"
    if path.startswith("/api/"):
        return "programs"
    pages = ("/v/", "/verifier", "/diagnostic", "/demander", "/callback/")
    return "pages" if path == "/" or path.startswith(pages) else "documents"


def _parameters(path: str, about: Description, steps: tuple[str, ...]) -> Iterator[Schema]:
    for name in re.findall(r"\{(\w+)\}", path):
        schema = {**TEXT, "enum": list(steps)} if name == "step" else _PATH_TEXTS.get(name, TEXT)
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for key, meaning in about.query.items():
        name = key.removesuffix("?")
        described = {"name": name, "in": "query"}
        if isinstance(meaning, Number):
            schema = {"type": "integer", "minimum": meaning.least, "maximum": meaning.most, "default": meaning.default}
            yield described | {"required": False, "description": meaning.meaning, "schema": schema}
        else:
            yield described | {"required": name == key, "description": meaning, "schema": TEXT}


def _responses(door: Door) -> Iterator[tuple[int | str, Schema]]:
    about = door.about
    for status, (means, content, names) in about.answers.items():
        shown = {media: {"schema": schema} for media, schema in content.items()}
        for media in shown.keys() - {HTML} if names else ():
            shown[media]["examples"] = {name: {"$ref": f"#/components/examples/{name}"} for name in names}
        yield status, {"description": means} | ({"content": shown} if shown else {})
    refusal = {"content": _refusal(door)}
    for status in sorted({*about.problems, *_shared_refusals(door)} - about.answers.keys()):
        yield status, {"description": _STATUS_TEXTS[status]} | ({} if status == 304 else refusal)
    yield "default", {"description": "Any other problem"} | refusal


def _shared_refusals(door: Door) -> Iterator[int]:
    """What ``routes`` answers before the handler does, and what reading a form can end in."""
    if door.for_own_pages:
        yield from (400, 403, 413)
    if door.limits:
        yield 429


def _refusal(door: Door) -> dict[str, Schema]:
    """In what a refusal of that door comes: what people read is told them in a page."""
    pages = {HTML: {"schema": TEXT}}
    if door.kind.failed is not as_problem:
        return pages
    problem = {PROBLEM: {"schema": ref("Problem")}}
    offers_pages = any(HTML in content for _, content, _ in door.about.answers.values())
    return problem | pages if offers_pages else problem


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's hook
        return False


def _body_schemas() -> dict[str, Json]:
    schemas: dict[str, Json] = {}
    for model in {door.about.body: None for door in described_doors() if door.about.body}:
        schema = model.model_json_schema(schema_generator=_Untitled, ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    return schemas
