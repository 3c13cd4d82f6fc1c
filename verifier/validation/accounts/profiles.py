"""What the proofs of the account end share: resolve the handle both ways, then find something in the profile."""

from collections.abc import Awaitable, Callable

from ...core.errors import OutsideError
from ...core.models import End, Problem, Record, Subject
from ...core.strict_json import Json
from ..tools import Tools
from ..trail import Trail
from .actors import Actor
from .resolution import Resolved, resolve

Find = Callable[[Actor, Trail], Awaitable[dict[str, Json]]]
"""Where the profile holds what it must; raises OutsideError where it does not."""


def require_canonical(resolved: Resolved, subject: Subject) -> None:
    """:raises OutsideError: ``handle-not-canonical``: the account answers to another name (T30)"""
    if resolved.canonical != subject.handle:
        raise OutsideError("handle-not-canonical", handle=str(subject.handle), canonical=str(resolved.canonical))


async def check_profile(method: str, subject: Subject, tools: Tools, find: Find) -> Record:
    """The record of one check of an account, with its trail."""
    trail = Trail(tools.fetcher)
    evidence: dict[str, Json] = {}
    resolved: Resolved | None = None
    try:
        resolved = await resolve(subject.handle, trail)
        require_canonical(resolved, subject)
        evidence["found"] = await find(resolved.actor, trail)
        problem = None
    except OutsideError as error:
        problem = Problem(error.code, error.values)
    evidence["trail"] = trail.items
    pin = resolved.pin if resolved else None
    return Record.of(method, End.ACCOUNT, tools.clock.now(), problem, evidence, pin)
