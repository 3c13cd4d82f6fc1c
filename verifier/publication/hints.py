"""Which attested account a handle resembles, kept in step with the store."""

import asyncio
from collections.abc import Sequence

from ..core import strict_json
from ..core.identifiers import Handle
from ..core.models import EventKind, IdentityType
from ..storage import ListedAccount, LookupReader
from .lookalikes import Listed, Lookalike, Lookalikes, index_of

_BEGINS = frozenset({EventKind.ISSUED, EventKind.REINSTATED, EventKind.RENEWED})
_PAGE = 1000


class Hints:
    """One per process, on the event loop. Loaded at the first question, then kept up to date by the events."""

    def __init__(self, reader: LookupReader) -> None:
        self._reader = reader
        self._index: Lookalikes | None = None
        self._version = -1
        self._seq = 0
        self._turn = asyncio.Lock()

    async def find(self, handle: Handle) -> Lookalike | None:
        """The listed account that `handle` resembles, if it is vouched for at this moment."""
        index = await self.follow()
        while (lookalike := index.find(handle)) is not None:
            # It may be withdrawn since, or expired, of which there is no event: that must show at once (T00c).
            official = Handle.parse(lookalike["handle"])
            answer = await self._reader.verdicts.answer(official.acct)
            if answer is not None and strict_json.loads_object(answer[0])["verified"]:
                return lookalike
            index.discard(official)
            await self._add_listed(index, official, but=official)
        return None

    async def follow(self) -> Lookalikes:
        """The index, with what was attested since the last question."""
        version = await self._reader.version()
        if self._index is not None and version == self._version:
            return self._index
        async with self._turn:
            if self._index is None:
                self._seq = await self._reader.events.last()  # before the rows: what comes between is added twice
                self._index = await asyncio.to_thread(_load, await self._reader.attestations.listed())
            while events := await self._reader.events.after(self._seq, _PAGE):
                for event in events:
                    if event.kind in _BEGINS:
                        # A listed account may be attested anew as unlisted, or be spelled otherwise: then it must not
                        # be named any more (T00d, T00f).
                        handle = Handle.parse(event.handle)
                        for known in self._index.spellings(handle):
                            self._index.discard(known)
                        await self._add_listed(self._index, handle)
                self._seq = events[-1].seq
            self._version = version
            return self._index

    async def _add_listed(self, index: Lookalikes, handle: Handle, but: Handle | None = None) -> None:
        """What is listed now, in any spelling of `handle`."""
        for row in await self._reader.attestations.listed_as(handle.acct):
            if (listed := _listed(row)).handle != but:
                index.add(listed)


def _load(rows: Sequence[ListedAccount]) -> Lookalikes:
    return index_of(map(_listed, rows))


def _listed(row: ListedAccount) -> Listed:
    is_body = row.identity_type is IdentityType.INSTITUTION
    return Listed(Handle.parse(row.handle), is_body, row.domain or "", row.name or "")
