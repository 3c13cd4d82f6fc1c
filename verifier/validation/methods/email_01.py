"""``email-01``: a code sent to the mailbox, typed back where the request was started (T08, T09).

There is no link to click: mail scanners click. The code itself is kept nowhere, only its MAC.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...core import codes
from ...core.clock import DAY, to_rfc3339
from ...core.codes import LIFETIME, TRIES
from ...core.errors import BadInput, Refused, TooMany
from ...core.models import End, IdentityType, Problem, Record, State, Subject
from ...core.strict_json import Json
from ...mail import Letter
from ...words import code_letter, lang_of, prefix, service_name
from ..method import ONE_VIEW, Declaration, Method, Need, OtherViews, Part, Recheck, mailbox_of
from ..tools import Tools

SENDS = 3

_FACTS = ("mx", "spf", "dmarc")


class Email01(Method):
    """A code by mail.

    State: ``sends``; of the last code ``mac``, ``sentAt``, ``tries``; ``mx``, ``spf``, ``dmarc``, what the DNS said of
    the domain.
    """

    __slots__ = ()
    declaration = Declaration(
        name="email-01",
        end=End.IDENTITY,
        rank=30,
        recheck=Recheck.EXPIRY,
        offered={IdentityType.AGENT: Need.ONE_OF, IdentityType.INSTITUTION: Need.ALL_OF},
        part=Part.MAILBOX,
        actions={"send": (), "code": ("code",)},
    )

    def is_preparation(self, _state: State, answer: Mapping[str, Json], /) -> bool:
        """Without a code, one is asked for."""
        return "code" not in answer

    def sends_mail(self, answer: Mapping[str, Json], /) -> bool:
        return self.is_preparation({}, answer)

    async def prepare(self, subject: Subject, state: State, tools: Tools, /) -> State:
        """Send a new code, which ends the one before. Returns once the mail was accepted.

        :raises TooMany: ``email-sends-exhausted``
        :raises Refused: ``mail-domain-null-mx``, ``mail-refused``
        :raises Unavailable: ``mail-delayed``, ``mail-relay``, ``mail-unreachable``
        """
        mailbox = mailbox_of(subject)
        sends = state.get("sends", 0)
        if sends >= SENDS:
            raise TooMany("email-sends-exhausted", retry_after=DAY, limit=SENDS)
        facts = await tools.dns.mail_facts(mailbox.domain)
        if facts["mx"] == "null":
            raise Refused("mail-domain-null-mx", domain=str(mailbox.domain))  # RFC 7505, T11
        code = codes.draw(tools.chance)
        lang = lang_of(subject.locale)
        here = f"{self.context.site.authority}{prefix(lang)}"
        text, body = code_letter(
            code,
            subject.handle,
            lang,
            service_name(lang),
            minutes=LIFETIME // 60,
            place=f"{here}/demander",
            resume=f"{here}/reprendre",
        )
        await tools.mailer.send(Letter(mailbox, text, body))
        return {
            "sends": sends + 1,
            "mac": self._mac(subject, code),
            "sentAt": tools.clock.now(),
            "tries": 0,
            **facts,
        }

    async def check(
        self,
        subject: Subject,
        state: State,
        answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """Compare the code typed.

        :raises BadInput: ``code-missing``
        """
        code = answer.get("code")
        if not isinstance(code, str) or not code:
            raise BadInput("code-missing", pointer="/code")
        problem, state = _try(self._mac(subject, codes.typed(code)), state, tools.clock.now())
        evidence: dict[str, Json] = {"domain": str(mailbox_of(subject).domain)}
        if "sentAt" in state:
            evidence |= {name: state[name] for name in _FACTS if name in state}
            evidence["sentAt"] = to_rfc3339(state["sentAt"])
        return Record.of(self.name, self.end, tools.clock.now(), problem, evidence), state

    def _mac(self, subject: Subject, code: str) -> str:
        # Bound to this order and mailbox: no code of another one fits, whatever state is put back.
        text = "\n".join((self.name, subject.order_id, str(mailbox_of(subject)), code))
        return self.context.secret.mac(text.encode()).hex()


@dataclass(frozen=True, slots=True)
class Progress:
    """What the holder may do next.

    :param waiting: a code was sent that may still be typed
    :param until: up to when (Unix seconds), if it may
    """

    waiting: bool
    until: int | None
    tries_left: int
    sends_left: int


def progress(state: State, now: int) -> Progress:
    """How far the proof of a mailbox has come."""
    tries_left = TRIES - state.get("tries", 0)
    waiting = "mac" in state and tries_left > 0 and now < state["sentAt"] + LIFETIME
    return Progress(waiting, state["sentAt"] + LIFETIME if waiting else None, tries_left, SENDS - state.get("sends", 0))


def _try(mac: str, state: State, now: int) -> tuple[Problem | None, State]:
    if "mac" not in state:
        return Problem("code-not-sent"), state
    problem, tries = codes.compare(mac, codes.Sent(state["mac"], state["sentAt"], state["tries"]), now)
    return problem, {**state, "tries": tries}
