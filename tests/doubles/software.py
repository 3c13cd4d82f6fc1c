"""Instances that imitate what differs from one fediverse software to the next.

Ids, fields, pages, who may read; how a holder signs in, and where it is said who may register. What the last two rest
on is named with each: where in the source of that software it was read, in 2026. Whether it folds names was seen in
runs of Mastodon, GoToSocial 0.20, Takahe 0.11, WordPress 4.0 of the plugin and Fedify 2.3.6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape

from tests.doubles.doorman import Doorman
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person, property_value
from tests.doubles.mastodon_api import METADATA, REVOKE, TOKEN, Api
from verifier.core.strict_json import Json, dumps

USER = "marianne"
_HOST = "social.example"

Field = Callable[[str], Json]
"""``attachment`` with one field that holds a text, or a link if the text is one."""


def anchor(text: str, rel: str) -> str:
    """A field's HTML: a link, if the text is one."""
    if not text.startswith("https://"):
        return escape(text)
    return f'<a href="{escape(text)}" rel="{rel}">{escape(text)}</a>'


def _fields(rel: str, around: str = "{}") -> Field:
    return lambda text: [property_value(around.format(anchor(text, rel)))]


def _mastodon(text: str) -> Json:
    bare = text.partition("://")[2]
    if not bare:
        return [property_value(text)]
    link = (
        f'<a href="{text}" target="_blank" rel="nofollow noopener me" translate="no">'
        f'<span class="invisible">https://</span><span class="">{bare}</span><span class="invisible"></span></a>'
    )
    return [property_value(link)]


_LINKS = _fields("me nofollow noopener")


def _one(rel: str) -> Field:
    return lambda text: property_value(anchor(text, rel))


def _none(_: str) -> Json:
    return None


def _me(text: str) -> str:
    return f'<link href="{escape(text)}" rel="me" type="text/html">'


def _nothing(_: str) -> str:
    return ""


def _says_so(person: Person) -> None:
    person.actor |= {"suspended": True, "name": "", "summary": "", "attachment": []}
    person.page_status = 403


def _leaves_a_stub(person: Person) -> None:
    person.actor |= {"name": "", "summary": ""}
    person.actor.pop("attachment", None)
    person.page_status = 404


def _answers_not_found(person: Person) -> None:
    person.status = 404


def _metadata(prefix: str = "", **members: Json) -> dict[str, Json]:
    """What an authorization server says of itself (RFC 8414), its endpoints below `prefix`."""
    below = f"https://{_HOST}{prefix}"
    return {"authorization_endpoint": f"{below}/oauth/authorize", "token_endpoint": f"{below}{TOKEN}", **members}


