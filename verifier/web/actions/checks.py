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
    """The fields of the profile of that account."""
    return await _answer(request, f"profile {handle}", lambda tools: checks.check_profile_fields(handle, tools))


async def _answer(request: web.Request, key: str, check: Check) -> Json:
    """The kept answer of a check, with when it was had (``at``, Unix seconds).

    :raises TooMany: too many are under way, by this client or by all, or were sent to a host that it contacts
    """
    limiter, tools = request.app[keys.LIMITER], request.app[keys.TOOLS]
    client = limiter.network(request)

    async def ask() -> Json:
        # An answer that a limit cut short is none: kept, it would be told to those who asked little (T09).
        fetcher = tools.fetcher.counted(lambda host: limiter.share(Limit.TARGETS, client, host))
        by_one, by_all = limiter.at_once(Limit.CHECKS_AT_ONCE_BY_ONE, client), limiter.at_once(Limit.CHECKS_AT_ONCE)
        with by_one, by_all, allowance():
            return {**await check(replace(tools, fetcher=fetcher)), "at": tools.clock.now()}

    return await request.app[keys.CHECKED].get(key, ask)
