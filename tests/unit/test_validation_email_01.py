"""``email-01``: the code, its limits, and what is kept of it (T08, T09, T11)."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.doubles.dns import Answer, DnsDouble
from tests.doubles.smtp import SmtpDouble
from tests.doubles.tools import METHODS, NOW, tools
from tests.unit.mailbox import SUBJECT
from verifier.core.codes import ALPHABET, LENGTH, LIFETIME
from verifier.core.errors import BadInput, Refused, TooMany
from verifier.core.identifiers import MailAddress
from verifier.core.models import End, Record, Subject
from verifier.fetch import Fetcher, Resolver
from verifier.validation import State, Tools

METHOD = METHODS["email-01"]
DOMAIN = ("numerique.gouv.fr", "MX")


@dataclass
class Holder:
    """Somebody who asks for codes, reads them and types them."""

    smtp: SmtpDouble
    tools: Tools
    dns: DnsDouble
    now: list[int] = field(default_factory=lambda: [NOW])
    state: State = field(default_factory=dict)
    subject: Subject = SUBJECT

    async def ask(self) -> str:
        """The code that comes."""
        before = len(self.smtp.received)
        self.state = await METHOD.prepare(self.subject, self.state, self.tools)
        assert len(self.smtp.received) == before + 1
        return self.read()

    def read(self) -> str:
        letter = message_from_bytes(self.smtp.received[-1].content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        lines = str(letter.get_content()).splitlines()
        codes = [line for line in lines if len(line) == LENGTH and set(line) <= set(ALPHABET)]
        assert len(codes) == 1
        return codes[0]

    async def type(self, code: str) -> Record:
        record, self.state = await METHOD.check(self.subject, self.state, {"code": code}, self.tools)
        return record


@pytest.fixture
async def holder() -> AsyncIterator[Holder]:
    zone: dict[tuple[str, str], Answer] = {
        DOMAIN: ["10 mail.numerique.gouv.fr."],
        ("numerique.gouv.fr", "TXT"): ['"v=spf1 mx -all"'],
        ("_dmarc.numerique.gouv.fr", "TXT"): ['"v=DMARC1; p=reject"'],
    }
    now = [NOW]
    async with (
        SmtpDouble.running() as smtp,
        DnsDouble.running(zone) as dns,
        Fetcher(Resolver([]), user_agent="test") as fetcher,
    ):
        ways_out = tools(fetcher, smtp=smtp.url(), nameservers=[dns.server], now=lambda: now[0])
        yield Holder(smtp, ways_out, dns, now)


def why(record: Record) -> str:
    assert not record.valid
    assert record.problem is not None
    return record.problem.code


async def test_the_code_that_came_is_right(holder: Holder) -> None:
    code = await holder.ask()
    assert holder.smtp.received[0].rcpt.startswith("TO:<m.dupont+x@numerique.gouv.fr>")
    holder.now[0] += 60
    record = await holder.type(code)
    assert record.valid, record.problem
    assert (record.method, record.end, record.checked_at) == ("email-01", End.IDENTITY, NOW + 60)
    assert record.evidence == {
        "domain": "numerique.gouv.fr",
        "mx": "present",
        "spf": "present",
        "dmarc": "reject",
        "sentAt": "2026-11-23T10:00:00Z",
    }


async def test_t11_a_state_of_before_lacks_some_facts(holder: Holder) -> None:
    code = await holder.ask()
    holder.state = {name: value for name, value in holder.state.items() if name not in ("spf", "dmarc")}
    record = await holder.type(code)
    assert record.valid
    assert (record.evidence["mx"], "spf" in record.evidence) == ("present", False)


async def test_neither_state_nor_record_holds_code_or_mailbox(holder: Holder) -> None:
    code = await holder.ask()
    record = await holder.type(code)
    for kept in (json.dumps(holder.state), json.dumps(record.evidence)):
        assert code not in kept
        assert "dupont" not in kept


@pytest.mark.parametrize("spell", [str.lower, lambda code: f" {code}\r\n", lambda code: f"{code[:4]} - {code[4:]}"])
async def test_case_and_spaces_do_not_matter(holder: Holder, spell: object) -> None:
    assert callable(spell)
    assert (await holder.type(spell(await holder.ask()))).valid


async def test_every_sign_of_the_alphabet_is_drawn_evenly(holder: Holder) -> None:
    assert len(set(ALPHABET)) == 32
    asked: list[int] = []

    def below(limit: int) -> int:
        asked.append(limit)
        return len(asked) - 1

    chance = replace(holder.tools.chance, below=below)
    holder.tools = replace(holder.tools, chance=chance)
    assert await holder.ask() == ALPHABET[:8]
    assert asked == [32] * 8


async def test_t09_five_wrong_codes_lock(holder: Holder) -> None:
    code = await holder.ask()
    wrong = ("3" if code[0] == "2" else "2") + code[1:]
    for left in (4, 3, 2, 1):
        record = await holder.type(wrong)
        assert why(record) == "code-wrong"
        assert record.problem is not None
        assert record.problem.values == {"left": left}
    assert why(await holder.type(wrong)) == "code-locked"
    assert why(await holder.type(code)) == "code-locked"


async def test_t09_a_new_code_unlocks_and_ends_the_old_one(holder: Holder) -> None:
    old = await holder.ask()
    for _ in range(5):
        await holder.type("22222222")
    new = await holder.ask()
    assert why(await holder.type(old)) == "code-wrong"
    assert (await holder.type(new)).valid


async def test_t09_three_letters_at_most(holder: Holder) -> None:
    for _ in range(3):
        await holder.ask()
    with pytest.raises(TooMany, match="email-sends-exhausted"):
        await METHOD.prepare(SUBJECT, holder.state, holder.tools)
    assert len(holder.smtp.received) == 3


async def test_t09_a_code_lives_fifteen_minutes(holder: Holder) -> None:
    code = await holder.ask()
    holder.now[0] += LIFETIME
    assert why(await holder.type(code)) == "code-expired"
    holder.now[0] -= 1
    assert (await holder.type(code)).valid


async def test_a_code_is_of_one_order_and_one_mailbox(holder: Holder) -> None:
    code = await holder.ask()
    for other in (
        replace(SUBJECT, order_id="zzzzzzzzzzzzzzzz"),
        replace(SUBJECT, mailbox=MailAddress.parse("a.martin@numerique.gouv.fr")),
    ):
        record, _ = await METHOD.check(other, holder.state, {"code": code}, holder.tools)
        assert why(record) == "code-wrong"


@pytest.mark.parametrize("text", ["\u017f", "\u0131", "e\u0301", "\x00", "*" * 10_000])
async def test_foreign_signs_are_no_code(holder: Holder, text: str) -> None:
    await holder.ask()
    assert why(await holder.type(text)) == "code-wrong"


@pytest.mark.parametrize("code", [None, "", 22222222, ["22222222"]])
async def test_an_answer_without_a_code_costs_no_try(holder: Holder, code: object) -> None:
    await holder.ask()
    with pytest.raises(BadInput, match="code-missing"):
        await METHOD.check(SUBJECT, holder.state, {"code": code}, holder.tools)
    assert holder.state["tries"] == 0


async def test_a_code_before_any_letter(holder: Holder) -> None:
    assert why(await holder.type("22222222")) == "code-not-sent"


async def test_a_letter_that_the_relay_refuses_is_not_counted(holder: Holder) -> None:
    holder.smtp.refuse["RCPT"] = "550 No such mailbox"
    with pytest.raises(Refused, match="mail-refused"):
        await METHOD.prepare(SUBJECT, holder.state, holder.tools)
    assert holder.state == {}


async def test_t11_a_domain_that_takes_no_mail_is_refused(holder: Holder) -> None:
    holder.dns.zone[DOMAIN] = ["0 ."]
    with pytest.raises(Refused, match="mail-domain-null-mx"):
        await METHOD.prepare(SUBJECT, holder.state, holder.tools)
    assert holder.smtp.received == []


async def test_t11_what_cannot_be_learned_is_recorded_as_unknown(holder: Holder) -> None:
    holder.tools = replace(holder.tools, dns=Resolver([]))
    code = await holder.ask()
    assert (await holder.type(code)).evidence["mx"] == "unknown"


async def test_the_letter_is_in_the_holders_language(holder: Holder) -> None:
    holder.subject = replace(SUBJECT, locale="en")
    await holder.ask()
    assert b"Hello" in holder.smtp.received[-1].content
