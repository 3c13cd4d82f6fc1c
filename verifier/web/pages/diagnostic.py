"""The page ``/diagnostic``: why a link is not green.

The account's servers and the page are contacted, by the same kept and counted checks as the API's; our own pages
are read from the store (T65).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from ... import words
from ...core import strict_json
from ...core.errors import BadInput, VerifierError, located
from ...core.identifiers import Handle, HttpsUrl
from ...core.models import Problem
from ...core.site import Site
from ...core.strict_json import Json
from ...policy.policy import Policy
from ...publication import lookup
from ...validation.accounts import fields
from ...validation.accounts.fields import Field
from ...words import GIVE_PAGE, Point, Rule
from .. import keys, problems
from ..actions import checks
from ..lookups import one_handle
from .account import me_links
from .pasted import TYPED_MOST
from .rendering import explain, language, show

_ORDER = re.compile(r"/v/([a-z0-9]{16})/?(?:[?#].*)?")
_ANSWERED = frozenset({"page-no-rel-me", "page-cut", "page-other-link", "page-unreadable"})
_MINUTES = checks.CHECK_SECONDS // 60
_FIELDS = {"/handle": "handle", "/page": "page"}


@dataclass(frozen=True, slots=True)
class Ours:
    """The page of one of our orders, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What became of each rule.

    :param looks: at other people's servers: when, and until when the answer is kept, in Unix seconds
    :param page: what the profile should lead to, if it is known
    """

    points: Mapping[Rule, Point]
    looks: Sequence[tuple[int, int]]
    page: Ours | HttpsUrl | None


async def diagnose(request: web.Request) -> web.Response:
    """GET /diagnostic: a form; with ``?handle=`` and perhaps ``&page=``, each rule in order."""
    if not request.query:
        return show(request, words.DiagnosticPage(minutes=_MINUTES))
    handle_typed, page_typed = _typed(request)
    site = request.app[keys.SITE]
    handle = _handle(handle_typed)
    page = _page(page_typed, site) if page_typed else None
    diagnosis = await _diagnosis(request, handle, page)
    # Rounded up to the minute that is shown: whoever comes then gets a new look.
    again = -(-max(until for _, until in diagnosis.looks) // 60) * 60
    shown = words.DiagnosticPage(
        handle=handle_typed,
        page=page_typed,
        minutes=_MINUTES,
        view=words.diagnostic_view(diagnosis.points, language(request)),
        looked={"at": min(at for at, _ in diagnosis.looks), "again": again},
        link=_link(diagnosis, site),
        ended=_ended(diagnosis),
    )
    return show(request, shown)


async def refuse(request: web.Request, error: VerifierError) -> web.Response:
    """The form as it was sent, with what is wrong."""
    handle, page = _typed(request)
    shown = words.DiagnosticPage(
        handle=handle,
        page=page,
        minutes=_MINUTES,
        problem=explain(request, error),
        field=_FIELDS.get(error.pointer or ""),
    )
    return show(request, shown, status=problems.status_of(error))


def _typed(request: web.Request) -> tuple[str, str]:
    handle, page = (request.query.get(name, "")[:TYPED_MOST].strip() for name in ("handle", "page"))
    return handle, page


def _link(diagnosis: Diagnosis, site: Site) -> str | None:
    """The link of ours to paste, while it would turn green."""
    points, page = diagnosis.points, diagnosis.page
    if not isinstance(page, Ours) or points["page"].problem or points["field"].result == "ok":
        return None
    return site.page(page.id)


def _ended(diagnosis: Diagnosis) -> str | None:
    """The page of ours that says why it vouches no more."""
    problem = diagnosis.points["page"].problem
    ended = problem is not None and problem.code == "page-vouches-no-more"
    return diagnosis.page.id if ended and isinstance(diagnosis.page, Ours) else None


def _handle(text: str) -> Handle:
    with located("/handle"):
        handle = lookup.parse(one_handle([text])).handle
        if handle is None:
            raise BadInput("handle-malformed")
        return handle


def _page(text: str, site: Site) -> Ours | HttpsUrl:
    """The page that somebody typed: ours whatever its spelling, for none of ours is ever fetched."""
    ours = _ours(text, site)
    if ours is not None:
        return ours
    if _path(text, site) is not None:
        raise BadInput("page-not-account", pointer="/page", example=site.page("…"))
    with located("/page"):
        return HttpsUrl.parse(text.partition("#")[0])


def _path(url: str, site: Site) -> str | None:
    """What stands after our own host; None for the addresses of others."""
    rest = url.partition("://")[2]
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return rest.removeprefix(host) if host.lower().rstrip(".") == site.authority.lower() else None


def _ours(url: str, site: Site) -> Ours | None:
    match = _ORDER.fullmatch(words.bare(_path(url, site) or ""))
    return Ours(match[1]) if match else None


async def _attested(request: web.Request, handle: Handle) -> Ours | None:
    """The page that speaks for that account, which whoever looks it up is told too: it counts as a lookup."""
    request.app[keys.LOOKUPS].question(request, handle.acct)
    answer = await request.app[keys.READER].verdicts.answer(handle.acct)
    page = strict_json.loads_object(answer[0]).get("page") if answer else None
    return _ours(page, request.app[keys.SITE]) if page else None


async def _diagnosis(request: web.Request, handle: Handle, page: Ours | HttpsUrl | None) -> Diagnosis:
    site = request.app[keys.SITE]
    account = await checks.profile(request, handle)
    shown = [fields.field_of_json(each) for each in account["fields"]]
    if page is None:
        page = await _attested(request, Handle.parse(account["handle"]) if account["handle"] else handle)
    if page is None:
        page = next((ours for each in shown for url in fields.urls(each) if (ours := _ours(url, site))), None)
    points: dict[Rule, Point] = {
        "name": _name(account, handle, request.app[keys.POLICY]),
        "field": _field(account, shown, page, site),
    }
    profile, look = account["profile"], (account["at"], account["until"])
    if isinstance(page, Ours):
        return Diagnosis(points | await _own(request, page, profile), (look,), page)
    if page is None or profile is None:
        return Diagnosis(points | {"page": Point("unknown"), "back": Point("unknown")}, (look,), page)
    answer = await checks.rel_me(request, page, profile)
    return Diagnosis(points | _outside(answer, profile), (look, (answer["at"], answer["until"])), page)


def _name(account: Mapping[str, Json], handle: Handle, policy: Policy) -> Point:
    evidence = account["evidence"]
    if account["why"]:
        return Point("failed", problems.of_account(Problem(**account["why"]), handle, policy), evidence=evidence)
    return Point("ok", values={"handle": account["handle"]}, evidence=evidence)


def _field(account: Mapping[str, Json], shown: list[Field], page: Ours | HttpsUrl | None, site: Site) -> Point:
    if account["why"]:
        return Point("unknown")
    if page is None and shown:
        return Point("unknown", remedy=GIVE_PAGE)
    spellings = [str(page)] if isinstance(page, HttpsUrl) else _spellings(page, site)
    problem = fields.links_problem(shown, spellings, alone=account["alone"], own_origin=site.base_url)
    return Point("failed", problem) if problem else Point("ok", values={"page": spellings[0]})


def _spellings(page: Ours | None, site: Site) -> list[str]:
    if page is None:
        return []
    away = map(words.prefix, words.others(words.deployed().locale))
    return [site.page(page.id), *(f"{site.base_url}{prefix}/v/{page.id}" for prefix in away)]


async def _own(request: web.Request, page: Ours, profile: str | None) -> dict[Rule, Point]:
    """What a page of ours does, from the store. Before it vouches, nothing tells it from one that never was (T00)."""
    verdict = await request.app[keys.READER].verdicts.of_order(page.id)
    if verdict is None or not verdict.status.vouches:
        problem = Problem("page-vouches-no-more" if verdict else "page-attests-nothing")
        return {"page": Point("failed", problem), "back": Point("unknown")}
    links = me_links(strict_json.loads_object(verdict.body))
    if profile is None:
        return {"page": Point("ok"), "back": Point("unknown")}
    if profile.lower() in (link.lower() for link in links):
        return {"page": Point("ok"), "back": Point("ok", values={"profile": profile})}
    other = Problem("page-other-link", {"seen": links[0], "profile": profile, "links": len(links)})
    return {"page": Point("ok"), "back": Point("failed", other)}


def _outside(answer: Mapping[str, Json], profile: str) -> dict[Rule, Point]:
    requests = [item for item in answer["evidence"] if "url" in item]
    links = [item for item in answer["evidence"] if "element" in item]
    problem = Problem(**answer["why"]) if answer["why"] else None
    if problem is not None and problem.code not in _ANSWERED:
        return {"page": Point("failed", problem, evidence=requests), "back": Point("unknown")}
    if problem is not None:
        back = Point("failed", problem, evidence=links)
    else:
        back = Point("ok", values={"profile": profile}, evidence=links)
    return {"page": Point("ok", evidence=requests), "back": back}
