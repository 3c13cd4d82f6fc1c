"""What the owner of a domain says in its DNS, asked before an order is opened and again before it is signed."""

import asyncio

from ..core.errors import OutsideError, Refused, Unavailable
from ..core.identifiers import Host
from ..core.models import IdentityType
from ..validation import Tools
from ..validation.owner_policy import Decided, owner_policy
from .policy import Policy

_PATIENCE = 3.0  # seconds, in a sandbox: there what cannot be learned is unknown


async def check_owner(domain: Host, identity: IdentityType, policy: Policy, tools: Tools) -> None:
    """The owner of `domain`, or of a name above it, has not forbidden what is asked.

    :raises Refused: ``owner-forbids-agents``, ``owner-forbids-issuer``, ``owner-policy-malformed``, ``dns-bogus``
    :raises Unavailable: ``dns-unreachable``, ``dns-failed``: it may be forbidden, so that nothing is done (RFC 8659, 3)
    """
    top = next((suffix for suffix in policy.suffixes if domain.is_within(suffix)), domain)
    service = tools.own_origin.partition("://")[2]
    pointer = "/identity/domain" if identity is IdentityType.INSTITUTION else "/identity/email"
    found = await _ask(domain, top, service, tools)
    if found is None:
        return
    if found.problem is not None:
        raise Refused(found.problem.code, pointer=pointer, **dict(found.problem.values))
    said = {"name": str(found.at), "service": service}
    if not found.policy.allows(service):
        raise Refused("owner-forbids-issuer", pointer=pointer, **said)
    if identity is IdentityType.AGENT and not found.policy.agents:
        raise Refused("owner-forbids-agents", pointer=pointer, name=str(found.at))


async def _ask(domain: Host, top: Host, service: str, tools: Tools) -> Decided | None:
    lenient = tools.dns.lenient
    try:
        async with asyncio.timeout(_PATIENCE if lenient else None):
            return await owner_policy(domain, top, tools.dns, authority=service)
    except TimeoutError:
        return None
    except OutsideError as error:
        if lenient:
            return None
        raise Unavailable(error.code, pointer=None, **error.values) from error
