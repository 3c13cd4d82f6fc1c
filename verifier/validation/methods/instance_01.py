"""``instance-01``: a whole instance is a body's when its DNS says so, and nobody else can open an account there.

Closed registration is what makes it true of the accounts that nobody attested. Two places tell it, and either may say
no: Mastodon's ``/api/v2/instance``, and NodeInfo (FEP-f1d5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...core import strict_json
from ...core.errors import BadInput, OutsideError
from ...core.identifiers import Host, HttpsUrl
from ...core.models import End, Problem, Record
from ...core.strict_json import Json
from ..domains.body_record import check_record
from ..method import Declaration, Recheck
from ..tools import Tools
from ..trail import Trail

DECLARATION = Declaration(
    name="instance-01",
    end=End.IDENTITY,
    rank=None,
    recheck=Recheck.INSTANCE,
    of_body=True,
    public=True,
)
_JSON = "application/json"
_NODEINFO = tuple(f"http://nodeinfo.diaspora.software/ns/schema/{version}" for version in ("2.1", "2.0"))


async def check_instance(host: Host, domain: Host, body_token: str, authority: str, tools: Tools) -> Record:
    """What the DNS and the instance say of it.

    :param host: as in the handles of its accounts
    :param domain: of the body; an instance below it needs no record of its own
    :param authority: of this service, as the record names it
    """
    trail = Trail(tools.fetcher)
    evidence: dict[str, Json] = {"host": str(host), "domain": str(domain)}
    where = domain if host.is_within(domain) else host
    evidence["dns"], problem = await check_record(where, body_token, authority, tools)
    if problem is None:
        try:
            evidence["registration"] = await _closed(host, trail)
        except OutsideError as error:
            problem = Problem(error.code, error.values)
    evidence["trail"] = trail.items
    return Record.of(DECLARATION.name, End.IDENTITY, tools.clock.now(), problem, evidence)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A document, and whose it is.

    :param by: the host that answered, after redirects
    """

    by: str
    document: Mapping[str, Json]


async def _closed(host: Host, trail: Trail) -> dict[str, Json]:
    """Where it is said that nobody can register. "Open" is believed of anybody, "closed" of the instance alone.

    :raises OutsideError: ``instance-open``, ``instance-silent``, or the instance cannot be asked
    """
    api = await _read(HttpsUrl(host, "/api/v2/instance"), trail)
    # A redirect, or a proxy, may lead to the closed instance of somebody else: it names itself.
    stranger = api.by if api is not None and not _names(api.document, host) else None
    is_open = {
        "api": _api_is_open(api, believed=stranger is None),
        "nodeinfo": await _nodeinfo_is_open(host, stranger, trail),
    }
    if True in is_open.values():
        raise OutsideError("instance-open", host=str(host))
    if False not in is_open.values():
        raise OutsideError("instance-silent", host=str(host))
    return {name: "closed" for name, value in is_open.items() if value is False}


def _names(about: Mapping[str, Json], host: Host) -> bool:
    """Whether the API speaks of that host: the handles' (``account_domain`` in GoToSocial), or none at all."""
    named = [about[name] for name in ("account_domain", "domain") if name in about]
    return not named or any(isinstance(name, str) and name.lower() == str(host) for name in named)


def _api_is_open(api: _Answer | None, *, believed: bool) -> bool | None:
    """Whether the API says that registration is open; None when it says nothing that is believed."""
    registrations = api.document.get("registrations") if api else None
    return _believed(registrations.get("enabled") if isinstance(registrations, dict) else None, believed=believed)


async def _nodeinfo_is_open(host: Host, stranger: str | None, trail: Trail) -> bool | None:
    index = await _read(HttpsUrl(host, "/.well-known/nodeinfo"), trail)
    links = index.document.get("links") if index else None
    hrefs = dict(filter(None, map(_link, links if isinstance(links, list) else ())))
    href = next((hrefs[rel] for rel in _NODEINFO if rel in hrefs), None)
    if index is None or href is None:
        return None
    try:
        nodeinfo = await _read(HttpsUrl.parse(href), trail)
    except BadInput:
        return None
    if nodeinfo is None:
        return None
    own = {str(host), index.by} - {stranger} | {str(host)}
    return _believed(nodeinfo.document.get("openRegistrations"), believed=nodeinfo.by in own)


def _believed(word: Json, *, believed: bool) -> bool | None:
    return word if isinstance(word, bool) and (word or believed) else None


def _link(value: Json) -> tuple[str, str] | None:
    rel, href = (value.get("rel"), value.get("href")) if isinstance(value, dict) else (None, None)
    return (rel, href) if isinstance(rel, str) and isinstance(href, str) else None


async def _read(url: HttpsUrl, trail: Trail) -> _Answer | None:
    # To any host: of a domain that only names, the instance itself lives elsewhere, and the redirect says so.
    response = await trail.get(url, accept=_JSON, same_host=False)
    if response.status != 200:
        return None
    try:
        return _Answer(str(HttpsUrl.parse(response.url).host), strict_json.loads_object(response.body))
    except BadInput:
        return None
