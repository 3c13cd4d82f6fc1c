"""The URL of a PostgreSQL database, read strictly: what cannot be read may be a password, and is never shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, unquote

from ..core.errors import ConfigError

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_PLAIN = r"[A-Za-z0-9._~!$&'()*+,;=%-]"
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
_URL = re.compile(
    rf"postgres(?:ql)?://(?:(?P<user>{_PLAIN}+)(?::(?P<password>{_PLAIN}*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)?/(?P<name>{_PLAIN}+)(?:\?(?P<more>[^#\s]*))?"
)
_MORE = frozenset(
    {
        "host",  # the folder of a socket
        "passfile",
        "port",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "ssl_min_protocol_version",
        "target_session_attrs",
    }
)
_FORM = "write postgresql://USER@HOST:PORT/DATABASE, with other characters of the password as %XX"


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """Where a database is.

    :param dsn: all of it, with the password if there is one
    :param place: what may be shown: servers and database
    """

    dsn: str
    place: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """:raises ConfigError: a sentence that shows nothing of the URL but the names of its parameters"""
        found = _URL.fullmatch(url)
        if found is None:
            raise ConfigError(f"VERIFIER_DATABASE_URL: {_FORM}.")
        more = _parameters(found["more"] or "")
        if found["hosts"] and "host" in more:
            raise ConfigError("VERIFIER_DATABASE_URL: name the server before the path, or as host=FOLDER, not twice.")
        return cls(url, f"{found['hosts'] or more.get('host', 'localhost')}/{unquote(found['name'])}")


def _parameters(text: str) -> Mapping[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    strays = sorted({name for name, _ in pairs} - _MORE)
    if strays and set(strays) & {"user", "password"}:
        raise ConfigError("VERIFIER_DATABASE_URL: user and password go before the @, or into PGPASSFILE (PGPASSWORD).")
    if strays or len(dict(pairs)) < len(pairs):
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: of the parameters behind the ?, each once, {', '.join(sorted(_MORE))} are known."
        )
    return dict(pairs)
