"""Letters and relays, as types (T10)."""

import pytest

from verifier.core.errors import BadInput, ConfigError
from verifier.core.identifiers import MailAddress
from verifier.mail import Letter, Relay

TO = MailAddress.parse("a@numerique.gouv.fr")


@pytest.mark.parametrize(
    "char", ["\r", "\n", "\r\nBcc: b@evil.example", "\x00", "\x0b", "\x85", "\u2028", "\u202e", "\ud800"]
)
def test_t10_a_subject_is_one_line(char: str) -> None:
    with pytest.raises(BadInput, match="letter-malformed"):
        Letter(TO, f"Votre code{char}", "x\n")


@pytest.mark.parametrize("char", ["\r", "\x00", "\x1b[2J", "\u2029", "\u202e", "\u200b"])
def test_t10_a_body_holds_no_control(char: str) -> None:
    with pytest.raises(BadInput, match="letter-malformed"):
        Letter(TO, "Votre code", f"x{char}\n")


def test_french_spaces_are_text() -> None:
    Letter(TO, "Votre code\u00a0:\u202fé", "«\u00a0Bonjour\u00a0»\n")


@pytest.mark.parametrize(
    ("url", "relay", "starttls"),
    [
        ("smtp://mail.example", Relay("mail.example", 25, tls=False), None),
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025, tls=False), None),
        ("smtp://[::1]:25/", Relay("::1", 25, tls=False), None),
        ("smtps://mail.example", Relay("mail.example", 465, tls=True), False),
        ("smtps://u:p@mail.example:4650", Relay("mail.example", 4650, tls=True, username="u", password="p"), False),
        ("smtp://u:p@mail.example:587", Relay("mail.example", 587, tls=False, username="u", password="p"), True),
        ("smtp://u:p@localhost", Relay("localhost", 25, tls=False, username="u", password="p"), None),
    ],
)
def test_relays(url: str, relay: Relay, starttls: bool | None) -> None:
    assert Relay.parse(url) == relay
    assert relay.starttls is starttls


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example", "http://mail.example", "smtp://", "smtp://:25", "smtp://h:x", "smtp://h:99999", "smtp://secret@h",
        "smtp://u:secret@h/path", "smtp://u:secret@h?x=1", "smtp://u:secret@h#f", "smtp://[::1",
    ],
)  # fmt: skip
def test_what_is_no_relay_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Relay.parse(url)
    assert "secret" not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(Relay.parse("smtps://user:secret@mail.example"))
