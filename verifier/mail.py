"""The way out by mail: plain text letters, handed to the operator's SMTP relay."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Self
from unicodedata import category
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.typing import SMTPStatus

from .core.clock import Chance, Clock
from .core.errors import BadInput, ConfigError, Refused, Unavailable
from .core.identifiers import MailAddress


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one mailbox. Subject and body come from `words` alone, never from a user (T10).

    :param body: lines that end in a line feed
    :raises BadInput: ``letter-malformed``: a control or invisible character, which could start another header
    """

    to: MailAddress
    subject: str
    body: str

    def __post_init__(self) -> None:
        if not _is_text(self.subject) or not _is_text(self.body.replace("\n", "")):
            raise BadInput("letter-malformed")


def _is_text(text: str) -> bool:
    return not any(category(char)[0] == "C" or category(char) in ("Zl", "Zp") for char in text)


@dataclass(frozen=True, slots=True)
class Relay:
    """An SMTP server: ``smtp://[USER:PASSWORD@]HOST[:PORT]``, or ``smtps://`` for TLS from the first byte.

    Over ``smtp://``, STARTTLS is used where it is offered, and required before credentials leave this machine.
    """

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """:raises ConfigError: `url` is anything else; the sentence does not repeat it: it may hold a password"""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _not_a_relay() from None
        tls = parts.scheme == "smtps"
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
            raise _not_a_relay()
        if parts.query or parts.fragment or (parts.username is None) != (parts.password is None):
            raise _not_a_relay()
        username, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
        return cls(parts.hostname, port or (465 if tls else 25), tls, username, password)

    @property
    def starttls(self) -> bool | None:
        """Whether STARTTLS is required; None: used where it is offered."""
        if self.tls:
            return False
        return True if self.username is not None and not _is_here(self.host) else None


def _not_a_relay() -> ConfigError:
    return ConfigError("The SMTP relay must be written smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT.")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends letters, each over a connection of its own.

    :param sender: author and envelope sender; its domain also names the messages
    :param step: seconds for one answer of the relay
    :param total: seconds for a letter: somebody is waiting for the door's answer
    :param trust: the certificate authorities; None: the system's
    """

    relay: Relay
    sender: MailAddress
    clock: Clock
    chance: Chance
    step: float = 10.0
    total: float = 20.0
    trust: ssl.SSLContext | None = None

    async def send(self, letter: Letter) -> None:
        """Returns once the relay has accepted the letter.

        :raises Refused: ``mail-refused``: the relay takes no such letter to that mailbox, now or later
        :raises Unavailable: ``mail-delayed``: the relay asks to try again later; ``mail-relay``, ``mail-unreachable``
        """
        async with self._greeted() as client:
            try:
                await client.sendmail(str(self.sender), [str(letter.to)], self._bytes(letter))
            except aiosmtplib.SMTPRecipientsRefused as error:
                raise _refusal(error.recipients[0].code) from error
            except aiosmtplib.SMTPDataError as error:
                raise _refusal(error.code) from error

    async def greet(self) -> bool:
        """Come as far as the relay's greeting, TLS and our login, without a letter. Returns whether it was over TLS.

        :raises Unavailable: ``mail-delayed``, ``mail-relay``: the relay wants nothing of us; ``mail-unreachable``
        """
        async with self._greeted() as client:
            return client.get_transport_info("sslcontext") is not None

    @asynccontextmanager
    async def _greeted(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            username=self.relay.username,
            password=self.relay.password,
            use_tls=self.relay.tls,
            start_tls=self.relay.starttls,
            local_hostname=str(self.sender.domain),
            timeout=self.step,
            tls_context=self.trust,
        )
        try:
            async with asyncio.timeout(self.total), client:
                yield client
        except aiosmtplib.SMTPResponseException as error:
            # Of whom we are and how we come: whatever its kind, it says nothing of the mailbox.
            raise _unavailable(error.code) from error
        except (aiosmtplib.SMTPException, OSError) as error:  # TimeoutError is an OSError
            raise Unavailable("mail-unreachable") from error

    def _bytes(self, letter: Letter) -> bytes:
        message = EmailMessage()
        message["From"] = str(self.sender)
        message["To"] = str(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self.clock.now(), UTC))
        message["Message-ID"] = f"<{self.chance.bytes(16).hex()}@{self.sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notice comes back
        # Not base64: a line of ASCII, such as a code, stands in the raw message as it is read.
        message.set_content(letter.body, charset="utf-8", cte="quoted-printable")
        return message.as_bytes(policy=SMTP)


def _refusal(code: int) -> Unavailable | Refused:
    """What the relay says of a letter: 5xx for good, 4xx for now (RFC 5321, 4.2.1)."""
    return Refused("mail-refused") if _is_permanent(code) else _unavailable(code)


def _unavailable(code: int) -> Unavailable:
    if code == SMTPStatus.invalid_response:
        return Unavailable("mail-unreachable")  # what it said is no answer, and so no "no"
    return Unavailable("mail-relay" if _is_permanent(code) else "mail-delayed")


def _is_permanent(code: int) -> bool:
    return 500 <= code <= 599
