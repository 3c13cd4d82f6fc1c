"""What a registry says of a domain: RDAP (RFC 9082, 9083), the registry found by IANA's list (RFC 9224).

Nothing of it proves anything, and silence is common: registries limit how often they are asked, and some speak no RDAP.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ...core import strict_json
from ...core.clock import DAY
from ...core.errors import BadInput, OutsideError, Unavailable
from ...core.identifiers import Host, HttpsUrl
from ...core.strict_json import Json
from ...fetch import Response
from ..tools import Tools

_ACCEPT = "application/rdap+json, application/json;q=0.5"
_TYPES = frozenset({"application/rdap+json", "application/json"})
_REDIRECTS = 3  # to other hosts too: that is how one registry hands on to another (RFC 7480, 5.2)
_LIST_BYTES = 1_048_576  # of IANA's list, ten times what it has
_MEMBERS = 100  # of one list; a domain has some ten events and as many entities
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_NAME = re.compile(r"[!-~]{1,254}")
_HANDLE = re.compile(r"[!-~]{1,255}")
_STATUS = re.compile(r"[ -~]{1,64}")
# A name that was registered, deleted and registered anew may say so in one event or the other (RFC 9083, 10.2.3).
_REGISTERED = ("registration", "reregistration")
_CHANGED = ("last changed", "transfer")
_ONCE = frozenset({"registration", "expiration"})


class Silence(StrEnum):
    """Why nothing is known."""

    NO_SERVER = "no-server"
    """No registry of that top speaks RDAP over HTTPS; or the list of them could not be had."""
    NO_ANSWER = "no-answer"
    MALFORMED = "malformed"
    """Not of the form that it must have, or about another domain: it counts for nothing."""
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Registration:
    """What counts of an answer about a domain; times in Unix seconds.

    :param changed_at: when it was last changed, or transferred
    :param registrant: the registry's handle of whoever holds it
    """

    registered_at: int | None
    expires_at: int | None
    changed_at: int | None
    registrant: str | None
    statuses: frozenset[str]


class Registries:
    """Asks them. Their list is fetched once a day at most, and the last one that could be had is kept.

    :param bootstrap: where the list is
    """

    def __init__(self, bootstrap: HttpsUrl, tools: Tools) -> None:
        self._bootstrap = bootstrap
        self._tools = tools
        self._servers: Mapping[str, HttpsUrl] = {}
        self._tried_at: int | None = None

    async def ask(self, domain: Host) -> Registration | Silence:
        """What the registry of that domain says of it now."""
        await self._renew()
        names = (".".join(domain.labels[start:]) for start in range(len(domain.labels)))
        server = next((self._servers[name] for name in names if name in self._servers), None)
        if server is None:
            return Silence.NO_SERVER
        answer = await self._get(HttpsUrl.parse(f"{server}domain/{domain}"))
        if answer is None or answer.status not in (200, 404):
            return Silence.NO_ANSWER
        if answer.status == 404:
            return Silence.NOT_FOUND
        registration = read(answer.body, domain, self._tools.clock.now()) if answer.media_type in _TYPES else None
        return registration or Silence.MALFORMED

    async def _renew(self) -> None:
        now = self._tools.clock.now()
        if self._tried_at is not None and now < self._tried_at + DAY:
            return
        self._tried_at = now
        answer = await self._get(self._bootstrap, _LIST_BYTES)
        if answer is not None and answer.status == 200:
            self._servers = read_list(answer.body) or self._servers

    async def _get(self, url: HttpsUrl, max_bytes: int = 262_144) -> Response | None:
        try:
            return await self._tools.fetcher.get(
                url, accept=_ACCEPT, max_bytes=max_bytes, redirects=_REDIRECTS, same_host=False
            )
        except (OutsideError, Unavailable):
            return None


def read(body: bytes, domain: Host, now: int) -> Registration | None:
    """What an answer says of that domain; None if it is malformed, contradicts itself, or is about another one."""
    try:
        document = strict_json.loads_object(body)
        if (
            document.get("objectClassName") != "domain"
            or Host.parse(_text(document.get("ldhName"), _NAME).removesuffix(".")) != domain
        ):
            return None
        dates = _dates(document.get("events", []))
        registered = max((dates[action] for action in _REGISTERED if action in dates), default=None)
        expires = dates.get("expiration")
        if registered is not None and not 0 < registered <= min(now, expires or now):
            return None
        return Registration(
            registered_at=registered,
            expires_at=expires,
            changed_at=max((dates[action] for action in _CHANGED if action in dates), default=None),
            registrant=_registrant(document.get("entities", [])),
            statuses=frozenset(_text(status, _STATUS) for status in _list(document.get("status", []))),
        )
    except (BadInput, TypeError, ValueError, OverflowError):
        return None


def read_list(body: bytes) -> Mapping[str, HttpsUrl]:
    """Where the registry of each top answers, over HTTPS; empty if that is no such list."""
    try:
        document = strict_json.loads_object(body)
        if document.get("version") != "1.0" or not isinstance(document.get("services"), list):
            return {}
        return dict(_services(document["services"]))
    except (BadInput, ValueError):
        return {}


def _services(services: list[Json]) -> Iterator[tuple[str, HttpsUrl]]:
    for service in services:
        names, places = _list(service)
        place = next(filter(None, map(_base, _texts(places))), None)
        if place is not None:
            yield from ((name.lower(), place) for name in _texts(names))


def _base(text: str) -> HttpsUrl | None:
    """An address that a path may follow (RFC 9224, 3); one that is not dialled is left out, and the next one taken."""
    try:
        url = HttpsUrl.parse(text)
    except BadInput:
        return None
    return url if url.path.endswith("/") and not url.query else None


def _dates(events: Json) -> dict[str, int]:
    """The latest date of each action that counts."""
    dates = dict[str, int]()
    for event in _list(events):
        if not isinstance(event, dict):
            raise TypeError
        action = event.get("eventAction")
        if action not in (*_REGISTERED, *_CHANGED, "expiration"):
            continue
        date = int(datetime.fromisoformat(_text(event.get("eventDate"), _DATE)).timestamp())
        if action in _ONCE and dates.get(action, date) != date:
            raise ValueError
        dates[action] = max(date, dates.get(action, date))
    return dates


def _registrant(entities: Json) -> str | None:
    """Its handle, if one is shown: an empty one, or a sentence in its place, is one that is not (RFC 9537)."""
    handles = {
        entity["handle"]
        for entity in _list(entities)
        if isinstance(entity, dict)
        and isinstance(entity.get("handle"), str)
        and "registrant" in _list(entity.get("roles", []))
    }
    handle = handles.pop() if len(handles) == 1 else ""
    return handle if _HANDLE.fullmatch(handle) else None


def _text(value: Json, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list) or len(value) > _MEMBERS:
        raise ValueError
    return value


def _texts(value: Json) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError
    return value
