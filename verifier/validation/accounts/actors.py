"""The ActivityPub document of an account, read strictly where it decides and by its quirks where it does not."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ...core import strict_json
from ...core.errors import BadInput, OutsideError
from ...core.identifiers import Digest, Handle, HttpsUrl
from ...core.strict_json import Json
from ...fetch import Response
from .actor_keys import public_key_info
from .webfinger import parse_name

ACCEPT = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
FIELDS = 50
"""Attachments that are read: as many as Mastodon reads."""

_KEYS = 16  # of `publicKey` that are read: each is loaded, and a document has room for thousands (T44)

_CONTEXT = "https://www.w3.org/ns/activitystreams"
_TYPES = frozenset({"Application", "Group", "Organization", "Person", "Service"})

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = rf'[ \t]*;[ \t]*({_NAME})=({_NAME}|"[^"\\]*")'
_MEDIA_TYPE = re.compile(rf"({_NAME}/{_NAME})((?:{_PARAMETER})*)[ \t;]*")
_PARAMETERS = re.compile(_PARAMETER)


@dataclass(frozen=True, slots=True)
class Actor:
    """What we rely on of an actor.

    :param id: the URL that was asked and that the document bears
    :param profile: its ``url`` if that is an https URL of the same host, else its id: what rel=me must name
    :param name_there: the handle that the actor claims, still to be confirmed by WebFinger
    :param key_digest: of the pinned key if it is still published, else of the first
    :param moved_to: where it says that it went: an id as it spells it, which says nothing of that account
    :param attachment: at most :data:`FIELDS` objects, profile fields among them
    :param alone: ``attachment`` is one object instead of a list: Mastodon reads none then
    """

    id: HttpsUrl
    profile: str
    name_there: Handle
    key_digest: Digest
    published: str | None
    moved_to: str | None
    attachment: Sequence[dict[str, Json]]
    alone: bool


def parse_actor(response: Response, asked: HttpsUrl, pinned: str | None = None) -> Actor:
    """The actor in an answer to a GET of `asked`.

    :param pinned: the digest of the key by which it was known
    :raises OutsideError: ``account-gone``, ``account-suspended``, ``actor-private``, ``actor-status``, ``actor-type``,
        ``actor-not-json``, ``actor-malformed``, ``actor-other-id``, ``actor-key``
    """
    body, host = _document(response, asked), str(asked.host)
    if body.get("suspended") is True:  # toot:suspended; all else that such a document says is a rest (T00g)
        raise OutsideError("account-suspended", host=host)
    if not _is_https(body.get("inbox")):
        raise OutsideError("actor-malformed", host=host, member="inbox")
    published = body.get("published")
    moved = body.get("movedTo")
    return Actor(
        id=asked,
        profile=_profile(body.get("url"), asked),
        name_there=_name_there(body, asked),
        key_digest=_key_digest(body.get("publicKey"), asked, pinned),
        published=published[:64] if isinstance(published, str) else None,
        moved_to=next(iter(_texts(moved)), "") if moved else None,
        attachment=[item for item in _list(body.get("attachment"))[:FIELDS] if isinstance(item, dict)],
        alone=isinstance(body.get("attachment"), dict),
    )


def also_known_as(response: Response, asked: HttpsUrl) -> Sequence[str]:
    """The ids that the actor in an answer to a GET of `asked` says to have had.

    :raises OutsideError: as :func:`parse_actor`
    """
    return _texts(_document(response, asked).get("alsoKnownAs"))


def _document(response: Response, asked: HttpsUrl) -> dict[str, Json]:
    """The document of an actor, which is at home at `asked`."""
    host = str(asked.host)
    _check_status(response.status, host)
    if not is_activity(response.content_type):
        # T29: what a user uploaded comes back as text/plain or application/json, never as one of these.
        raise OutsideError("actor-type", host=host, type=response.content_type[:100])
    try:
        body = strict_json.loads_object(response.body)
    except BadInput as error:
        raise OutsideError("actor-not-json", host=host, **error.as_fault()) from None
    if body.get("id") != str(asked):
        raise OutsideError("actor-other-id", host=host)  # T28: this host speaks for its own ids, at their own URLs
    types = set(_texts(body.get("type")))
    if "Tombstone" in types:
        raise OutsideError("account-gone", host=host)
    if not types & _TYPES:
        raise OutsideError("actor-malformed", host=host, member="type")
    return body


def is_activity(content_type: str) -> bool:
    """Whether a ``Content-Type`` is one of ActivityPub's two (3.2); parameters such as ``charset`` are allowed."""
    parts = _MEDIA_TYPE.fullmatch(content_type)
    if parts is None:
        return False
    parameters = [(name.lower(), value.strip('"')) for name, value in _PARAMETERS.findall(parts[2])]
    profiles = [value for name, value in parameters if name == "profile"]
    essence = parts[1].lower()
    return essence == "application/activity+json" or (
        essence == "application/ld+json" and len(profiles) == 1 and _CONTEXT in profiles[0].split(" ")
    )


