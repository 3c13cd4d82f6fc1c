"""The letters in the outbox, sent one after another and tried again until the relay takes them."""

import logging

from ..core import strict_json
from ..core.clock import DAY, HOUR
from ..core.errors import BadInput, Refused, Unavailable
from ..core.identifiers import MailAddress
from ..core.sealing import DeploymentSecret
from ..mail import Letter
from ..storage import Storage, WaitingLetter
from ..validation import Tools
from ..words import letter as letter_of
from ..words import service_name
from ..words.languages import lang_of

log = logging.getLogger(__name__)

_LEASE = 300  # seconds; far more than one letter takes
_FIRST_RETRY = 60  # seconds; doubled each time
_LONGEST_RETRY = 6 * HOUR
GIVEN_UP = 5 * DAY  # seconds; what a relay tries too (RFC 5321, 4.5.4.1)


class Letters:
    """Sends each letter at least once: one that the relay took just before a crash is sent again. One per process.

    :param operator: where alerts go; None: nowhere
    """

    def __init__(
        self, *, storage: Storage, tools: Tools, operator: MailAddress | None, secret: DeploymentSecret
    ) -> None:
        self._storage = storage
        self._secret = secret
        self._tools = tools
        self._operator = operator

    async def send(self, limit: int = 200) -> None:
        """Send what is due. Each letter is claimed with a lease, so that no two processes send it."""
        for _ in range(limit):
            now = self._tools.clock.now()
            if not await self._storage.read.letters.is_due(now):
                return
            async with self._storage.write.transaction() as tx:
                letters = await tx.letters.claim(now, now + _LEASE, 1)
            for waiting in letters:
                await self._send(waiting)

    async def _send(self, waiting: WaitingLetter) -> None:
        letter = await self._make(waiting)
        if letter is None:
            await self._drop(waiting)
            return
        try:
            await self._tools.mailer.send(letter)
        except (
            Unavailable,
            Refused,
        ) as error:  # a relay that is set up wrongly refuses for good what it takes tomorrow
            now = self._tools.clock.now()
            if now - waiting.created_at >= GIVEN_UP:
                log.error("letter %s (%s) is given up: %s", waiting.id, waiting.letter, error.code)  # noqa: TRY400
                await self._drop(waiting)
                return
            pause = min(_FIRST_RETRY * 2 ** (min(waiting.attempts, 16) - 1), _LONGEST_RETRY)
            async with self._storage.write.transaction() as tx:
                await tx.letters.put_off(waiting, now + pause)
            return
        await self._drop(waiting)

    async def _drop(self, waiting: WaitingLetter) -> None:
        async with self._storage.write.transaction() as tx:
            await tx.letters.drop(waiting)

    async def _make(self, waiting: WaitingLetter) -> Letter | None:
        """The letter; None: there is nobody to write to any more, or what it brings is worth nothing any more."""
        values = dict(waiting.values)
        if waiting.sealed is not None:
            if values["until"] <= self._tools.clock.now():
                return None
            values |= strict_json.loads_object(self._secret.unseal(waiting.sealed))
        text = (
            waiting.to
            if waiting.identity is None
            else await self._storage.read.identities.contact(waiting.identity) or ""
        )
        try:
            to = self._operator if text is None else MailAddress.parse(text)
        except BadInput:
            to = None
        if to is None:
            return None
        lang = lang_of(waiting.locale)
        subject, body = letter_of(waiting.letter, values, lang, service_name(lang))
        return Letter(to, subject, body)
