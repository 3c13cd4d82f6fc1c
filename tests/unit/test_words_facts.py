"""Each sentence comes from the fact that caused it: status, who acted, what was seen, reason; in each language.

A new member of one of these without a sentence of its own fails here.
"""

from dataclasses import replace
from itertools import chain, product
from typing import Any, get_args

import pytest

from tests.contract import sentences
from verifier import words
from verifier.core.initiator import Role, job, operator, role_of
from verifier.core.models import Cause, Reason, Status
from verifier.registration.bodies import ChildReviewReason
from verifier.registration.gates import ReviewReason
from verifier.validation import watching
from verifier.words import LETTERS, Lang, Withdrawal
from verifier.words.letters import MATCHES
from verifier.words.phrases import say
from verifier.words.review import EXAMINED, examination
from verifier.words.withdrawals import CAUSES, REASONS, WHO

from .answers import OFFICE, order
from .told import VALUES, extracted, said

WITHDRAWN = (Status.SUSPENDED, Status.REVOKED)
AT = 1_801_839_900


def verdict(status: Status, reason: Reason) -> dict[str, Any]:
    return OFFICE | {"status": status, "verified": False, "reason": reason}


def test_every_fact_has_a_sentence() -> None:
    assert (set(REASONS), set(CAUSES)) == (set(Reason), set(Cause))
    assert set(WHO) == set(WITHDRAWN)
    assert all(set(each) == set(Role) for each in WHO.values())
    assert set(EXAMINED) == {True, False}


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_two_facts_never_read_the_same(lang: Lang) -> None:
    forms = [*REASONS.values(), *CAUSES.values(), *chain(*(each.values() for each in WHO.values())), *EXAMINED.values()]
    assert len({say(lang, form) for form in forms}) == len(forms)


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("status", WITHDRAWN)
def test_a_withdrawal_says_who_and_why_wherever_it_is_told(status: Status, lang: Lang) -> None:
    told: dict[str, tuple[object, ...]] = {}
    for reason, by, cause in product(Reason, Role, (None, *Cause)):
        text = Withdrawal(status, reason, AT, by, cause).told(lang)
        assert say(lang, CAUSES[cause] if cause else REASONS[reason]) in text
        expected = WHO[status][by]
        if cause is Cause.MAILBOX:
            expected = WHO[status][Role.JOB]
        others = {say(lang, each) for each in WHO[status].values()} - {say(lang, expected)}
        assert not [other for other in others if other in text], "never one for another"
        asked = reason is Reason.HOLDER_REQUEST and by is Role.HOLDER
        above = cause is Cause.VOUCHING and by is Role.CONTACT
        assert (say(lang, expected) in text) == (not asked and not above)
        seen = (reason if cause is None else cause, by if cause is not Cause.MAILBOX else Role.JOB)
        same = told.setdefault(text, seen)
        assert same == seen or (asked and cause is not None and same[0] == cause), text
        if reason is not Reason.SUPERSEDED:
            withdrawal = Withdrawal(status, reason, AT, by, cause)
            view = words.verdict_view(verdict(status, reason), lang, withdrawal=withdrawal)
            assert view.reason == text
            if status is Status.SUSPENDED:
                _, body = words.letter("suspended", VALUES | {"reason": reason, "by": by, "cause": cause}, lang, "S")
                assert text in body


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_nobody_is_named_and_no_code_is_told(lang: Lang) -> None:
    codes = {str(each) for each in chain(Reason, Cause) if "-" in str(each)}
    for reason, by, cause in product(Reason, Role, (None, *Cause)):
        text = Withdrawal(Status.REVOKED, reason, AT, by, cause).told(lang)
        assert not [code for code in codes if code in text]


def test_who_acted_is_read_of_a_row_without_their_name() -> None:
    assert role_of(str(operator("camille"))) is Role.OPERATOR
    assert role_of(str(job("rechecks"))) is Role.JOB
    assert (role_of("holder"), role_of("contact"), role_of(None)) == (Role.HOLDER, Role.CONTACT, None)


