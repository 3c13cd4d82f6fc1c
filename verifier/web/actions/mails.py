"""Letters that anybody may have us send, with a code: counted by mailbox and by domain, known or not (T09, T63)."""

from aiohttp import web

from ...core.identifiers import Host
from ...fetch import registrable
from .. import keys
from ..limits import Limit

LIMITS = (Limit.MAILS, Limit.MAILS_BY_ONE, Limit.MAIL_DOMAINS)
"""What is counted here: by what is asked for, beside the client's own limit."""


def count(request: web.Request, person: bytes, domain: Host) -> None:
    """Count one letter.

    :param person: the keyed hash of the mailbox, `domain` its own
    :raises TooMany: over a limit
    """
    limiter = request.app[keys.LIMITER]
    limiter.share(Limit.MAILS, limiter.network(request), person.hex())
    limiter.count(Limit.MAIL_DOMAINS, str(registrable(domain)))
