"""Letters handed to a real SMTP server on loopback (T01, T10)."""

import asyncio
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.http import Authority
from tests.doubles.smtp import Received, SmtpDouble
from tests.doubles.tcp import listening
from tests.integration.mailing import LETTER, SENDER, TO, mailer
from verifier.core.errors import BadInput, Refused, Unavailable, VerifierError
from verifier.core.identifiers import MailAddress
from verifier.mail import Letter


async def test_a_letter_arrives_as_written() -> None:
    async with SmtpDouble.running() as smtp:
        await mailer(smtp.url()).send(LETTER)
    assert smtp.received == [
        Received(
            sender=str(SENDER),
            rcpt="TO:<prenom.nom+tag@numerique.gouv.fr>",
            content=(
                b"From: no-reply@accounts.example\r\n"
                b"To: prenom.nom+tag@numerique.gouv.fr\r\n"
                b"Subject: Votre code\r\n"
                b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
                b"Message-ID: <00000000000000000000000000000000@accounts.example>\r\n"
                b"Auto-Submitted: auto-generated\r\n"
                b'Content-Type: text/plain; charset="utf-8"\r\n'
                b"Content-Transfer-Encoding: quoted-printable\r\n"
                b"MIME-Version: 1.0\r\n"
                b"\r\n"
                b"Bonjour,\r\n\r\nVoici le code =C3=A0 recopier :\r\n\r\nABCD-2345\r\n\r\n=C3=80 bient=C3=B4t.\r\n"
            ),
            over_tls=False,
        )
    ]


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
ADDRESSES = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}",
    st.text("abZ09._-+'\"@ <>,;:\\()\r\n%!é", min_size=1, max_size=70)
    | st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*(\+[a-z0-9._-]+)?", fullmatch=True),
    st.lists(LABEL, min_size=1, max_size=6),
)


@given(st.lists(ADDRESSES | st.emails() | st.text(), min_size=1, max_size=40))
@settings(max_examples=30)
def test_t01_the_recipient_is_the_parsed_address_byte_for_byte(texts: list[str]) -> None:
    addresses = []
    for text in texts:
        try:
            addresses.append(MailAddress.parse(text))
        except BadInput:
            continue

    async def send_all() -> list[Received]:
        async with SmtpDouble.running() as smtp:
            for address in addresses:
                await mailer(smtp.url()).send(Letter(address, "Code", "ABCD-2345\n"))
            return smtp.received

    received = asyncio.run(send_all())
    assert [one.rcpt for one in received] == [f"TO:<{address.local}@{address.domain}>" for address in addresses]
    assert [one.content.split(b"\r\n")[1].decode() for one in received] == [f"To: {address}" for address in addresses]


TEXT = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=200)


@given(TEXT, st.lists(TEXT, max_size=8))
@settings(max_examples=50)
def test_t10_the_reader_sees_the_letter_and_nothing_else(subject: str, lines: list[str]) -> None:
    body = "".join(f"{line}\n" for line in ["ABCD-2345", *lines])
    raw = mailer("smtp://127.0.0.1")._bytes(Letter(TO, subject, body))
    read = message_from_bytes(raw, policy=default)
    assert read["subject"].split() == subject.split()
    assert read.get_content() == body.replace("\n", "\r\n")
    assert len(read.keys()) == 9
    assert b"\r\nABCD-2345\r\n" in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998


async def test_lines_that_mean_something_to_smtp_are_text() -> None:
    body = ".\n..\nFrom here\n.\nQUIT\n"
    async with SmtpDouble.running() as smtp:
        await mailer(smtp.url()).send(Letter(TO, "Code", body))
    received = message_from_bytes(smtp.received[0].content, policy=default)
    assert received.get_content() == body.replace("\n", "\r\n")


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        ("550 5.1.1 no such user", Refused, "mail-refused"),
        ("599 never", Refused, "mail-refused"),
        ("451 4.7.1 come back later", Unavailable, "mail-delayed"),
        ("499 not now", Unavailable, "mail-delayed"),
    ],
)
async def test_a_relay_that_says_no_says_for_how_long(verb: str, reply: str, kind: type[Exception], code: str) -> None:
    async with SmtpDouble.running() as smtp:
        smtp.refuse[verb] = reply
        with pytest.raises(kind) as caught:
            await mailer(smtp.url()).send(LETTER)
    assert isinstance(caught.value, VerifierError)
    assert (caught.value.code, caught.value.values, smtp.received) == (code, {}, [])


@pytest.mark.parametrize(("reply", "code"), [("550 5.7.1 who are you", "mail-relay"), ("421 busy", "mail-delayed")])
async def test_a_relay_that_wants_nothing_of_us_says_nothing_of_the_mailbox(reply: str, code: str) -> None:
    async with SmtpDouble.running() as smtp:
        smtp.refuse["MAIL"] = reply
        with pytest.raises(Unavailable, match=code):
            await mailer(smtp.url()).send(LETTER)


async def test_nobody_at_the_relay() -> None:
    async with SmtpDouble.running() as smtp:
        url = smtp.url()
    with pytest.raises(Unavailable, match="mail-unreachable"):
        await mailer(url).send(LETTER)


@pytest.mark.parametrize("options", [{"total": 0.1}, {"step": 0.1}])
async def test_a_mute_relay_is_given_up(options: dict[str, float]) -> None:
    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(mute) as port:
        with pytest.raises(Unavailable, match="mail-unreachable"):
            await mailer(f"smtp://127.0.0.1:{port}", **options).send(LETTER)


# ── TLS and credentials ────────────────────────────────────────────────────────────────────────────


async def test_starttls_is_used_where_it_is_offered(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with SmtpDouble.running(starttls=authority.server("localhost")) as smtp:
        await mailer(smtp.url(host="localhost"), trust=authority.trust()).send(LETTER)
    assert smtp.received[0].over_tls


async def test_smtps_and_credentials(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with SmtpDouble.running(tls=authority.server("localhost")) as smtp:
        await mailer(smtp.url("smtps", "us%40er:p%3Aw@", "localhost"), trust=authority.trust()).send(LETTER)
    assert [(login.login, login.password) for login in smtp.logins] == [(b"us@er", b"p:w")]
    assert len(smtp.received) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_relay_with_a_wrong_certificate_gets_nothing(tmp_path: Path, scheme: str) -> None:
    authority = Authority(tmp_path)
    wrong = authority.server("other.example")
    options = {"tls": wrong} if scheme == "smtps" else {"starttls": wrong}
    async with SmtpDouble.running(**options) as smtp:
        with pytest.raises(Unavailable, match="mail-unreachable"):
            await mailer(smtp.url(scheme, host="localhost"), trust=authority.trust()).send(LETTER)
    assert smtp.received == []
