"""Every door of the service, in one table (docs/api.md lists the same)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..core.site import CONTEXT_PATH, SCHEMA_PATH
from . import api, keys, pages, wellknown
from .description import JSON, Description, answer
from .frozen import FrozenFiles
from .payloads import MAX_BODY
from .routes import FROZEN, PUBLIC, Door, install

OPENAPI_PATH = "/openapi.json"
STATIC_PATH = "/static/{file}"
_DECISIONS = "/api/v1/orders/{id}/decisions"

_FILES = {
    CONTEXT_PATH: Description("The JSON-LD context", answer({"application/ld+json": {}})),
    SCHEMA_PATH: Description("The JSON Schema of an attestation", answer({"application/schema+json": {}})),
    OPENAPI_PATH: Description("This document", answer({JSON: {}})),
    STATIC_PATH: Description("Style sheets and marks", answer({"*/*": {}})),
}


def doors(frozen: FrozenFiles) -> list[Door]:
    """The table; `frozen` adds a door for each of its files."""
    return [*api.DOORS, *wellknown.DOORS, *pages.doors(), *map(_file, frozen.files)]


def has_review() -> bool:
    """Whether people can examine requests here: whether there is a door for what they decide."""
    return any(door.path == _DECISIONS for door in api.DOORS)


def _file(path: str) -> Door:
    # The description of the doors changes with them, at one address; the other files never do at theirs.
    kind = PUBLIC if path == OPENAPI_PATH else FROZEN
    return Door("GET", path, wellknown.frozen, kind, _FILES.get(path, _FILES[STATIC_PATH]))


def make_app(parts: Mapping[web.AppKey[Any], Any]) -> web.Application:
    """The web application over what ``app`` composed."""
    app = web.Application(client_max_size=MAX_BODY)
    for key, part in parts.items():
        app[key] = part
    install(app, doors(app[keys.FROZEN]), pages.PAGE, app[keys.LIMITER], app[keys.SITE].base_url)
    return app
