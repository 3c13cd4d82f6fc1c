"""Checks of other people's servers that anybody may ask for: their answers are kept, and counted to each host."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from aiohttp import web

from ...core.identifiers import Handle, HttpsUrl
from ...core.strict_json import Json
from ...fetch import allowance
from ...validation import Tools, checks
from .. import keys
from ..limits import Limit

LIMITS = (Limit.TARGETS, Limit.TARGETS_BY_ONE, Limit.CHECKS_AT_ONCE, Limit.CHECKS_AT_ONCE_BY_ONE)
"""What is counted here: by what is asked for, beside the client's own limit."""

CHECK_SECONDS = 300  # how long the answer of a check is kept
FAILED_SECONDS = 60  # the same, of one that failed: whoever corrects what it names wants to see it

Check = Callable[[Tools], Awaitable[Mapping[str, object]]]


async def rel_me(request: web.Request, page: HttpsUrl, profile: str) -> Json:
    """Whether that page links back to that profile.

    :raises TooMany: as each of these
    """
    return await _answer(request, f"rel-me {page} {profile}", lambda tools: checks.check_rel_me(page, profile, tools))


async def webfinger(request: web.Request, handle: Handle) -> Json:
    """Whether that handle resolves, both ways."""
    return await _answer(request, f"webfinger {handle}", lambda tools: checks.check_webfinger(handle, tools))


async def profile(request: web.Request, handle: Handle) -> Json:
    """The fields of the profile of that account, kept as what failed is: people look at them to correct them."""
    key = f"profile {handle}"
    return await _answer(request, key, lambda tools: checks.check_profile_fields(handle, tools), FAILED_SECONDS)


def kept_for(answer: Json) -> float:
    """For how many seconds the answer of a check is kept."""
    seconds: int = answer["until"] - answer["at"]
    return seconds


async def _answer(request: web.Request, key: str, check: Check, seconds: int = CHECK_SECONDS) -> Json:
    """The kept answer of a check, with when it was had (``at``) and until when it is kept (``until``), in Unix seconds.

    :raises TooMany: too many are under way, by this client or by all, or were sent to a host that it contacts
    """
    limiter, tools = request.app[keys.LIMITER], request.app[keys.TOOLS]
    client = limiter.network(request)

    async def ask() -> Json:
        # An answer that a limit cut short is none: kept, it would be told to those who asked little (T09).
        fetcher = tools.fetcher.counted(lambda host: limiter.share(Limit.TARGETS, client, host))
        by_one, by_all = limiter.at_once(Limit.CHECKS_AT_ONCE_BY_ONE, client), limiter.at_once(Limit.CHECKS_AT_ONCE)
        with by_one, by_all, allowance():
            answer = await check(replace(tools, fetcher=fetcher))
        now = tools.clock.now()
        return {**answer, "at": now, "until": now + (seconds if answer["why"] is None else FAILED_SECONDS)}

    return await request.app[keys.CHECKED].get(key, ask)
