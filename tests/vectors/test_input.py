from collections.abc import Callable, Iterator

import pytest

from tests.vectors import lines
from verifier.core.errors import BadInput, Refused
from verifier.core.identifiers import Handle, Host, HttpsUrl, MailAddress
from verifier.policy import policy

POLICY = policy.load()
DECISIONS = {"issue": "accept", "review": "review", "refuse": "reject"}


def decide_mailbox(text: str) -> str:
    return DECISIONS[POLICY.mailbox(MailAddress.parse(text)).decision]


def decide_body_domain(text: str) -> str:
    POLICY.body_domain(Host.parse(text))
    return "accept"


def decide_handle(text: str) -> str:
    # "review": another script may be read for this one, so the page shows both forms of the host.
    return "review" if Handle.parse(text).host.is_international else "accept"


def decide_url(text: str) -> str:
    HttpsUrl.parse(text)
    return "accept"


DOORS: dict[str, Callable[[str], str]] = {
    "email-addresses": decide_mailbox,
    "hosts": decide_body_domain,
    "handles": decide_handle,
    "urls": decide_url,
}


def cases() -> Iterator[tuple[str, Callable[[str], str], str, str]]:
    """Name, door, input and decision of each line."""
    for name, door in DOORS.items():
        for row in lines(f"input/{name}.jsonl"):
            yield f"{name} {row['id']}", door, row["input"], row["expect"]


def test_input_is_decided_as_the_vector_says(subtests: pytest.Subtests) -> None:
    for name, door, text, expected in cases():
        with subtests.test(name):
            try:
                decision = door(text)
            except (BadInput, Refused):
                decision = "reject"
            assert decision == expected


def test_mailbox_has_the_canonical_form_of_the_vector(subtests: pytest.Subtests) -> None:
    rows = [row for row in lines("input/email-addresses.jsonl") if "canonical" in row]
    assert rows
    for row in rows:
        with subtests.test(row["id"]):
            assert str(MailAddress.parse(row["input"])) == row["canonical"]
