"""Handles, hosts, URLs, mail addresses, digests: one strict parser each.

A parser refuses rather than repairs (T01, T04, T31): what two readers could read in two ways is no
identifier here. The one folding is ASCII upper to lower case where the name is case-insensitive by its
own specification. What is stored, compared, mailed and signed is the parsed value, never the raw text.
"""

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

import base58
import idna

from .errors import BadInput

_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LABELS = 10  # of a name: each costs a question, or several, wherever the DNS is climbed
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\+[a-z0-9]+(?:[._-][a-z0-9]+)*)?")
_ACCT = "acct:"
_USER = re.compile(r"[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_DOT_SEGMENT = re.compile(r"(?:\.|%2[eE]){1,2}")


@dataclass(frozen=True, slots=True, order=True)
class Host:
    """A DNS name of at least two labels, ASCII lower case, international labels as A-labels (RFC 5890)."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one.

        :raises BadInput: ``host-malformed``, ``host-labels``, ``host-is-address``; ``host-international`` and
            ``host-port``, with the name that was probably meant as `suggestion`
        """
        if len(text) > 253:
            raise BadInput("host-malformed")
        if not text.isascii():
            raise _international(text)
        name = text.lower()
        bare, colon, port = name.partition(":")
        if colon and port.isdecimal() and _NAME.fullmatch(bare):
            raise BadInput("host-port", suggestion=bare)
        if name.count(".") >= _LABELS:
            raise BadInput("host-labels", most=_LABELS)
        if not _NAME.fullmatch(name):
            raise BadInput("host-is-address" if _is_address(name) else "host-malformed")
        if _NUMBER.fullmatch(name, name.rindex(".") + 1):
            raise BadInput("host-is-address")  # WHATWG URL: what "ends in a number" is read as IPv4, however spelled
        if "--" in name and not all(map(_is_label, name.split("."))):
            raise BadInput("host-malformed")
        return cls(name)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    def is_within(self, parent: "Host") -> bool:
        """Whether this is `parent` or a name below it: whole labels from the right, never a suffix of text (T02)."""
        count = len(parent.labels)
        return self.labels[-count:] == parent.labels

    @property
    def ancestry(self) -> tuple["Host", ...]:
        """This name, then each one above it down to two labels, the nearest first."""
        labels = self.labels
        return tuple(Host(".".join(labels[start:])) for start in range(len(labels) - 1))

    @property
    def is_international(self) -> bool:
        return any(label.startswith("xn--") for label in self.labels)

    @property
    def unicode(self) -> str:
        """The name with U-labels, to be shown beside the A-labels, never instead of them."""
        return ".".join(idna.ulabel(label) if label.startswith("xn--") else label for label in self.labels)

    def __str__(self) -> str:
        return self.name


def _international(text: str) -> BadInput:
    """That a name has other letters, with its A-labels: they are proposed, and never put in its place."""
    try:
        host = Host.parse(idna.encode(unicodedata.normalize("NFC", text.lower())).decode())
    except (idna.IDNAError, UnicodeError, BadInput):
        return BadInput("host-malformed")
    # What became plain letters, as a full-width dot does, is another spelling and no name of its own.
    return BadInput("host-international", suggestion=host.name) if host.is_international else BadInput("host-malformed")


def _is_label(label: str) -> bool:
    if label[2:4] != "--":
        return True
    # Positions 3 and 4 are reserved (RFC 5891, 4.2.3.1); of these only a valid A-label names anything.
    try:
        return label.startswith("xn--") and idna.alabel(idna.ulabel(label)).decode() == label
    except (idna.IDNAError, UnicodeError):
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return bool(_NUMBER.fullmatch(name.rpartition(".")[2]))
    return True


@contextmanager
def _suggesting(form: str) -> Iterator[None]:
    """Put the host that an error proposes into what was read around it.

    :param form: with a pair of braces where the host stands
    """
    try:
        yield
    except BadInput as error:
        host = error.values.get("suggestion")
        if host is None:
            raise
        raise BadInput(error.code, suggestion=form.replace("{}", str(host))) from None


@dataclass(frozen=True, slots=True, order=True)
class Handle:
    """``@user@host``; canonical form ``acct:user@host`` (RFC 7565), the user as it was spelled.

    Only the server of a handle may say whether two spellings are one user (T00f), so that they are two here.
    """

    user: str
    host: Host

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accepts ``@u@h``, ``u@h`` and ``acct:u@h``.

        :raises BadInput: ``handle-malformed``, ``handle-name``, ``handle-international``, or the host's own
        """
        bare = text[len(_ACCT) :] if text[: len(_ACCT)].lower() == _ACCT else text.removeprefix("@")
        user, at, host = bare.partition("@")
        if not at or not user or "@" in host or "/" in user or ":" in user:
            raise BadInput("handle-malformed")  # an address of some kind has both signs, too
        strange = next(
            ((place, sign) for place, sign in enumerate(user, 1) if sign.isalnum() and not sign.isascii()), None
        )
        if strange is not None:
            place, sign = strange
            raise BadInput("handle-international", place=place, sign=sign, point=f"U+{ord(sign):04X}")
        if len(user) > 64 or not _USER.fullmatch(user.lower()):
            raise BadInput("handle-name")
        with _suggesting(f"@{user}@{{}}"):
            return cls(user, Host.parse(host))

    @property
    def folded(self) -> Self:
        """The one that stands for all spellings, where the server makes no difference between them."""
        return replace(self, user=self.user.lower())

    @property
    def acct(self) -> str:
        return f"acct:{self.user}@{self.host}"

    def __str__(self) -> str:
        return f"@{self.user}@{self.host}"


@dataclass(frozen=True, slots=True)
class HttpsUrl:
    """An ``https`` URL without port, userinfo, fragment or dot segment, spelled as it would be sent."""

    host: Host
    path: str
    query: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """:raises BadInput: ``url-malformed``, ``url-not-https``, ``url-port``, ``url-userinfo``, or the host's own"""
        before, sep, rest = text[:2048].partition("://")
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        if before.lower() == "https" and not authority.isascii() and "@" not in authority:
            with _suggesting(f"https://{{}}{rest.removeprefix(authority)}"):
                Host.parse(authority)
        if not text.isascii() or len(text) > 2048 or any(c <= " " or c in '\\"<>^`{|}\x7f' for c in text):
            raise BadInput("url-malformed")
        scheme, sep, rest = text.partition("://")
        if not sep or scheme.lower() != "https":
            raise BadInput("url-not-https")
        if "#" in rest:
            raise BadInput("url-malformed")
        before, question, query = rest.partition("?")
        authority, slash, path = before.partition("/")
        if "@" in authority:
            raise BadInput("url-userinfo")
        if ":" in authority and not authority.startswith("["):
            raise BadInput("url-port")
        host = Host.parse(authority)
        path = slash + path
        if not _PATH.fullmatch(path) or (question and not (query and _QUERY.fullmatch(query))):
            raise BadInput("url-malformed")
        if any(_DOT_SEGMENT.fullmatch(segment) for segment in path.split("/")):
            raise BadInput("url-malformed")
        return cls(host, path or "/", query)

    @property
    def origin(self) -> str:
        return f"https://{self.host}"

    @property
    def target(self) -> str:
        """Path and query, as on a request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return self.origin + self.target


@dataclass(frozen=True, slots=True, order=True)
class MailAddress:
    """``local@domain``, lower case; a strict subset of RFC 5321 that no two parsers read differently (T01)."""

    local: str
    domain: Host

    @classmethod
    def parse(cls, text: str) -> Self:
        """:raises BadInput: ``email-malformed``, ``email-is-handle``"""
        if text.startswith("@") and "@" in text[1:]:
            raise BadInput("email-is-handle")
        local, at, domain = text.partition("@")
        if not at or "@" in domain or not text.isascii() or len(local) > 64 or len(text) > 254:
            raise BadInput("email-malformed")
        if not _LOCAL.fullmatch(local.lower()):
            raise BadInput("email-malformed")
        try:
            return cls(local.lower(), Host.parse(domain))
        except BadInput:
            raise BadInput("email-malformed") from None

    @property
    def person(self) -> str:
        """The address without its tag: several spellings of one mailbox are one person (T05)."""
        return f"{self.local.partition('+')[0]}@{self.domain}"

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Digest:
    """A SHA-256, written as base58btc multibase of its multihash (``zQm…``)."""

    sha256: bytes

    @classmethod
    def of(cls, data: bytes) -> Self:
        return cls(hashlib.sha256(data).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """:raises BadInput: ``digest-malformed``"""
        if not text.startswith("z") or len(text) > 64:
            raise BadInput("digest-malformed")
        try:
            raw = base58.b58decode(text[1:])
        except ValueError:
            raise BadInput("digest-malformed") from None
        if len(raw) != 34 or raw[:2] != b"\x12\x20" or str(cls(raw[2:])) != text:
            raise BadInput("digest-malformed")
        return cls(raw[2:])

    def __str__(self) -> str:
        return "z" + base58.b58encode(b"\x12\x20" + self.sha256).decode()
