"""A toy fediverse instance, as other servers see it: WebFinger, actors and profile pages, spelled as Mastodon does.

Its profiles change through :mod:`verifier.sandbox.editor`; what it says to strangers is read-only.
"""

import html
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..core.errors import BadInput
from ..core.identifiers import Handle, Host
from ..core.strict_json import Json, dumps
from .accounts import Account, Accounts, Field

ACTIVITY = "application/activity+json"
_CONTEXT: Json = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "toot": "http://joinmastodon.org/ns#",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "discoverable": "toot:discoverable",
    },
]
_URL = re.compile(r"(https?://(?:www\.)?)([^\s<>\"]{1,30})([^\s<>\"]*)")

ShowProfile = Callable[[web.Request, Account], web.Response]


def instance_app(host: Host, accounts: Accounts, show_profile: ShowProfile) -> web.Application:
    """The doors of ``https://host`` that other servers knock at.

    :param show_profile: makes the profile page for a reader who may not edit it
    """

    def find(text: str) -> Account:
        try:
            account = accounts.get(Handle.parse(text))
        except BadInput:
            account = None
        if account is None or account.handle.host != host:
            raise web.HTTPNotFound
        return account

    async def webfinger(request: web.Request) -> web.Response:
        resource = request.query.get("resource")
        if not resource:
            raise web.HTTPBadRequest
        account = next((each for each in accounts.on(host) if resource in (each.url, each.actor)), None)
        jrd = _jrd(account or find(resource))
        return web.Response(body=dumps(jrd), content_type="application/jrd+json", charset="utf-8")

    async def host_meta(_: web.Request) -> web.Response:
        template = f"https://{host}/.well-known/webfinger?resource={{uri}}"
        xrd = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
            f'  <Link rel="lrdd" template="{template}"/>\n</XRD>\n'
        )
        return web.Response(text=xrd, content_type="application/xrd+xml", charset="utf-8")

    async def profile(request: web.Request) -> web.Response:
        account = find(f"{request.match_info['user']}@{host}")
        if _wants_activity(request):
            actor = actor_document(account, await accounts.key(account.handle))
            return web.Response(body=dumps(actor), content_type=ACTIVITY, charset="utf-8", headers={"Vary": "Accept"})
        if request.path != f"/@{account.handle.user}":
            raise web.HTTPFound(account.url, headers={"Vary": "Accept"})
        response = show_profile(request, account)
        response.headers["Vary"] = "Accept"
        return response

    app = web.Application()
    app.router.add_get("/api/v2/instance", _about(host))
    app.router.add_get("/.well-known/webfinger", webfinger)
    app.router.add_get("/.well-known/host-meta", host_meta)
    app.router.add_get("/users/{user}", profile)
    app.router.add_get("/@{user}", profile)
    return app


def _about(host: Host) -> Callable[[web.Request], Awaitable[web.Response]]:
    # A body's own instance takes nobody else in; the others are open to all.
    about = {"domain": str(host), "registrations": {"enabled": "gouv" not in host.labels}}

    async def show(_: web.Request) -> web.Response:
        return web.json_response(about)

    return show


def actor_document(account: Account, key: str) -> Json:
    """The ActivityPub actor of an account; `key` is its public key as PEM."""
    actor = account.actor
    return {
        "@context": _CONTEXT,
        "id": actor,
        "type": "Person",
        "following": f"{actor}/following",
        "followers": f"{actor}/followers",
        "inbox": f"{actor}/inbox",
        "outbox": f"{actor}/outbox",
        "featured": f"{actor}/collections/featured",
        "preferredUsername": account.handle.user,
        "name": account.name,
        "summary": bio_html(account.bio),
        "url": account.url,
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "published": account.published,
        "publicKey": {"id": f"{actor}#main-key", "owner": actor, "publicKeyPem": key},
        "tag": [],
        "attachment": [_property_value(field) for field in account.fields],
        "endpoints": {"sharedInbox": f"https://{account.handle.host}/inbox"},
    }


def bio_html(bio: str) -> str:
    """Plain text as Mastodon's HTML: a paragraph per block, a break per line."""
    blocks = [block for block in bio.split("\n\n") if block.strip()]
    return "".join(f"<p>{html.escape(block).replace(chr(10), '<br />')}</p>" for block in blocks)


def is_link(value: str) -> bool:
    """Whether a field's whole text is a URL, so that it shows as a link."""
    return _URL.fullmatch(value) is not None


def value_html(value: str) -> str:
    """A field's text as Mastodon's HTML: a link if the whole text is a URL, shown without scheme and cut at 30."""
    url = _URL.fullmatch(value)
    if not url:
        return html.escape(value)
    prefix, shown, rest = (html.escape(part) for part in url.groups())
    return (
        f'<a href="{html.escape(value)}" target="_blank" rel="nofollow noopener me" translate="no">'
        f'<span class="invisible">{prefix}</span><span class="{"ellipsis" if rest else ""}">{shown}</span>'
        f'<span class="invisible">{rest}</span></a>'
    )


def _property_value(field: Field) -> Json:
    return {"type": "PropertyValue", "name": field.name, "value": value_html(field.value)}


def _jrd(account: Account) -> Json:
    return {
        "subject": account.handle.acct,
        "aliases": [account.url, account.actor],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": account.url},
            {"rel": "self", "type": ACTIVITY, "href": account.actor},
        ],
    }


def _wants_activity(request: web.Request) -> bool:
    accept = ", ".join(request.headers.getall("Accept", ()))
    return ACTIVITY in accept or "application/ld+json" in accept
