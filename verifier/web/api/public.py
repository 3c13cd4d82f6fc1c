"""The public doors for programs: lookup, accounts, events, checks, verify."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from ...core import strict_json
from ...core.errors import BadInput, Refused, VerifierError
from ...core.identifiers import Handle, HttpsUrl
from ...core.strict_json import Json
from ...fetch import allowance
from ...publication import events
from ...validation import Tools, checks
from .. import keys, problems
from .. import payloads as bodies
from ..limits import APPRAISALS, AT_ONCE, BATCHES, CHECKS, CHECKS_AT_ONCE, TARGETS
from ..lookups import asked

EVENTS_MOST = 1000
CHECK_SECONDS = 300  # how long the answer of a check is kept


def json_response(value: Json, *, status: int = 200) -> web.Response:
    return web.Response(body=strict_json.dumps(value), status=status, content_type="application/json")


async def lookup(request: web.Request) -> web.Response:
    """GET /api/v1/lookup?handle=H"""
    lookups = request.app[keys.LOOKUPS]
    target = request.raw_path
    answer = await lookups.remembered(target)
    if answer is None:
        try:
            answer = await lookups.answer(asked(request.query.getall("handle", [])))
        except BadInput as error:
            raise error.at("/handle") from None
        lookups.remember(target, answer)
    return answer.response(request)


async def account(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/{u@h}"""
    try:
        handle = Handle.parse(request.match_info["handle"])
    except BadInput as error:
        raise error.at("/handle") from None
    return (await request.app[keys.LOOKUPS].answer(handle.acct)).response(request)


async def lookup_many(request: web.Request) -> web.Response:
    """POST /api/v1/lookup"""
    request.app[keys.LIMITER].client(request, BATCHES)
    batch = await bodies.read(request, bodies.BatchBody)
    results = [await _one(request, place, text) for place, text in enumerate(batch.handles)]
    return json_response({"results": results})


async def _one(request: web.Request, place: int, text: str) -> Json:
    try:
        answer = await request.app[keys.LOOKUPS].answer(text)
    except VerifierError as error:
        pointer = f"/handles/{place}"
        return problems.problem(error.code, error.values, status=problems.status_of(error), pointer=pointer)
    return strict_json.loads(answer.body)


async def event_feed(request: web.Request) -> web.Response:
    """GET /api/v1/events?after=SEQ&limit=N"""
    after = _number(request, "after", default=0, least=0, most=2**53)
    limit = _number(request, "limit", default=100, least=1, most=EVENTS_MOST)
    found = await request.app[keys.READER].events.after(after, limit)
    return json_response(events.event_page(found, request.app[keys.SITE], after))


async def check_rel_me(request: web.Request) -> web.Response:
    """GET /api/v1/checks/rel-me?page=URL&profile=URL: by Mastodon's rule."""
    answer = await rel_me(request, _url(request, "page"), str(_url(request, "profile")))
    return _told({name: value for name, value in answer.items() if name != "at"})


async def rel_me(request: web.Request, page: HttpsUrl, profile: str) -> Json:
    """The kept answer of that check, and when it was had (``at``, Unix seconds).

    :raises TooMany: as :func:`checked`
    """

    async def check(tools: Tools) -> Json:
        return {**await checks.check_rel_me(page, profile, tools), "at": tools.clock.now()}

    return await checked(request, f"rel-me {page} {profile}", check)


async def check_webfinger(request: web.Request) -> web.Response:
    """GET /api/v1/checks/webfinger?handle=H: both ways."""
    try:
        handle = Handle.parse(asked(request.query.getall("handle", [])))
    except BadInput as error:
        raise error.at("/handle") from None

    async def check(tools: Tools) -> Json:
        return await checks.check_webfinger(handle, tools)

    return _told(await checked(request, f"webfinger {handle}", check))


async def checked(request: web.Request, key: str, check: Callable[[Tools], Awaitable[Json]]) -> Json:
    """The answer of a check, kept for a while.

    :raises TooMany: too many by this client, or under way, or requests to a host that it contacts
    """
    limiter, tools = request.app[keys.LIMITER], request.app[keys.TOOLS]
    limiter.client(request, CHECKS)
    client = limiter.network(request)

    async def ask() -> Json:
        # An answer that a limit cut short is none: kept, it would be told to those who asked little (T09).
        fetcher = tools.fetcher.counted(lambda host: limiter.share(TARGETS, client, host))
        with limiter.at_once(AT_ONCE, f"checks {client}"), limiter.at_once(CHECKS_AT_ONCE, "checks"), allowance():
            return await check(replace(tools, fetcher=fetcher))

    return await request.app[keys.CHECKED].get(key, ask)


def _told(answer: Json) -> web.Response:
    why = answer["why"]
    told = problems.problem(why["code"], why["values"]) if why else None
    return json_response(answer | {"why": told})


async def verify(request: web.Request) -> web.Response:
    """POST /api/v1/verify: a verdict per axis on an attestation that somebody brings."""
    request.app[keys.LIMITER].client(request, APPRAISALS)
    brought = await bodies.read(request, bodies.VerifyBody)
    try:
        appraisal = await request.app[keys.APPRAISER].appraise(brought.attestation)
    except Refused as error:
        raise error.at(f"/attestation{error.pointer or ''}") from None
    found: list[Json] = []
    for name, axis in appraisal.axes.items():
        if axis.problem:
            pointer = f"/attestation{axis.problem.pointer or ''}"
            found.append({"axis": name} | problems.problem(axis.problem.code, axis.problem.values, pointer=pointer))
    axes = {name: axis.result for name, axis in appraisal.axes.items()}
    return json_response({"verified": appraisal.verified} | axes | {"problems": found})


async def health(_: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """GET /readyz: the store answers too."""
    await request.app[keys.READER].events.last_change()
    return web.Response(text="ready\n")


def _number(request: web.Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not least <= int(text) <= most:
        raise BadInput("number-malformed", pointer=f"/{name}", least=least, limit=most)
    return int(text)


def _url(request: web.Request, name: str) -> HttpsUrl:
    given = request.query.getall(name, [])
    if len(given) != 1:
        raise BadInput("member-missing", pointer=f"/{name}", name=name)
    try:
        return HttpsUrl.parse(given[0])
    except BadInput as error:
        raise error.at(f"/{name}") from None
