"""From a handle to the account behind it, and back: WebFinger, the actor, and the name that the actor confirms.

Never bless the handle typed: anybody's WebFinger may name somebody else's actor (T30). What comes out is the
canonical handle, the one that the actor's own side leads to.
"""

from dataclasses import dataclass, field

from ...core.errors import BadInput, OutsideError
from ...core.identifiers import Handle, HttpsUrl
from ...core.models import AccountPin
from ...fetch import Response
from ..trail import Trail
from . import actors, webfinger
from .actors import Actor
from .webfinger import Answer


@dataclass(frozen=True, slots=True)
class Resolved:
    """An account that both ways agree on.

    :param canonical: its handle, which may not be the one that was asked
    """

    canonical: Handle
    actor: Actor

    @property
    def pin(self) -> AccountPin:
        actor = self.actor
        return AccountPin(self.canonical, str(actor.id), actor.profile, str(actor.key_digest), actor.published)


async def resolve(handle: Handle, trail: Trail, pinned: str | None = None) -> Resolved:
    """The account that `handle` leads to.

    :param pinned: the digest of the key by which it was known, which counts while it is published
    :raises OutsideError: ``account-unknown``, ``account-gone``, ``account-suspended``, ``account-moved``,
        ``account-moved-alone``, ``webfinger-…``, ``host-meta-malformed``, ``actor-…``, ``instance-error``, or as
        ``Fetcher.get``
    """
    walk = _Walk(trail)
    there = await walk.follow(handle)
    response = await trail.get(there.actor, accept=actors.ACCEPT, signed=True)
    actor = actors.parse_actor(response, there.actor, pinned)
    if actor.moved_to is not None:
        raise await _moved(actor.id, actor.moved_to, trail)
    back = there if actor.name_there == there.subject else await walk.follow(actor.name_there)
    if back.actor != actor.id:
        raise OutsideError("webfinger-one-way", handle=str(actor.name_there), actor=str(actor.id))
    return Resolved(back.subject, actor)


async def actor_of_name(handle: Handle, trail: Trail) -> HttpsUrl | None:
    """The actor that WebFinger gives for `handle` in that very spelling; None: it says "not found" (404).

    :raises OutsideError: ``account-unknown`` for another word that means so, ``account-gone``, ``webfinger-…``,
        ``host-meta-malformed``, ``instance-error``, or as ``Fetcher.get``
    """
    response = await _Walk(trail).ask(handle)
    return None if response.status == 404 else _read(response, handle).actor


async def own_name(actor: HttpsUrl, trail: Trail, pinned: str) -> Handle:
    """The name that an actor says to have, still to be confirmed by WebFinger.

    :param pinned: the digest of the key by which it was known
    :raises OutsideError: ``account-gone``, ``actor-…``, ``instance-error``, or as ``Fetcher.get``
    """
    return actors.parse_actor(await trail.get(actor, accept=actors.ACCEPT, signed=True), actor, pinned).name_there


async def _moved(old: HttpsUrl, new: str, trail: Trail) -> OutsideError:
    """Why an account that says it has left is refused, whatever the other side says.

    The other side is named only if it agrees: whoever takes an account over shall not have us send people to theirs
    (T35).
    """
    try:
        target = HttpsUrl.parse(new)
        response = await trail.get(target, accept=actors.ACCEPT, signed=True)
        agreed = str(old) in actors.also_known_as(response, target)
    except (BadInput, OutsideError):
        agreed = False
    if agreed:
        return OutsideError("account-moved", host=str(old.host), to=str(target)[:200])
    return OutsideError("account-moved-alone", host=str(old.host))


@dataclass(frozen=True, slots=True)
class _Walk:
    trail: Trail
    answers: dict[Handle, Answer] = field(default_factory=dict)

    async def follow(self, handle: Handle) -> Answer:
        """The answer about `handle`, which may give another name once: that name must then answer for itself."""
        answer = await self._answer(handle)
        if answer.subject == handle:
            return answer
        second = await self._answer(answer.subject)
        if second.subject != answer.subject:
            raise OutsideError("webfinger-third-name", handle=str(handle), second=str(second.subject))
        return second

    async def _answer(self, handle: Handle) -> Answer:
        if handle not in self.answers:
            self.answers[handle] = _read(await self.ask(handle), handle)
        return self.answers[handle]

    async def ask(self, handle: Handle) -> Response:
        """What WebFinger says, also where host-meta sends the question."""
        response = await self._get(webfinger.query_url(handle), webfinger.ACCEPT)
        if response.status == 404:
            response = await self._get(webfinger.host_meta_url(handle.host), webfinger.ACCEPT_HOST_META)
            if response.status == 200:
                url = webfinger.parse_host_meta(response, handle)
                response = await self._get(url, webfinger.ACCEPT)
        return response

    async def _get(self, url: HttpsUrl, accept: str) -> Response:
        # To any host: a redirect, or host-meta, is how a domain delegates its names; the way back keeps it honest.
        response = await self.trail.get(url, accept=accept, same_host=False)
        if response.status == 410:
            raise OutsideError("account-gone", host=response.host)
        return response


def _read(response: Response, handle: Handle) -> Answer:
    if response.status in (400, 404):
        raise OutsideError("account-unknown", handle=str(handle))
    if response.status != 200:
        raise OutsideError("webfinger-status", host=response.host, status=response.status)
    return webfinger.parse_answer(response)
