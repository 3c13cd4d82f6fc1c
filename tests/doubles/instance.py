"""A fediverse instance over real HTTP: WebFinger, host-meta, actors and profiles, each as wrong as a test wants it.

Every document is a plain value that a test changes; :func:`quirky` makes the profile fields of other software.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.doorman import Doorman
from tests.doubles.http import HttpDouble
from verifier.core.strict_json import Json, dumps

ACTIVITY = "application/activity+json"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
KEY_DER = KEY.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
KEY_PEM = KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ED25519_PEM = (
    ed25519.Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


@cache
def own_pem(acct: str) -> str:
    """The public key of an account, as PEM: no two have the same."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Person:
    """An account. ``jrd`` and ``actor`` are answered as JSON, or as they are if bytes.

    :param status: of the actor, `page_status` of the profile page: by default 200
    """

    id: str
    url: str
    jrd: Json
    actor: Json
    head: str = ""
    body: str = ""
    status: int = 200
    actor_type: str = f"{ACTIVITY}; charset=utf-8"
    page_type: str = "text/html; charset=utf-8"
    page_status: int = 200


@dataclass
class Instance:
    """Where accounts live.

    :param host: of the actors
    :param names: of the handles, if it is another (a split domain)
    :param webfinger_status: what WebFinger answers instead
    :param doorman: asks who reads actors; profiles and WebFinger stay open to all
    :param template: ``lrdd`` of host-meta, or its whole text if it starts with ``<``; None: 404
    :param folds: WebFinger takes all spellings of a name for one, as Mastodon does and Fedify does not
    :param anybody: whom WebFinger answers with, where it knows no such name
    """

    http: HttpDouble
    host: str = "social.example"
    names: str = ""
    webfinger_status: int = 200
    template: str | None = None
    doorman: Doorman | None = None
    folds: bool = True
    anybody: Person | None = None
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for host in {self.host, self.names or self.host}:
            self.http.handle(host, "/.well-known/webfinger", self._webfinger)
            self.http.handle(host, "/.well-known/host-meta", self._host_meta)
            self.http.handle(host, "/lrdd", self._lrdd)

    def person(self, user: str, *attachment: Json, id_: str = "/users/{}", url: str = "/@{}") -> Person:
        """A well-behaved account with these profile fields; `id_` and `url` are paths with a place for the user."""
        id_, url = (f"https://{self.host}{path.format(user)}" for path in (id_, url))
        acct = f"acct:{user}@{self.names or self.host}"
        person = Person(
            id_,
            url,
            {"subject": acct, "links": [{"rel": "self", "type": ACTIVITY, "href": id_}]},
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": id_,
                "type": "Person",
                "inbox": f"{id_}/inbox",
                "preferredUsername": user,
                "url": url,
                "published": "2017-04-01T00:00:00Z",
                "publicKey": key_of(id_, own_pem(f"{user}@{self.host}")),
                "attachment": list(attachment),
            },
        )
        for resource in {acct, f"acct:{user}@{self.host}"}:
            self.people[resource] = person

        async def show(request: web.Request) -> web.Response:
            if ACTIVITY in request.headers["Accept"] and request.raw_path == id_.removeprefix(f"https://{self.host}"):
                if self.doorman and not await self.doorman.lets_in(request):
                    return web.Response(status=self.doorman.refusal)
                return _answer(person.actor, person.actor_type, person.status)
            page = f"<!DOCTYPE html><html><head>{person.head}</head><body>{person.body}</body></html>"
            return _answer(page.encode(), person.page_type, person.page_status)

        for place in (id_, url):
            self.http.handle(self.host, place.removeprefix(f"https://{self.host}").partition("?")[0], show)
        return person

    def registration(self, *, api: Json, nodeinfo: Json) -> None:
        """What the instance says of who can register: True for open; None takes the document away."""
        where = f"https://{self.host}/nodeinfo/2.0"
        index = {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": where}]}
        documents: dict[str, Json] = {
            "/api/v2/instance": {"domain": self.host, "registrations": {"enabled": api}},
            "/.well-known/nodeinfo": index,
            "/nodeinfo/2.0": {"version": "2.0", "openRegistrations": nodeinfo},
        }
        for path, document in documents.items():
            gone = (api if path.startswith("/api") else nodeinfo) is None

            async def show(_: web.Request, document: Json = document, *, gone: bool = gone) -> web.Response:
                return web.Response(status=404) if gone else _answer(document, "application/json", 200)

            self.http.handle(self.host, path, show)

    async def _webfinger(self, request: web.Request) -> web.Response:
        return self._about(request) if self.webfinger_status == 200 else web.Response(status=self.webfinger_status)

    async def _lrdd(self, request: web.Request) -> web.Response:
        return self._about(request)

    def _about(self, request: web.Request) -> web.Response:
        person = self._named(request.query["resource"])
        return _answer(person.jrd, "application/jrd+json", 200) if person else web.Response(status=404)

    def _named(self, resource: str) -> Person | None:
        if resource in self.people:
            return self.people[resource]
        folded = {each.lower(): person for each, person in self.people.items()} if self.folds else {}
        return folded.get(resource.lower(), self.anybody)

    async def _host_meta(self, _: web.Request) -> web.Response:
        if self.template is None:
            return web.Response(status=404)
        link = f'<Link rel="lrdd" template="{self.template}"/>'
        xrd = f'<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">{link}</XRD>'
        text = self.template if self.template.startswith("<") else xrd
        return _answer(text.encode(), "application/xrd+xml", 200)


def _answer(value: Json, content_type: str, status: int) -> web.Response:
    body = value if isinstance(value, bytes) else dumps(value)
    return web.Response(body=body, status=status, headers={"Content-Type": content_type})


def key_of(owner: str, pem: str) -> dict[str, Json]:
    """A key as ``publicKey`` holds it."""
    return {"id": f"{owner}#main-key", "owner": owner, "publicKeyPem": pem}


def multikey_of(owner: str) -> dict[str, Json]:
    """A key as ``assertionMethod`` holds it (FEP-521a)."""
    multibase = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    return {"id": f"{owner}#ed25519-key", "type": "Multikey", "controller": owner, "publicKeyMultibase": multibase}


def property_value(html: str) -> dict[str, Json]:
    return {"type": "PropertyValue", "name": "Attestation", "value": html}


def quirky(url: str) -> Mapping[str, Json]:
    """``attachment`` as several kinds of software write one field that links to `url`."""
    text = escape(url)
    anchor = f'<a href="{text}" rel="me nofollow noopener">{text}</a>'
    mastodon = (
        f'<a href="{text}" target="_blank" rel="nofollow noopener me" translate="no">'
        f'<span class="invisible">https://</span><span class="">{text.partition("://")[2]}</span></a>'
    )
    fields: dict[str, Sequence[Json] | Json] = {
        "Mastodon": [property_value(mastodon)],
        "GoToSocial, no rel=me": [property_value(anchor.replace("me ", ""))],
        "Misskey": [property_value(anchor)],
        "Takahe and Fedify, an object": property_value(anchor),
        "WordPress, in a paragraph": [property_value(f"<p>{anchor}</p>\n")],
        "WordPress, text in a paragraph": [property_value(f"<p>{text}</p>\n")],
        "plain text": [property_value(text)],
        "Link": [{"type": "Link", "href": url, "rel": ["me"]}],
        "Link, an object": {"type": ["Link"], "href": url},
        "the fiftieth field": [property_value("x")] * 49 + [property_value(anchor)],
    }
    return fields
