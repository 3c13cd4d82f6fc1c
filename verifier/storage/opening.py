"""The database of a URL, whichever it is."""

from pathlib import Path

from ..core.errors import ConfigError
from . import postgres, sqlite
from .postgres_url import PostgresUrl
from .store import Storage


async def open_storage(url: str) -> Storage:
    """Open the database of that URL, bringing its schema up to date first.

    :param url: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``postgresql://USER@HOST:PORT/DATABASE``
    :raises ConfigError: another scheme, a folder that cannot be written, a server that is away or refuses
    """
    where = parse_url(url)
    return await (sqlite.open_storage(where) if isinstance(where, Path) else postgres.open_storage(where))


async def is_there(url: str) -> bool:
    """Whether there is a store, which opening would not have to make.

    :raises ConfigError: the server cannot be asked
    """
    where = parse_url(url)
    return where.exists() if isinstance(where, Path) else await postgres.is_there(where)


def parse_url(url: str) -> Path | PostgresUrl:
    """The file of a SQLite database, or where a PostgreSQL database is.

    :raises ConfigError: neither, in a sentence that shows no password
    """
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresUrl.parse(url)
    if not url.startswith("sqlite:///") or url == "sqlite:///":
        raise ConfigError(
            "VERIFIER_DATABASE_URL: write sqlite:///PATH (four slashes for an absolute path), or "
            "postgresql://USER@HOST:PORT/DATABASE."
        )
    return Path(url.removeprefix("sqlite:///"))


def folder_of(url: str) -> Path | None:
    """The folder of the database's file; None: it has none here.

    :raises ConfigError: as :func:`parse_url`
    """
    where = parse_url(url)
    return where.parent if isinstance(where, Path) else None


def place_of(url: str) -> str:
    """The database as it may be shown.

    :raises ConfigError: as :func:`parse_url`
    """
    where = parse_url(url)
    return str(where) if isinstance(where, Path) else where.place
