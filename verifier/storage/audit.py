"""The audit trail: the acts of people, in one chain, and beside it who they are."""

from collections.abc import Sequence

from .part import Part
from .rows import AuditEntry, AuditPerson
from .sql import columns

_ENTRY = f"SELECT {columns(AuditEntry)} FROM audit_entry"


class AuditReads(Part):
    async def last(self) -> AuditEntry | None:
        return await self._get(AuditEntry, f"{_ENTRY} ORDER BY seq DESC LIMIT 1")

    async def after(self, seq: int, limit: int) -> Sequence[AuditEntry]:
        """The entries that followed that one, in order."""
        return await self._list(AuditEntry, f"{_ENTRY} WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit)

    async def persons(self, after: int, limit: int) -> Sequence[AuditPerson]:
        """Who they are, of the entries after that one, in order; an erased person has no row."""
        return await self._list(
            AuditPerson,
            f"SELECT {columns(AuditPerson)} FROM audit_person WHERE seq > $1 ORDER BY seq LIMIT $2",
            after,
            limit,
        )


class AuditWrites(AuditReads):
    async def add(self, entry: AuditEntry, person: AuditPerson) -> None:
        """The next entry, and who did it; nothing here changes an entry."""
        await self._insert("audit_entry", entry)
        await self._insert("audit_person", person)
