"""WebFinger (RFC 7033) as the fediverse uses it, with host-meta (RFC 6415) where it is not found. Pure rules."""

from dataclasses import dataclass
from xml.parsers import expat

from ...core import strict_json
from ...core.errors import BadInput, OutsideError
from ...core.identifiers import Handle, Host, HttpsUrl
from ...core.strict_json import Json
from ...fetch import Response

ACCEPT = "application/jrd+json, application/json"
ACCEPT_HOST_META = "application/xrd+xml, application/xml, text/xml"

ACTOR_TYPES = ("application/activity+json", 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"')
"""The types of a ``self`` link that Mastodon looks for; here in any case, as media types are (RFC 9110, 8.3.1)."""

_XRD_LINK = "http://docs.oasis-open.org/ns/xri/xrd-1.0 Link"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a WebFinger document says: whom it is about, and where that actor is."""

    subject: Handle
    actor: HttpsUrl


def query_url(handle: Handle) -> HttpsUrl:
    return HttpsUrl(handle.host, "/.well-known/webfinger", f"resource={handle.acct}")


def host_meta_url(host: Host) -> HttpsUrl:
    return HttpsUrl(host, "/.well-known/host-meta")


def parse_name(text: str) -> Handle:
    """``acct:user@host``, or the same without ``acct:``; nothing else that a person might type.

    :raises BadInput: as ``Handle.parse``
    """
    return Handle.parse(text if text[:5].lower() == "acct:" else f"acct:{text}")


def parse_answer(response: Response) -> Answer:
    """:raises OutsideError: ``webfinger-malformed``, ``webfinger-subject``, ``webfinger-no-actor``"""
    host = response.host
    try:
        jrd = strict_json.loads_object(response.body)
    except BadInput as error:
        raise OutsideError("webfinger-malformed", host=host, **error.as_fault()) from None
    subject, links = jrd.get("subject"), jrd.get("links")
    if not isinstance(subject, str):
        raise OutsideError("webfinger-subject", host=host)
    try:
        about = parse_name(subject)
    except BadInput:
        raise OutsideError("webfinger-subject", host=host) from None
    return Answer(about, _self_link(links, host))


def _self_link(links: Json, host: str) -> HttpsUrl:
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and _is(link.get("rel"), "self") and _is(link.get("type"), *ACTOR_TYPES):
            try:
                actor = HttpsUrl.parse(str(link.get("href")))
            except BadInput:
                break
            if str(actor) != link["href"]:
                break  # an id is compared byte for byte: one that we would spell otherwise can never match
            return actor
    raise OutsideError("webfinger-no-actor", host=host)


def _is(word: Json, *words: str) -> bool:
    # Relation types and media types are compared in any case (RFC 8288, 2.1.1; RFC 9110, 8.3.1).
    return isinstance(word, str) and word.lower() in words


def parse_host_meta(response: Response, asked: Handle) -> HttpsUrl:
    """Where ``lrdd`` sends the question.

    :raises OutsideError: ``host-meta-malformed``
    """
    refused = OutsideError("host-meta-malformed", host=response.host)
    templates: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == _XRD_LINK and _is(attributes.get("rel"), "lrdd"):
            templates.append(attributes.get("template", ""))

    def doctype(*_: object) -> None:
        raise refused  # no document type, so no entity: nothing expands and nothing is fetched

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(response.body, True)  # noqa: FBT003 - the last part: expat names no arguments
    except (expat.ExpatError, ValueError, LookupError):  # the last two: encodings that expat does not have
        raise refused from None
    if not templates or "{uri}" not in templates[0]:
        raise refused
    try:
        return HttpsUrl.parse(templates[0].replace("{uri}", asked.acct))
    except BadInput:
        raise refused from None
