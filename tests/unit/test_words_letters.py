"""The letters that nobody asked for, byte for byte (T10)."""

from pathlib import Path
from typing import get_args

import pytest

from verifier import words
from verifier.core.identifiers import MailAddress
from verifier.core.models import Reason
from verifier.core.strict_json import Json
from verifier.mail import Letter
from verifier.registration.gates import MatchReason
from verifier.validation.domains.anomalies import Anomaly
from verifier.words import LANGUAGES, LETTERS, Lang
from verifier.words.letters import MATCHES, SIGNS
from verifier.words.phrases import say

from .told import VALUES

GOLDEN = Path(__file__).parent / "letters"
OWN: dict[str, dict[str, Json]] = {
    "agents-published": {"value": "policy; agents=no"},
    "children-named": {"domain": "pm.gouv.fr"},
}
WITHOUT_PAGE = (
    "agents-published",
    "child-named",
    "children-named",
    "domain-alarm",
    "host-alarm",
    "instance-named",
    "lists-late",
    "looks-stopped",
    "new-contact",
    "of-body",
    "record-seen",
    "refused",
    "resume",
)
BOTH = [(name, lang) for name in LETTERS for lang in LANGUAGES]


def written(name: str, lang: Lang) -> str:
    subject, body = words.letter(name, VALUES | OWN.get(name, {}), lang, words.service_name(lang))
    return f"{subject}\n\n{body}"


def test_a_letter_is_what_was_read_and_agreed(subtests: pytest.Subtests) -> None:
    for name, lang in BOTH:
        with subtests.test(f"{name} {lang}"):
            assert written(name, lang).encode() == (GOLDEN / f"{name}.{lang}.txt").read_bytes()


def test_there_is_no_letter_more() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{lang}.txt" for name, lang in BOTH}


def test_t10_no_word_of_a_user_is_in_a_subject(subtests: pytest.Subtests) -> None:
    for name, lang in BOTH:
        with subtests.test(f"{name} {lang}"):
            others = {**VALUES, "handle": "@x@evil.example", "domain": "evil.example", "host": "evil.example"}
            assert words.letter(name, VALUES, lang, "S")[0] == words.letter(name, others, lang, "S")[0]


def test_t10_a_letter_can_be_mailed_and_is_plain(subtests: pytest.Subtests) -> None:
    for name, lang in BOTH:
        with subtests.test(f"{name} {lang}"):
            subject, body = words.letter(name, VALUES, lang, words.service_name(lang))
            letter = Letter(MailAddress.parse("a@numerique.gouv.fr"), subject, body)
            assert "<" not in letter.body
            assert body.count("https://") == (0 if name in WITHOUT_PAGE else 1)


def test_every_reason_has_its_words_in_a_letter(subtests: pytest.Subtests) -> None:
    for lang in LANGUAGES:
        for reason in Reason:
            with subtests.test(f"{reason} {lang}"):
                _, body = words.letter("suspended", {**VALUES, "reason": reason}, lang, "S")
                assert reason.value not in body


@pytest.mark.parametrize("name", ["again", "elsewhere", "of-body"])
@pytest.mark.parametrize("match", get_args(MatchReason))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_t00e_each_letter_says_what_a_request_has_to_do_with_an_attestation(
    name: str, match: MatchReason, lang: Lang
) -> None:
    assert MATCHES.keys() == set(get_args(MatchReason))
    _, body = words.letter(name, {**VALUES, "match": match}, lang, "S")
    assert say(lang, MATCHES[match], handle="@alice@social.example") in body
    assert "@presse@social.example" in body


def test_a_letter_that_waits_from_an_earlier_version_can_be_written() -> None:
    _, body = words.letter("elsewhere", {name: VALUES[name] for name in ("handle", "page")}, "en", "S")
    assert "the account @alice@social.example.\n\nThat account is attested already, or was." in body


def test_t34_all_that_is_seen_of_a_domain_has_its_words() -> None:
    assert set(SIGNS) == set(Anomaly)


@pytest.mark.parametrize("sign", [sign for sign in Anomaly if sign is not Anomaly.EXPIRING])
def test_t34_a_letter_about_a_domain_needs_the_end_of_its_registration_for_that_alone(sign: Anomaly) -> None:
    _, body = words.letter("domain-alarm", {"domain": "a.example", "seen": [sign.value], "count": 0}, "fr", "S")
    assert "a.example" in body
