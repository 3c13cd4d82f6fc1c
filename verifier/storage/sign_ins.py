"""Sign-ins by a mailed code, and the sessions that follow: each of one browser, for one purpose."""

from .part import Part
from .rows import Session, SignIn
from .sql import columns


class SignInReads(Part):
    async def sent(self, token_digest: bytes) -> SignIn | None:
        """The code that was sent for a browser."""
        return await self._get(SignIn, f"SELECT {columns(SignIn)} FROM sign_in WHERE token_digest = $1", token_digest)

    async def session(self, token_digest: bytes, purpose: str, now: int) -> Session | None:
        """The session of a browser, while it lasts."""
        return await self._get(
            Session,
            f"SELECT {columns(Session)} FROM session WHERE token_digest = $1 AND purpose = $2 AND expires_at > $3",
            token_digest,
            purpose,
            now,
        )


class SignInWrites(SignInReads):
    async def add(self, sign_in: SignIn) -> None:
        """A code is being sent."""
        await self._insert("sign_in", sign_in)

    async def set_tries(self, token_digest: bytes, tries: int) -> None:
        await self._update("sign_in", "token_digest", token_digest, {"tries": tries})

    async def drop(self, token_digest: bytes) -> None:
        """Its code serves no more."""
        await self._connection.run("DELETE FROM sign_in WHERE token_digest = $1", token_digest)

    async def open(self, session: Session) -> None:
        await self._insert("session", session)

    async def drop_old(self, sent_before: int, now: int) -> None:
        """Codes that were sent by then, and sessions that are over."""
        await self._connection.run("DELETE FROM sign_in WHERE sent_at <= $1", sent_before)
        await self._connection.run("DELETE FROM session WHERE expires_at <= $1", now)
