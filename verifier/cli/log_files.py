"""Where `verifier log fsck` reads the files of a log: over HTTPS, or in a folder that holds a copy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from .. import __version__
from ..core.clock import Clock
from ..core.errors import NotFound, OutsideError
from ..core.identifiers import HttpsUrl
from ..fetch import Fetcher, Limits, Resolver
from ..tlog.report import File, Source

MOST_BYTES = 17 * 2**20  # of a file: 256 entries of 65,535 bytes
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@dataclass(frozen=True, slots=True)
class Folder:
    """A copy of a log's files, under the paths that they have in its URLs; nobody sent it, so it has no headers."""

    path: Path

    async def read(self, path: str) -> File:
        """:raises NotFound: ``not-found``"""
        try:
            with (self.path / path).open("rb") as file:
                return File(file.read(MOST_BYTES))
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound("not-found") from None


@dataclass(frozen=True, slots=True)
class Server:
    """The log itself, or a mirror.

    :param prefix: its URL without the last slash
    """

    fetcher: Fetcher
    prefix: str

    async def read(self, path: str) -> File:
        """:raises NotFound: ``not-found``

        :raises OutsideError: as :meth:`Fetcher.get`, or another status than 200
        :raises Unavailable: as :meth:`Fetcher.get`
        """
        url = HttpsUrl.parse(f"{self.prefix}/{path}")
        response = await self.fetcher.get(url, accept="*/*", max_bytes=MOST_BYTES)
        if response.status in _GONE:
            raise NotFound("not-found")
        if response.status != HTTPStatus.OK:
            raise OutsideError("fetch-malformed", host=response.host)
        return File(response.body, response.headers)


@asynccontextmanager
async def opened(location: str, clock: Clock) -> AsyncIterator[Source]:
    """The files at a URL, or in the folder of that name.

    :raises BadInput: neither
    """
    folder = Path(location)
    if folder.is_dir():  # noqa: ASYNC240 - before anything else runs
        yield Folder(folder)
        return
    prefix = str(HttpsUrl.parse(location)).rstrip("/")
    # Thousands of files in a row from one server, some of them megabytes.
    limits = Limits(total=60, wire=MOST_BYTES + 65_536)
    async with Fetcher(Resolver(clock=clock), user_agent=f"verifier/{__version__}", limits=limits) as fetcher:
        yield Server(fetcher, prefix)
