"""A mailbox for everybody: real SMTP on loopback, kept in memory, read on a page."""

import asyncio
import email
import email.policy
import itertools
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

try:
    from aiosmtpd.smtp import SMTP, Envelope, Session

    _INSTALLED = True
except ImportError:  # an extra (docs/adr/0021): every command but `verifier sandbox` works without it
    _INSTALLED = False

from ..core.clock import Clock
from ..core.errors import ConfigError
from . import loopback

KEPT = 100
MAX_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it was received.

    :param to: the recipients of the envelope, as the client spelled them (RFC 5321 RCPT TO)
    :param at: Unix seconds
    :param text: the first plain-text part
    """

    id: int
    to: tuple[str, ...]
    sender: str
    subject: str
    text: str
    at: int


class Mailbox:
    """Receives for any address; keeps the last ``KEPT`` messages.

    :param port: 0 lets the system choose; see ``smtp_url`` once entered
    :raises ConfigError: aiosmtpd is not installed
    """

    def __init__(self, clock: Clock, port: int = 0) -> None:
        if not _INSTALLED:
            raise ConfigError("The sandbox needs aiosmtpd: install verifier[sandbox], or run `make install`.")
        self._clock = clock
        self._port = port
        self._ids = itertools.count(1)
        self._mails: deque[Mail] = deque(maxlen=KEPT)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        listening = loopback.listen(self._port)
        self._port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=listening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    @property
    def smtp_url(self) -> str:
        return f"smtp://{loopback.ADDRESS}:{self._port}"

    @property
    def mails(self) -> tuple[Mail, ...]:
        """Newest first."""
        return tuple(reversed(self._mails))

    def get(self, mail_id: int) -> Mail | None:
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def _protocol(self) -> "SMTP":
        return SMTP(self, data_size_limit=MAX_BYTES, hostname="mailbox.localhost", ident="sandbox mailbox", timeout=60)

    async def handle_DATA(self, _server: "SMTP", _session: "Session", envelope: "Envelope") -> str:  # noqa: N802 - aiosmtpd's name
        """Called by aiosmtpd once a message is complete; kept before the client reads the 250."""
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        part = message.get_body(("plain",))
        self._mails.append(
            Mail(
                id=next(self._ids),
                to=tuple(envelope.rcpt_tos),
                sender=envelope.mail_from or "",
                subject=str(message["subject"] or ""),
                text=str(part.get_content()).replace("\r\n", "\n") if part else "",
                at=self._clock.now(),
            )
        )
        return "250 kept"
