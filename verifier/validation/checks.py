"""The public checks: what Mastodon's rule says of a page, and whether a handle holds both ways.

They tell an account holder why a link is not green; they prove nothing. The doors cache and limit them.
"""

from dataclasses import asdict
from typing import TypedDict

from ..core.errors import OutsideError
from ..core.identifiers import Handle, HttpsUrl
from ..core.models import Problem
from ..core.strict_json import Json
from .accounts import fields, mastodon
from .accounts.resolution import resolve
from .tools import Tools
from .trail import Trail, as_evidence

_LINKS = 20
_TEXT = 300


class Why(TypedDict):
    """A code of ``words.problems`` and the values of its sentence."""

    code: str
    values: dict[str, str | int]


class RelMeAnswer(TypedDict):
    """``why`` is None iff ``linked``."""

    linked: bool
    why: Why | None
    evidence: list[Json]


class WebFingerAnswer(TypedDict):
    """``handle``: the canonical one; ``why`` is None iff ``accepted``."""

    accepted: bool
    handle: str | None
    actor: str | None
    why: Why | None
    evidence: list[Json]


class ProfileAnswer(TypedDict):
    """``profile``: what rel=me must name; ``fields``: :class:`.fields.Field` as JSON, already read.

    ``alone``: as of the actor. ``why`` is None iff the handle resolves both ways.
    """

    handle: str | None
    profile: str | None
    fields: list[Json]
    alone: bool
    why: Why | None
    evidence: list[Json]


async def check_rel_me(page: HttpsUrl, profile: HttpsUrl | str, tools: Tools) -> RelMeAnswer:
    """Does `page` link back to `profile`, by Mastodon's rule? Only `page` is contacted, and where it redirects."""
    evidence: list[Json] = []
    try:
        response = await mastodon.get_page(page, tools.fetcher)
        evidence.append(as_evidence(response))
        verdict = await mastodon.page_verdict(response, str(profile), tools.fetcher, tools.pages, elsewhere=False)
    except OutsideError as error:
        verdict = mastodon.PageVerdict(Problem(error.code, error.values))
    evidence += [
        {"element": link.element, "rel": " ".join(link.rel)[:_TEXT], "href": (link.href or "")[:_TEXT]}
        for link in verdict.links[:_LINKS]
    ]
    return {"linked": verdict.linked, "why": _why(verdict.problem), "evidence": evidence}


async def check_webfinger(handle: Handle, tools: Tools) -> WebFingerAnswer:
    """Does `handle` lead to an account that confirms it, and under which name?"""
    trail = Trail(tools.fetcher)
    try:
        resolved = await resolve(handle, trail)
    except OutsideError as error:
        why = _why(Problem(error.code, error.values))
        return {"accepted": False, "handle": None, "actor": None, "why": why, "evidence": trail.items}
    return {
        "accepted": True,
        "handle": str(resolved.canonical),
        "actor": str(resolved.actor.id),
        "why": None,
        "evidence": trail.items,
    }


async def check_profile_fields(handle: Handle, tools: Tools) -> ProfileAnswer:
    """The account that `handle` leads to, and what its profile holds. Only its servers are contacted."""
    trail = Trail(tools.fetcher)
    try:
        resolved = await resolve(handle, trail)
        held = await fields.fields_of(resolved.actor, tools.pages)
    except OutsideError as error:
        why = _why(Problem(error.code, error.values))
        return {"handle": None, "profile": None, "fields": [], "alone": False, "why": why, "evidence": trail.items}
    return {
        "handle": str(resolved.canonical),
        "profile": resolved.actor.profile,
        "fields": [asdict(each) for each in held],
        "alone": resolved.actor.alone,
        "why": None,
        "evidence": trail.items,
    }


def _why(problem: Problem | None) -> Why | None:
    return None if problem is None else {"code": problem.code, "values": dict(problem.values)}
