"""The first page: is this account official?"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from ... import words
from ...core import strict_json
from ...core.errors import BadInput
from ...core.identifiers import Handle
from ...core.likeness import Why
from ...core.strict_json import Json
from ...publication.differences import differences
from .. import keys
from ..lookups import one_handle
from ..withdrawals import withdrawal_of
from .account import successor
from .pasted import pasted
from .rendering import explain, language, show


async def lookup(request: web.Request) -> web.Response:
    """GET / and /?handle=H: a verdict in words, under an address that can be shared."""
    handles = request.query.getall("handle", [])
    if not handles:
        return show(request, "lookup.html", typed="", verdict=None, problem=None)
    typed = pasted(handles[0])
    try:
        answer = await request.app[keys.LOOKUPS].answer(request, one_handle([typed]))
    except BadInput as error:
        problem = explain(request, error)
        return show(request, "lookup.html", status=HTTPStatus.BAD_REQUEST, typed=typed, verdict=None, problem=problem)
    verdict = strict_json.loads_object(answer.body)
    original = await _original(request, verdict)
    view = words.verdict_view(
        verdict,
        language(request),
        typed=typed,
        original=original,
        withdrawal=await withdrawal_of(request.app[keys.READER], verdict),
        cited=_cited(request, verdict),
    )
    newer = await successor(request, verdict)
    page = show(request, "lookup.html", typed=typed, verdict=view, problem=None, successor=newer)
    if answer.age:
        page.headers["Age"] = str(answer.age)
    return page


async def _original(request: web.Request, verdict: Mapping[str, Json]) -> words.Original | None:
    """What is known of the account that a look-alike resembles."""
    lookalike = verdict.get("lookalike")
    if not lookalike:
        return None
    official = Handle.parse(lookalike["handle"])
    answer = await request.app[keys.READER].verdicts.answer(official.acct)
    theirs = strict_json.loads_object(answer[0]) if answer else {}
    if not theirs.get("verified"):
        return None  # withdrawn since the answer was made: it is shown no more (T00c)
    domain = theirs["affiliation"]["domain"] if theirs["accountRole"] == "office" else ""
    apart = differences(Handle.parse(verdict["handle"]), official, Why(lookalike["why"]), domain)
    return words.Original(theirs, apart)


def _cited(request: web.Request, verdict: Mapping[str, Json]) -> words.Cited:
    base = request.app[keys.SITE].base_url
    lang = language(request)
    link = f"{base}{words.prefix(lang)}/?handle={quote(str(verdict['handle']))}"
    return words.Cited(base, link, request.app[keys.CLOCK].now())
