"""What the proofs of the account end share: resolve the handle both ways, then find something in the profile."""

from collections.abc import Awaitable, Callable, Mapping

from ...core.errors import OutsideError
from ...core.identifiers import HttpsUrl
from ...core.models import End, Problem, Record, Subject
from ...core.strict_json import Json
from ..html.pages import HTML
from ..tools import Tools
from ..trail import Trail
from .actors import Actor
from .resolution import Resolved, resolve

Find = Callable[[Actor, Trail], Awaitable[dict[str, Json]]]
"""Where the profile holds what it must; raises OutsideError where it does not."""

_SEEN = "profilePage"
_ENOUGH = 1_024  # bytes of a page of which only the status counts


def require_canonical(resolved: Resolved, subject: Subject) -> None:
    """The name may be spelled otherwise than it was asked: what counts is how its server spells it (T00f).

    :raises OutsideError: ``handle-not-canonical``: the account answers to another name (T30)
    """
    if resolved.canonical.folded != subject.handle.folded:
        raise OutsideError("handle-not-canonical", handle=str(subject.handle), canonical=str(resolved.canonical))


async def check_profile(method: str, subject: Subject, tools: Tools, find: Find, pinned: str | None = None) -> Record:
    """The record of one check of an account, with its trail.

    :param pinned: the digest of the key by which the account was known
    """
    trail = Trail(tools.fetcher)
    evidence: dict[str, Json] = {}
    resolved: Resolved | None = None
    try:
        resolved = await resolve(subject.handle, trail, pinned)
        require_canonical(resolved, subject)
        evidence["found"] = await find(resolved.actor, trail)
        problem = None
    except OutsideError as error:
        problem = Problem(error.code, error.values)
    evidence["trail"] = trail.items
    pin = resolved.pin if resolved else None
    return Record.of(method, End.ACCOUNT, tools.clock.now(), problem, evidence, pin)


async def look_at_page(actor: Actor, trail: Trail, *, answered: bool | None = None) -> dict[str, Json]:
    """What the page of the profile answers, for evidence.

    An instance that suspends an account may keep its actor and take only its page away (T00g). But software without
    pages never answers with one, and many a page is shut to programs: only a page that answered once, and that is not
    found or gone now, says something of the account.

    :param answered: as :func:`page_answered` said before
    :raises OutsideError: ``profile-missing``, ``account-gone``: it answered, and no longer does
    """
    url = HttpsUrl.parse(actor.profile)
    try:
        response = await trail.get(url, accept=HTML, max_bytes=_ENOUGH, cut=True)
    except OutsideError:
        return {}
    if answered and response.status == 404:
        raise OutsideError("profile-missing", host=str(url.host))
    if answered and response.status == 410:
        raise OutsideError("account-gone", host=str(url.host))
    return {_SEEN: response.status}


def page_answered(evidence: Mapping[str, Json]) -> bool | None:
    """Whether the page of the profile was there when a check looked at it; None: it did not look, or in vain."""
    status = evidence.get("found", {}).get(_SEEN)
    return None if status is None else status == 200