@dataclass(frozen=True)
class Software:
    """:param differs: what is special, for the table
    :param field: the profile's fields in the actor
    :param head, body: of the profile page
    :param reads: the signatures that a reader of actors must bring; None: anybody may read
    :param api: Mastodon's, as this software speaks it; None: it does not
    :param metadata: of an OAuth without that API
    :param named: where ``/api/v2/instance`` names the host, of the handles if it is ``account_domain`` or the only one;
        empty: there is none, or only ``/api/v1/instance``
    :param nodeinfo: version and path
    :param folds: whether it takes all spellings of a user name, in capitals or not, for one; None: not known
    :param suspends: what it does to an account that its administrators suspend; None: not known
    """

    differs: str
    field: Field = _LINKS
    head: Callable[[str], str] = _nothing
    body: Callable[[str], str] = _nothing
    id_: str = "/users/{}"
    url: str = "/@{}"
    names: str = ""
    reads: tuple[str, ...] | None = None
    api: Callable[[HttpDouble, Person], Api] | None = None
    metadata: Json = None
    named: tuple[str, ...] = ("domain",)
    nodeinfo: tuple[str, str] = ("2.0", "/nodeinfo/2.0")
    folds: bool | None = None
    suspends: Callable[[Person], None] | None = None

    def person(self, http: HttpDouble, text: str, now: Callable[[], int]) -> Person:
        """An account whose one field holds `text`."""
        doorman = Doorman(now, self.reads) if self.reads else None
        instance = Instance(http, names=self.names, doorman=doorman, folds=bool(self.folds))
        person = instance.person(USER, id_=self.id_, url=self.url)
        attachment = self.field(text)
        if attachment is None:
            del person.actor["attachment"]
        else:
            person.actor["attachment"] = attachment
        person.head, person.body = self.head(text), self.body(text)
        return person

    def registers(self, http: HttpDouble, *, anybody: bool) -> None:
        """Whether anybody may register, in each place where this software says it."""
        version, path = self.nodeinfo
        rel = f"http://nodeinfo.diaspora.software/ns/schema/{version}"
        documents: dict[str, Json] = {
            "/.well-known/nodeinfo": {"links": [{"rel": rel, "href": f"https://{_HOST}{path}"}]},
            path: {"version": version, "openRegistrations": anybody},
        }
        if self.named:
            hosts = dict.fromkeys(self.named, _HOST) | {self.named[-1]: self.names or _HOST}
            registrations = {"enabled": anybody, "approval_required": False, "message": None}
            documents["/api/v2/instance"] = {**hosts, "registrations": registrations}
        for place, document in documents.items():
            http.put(_HOST, place, dumps(document), content_type="application/json")

    def signs_in(self, http: HttpDouble, person: Person) -> Api | None:
        """The API where that person signs in, if there is one."""
        if self.metadata is not None:
            http.put(_HOST, METADATA, dumps(self.metadata), content_type="application/json")
        return self.api(http, person) if self.api else None


# Since 4.3: app/presenters/oauth_metadata_presenter.rb, app/serializers/rest/{account,instance}_serializer.rb
_MASTODON_API = partial(
    Api,
    metadata=_metadata(
        issuer=f"https://{_HOST}/",
        revocation_endpoint=f"https://{_HOST}{REVOKE}",
        scopes_supported=["read", "profile", "write", "read:accounts", "follow", "push"],
        code_challenge_methods_supported=["S256"],
    ),
    beside={"created_at": 1_795_428_000},
)
# app/serializers/activitypub/actor_serializer.rb; the page, and the actor without its fields: seen in a run
_MASTODON = Software(
    "fields as links, and in the head of the page",
    _mastodon,
    head=_me,
    api=_MASTODON_API,
    folds=True,
    suspends=_says_so,
)
_APP = "<div id=app></div><script src=/app.js></script>"
# PKCE is not looked at: lib/pleroma/web/o_auth/o_auth_controller.ex. The account bears no id of its actor, and Akkoma
# has version 1 of the instance alone: mastodon_api/views/{account,instance}_view.ex
_PLEROMA = Software(
    "profile and actor at one address; the page is a script",
    _fields("ugc"),
    body=lambda _: _APP,
    url="/users/{}",
    api=partial(
        Api,
        uri=False,
        pkce=False,
        beside={"id": 7, "expires_in": 5_184_000, "refresh_token": "r", "me": f"https://{_HOST}/users/{USER}"},
    ),
    nodeinfo=("2.1", "/nodeinfo/2.1.json"),
)