def is_a(item: Mapping[str, Json], type_: str) -> bool:
    """Whether an object is of that type, among others or alone."""
    types = item.get("type")
    return type_ in types if isinstance(types, list) else types == type_


def _check_status(status: int, host: str) -> None:
    if status == 410:
        raise OutsideError("account-gone", host=host)
    if status in (401, 403):
        raise OutsideError("actor-private", host=host, status=status)
    if status != 200:
        raise OutsideError("actor-status", host=host, status=status)


def _list(value: Json) -> list[Json]:
    # Takahe and the Fedify family write a list of one as its element.
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _texts(value: Json) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]


def _is_https(value: Json) -> bool:
    try:
        HttpsUrl.parse(value if isinstance(value, str) else "")
    except BadInput:
        return False
    return True


def _profile(value: Json, id_: HttpsUrl) -> str:
    """The link to the profile, chosen among those of ``url`` as Mastodon does."""
    choices = _list(value)
    if choices and not isinstance(choices[0], str):
        objects = [item for item in choices if isinstance(item, dict)]
        href = next((item.get("href") for item in objects if item.get("mediaType", "text/html") == "text/html"), None)
    else:
        href = choices[0] if choices else None
    try:
        url = HttpsUrl.parse(href if isinstance(href, str) else "")
    except BadInput:
        return str(id_)
    if url.host != id_.host:
        return str(id_)
    # Spelled as an attestation spells it: one that the issuing authority refuses to write could never be issued.
    bare = url.target == "/" and not str(href).endswith("/")
    return url.origin if bare else str(url)


def _name_there(body: dict[str, Json], id_: HttpsUrl) -> Handle:
    # FEP-2c59 says it; without it, the name is one of the id's own host.
    member = "webfinger" if body.get("webfinger") is not None else "preferredUsername"
    text = body.get(member)
    try:
        if not isinstance(text, str):
            raise BadInput("handle-malformed")
        return parse_name(text if member == "webfinger" else f"acct:{text}@{id_.host}")
    except BadInput:
        raise OutsideError("actor-malformed", host=str(id_.host), member=member) from None


def _key_digest(value: Json, id_: HttpsUrl, pinned: str | None) -> Digest:
    """The pinned key if the actor still publishes it, beside others or not; else the first, as Mastodon reads it (T33).

    Only ``publicKey`` counts: a key of ``assertionMethod`` alone is not the one that other servers know the actor by.
    """
    keys = _list(value)[:_KEYS]
    for key in keys:
        with suppress(ValueError):
            if str(digest := _own_key(key, id_)) == pinned:
                return digest
    try:
        return _own_key(keys[0] if keys else None, id_)
    except ValueError:
        raise OutsideError("actor-key", host=str(id_.host)) from None


def _own_key(key: Json, id_: HttpsUrl) -> Digest:
    """:raises ValueError: it is no key, or that of another actor (T28)"""
    if not isinstance(key, dict) or key.get("owner", str(id_)) != str(id_):
        raise ValueError("no key of this actor")
    pem = key.get("publicKeyPem")
    return Digest.of(public_key_info(pem if isinstance(pem, str) else ""))