@pytest.mark.parametrize("code", sorted({*watching._CHANGED, *watching._LOST, *watching._MISSING, *watching._DRIFTS}))
def test_all_that_a_look_ends_an_attestation_for_is_told(code: str) -> None:
    finding = watching.Finding(watching.Outcome.LOST, code)
    assert (finding.cause is Cause.NOT_FOUND) == (code in watching._MISSING)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_what_was_replaced_is_no_end(lang: Lang) -> None:
    view = words.verdict_view(verdict(Status.REVOKED, Reason.SUPERSEDED), lang)
    assert view.replaced
    assert (view.tone, view.reason, view.remedy, view.examined) == ("none", None, None, False)
    titles = {
        "fr": "Remplacée par une attestation plus récente",
        "en": "Replaced by a more recent attestation",
    }
    assert view.title == titles[lang]
    heirs = [
        words.Successor("/v/abcdefghij234567", vouches=vouches, official=official)
        for vouches, official in ((True, True), (True, False), (False, True))
    ]
    pages = [words.render("page.html", lang, verdict=view, me_links=(), successor=heir) for heir in heirs]
    assert len(set(pages)) == len(heirs)
    assert all("/v/abcdefghij234567" in page and titles[lang] in page for page in pages)
    assert not [page for page in pages if "social.numerique.gouv.fr" in page], "it names no account (T00)"


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_what_was_suspended_before_its_time_was_over_says_both(lang: Lang) -> None:
    withdrawal = Withdrawal(Status.SUSPENDED, Reason.ACCOUNT_COMPROMISED, AT, Role.CONTACT)
    view = words.verdict_view(verdict(Status.EXPIRED, Reason.ACCOUNT_COMPROMISED), lang, withdrawal=withdrawal)
    assert view.reason is not None
    assert say(lang, WHO[Status.SUSPENDED][Role.CONTACT]) in view.reason
    assert say(lang, REASONS[Reason.ACCOUNT_COMPROMISED]) in view.reason
    assert view.examined, "a suspension with cause outlives the attestation (T00c)"


EXAMINING = ("again", "elsewhere", "of-body", "new-contact", "reassigned", "class-changed", "suspended")


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("reviews", [True, False])
def test_only_where_people_can_examine_is_it_said_that_they_do(reviews: bool, lang: Lang) -> None:
    with words.deploying(replace(words.deployed(), reviews=reviews)):
        own, other = say(lang, EXAMINED[reviews]), say(lang, EXAMINED[not reviews])
        assert examination(lang) == own
        shown = [words.letter(name, VALUES, lang, "S")[1] for name in EXAMINING]
        view = words.verdict_view(verdict(Status.SUSPENDED, Reason.ACCOUNT_CHANGED), lang)
        shown.append(words.render("page.html", lang, verdict=view, me_links=()))
        for page in shown:
            assert own in page
            assert other not in page
        told = [words.letter(name, VALUES, lang, "S")[1] for name in LETTERS if name not in EXAMINING]
        assert not [body for body in told if own in body]


def test_why_people_examine_a_request_has_a_sentence_each(subtests: pytest.Subtests) -> None:
    reasons = sorted({name for part in get_args(ReviewReason) for name in (get_args(part) or (part,))})
    assert {*get_args(ChildReviewReason), *MATCHES} <= set(reasons)
    for lang in words.LANGUAGES:
        with subtests.test(lang):
            page = words.OrderPage(
                order=order("in_review", "valid", "valid"), mailbox="", domain="numerique.gouv.fr", institution=False,
                listed=False, again="/demander", kept=AT, told={"profile-token-01": {}},
                code=words.MailedCode(waiting=False, until=None, tries_left=5, sends_left=3, sends=3),
                preview=words.verdict_view(OFFICE, lang),
            )  # fmt: skip
            shown = [words.render(replace(page, why=why), lang) for why in reasons]
            assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_status_is_told_apart(lang: Lang) -> None:
    told = [said(words.verdict_view(OFFICE | {"status": status, "reason": None}, lang)) for status in Status]
    assert len(set(told)) == len(Status)


def test_the_list_of_sentences_leaves_none_out() -> None:
    listed = {text for _, rows in sentences.found() for text, _ in rows}
    assert listed == extracted()
