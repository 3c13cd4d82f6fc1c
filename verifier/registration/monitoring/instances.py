"""Whole instances of a body: attested at once, looked at again each day, ended when that is no longer true."""

import logging
from collections.abc import Sequence

from ...core import observed
from ...core.clock import DAY, HOUR, Clock
from ...core.errors import Conflict, NotFound, VerifierError
from ...core.identifiers import Host
from ...core.initiator import Initiator
from ...core.models import Reason, Record
from ...publication.verdicts import INSTANCE_METHOD
from ...storage import Body, Instance, Order, Storage, Tx
from ...validation.domains.body_record import record_of
from ...validation.methods.instance_01 import check_instance
from ...validation.views import Views
from ...validation.watching import Finding, Outcome, instance_finding, weigh
from ..acts import Acts
from ..bodies import is_proved, represented_body
from ..notices import tell_body
from .consequences import CONFIRM, GRACE

log = logging.getLogger(__name__)

_RETRY = HOUR  # seconds between two looks at one that does not answer


class Instances:
    """Takes them in, and keeps looking. One per process.

    :param authority: of this service, as the records name it
    """

    def __init__(self, *, storage: Storage, views: Views, authority: str, acts: Acts, clock: Clock) -> None:
        self._acts = acts
        self._storage = storage
        self._views = views
        self._authority = authority
        self._clock = clock

    async def host(self, domain: Host, host: Host, by: Initiator) -> Record:
        """Check that instance, and attest it if the check is valid; returns what the check saw.

        :raises Conflict: ``body-not-proved``; ``instance-taken`` by another body
        """
        body = _proved(await self._storage.read.bodies.get(str(domain)), domain, self._clock.now())
        _check_free(await self._storage.read.instances.get(str(host)), body)
        token = body.token or ""
        with observed.validation(INSTANCE_METHOD, "proof", body=body.id) as seen:
            record = await self._views.look_combined(
                lambda tools: check_instance(host, domain, token, self._authority, tools)
            )
            seen.result = "valid" if record.valid else "invalid"
        if record.valid:
            async with self._storage.write.transaction() as tx:
                now = _proved(await tx.bodies.by_id(body.id), domain, self._clock.now(), token)
                _check_free(await tx.instances.get(str(host)), now)
                await tx.instances.put(str(host), body.id, record)
                await self._acts.record(tx, "instance.host", by, body=body.domain, host=str(host))
                at = self._clock.now()
                await tell_body(tx, now, "instance-named", {"host": str(host), "at": at}, at)
        return record

    async def unhost(self, host: Host, reason: Reason, by: Initiator, order: Order | None = None) -> bool:
        """End it; False when it was not attested.

        :param order: of somebody who represents its body; None where an operator decides
        :raises NotFound: ``instance-not-yours``: it is not, and never was, that body's
        :raises Conflict: ``body-not-proved``: that order represents no body
        """
        async with self._storage.write.transaction() as tx:
            if order is not None:
                body, instance = await represented_body(tx, order), await tx.instances.get(str(host))
                if instance is None or instance.body_id != body.id:
                    raise NotFound("instance-not-yours", host=str(host), domain=body.domain)
            ended = await tx.instances.end(str(host), reason, self._clock.now())
            if ended:
                await self._acts.record(tx, "instance.unhost", by, host=str(host), reason=reason)
            return ended

    async def due(self, limit: int = 20) -> Sequence[Instance]:
        """The instances whose next look is due."""
        now = self._clock.now()
        return await self._storage.read.instances.due(now - DAY, now - _RETRY, limit)

    async def look_now(self, host: Host) -> None:
        """Look at one instance, due or not.

        :raises NotFound: ``instance-unknown``
        """
        instance = await self._storage.read.instances.get(str(host))
        if instance is None or instance.ended_at is not None:
            raise NotFound("instance-unknown", host=str(host))
        await self._look_at(instance)

    async def look_again(self, limit: int = 20) -> None:
        """Look at all that are due. A clear denial ends an instance at once, silence after three days (T68)."""
        for instance in await self.due(limit):
            try:
                await self._look_at(instance)
            except Exception:  # one instance must not keep the others from being looked at
                log.exception("the instance %s could not be looked at; tried again", instance.host)
                async with self._storage.write.transaction() as tx:
                    await tx.instances.put_off(instance.host, self._clock.now())

    async def _look_at(self, instance: Instance) -> None:
        body = await self._storage.read.bodies.by_id(instance.body_id)
        if body is None:
            return
        host, domain, token = Host.parse(instance.host), Host.parse(body.domain), body.token or ""
        with observed.validation(INSTANCE_METHOD, "recheck", body=body.id) as seen:
            records = await self._views.look(lambda tools: check_instance(host, domain, token, self._authority, tools))
            finding, record = weigh(records, instance_finding, self._views.quorum)
            seen.result = finding.outcome
        async with self._storage.write.transaction() as tx:
            now = await tx.bodies.by_id(body.id)
            # Otherwise somebody ended it, or attested it again, while we looked.
            if now is not None and now.token == body.token and await tx.instances.get(instance.host) == instance:
                await self._apply(tx, instance, now, record, finding)

    async def _apply(self, tx: Tx, instance: Instance, body: Body, record: Record, finding: Finding) -> None:
        at, denied = self._clock.now(), finding.outcome is Outcome.MISSING
        again = denied and instance.denied_since is not None and instance.denied_since + CONFIRM <= at
        if finding.outcome is Outcome.AS_PINNED and is_proved(body, at):
            await tx.instances.put(instance.host, body.id, record)
        elif again or finding.outcome is Outcome.LOST:
            await tx.instances.end(instance.host, Reason.IDENTITY_LOST, at)
        elif (instance.failing_since or at) + GRACE <= at:
            await tx.instances.end(instance.host, Reason.UNREACHABLE, at)
        else:
            await tx.instances.set_failing(instance.host, at, denied=denied)


def record_needed(body: Body, error: VerifierError, authority: str) -> tuple[str, str] | None:
    """Name and value of the DNS record that is missing according to that error: of the instance, or of the body.

    :param authority: of this service, as the record names it
    """
    if body.token is None:
        return None
    if error.code == "body-not-proved":
        return record_of(Host.parse(body.domain), body.token, authority)
    if error.code.startswith("dns-") and "name" in error.values:
        # The name asked is `_official-account.HOST`: the host is what follows its first label.
        return record_of(Host.parse(str(error.values["name"]).partition(".")[2]), body.token, authority)
    return None


def _proved(body: Body | None, domain: Host, now: int, token: str | None = None) -> Body:
    """That body, if it is proved, and still by that token if one is given.

    :raises Conflict: ``body-not-proved``
    """
    if body is None or not is_proved(body, now) or token not in (None, body.token):
        raise Conflict("body-not-proved", domain=str(domain))
    return body


def _check_free(instance: Instance | None, body: Body) -> None:
    """:raises Conflict: ``instance-taken``"""
    if instance is not None and instance.ended_at is None and instance.body_id != body.id:
        raise Conflict("instance-taken", host=instance.host)