SOFTWARE: Mapping[str, Software] = {
    "Mastodon": _MASTODON,
    "Mastodon before 4.3": replace(
        _MASTODON,
        differs="a sign-in without OAuth metadata and without a right to the profile alone",
        api=partial(Api, knows=("read", "read:accounts", "write", "follow", "push"), pkce=False),
    ),
    "Mastodon, authorised fetch": replace(
        _MASTODON, differs="an unsigned reader of actors gets 401; both kinds of signature", reads=("cavage", "rfc9421")
    ),
    "Mastodon, split domain": replace(_MASTODON, differs="handles at another host than actors", names="names.example"),
    # Neither the challenge nor the verifier of PKCE is read from the forms: internal/api/auth/{authorize,token}.go.
    # The account bears no id of its actor, the instance two hosts: internal/api/model/{account,instancev2}.go
    "GoToSocial": Software(
        "unsigned 401; field links without rel=me; on the page, rel=me of the profile itself, relative",
        _fields("nofollow noreferrer noopener"),
        head=lambda _: f'<link rel="me" href="/@{USER}">',
        reads=("cavage",),
        api=partial(Api, uri=False, pkce=False),
        named=("domain", "account_domain"),
        folds=True,
        suspends=_leaves_a_stub,  # seen in a run of 0.20: WebFinger stays, and the actor without name and fields
    ),
    # Clients are URLs, and none registers: packages/backend/src/server/oauth/OAuth2ProviderService.ts
    "Misskey": Software(
        "unsigned 401; ids that say nothing; the page is a script",
        body=lambda _: _APP,
        id_="/users/9x8v7u6t5s",
        reads=("cavage",),
        metadata=_metadata(
            issuer=f"https://{_HOST}",
            scopes_supported=["read:account", "write:account", "read:drive"],
            authorization_response_iss_parameter_supported=True,
        ),
        named=(),
        nodeinfo=("2.1", "/nodeinfo/2.1"),
        suspends=_answers_not_found,  # packages/backend/src/server/ActivityPubServerService.ts
    ),
    "Pleroma": _PLEROMA,
    "Akkoma": replace(_PLEROMA, differs="as Pleroma, with version 1 of `/api/…/instance` alone", named=()),
    # Any scope is granted, but only `read` opens the account: api/views/{oauth,accounts}.py, api/models/token.py
    "Takahe": Software(
        "a single field is an object, not a list; only the right to read opens the account",
        _one("nofollow"),
        id_="/@{}@social.example/",
        url="/@{}/",
        api=partial(Api, uri=False, pkce=False, opens="read"),
        nodeinfo=("2.0", "/nodeinfo/2.0/"),
        folds=True,
    ),
    "Fedify family": Software(
        "a single field is an object; RFC 9421 alone is read",
        _one("me"),
        id_="/ap/users/{}",
        reads=("rfc9421",),
        named=(),
        nodeinfo=("2.1", "/nodeinfo/2.1"),
        folds=False,
    ),
    # Since 8.1 an OAuth, for ActivityPub's own API: includes/oauth/class-server.php, includes/rest/oauth
    "WordPress plugin": Software(
        "fields in paragraphs; the id is a query",
        _fields("me", "<p>{}</p>\n"),
        id_="/?author=1",
        url="/author/{}/",
        metadata=_metadata("/wp-json/activitypub/1.0", issuer=f"https://{_HOST}", scopes_supported=["read", "profile"]),
        named=(),
        nodeinfo=("2.0", "/wp-json/activitypub/1.0/nodeinfo/2.0"),
        folds=True,
    ),
    # The scope is repeated, whatever it was, and PKCE is not looked at: src/Security/OAuth.php, src/Module/OAuth
    "Friendica": Software(
        "WebFinger 404 unless the host matches exactly",
        id_="/profile/{}",
        url="/profile/{}",
        api=partial(Api, uri=False, pkce=False),
    ),
    # The scopes: app/Providers/AuthServiceProvider.php. Only its holder, in a browser, ends a token: routes/web.php.
    # Clients are numbers: app/Http/Controllers/Api/V1Api/Apps.php
    "Pixelfed": Software(
        "no fields at all; no small right, and a token stays",
        _none,
        url="/{}",
        api=partial(
            Api,
            uri=False,
            knows=("read", "write", "follow", "push"),
            granted=None,
            beside={"expires_in": 31_536_000, "refresh_token": "r"},
            revokes=False,
            client="7",
        ),
        nodeinfo=("2.0", "/api/nodeinfo/2.0.json"),
    ),
}
