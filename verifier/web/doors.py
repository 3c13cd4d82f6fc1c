"""Every door of the service, in one table (docs/api.md lists the same)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .. import words
from . import keys, wellknown
from .api import orders
from .api import public as api
from .api import vouching as bonds
from .frozen import FrozenFiles
from .pages import (
    callback,
    diagnostic,
    organisation,
)
from .pages import (
    lookup as pages,
)
from .pages import (
    registration as register,
)
from .pages import (
    verification as verify_page,
)
from .payloads import MAX_BODY
from .routes import FRESH, FROZEN, PUBLIC, Door, install, page_kind

OPENAPI_PATH = "/openapi.json"

_TAKE_BACK = "/demander/{id}/organisation/{act:children|instance}/{name}"

PAGE = page_kind(pages.failed, private=False)
PRIVATE_PAGE = page_kind(pages.failed, private=True)


def doors(frozen: FrozenFiles) -> list[Door]:
    """The table; `frozen` adds a door for each of its files."""
    steps = "|".join((*register.actions(), "publish"))
    table = [
        Door("GET", "/api/v1/lookup", api.lookup, PUBLIC),
        Door("POST", "/api/v1/lookup", api.lookup_many, FRESH),
        Door("GET", "/api/v1/accounts/{handle}", api.account, PUBLIC),
        Door("GET", "/api/v1/events", api.event_feed, PUBLIC),
        Door("GET", "/api/v1/checks/rel-me", api.check_rel_me, FRESH),
        Door("GET", "/api/v1/checks/webfinger", api.check_webfinger, FRESH),
        Door("POST", "/api/v1/verify", api.verify, FRESH),
        Door("POST", "/api/v1/orders", orders.new_order, FRESH),
        Door("GET", "/api/v1/orders/{id}", orders.show_order, FRESH),
        Door("POST", "/api/v1/orders/{id}/challenges/{type}", orders.respond, FRESH),
        Door("POST", "/api/v1/orders/{id}/finalize", orders.finalize, FRESH),
        Door("GET", "/callback/oauth-01/{id}", callback.from_instance, PRIVATE_PAGE),
        Door("GET", "/callback/oidc-01", callback.from_provider, PRIVATE_PAGE),
        Door("GET", "/api/v1/orders/{id}/children", bonds.list_children, FRESH),
        Door("POST", "/api/v1/orders/{id}/children", orders.name_children, FRESH),
        Door("DELETE", "/api/v1/orders/{id}/children/{domain}", bonds.take_back_child, FRESH),
        Door("GET", "/api/v1/orders/{id}/instance", bonds.list_instances, FRESH),
        Door("POST", "/api/v1/orders/{id}/instance", orders.host_instance, FRESH),
        Door("DELETE", "/api/v1/orders/{id}/instance/{host}", bonds.end_instance, FRESH),
        Door("GET", "/attestations/{id}", wellknown.attestation, PUBLIC),
        Door("GET", "/status/{purpose}/{n}", wellknown.status_list, PUBLIC),
        Door("GET", "/.well-known/did.json", wellknown.did_document, PUBLIC),
        Door("GET", "/.well-known/webfinger", wellknown.webfinger, PUBLIC),
        Door("GET", "/actor", wellknown.actor, PUBLIC),
        Door("GET", "/keys/registry.json", wellknown.key_registry, PUBLIC),
        Door("GET", "/healthz", api.health, FRESH),
        Door("GET", "/readyz", api.ready, FRESH),
    ]
    for prefix in sorted(map(words.prefix, words.LANGUAGES)):
        table += [
            Door("GET", f"{prefix}/", pages.lookup, PAGE),
            Door("GET", f"{prefix}/v/{{id}}", pages.page, PAGE),
            Door("GET", f"{prefix}/verifier", verify_page.start, PRIVATE_PAGE),
            Door("POST", f"{prefix}/verifier", verify_page.appraise, PRIVATE_PAGE),
            Door("GET", f"{prefix}/diagnostic", diagnostic.diagnose, PRIVATE_PAGE),
            Door("GET", f"{prefix}/demander", register.start, PRIVATE_PAGE),
            Door("POST", f"{prefix}/demander", register.create, PRIVATE_PAGE),
            Door("GET", f"{prefix}/demander/{{id}}", register.order_page, PRIVATE_PAGE),
            Door("POST", f"{prefix}/demander/{{id}}/{{step:{steps}}}", register.act, PRIVATE_PAGE),
            Door(
                "POST",
                f"{prefix}/demander/{{id}}/organisation/{{act:children|instance}}",
                organisation.act,
                PRIVATE_PAGE,
            ),
            Door("GET", f"{prefix}{_TAKE_BACK}", organisation.confirm, PRIVATE_PAGE),
            Door("POST", f"{prefix}{_TAKE_BACK}", organisation.take_back, PRIVATE_PAGE),
        ]
    # The description of the doors changes with them, at one address; the other files never do at theirs.
    return table + [
        Door("GET", path, wellknown.frozen, PUBLIC if path == OPENAPI_PATH else FROZEN) for path in frozen.files
    ]


def make_app(parts: Mapping[web.AppKey[Any], Any]) -> web.Application:
    """The web application over what ``app`` composed."""
    app = web.Application(client_max_size=MAX_BODY)
    for key, part in parts.items():
        app[key] = part
    install(app, doors(app[keys.FROZEN]), PAGE)
    return app
