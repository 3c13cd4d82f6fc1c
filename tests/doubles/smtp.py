"""An SMTP server on loopback (aiosmtpd) that keeps what it was told, byte for byte, and refuses what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLContext
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True, slots=True)
class Received:
    """A letter.

    :param rcpt: the argument of RCPT as it stood on the wire
    :param content: the message as sent
    """

    sender: str
    rcpt: str
    content: bytes
    over_tls: bool


class SmtpDouble:
    """Takes any letter, any login over TLS; `refuse` holds the reply to give instead, by verb (``MAIL``, ``RCPT``,
    ``DATA``).
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.refuse: dict[str, str] = {}
        self.logins: list[LoginPassword] = []
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def running(cls, *, starttls: SSLContext | None = None, tls: SSLContext | None = None) -> AsyncIterator[Self]:
        double = cls()
        loop = asyncio.get_running_loop()
        sessions: list[_Session] = []

        def session() -> _Session:
            sessions.append(_Session(double, starttls, implicit=tls is not None))
            return sessions[-1]

        server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls)
        double.port = server.sockets[0].getsockname()[1]
        try:
            yield double
        finally:
            server.close()
            for one in sessions:
                one.end()
            await asyncio.sleep(0)  # the transports close in the next turn of the loop

    def url(self, scheme: str = "smtp", credentials: str = "", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{credentials}{host}:{self.port}"

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, login: LoginPassword
    ) -> AuthResult:
        self.logins.append(login)
        return AuthResult(success=True)

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.refuse:
            return self.refuse["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "RCPT" in self.refuse:
            return self.refuse["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: "_Session", session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        self.received.append(Received(envelope.mail_from, server.rcpt, envelope.content, session.ssl is not None))
        return "250 OK"


class _Session(SMTP):
    def __init__(self, double: SmtpDouble, starttls: SSLContext | None, *, implicit: bool) -> None:
        super().__init__(
            double,
            hostname="smtp.double",
            tls_context=starttls,
            authenticator=double.login,
            auth_require_tls=not implicit,  # aiosmtpd sees its own STARTTLS only
        )
        self.rcpt = ""

    def end(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()  # it would wait for ever after a handshake that failed

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        self.rcpt = arg or ""
        await super().smtp_RCPT(arg)
