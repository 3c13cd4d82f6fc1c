"""What the owner of a domain allows in its DNS, asked before an order is opened and again before it is signed."""

import asyncio
from collections.abc import Iterable, Sequence

from ...core.clock import DAY
from ...core.errors import OutsideError, Refused, Unavailable
from ...core.identifiers import Handle, Host
from ...core.models import IdentityType
from ...fetch import allowance
from ...policy.policy import Policy
from ...storage import Storage
from ...validation import Tools
from ...validation.domains.owner_policy import Decided, owner_policy
from ...words import deployed

_PATIENCE = 3.0  # seconds, in a sandbox: there, an owner who cannot be asked forbids nothing
_REPORTED = frozenset({"owner-forbids-agents", "owner-forbids-issuer"})


class OwnerConsent:
    """Asks them, and tells those who want to know what was refused in their name. One per process.

    :param authority: of this service, as the records name it
    """

    def __init__(self, *, storage: Storage, policy: Policy, tools: Tools, authority: str) -> None:
        self._storage = storage
        self._policy = policy
        self._tools = tools
        self._authority = authority

    async def check(self, domains: Iterable[Host], identity: IdentityType, handle: Handle) -> Sequence[str]:
        """The owners of `domains`, or of names above them, have not forbidden what is asked for `handle`.

        :returns: the addresses at which they ask to be told (``report=``)
        :raises Refused: ``owner-forbids-agents``, ``owner-forbids-issuer``, ``owner-policy-malformed``, ``dns-bogus``
        :raises Unavailable: ``dns-unreachable``, ``dns-failed``, ``check-too-long``, ``dns-resolver``: it may be
            forbidden, so nothing is done (RFC 8659, 3)
        """
        with allowance():
            return await self._check(dict.fromkeys(domains), identity, handle)

    async def _check(self, domains: Iterable[Host], identity: IdentityType, handle: Handle) -> Sequence[str]:
        reports: list[str] = []
        for domain in domains:
            answer = await self._ask(domain)
            if answer is None:
                continue
            refusal, report = _refusal(answer, identity, self._authority), answer.policy.report
            if report is not None:
                reports.append(report.removeprefix("mailto:"))
            if refusal is None:
                continue
            if report is not None and refusal.code in _REPORTED:
                await self._report(str(answer.at), reports[-1], handle)
            raise refusal
        return tuple(dict.fromkeys(reports))

    async def _ask(self, domain: Host) -> Decided | None:
        # Without a suffix of the policy, climb to the last two labels: the name below a top level has one owner.
        own = Host(".".join(domain.labels[-2:]))
        above = (suffix for suffix in self._policy.suffixes if domain.is_within(suffix))
        top = min(above, key=lambda suffix: len(suffix.labels), default=own)
        lenient = self._tools.dns.lenient
        try:
            async with asyncio.timeout(_PATIENCE if lenient else None):
                return await owner_policy(domain, top, self._tools.dns, authority=self._authority)
        except TimeoutError:
            return None
        except (OutsideError, Unavailable) as error:
            if lenient:
                return None
            raise Unavailable(error.code, pointer=None, **error.values) from error

    async def _report(self, name: str, to: str, handle: Handle) -> None:
        """One letter a day to the owner of a name, however many ask: nobody can make us fill a mailbox."""
        now, fact = self._tools.clock.now(), f"owner-told:{name}"
        async with self._storage.write.transaction() as tx:
            if int(await tx.facts.get(fact) or 0) + DAY <= now:
                await tx.facts.set(fact, str(now))
                values = {"domain": name, "asked": str(handle), "at": now}
                await tx.letters.add(None, "refused", deployed().locale, values, now, to=to)


def _refusal(answer: Decided, identity: IdentityType, service: str) -> Refused | None:
    pointer = "/identity/domain" if identity is IdentityType.INSTITUTION else "/identity/email"
    if answer.problem is not None:
        return Refused(answer.problem.code, pointer=pointer, **dict(answer.problem.values))
    if not answer.policy.allows(service):
        return Refused("owner-forbids-issuer", pointer=pointer, name=str(answer.at), service=service)
    if identity is IdentityType.AGENT and not answer.policy.agents:
        return Refused("owner-forbids-agents", pointer=pointer, name=str(answer.at))
    return None
