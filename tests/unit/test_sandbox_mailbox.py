"""The sandbox's mailbox: what SMTP accepted is there to read, as it was sent."""

import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from verifier.core.clock import Clock
from verifier.sandbox.mailbox import KEPT, MAX_BYTES, Mailbox


def letter(subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "verificateur@verificateur.example"
    message["To"] = "camille.martin@numerique.gouv.fr"
    message["Subject"] = subject
    message.set_content(text, cte="quoted-printable")
    return message


async def test_accepted_mail_can_be_read_as_sent() -> None:
    async with Mailbox(Clock(lambda: 1_800_000_000)) as mailbox:
        host, _, port = mailbox.smtp_url.removeprefix("smtp://").rpartition(":")
        await aiosmtplib.send(
            letter("Votre code à usage unique", "Bonjour,\n\nABCD2345\n"), hostname=host, port=int(port)
        )
        (mail,) = mailbox.mails
    assert mail.to == ("camille.martin@numerique.gouv.fr",)
    assert mail.subject == "Votre code à usage unique"
    assert mail.text == "Bonjour,\n\nABCD2345\n"
    assert mail.at == 1_800_000_000


async def test_newest_first_and_the_oldest_leave() -> None:
    async with Mailbox(Clock()) as mailbox:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=int(mailbox.smtp_url.rpartition(":")[2]))
        async with client:
            for number in range(KEPT + 2):
                await client.send_message(letter(f"number {number}", "x"))
        assert [mail.subject for mail in mailbox.mails][:2] == [f"number {KEPT + 1}", f"number {KEPT}"]
        assert len(mailbox.mails) == KEPT
        assert mailbox.get(1) is None
        assert mailbox.get(3) == mailbox.mails[-1]


async def test_too_large_a_mail_is_refused_by_smtp() -> None:
    async with Mailbox(Clock()) as mailbox:
        port = int(mailbox.smtp_url.rpartition(":")[2])
        with pytest.raises(aiosmtplib.SMTPException):
            await aiosmtplib.send(letter("big", "x" * MAX_BYTES), hostname="127.0.0.1", port=port)
        assert mailbox.mails == ()


def verifier(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command where aiosmtpd is not installed."""
    program = "import sys; sys.modules['aiosmtpd'] = None; from verifier.cli import main; main()"
    command = (sys.executable, "-c", program, *arguments)
    environment = {"XDG_STATE_HOME": str(state)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_without_aiosmtpd_only_the_sandbox_says_so(tmp_path: Path) -> None:
    assert verifier(tmp_path, "policy", "show", "culture.gouv.fr").returncode == 0
    done = verifier(tmp_path, "sandbox")
    assert done.returncode != 0
    assert "install verifier[sandbox]" in done.stderr
    assert "Traceback" not in done.stderr
