"""What a check asked of others, and what they answered: kept as evidence, whether the check passes or not."""

import hashlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field

from ..core.errors import OutsideError
from ..core.identifiers import HttpsUrl
from ..core.strict_json import Json
from ..fetch import Fetcher, Response
from ..fetch.fetcher import BODY

REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Trail:
    """A fetcher that remembers."""

    fetcher: Fetcher
    items: list[Json] = field(default_factory=list)

    async def get(
        self,
        url: HttpsUrl,
        *,
        accept: str,
        max_bytes: int = BODY,
        cut: bool = False,
        redirects: int = REDIRECTS,
        same_host: bool = True,
        signed: bool = False,
    ) -> Response:
        """``Fetcher.get``; each answer, or failure, is added to :attr:`items`.

        :raises OutsideError: as ``Fetcher.get``, and ``instance-error`` for a server that says it is out of order
        """
        exchange = self.fetcher.get(
            url,
            accept=accept,
            max_bytes=max_bytes,
            cut=cut,
            redirects=redirects,
            same_host=same_host,
            signed=signed,
        )
        return await self._note(url, exchange)

    async def get_with(self, url: HttpsUrl, headers: Mapping[str, str], *, accept: str) -> Response:
        """``Fetcher.get_with``; the headers are no evidence.

        :raises OutsideError: as ``Fetcher.get_with``, and ``instance-error``
        """
        return await self._note(url, self.fetcher.get_with(url, headers, accept=accept))

    async def post(self, url: HttpsUrl, form: Mapping[str, str]) -> Response:
        """``Fetcher.post``; the form is no evidence.

        :raises OutsideError: as ``Fetcher.post``, and ``instance-error``
        """
        return await self._note(url, self.fetcher.post(url, form=form))

    async def _note(self, url: HttpsUrl, exchange: Awaitable[Response]) -> Response:
        try:
            response = await exchange
        except OutsideError as error:
            self.items.append({"url": str(url), "problem": error.code})
            raise
        self.items.append(as_evidence(response))
        if response.status >= 500 or response.status == 429:
            # Not a word about the account: it must read as an outage, not as a withdrawal (T68).
            raise OutsideError("instance-error", host=response.host, status=response.status)
        return response


def as_evidence(response: Response) -> dict[str, Json]:
    """One answer, as evidence."""
    item: dict[str, Json] = {
        "url": response.url,
        "status": response.status,
        "address": response.address,
        "sha256": hashlib.sha256(response.body).hexdigest(),
    }
    return item | ({"redirects": list(response.redirects)} if response.redirects else {})
