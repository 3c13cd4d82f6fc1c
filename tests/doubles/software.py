"""Instances that imitate what differs from one fediverse software to the next: ids, fields, pages, who may read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape

from tests.doubles.doorman import Doorman
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person, property_value
from verifier.core.strict_json import Json

USER = "marianne"

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


@dataclass(frozen=True)
class Software:
    """:param differs: what is special, for the table
    :param field: the profile's fields in the actor
    :param head, body: of the profile page
    :param reads: the signatures that a reader of actors must bring; None: anybody may read
    """

    differs: str
    field: Field = _LINKS
    head: Callable[[str], str] = _nothing
    body: Callable[[str], str] = _nothing
    id_: str = "/users/{}"
    url: str = "/@{}"
    names: str = ""
    reads: tuple[str, ...] | None = None

    def person(self, http: HttpDouble, text: str, now: Callable[[], int]) -> Person:
        """An account whose one field holds `text`."""
        doorman = Doorman(now, self.reads) if self.reads else None
        instance = Instance(http, names=self.names, doorman=doorman)
        person = instance.person(USER, id_=self.id_, url=self.url)
        attachment = self.field(text)
        if attachment is None:
            del person.actor["attachment"]
        else:
            person.actor["attachment"] = attachment
        person.head, person.body = self.head(text), self.body(text)
        return person


_MASTODON = Software("fields as links, and in the head of the page", _mastodon, head=_me)
_APP = "<div id=app></div><script src=/app.js></script>"

SOFTWARE: Mapping[str, Software] = {
    "Mastodon": _MASTODON,
    "Mastodon, authorised fetch": replace(
        _MASTODON, differs="an unsigned reader of actors gets 401; both kinds of signature", reads=("cavage", "rfc9421")
    ),
    "Mastodon, split domain": replace(_MASTODON, differs="handles at another host than actors", names="names.example"),
    "GoToSocial": Software(
        "unsigned 401; field links without rel=me; on the page, rel=me of the profile itself, relative",
        _fields("nofollow noreferrer noopener"),
        head=lambda _: f'<link rel="me" href="/@{USER}">',
        reads=("cavage",),
    ),
    "Misskey": Software(
        "unsigned 401; ids that say nothing; the page is a script",
        body=lambda _: _APP,
        id_="/users/9x8v7u6t5s",
        reads=("cavage",),
    ),
    "Pleroma, Akkoma": Software(
        "profile and actor at one address; the page is a script", _fields("ugc"), body=lambda _: _APP, url="/users/{}"
    ),
    "Takahe": Software("a single field is an object, not a list", _one("nofollow"), id_="/@{}@social.example/"),
    "Fedify family": Software(
        "a single field is an object; RFC 9421 alone is read", _one("me"), id_="/ap/users/{}", reads=("rfc9421",)
    ),
    "WordPress plugin": Software(
        "fields in paragraphs; the id is a query",
        _fields("me", "<p>{}</p>\n"),
        id_="/?author=1",
        url="/author/{}/",
    ),
    "Friendica": Software("WebFinger 404 unless the host matches exactly", id_="/profile/{}", url="/profile/{}"),
    "Pixelfed": Software("no fields at all", _none, url="/{}"),
}
