"""Signing in with a mailbox: a mailed code, typed in the browser that asked for it, opens a short session there.

It shows that whoever sits at that browser reads the mail of a mailbox, and nothing else: it proves no end of an order.
An unknown mailbox is told as a known one (T63): a code is drawn for it too, and no letter leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..core import bearer, codes, strict_json
from ..core.clock import HOUR, MINUTE, Clock
from ..core.errors import BadInput, Conflict, Refused
from ..core.identifiers import MailAddress
from ..core.sealing import DeploymentSecret
from ..core.strict_json import Json
from ..storage import Session, SignIn, Storage

SESSION_LIFETIME = 30 * MINUTE
KEPT = HOUR  # a code, so that who types it late is told that it is too old


class Purpose(StrEnum):
    """What a session is for. Neither a code nor a session of one purpose is worth anything for another."""

    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class CodeLetter:
    """What brings a code.

    :param name: in ``words.letters``
    :param values: what its sentences need beside the code
    """

    name: str
    to: MailAddress
    locale: str
    values: Mapping[str, Json]


class SignIns:
    """Sends codes, compares them and keeps the sessions. One per process."""

    def __init__(self, *, storage: Storage, secret: DeploymentSecret, clock: Clock) -> None:
        self._storage = storage
        self._secret = secret
        self._clock = clock
        self._chance = secret.chance

    async def ask(self, purpose: Purpose, person: bytes, letter: CodeLetter | None) -> str:
        """Draw a code for a browser; returns the token by which it is known from now on, which is not kept.

        :param person: the keyed hash of the mailbox
        :param letter: None: the mailbox is not known here
        """
        now, token, code = self._clock.now(), bearer.draw(self._chance), codes.draw(self._chance)
        sign_in = SignIn(
            bearer.digest_of(token), purpose, person, self._mac(purpose, token, person, code), now, tries=0
        )
        sealed = self._secret.seal(strict_json.dumps({"code": code}))
        async with self._storage.write.transaction() as tx:
            await tx.sign_ins.add(sign_in)
            if letter is not None:
                values = {**letter.values, "until": now + codes.LIFETIME}
                await tx.letters.add(None, letter.name, letter.locale, values, now, to=str(letter.to), sealed=sealed)
        return token

    async def sent(self, purpose: Purpose, token: str | None) -> SignIn | None:
        """The code that waits to be typed in the browser of that token."""
        found = await self._storage.read.sign_ins.sent(bearer.digest_of(token)) if token else None
        return found if found is not None and found.purpose == purpose else None

    async def answer(self, purpose: Purpose, token: str | None, typed: str) -> str:
        """Open a session for the code typed; returns its token, which is not kept. The code serves no more.

        :raises BadInput: ``code-missing``
        :raises Conflict: ``code-not-sent``
        :raises Refused: ``code-wrong``, ``code-locked``, ``code-expired``
        """
        if not typed.strip():
            raise BadInput("code-missing", pointer="/code")
        now, session = self._clock.now(), bearer.draw(self._chance)
        async with self._storage.write.transaction() as tx:
            sent = await tx.sign_ins.sent(bearer.digest_of(token or ""))
            if sent is None or sent.purpose != purpose or token is None:
                raise Conflict("code-not-sent", pointer="/code")
            mac = self._mac(purpose, token, sent.person, codes.typed(typed))
            problem, tries = codes.compare(mac, codes.Sent(sent.mac, sent.sent_at, sent.tries), now)
            await tx.sign_ins.set_tries(sent.token_digest, tries)
            if problem is None:
                await tx.sign_ins.drop(sent.token_digest)
                # A token of its own: who knew the one of before the code has no session by it.
                await tx.sign_ins.open(Session(bearer.digest_of(session), purpose, sent.person, now + SESSION_LIFETIME))
        if problem is not None:
            raise Refused(problem.code, pointer="/code", **problem.values)
        return session

    async def session(self, purpose: Purpose, token: str | None) -> Session | None:
        """The session of the browser of that token."""
        if not token:
            return None
        return await self._storage.read.sign_ins.session(bearer.digest_of(token), purpose, self._clock.now())

    async def forget(self) -> None:
        """Delete what is over."""
        now = self._clock.now()
        async with self._storage.write.transaction() as tx:
            await tx.sign_ins.drop_old(now - KEPT, now)

    def _mac(self, purpose: Purpose, token: str, person: bytes, code: str) -> str:
        # Bound to one browser, one mailbox and one purpose.
        text = f"sign-in\n{purpose}\n{token}\n{person.hex()}\n{code}"
        return self._secret.mac(text.encode()).hex()
