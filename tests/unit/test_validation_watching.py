"""What a look at an attested account means: one row for each thing that can be seen."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import verifier
from verifier.core.identifiers import Handle
from verifier.core.models import AccountPin, End, Problem, Record
from verifier.core.strict_json import Json
from verifier.validation.watching import (
    _CHANGED,
    _LOST,
    _MISSING,
    _RECORD_LOST,
    Finding,
    Outcome,
    account_finding,
    body_finding,
    quorum_finding,
)

PIN = AccountPin(Handle.parse("@a@b.example"), "https://b.example/users/a", "https://b.example/@a", "zQmKey")
HOUSE = Path(verifier.__file__).parent


def seen(
    code: str | None = None, account: AccountPin | None = None, status: int | None = None, **values: str | int
) -> Record:
    problem = Problem(code, values) if code else None
    trail: list[Json] = [{"url": "https://b.example/@a", "status": status}]
    return Record("rel-me-01", End.ACCOUNT, problem is None, 0, problem, {"trail": trail}, account)


@pytest.mark.parametrize(
    ("record", "outcome", "why"),
    [
        (seen(account=PIN), Outcome.AS_PINNED, ""),
        (seen(account=replace(PIN, profile="https://b.example/new", published="2020")), Outcome.AS_PINNED, ""),
        # Drift outweighs whatever else is wrong
        (seen(account=replace(PIN, key_digest="zQmOther")), Outcome.CHANGED, "key"),
        (seen(account=replace(PIN, actor="https://b.example/users/b")), Outcome.CHANGED, "actor"),
        (seen(account=replace(PIN, handle=Handle.parse("@b@b.example"))), Outcome.CHANGED, "handle"),
        (seen("backlink-missing", replace(PIN, key_digest="zQmOther"), 200), Outcome.CHANGED, "key"),
        (seen("fetch-timeout", replace(PIN, key_digest="zQmOther")), Outcome.CHANGED, "key"),
        # Gone, or said to be elsewhere
        (seen("account-gone"), Outcome.LOST, "account-gone"),
        (seen("account-suspended"), Outcome.LOST, "account-suspended"),
        (seen("profile-missing"), Outcome.MISSING, "profile-missing"),
        (seen("account-moved"), Outcome.CHANGED, "account-moved"),
        (seen("account-moved-alone"), Outcome.CHANGED, "account-moved-alone"),
        (seen("account-unknown"), Outcome.MISSING, "account-unknown"),
        # The link
        (seen("backlink-missing", PIN, 200), Outcome.LOST, "backlink-missing"),
        (seen("backlink-near", PIN, 200), Outcome.LOST, "backlink-near"),
        (seen("backlink-not-alone", PIN, 200), Outcome.LOST, "backlink-not-alone"),
        (seen("backlink-other-order", PIN, 200), Outcome.LOST, "backlink-other-order"),
        (seen("backlink-missing", PIN, 410), Outcome.LOST, "backlink-missing"),
        (seen("backlink-missing", PIN, 404), Outcome.MISSING, "backlink-missing"),
        (seen("backlink-missing", PIN, 403), Outcome.UNREACHABLE, "backlink-missing"),
        # Outages, or what reads like one
        *(
            (seen(code), Outcome.UNREACHABLE, code)
            for code in (
                "fetch-name",
                "fetch-unreachable",
                "fetch-timeout",
                "fetch-tls",
                "fetch-resting",
                "fetch-name",
                "fetch-redirect",
                "instance-error",
                "actor-private",
                "actor-type",
                "actor-malformed",
                "actor-not-json",
                "webfinger-status",
                "webfinger-malformed",
                "webfinger-subject",
                "webfinger-no-actor",
                "host-meta-malformed",
                "page-unreadable",
                "fields-unreadable",
            )
        ),
        # Well-formed, and not what was pinned
        *(
            (seen(code), Outcome.CHANGED, code)
            for code in (
                "actor-key",
                "actor-other-id",
                "webfinger-one-way",
                "webfinger-third-name",
                "handle-not-canonical",
            )
        ),
    ],
)
def test_what_is_seen_of_an_account(record: Record, outcome: Outcome, why: str) -> None:
    assert account_finding(PIN, record) == Finding(outcome, why)


@pytest.mark.parametrize(
    ("found", "answered"), [({}, None), ({"profilePage": 200}, True), ({"profilePage": 406}, False)]
)
def test_t00g_a_look_says_whether_the_page_answered(found: Json, answered: bool | None) -> None:
    finding = account_finding(PIN, replace(seen(account=PIN), evidence={"found": found}))
    assert finding == Finding(Outcome.AS_PINNED, profile_page=answered)


def test_t68_only_not_found_is_not_found() -> None:
    for status, outcome in ((404, Outcome.MISSING), (400, Outcome.UNREACHABLE), (451, Outcome.UNREACHABLE)):
        problem = Problem("actor-status", {"host": "b.example", "status": status})
        record = Record("rel-me-01", End.ACCOUNT, valid=False, checked_at=0, problem=problem, evidence={"trail": []})
        assert account_finding(PIN, record).outcome is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, Outcome.AS_PINNED),
        ("dns-record-other-token", Outcome.MISSING),
        ("dns-record-expired", Outcome.MISSING),
        ("owner-forbids-issuer", Outcome.MISSING),
        ("dns-record-missing", Outcome.UNREACHABLE),
        ("dns-record-duplicate", Outcome.UNREACHABLE),
        ("dns-record-malformed", Outcome.UNREACHABLE),
        ("owner-policy-malformed", Outcome.UNREACHABLE),
        ("dns-alias", Outcome.UNREACHABLE),
        ("dns-bogus", Outcome.UNREACHABLE),
        ("dns-failed", Outcome.UNREACHABLE),
        ("dns-unreachable", Outcome.UNREACHABLE),
    ],
)
def test_what_is_seen_of_a_body(code: str | None, outcome: Outcome) -> None:
    assert body_finding(seen(code)) == Finding(outcome, code or "")
    signed = replace(seen(code), evidence={"security": "secure"})
    believed = Outcome.LOST if outcome is Outcome.MISSING else outcome
    assert body_finding(signed) == Finding(believed, code or ""), "a signed no is believed at once"


@pytest.mark.parametrize(
    ("finding", "drifted"),
    [
        (Finding(Outcome.CHANGED, "key"), True),
        (Finding(Outcome.CHANGED, "actor"), True),
        (Finding(Outcome.CHANGED, "actor-key"), True),
        (Finding(Outcome.CHANGED, "account-moved"), False),
        (Finding(Outcome.CHANGED, "handle"), False),
        (Finding(Outcome.LOST, "account-gone"), False),
    ],
)
def test_t34_what_a_bought_domain_looks_like(finding: Finding, *, drifted: bool) -> None:
    assert finding.drifted is drifted


PINNED, GONE = Finding(Outcome.AS_PINNED), Finding(Outcome.LOST, "account-gone")
BLIND, DISAGREE = Finding(Outcome.UNREACHABLE, "fetch-timeout"), Finding(Outcome.UNREACHABLE, "views-disagree")


@pytest.mark.parametrize(
    ("findings", "together"),
    [
        ((BLIND, PINNED, BLIND), PINNED),
        ((BLIND, GONE, GONE), GONE),
        ((BLIND, GONE, BLIND), DISAGREE),
        ((PINNED, GONE, GONE), DISAGREE),
        ((BLIND, BLIND, BLIND), BLIND),
    ],
)
def test_a_view_that_sees_nothing_contradicts_no_other(findings: Sequence[Finding], together: Finding) -> None:
    assert quorum_finding(findings, 2) == together


def raised() -> Iterator[str]:
    """The codes of every OutsideError of the house."""
    for path in (*(HOUSE / "validation").rglob("*.py"), *(HOUSE / "fetch").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "OutsideError":
                yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def test_every_code_that_ends_something_is_one_that_is_raised() -> None:
    assert set(raised()) >= {*_CHANGED, *_LOST, *_MISSING, *_RECORD_LOST}
