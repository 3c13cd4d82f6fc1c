"""Facts of this store by name: what it must remember once."""

from .part import Part


class FactReads(Part):
    async def get(self, name: str) -> str | None:
        row = await self._connection.row("SELECT value FROM fact WHERE name = $1", name)
        return str(row[0]) if row else None


class FactWrites(FactReads):
    async def set_once(self, name: str, value: str) -> None:
        """Remember a fact, unless it is known already."""
        await self._connection.run(
            "INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, value
        )

    async def set(self, name: str, value: str) -> None:
        """Remember what may change, in the place of what was known."""
        await self._connection.run(
            "INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2", name, value
        )
