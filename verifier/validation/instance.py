"""``instance-01``: a whole instance is a body's when its DNS says so, and nobody else can open an account there.

Closed registration is what makes it true of the accounts that nobody attested. Two places tell it, and either may say
no: Mastodon's ``/api/v2/instance``, and NodeInfo (FEP-f1d5).
"""

from collections.abc import Mapping

from ..core import strict_json
from ..core.errors import BadInput, OutsideError
from ..core.identifiers import Host, HttpsUrl
from ..core.models import End, Problem, Record
from ..core.strict_json import Json
from .dns_01 import look_up
from .method import Tools
from .trail import Trail

METHOD = "instance-01"
_JSON = "application/json"
_NODEINFO = tuple(f"http://nodeinfo.diaspora.software/ns/schema/{version}" for version in ("2.1", "2.0"))


async def check_instance(host: Host, domain: Host, body_token: str, tools: Tools) -> Record:
    """What the DNS and the instance say of it.

    :param host: as in the handles of its accounts
    :param domain: of the body; an instance below it needs no record of its own
    """
    trail = Trail(tools.fetcher)
    evidence: dict[str, Json] = {"host": str(host), "domain": str(domain)}
    try:
        where = domain if host.is_within(domain) else host
        evidence["dns"] = await look_up(where, body_token, tools)
        evidence["registration"] = await _closed(host, trail)
        problem = None
    except OutsideError as error:
        problem = Problem(error.code, error.values)
    evidence["trail"] = trail.items
    return Record.of(METHOD, End.IDENTITY, tools.clock.now(), problem, evidence)


async def _closed(host: Host, trail: Trail) -> dict[str, Json]:
    """Where it is said that nobody can register.

    :raises OutsideError: ``instance-open``, ``instance-silent``, or the instance cannot be asked
    """
    said = {"api": await _api(host, trail), "nodeinfo": await _nodeinfo(host, trail)}
    if True in said.values():
        raise OutsideError("instance-open", host=str(host))
    if said["api"] is None and said["nodeinfo"] is None:
        raise OutsideError("instance-silent", host=str(host))
    return {name: "closed" for name, is_open in said.items() if is_open is False}


async def _api(host: Host, trail: Trail) -> bool | None:
    """Whether the API says that registration is open; None when it says nothing."""
    found = await _read(HttpsUrl(host, "/api/v2/instance"), trail)
    registrations = found.get("registrations") if found else None
    enabled = registrations.get("enabled") if isinstance(registrations, dict) else None
    return enabled if isinstance(enabled, bool) else None


async def _nodeinfo(host: Host, trail: Trail) -> bool | None:
    index = await _read(HttpsUrl(host, "/.well-known/nodeinfo"), trail)
    links = index.get("links") if index else None
    known = {link.get("rel"): link.get("href") for link in _objects(links)}
    href = next((known[rel] for rel in _NODEINFO if isinstance(known.get(rel), str)), None)
    if href is None:
        return None
    try:
        found = await _read(HttpsUrl.parse(href), trail)
    except BadInput:
        return None
    is_open = found.get("openRegistrations") if found else None
    return is_open if isinstance(is_open, bool) else None


async def _read(url: HttpsUrl, trail: Trail) -> Mapping[str, Json] | None:
    # To any host: of a domain that only names, the instance itself lives elsewhere, and the redirect says so.
    response = await trail.get(url, accept=_JSON, same_host=False)
    if response.status != 200:
        return None
    try:
        return strict_json.loads_object(response.body)
    except BadInput:
        return None


def _objects(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
