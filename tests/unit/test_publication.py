"""From what was pasted to a question; what a feed and a verdict hold."""

import pytest

from verifier.core.errors import BadInput
from verifier.core.identifiers import Handle
from verifier.core.models import EventKind, Reason, Status
from verifier.core.site import Site
from verifier.core.strict_json import loads_object
from verifier.publication import lookup, verdicts
from verifier.publication.events import event_page
from verifier.storage import Event

SITE = Site("https://comptes.example.gouv.fr")


@pytest.mark.parametrize(
    ("text", "handle", "urls"),
    (
        ("@a@h.example", "@a@h.example", ()),
        ("https://h.example/@a", "@a@h.example", ("https://h.example/@a",)),
        ("https://h.example/@a/1", "@a@h.example", ("https://h.example/@a/1", "https://h.example/@a")),
        ("https://h.example/users/a", "@a@h.example", ("https://h.example/users/a",)),
        ("https://h.example/u/a", "@a@h.example", ("https://h.example/u/a",)),
        ("https://h.example/profile/a", "@a@h.example", ("https://h.example/profile/a",)),
        ("https://h.example/web/@a", "@a@h.example", ("https://h.example/web/@a", "https://h.example/@a")),
        ("https://h.example/users/a/statuses/1", "@a@h.example", ("https://h.example/users/a/statuses/1", "https://h.example/users/a")),
        ("https://x.example/@a@h.example/2", "@a@h.example", ("https://x.example/@a@h.example/2",)),
        ("https://h.example/@A", "@A@h.example", ("https://h.example/@A",)),
        ("https://h.example/", None, ("https://h.example/", "https://h.example")),
        ("https://h.example/@a@", None, ("https://h.example/@a@",)),
        ("https://h.example/@a@b", None, ("https://h.example/@a@b",)),
        ("https://h.example/@%61", None, ("https://h.example/@%61",)),
        ("https://h.example/@a@h.example@c.example", None, ("https://h.example/@a@h.example@c.example",)),
    ),
)  # fmt: skip
def test_what_a_text_asks(text: str, handle: str | None, urls: tuple[str, ...]) -> None:
    question = lookup.parse(text)
    assert (str(question.handle) if question.handle else None) == handle
    assert tuple(dict.fromkeys(question.places)) == urls


@pytest.mark.parametrize(
    "text", ("", "a", "@a", "http://h.example/@a", "://", "https://", "a://b", "acct://a@h.example")
)
def test_what_asks_nothing(text: str) -> None:
    with pytest.raises(BadInput):
        lookup.parse(text)


def test_t00d_an_event_of_an_unlisted_account_names_nothing() -> None:
    listed = Event(1, 0, EventKind.REVOKED, "a1", "acct:a@h.example", True, Reason.ERASED, "operator:alice")
    unlisted = Event(2, 1, EventKind.ISSUED, "a2", "acct:b@h.example", False, None, "operator:alice")
    page = event_page([listed, unlisted], SITE, 0)
    assert page == {
        "events": [
            {
                "seq": 1,
                "at": "1970-01-01T00:00:00Z",
                "kind": "revoked",
                "listed": True,
                "handle": "@a@h.example",
                "attestation": f"{SITE.base_url}/attestations/a1",
                "reason": "erased",
            },
            {"seq": 2, "at": "1970-01-01T00:00:01Z", "kind": "issued", "listed": False},
        ],
        "next": 2,
    }
    assert event_page([], SITE, 7) == {"events": [], "next": 7}


def test_nothing_is_attested() -> None:
    body = loads_object(verdicts.not_attested_body(Handle.parse("a@h.example"), 0))
    assert body == {
        "handle": "@a@h.example",
        "verified": False,
        "status": "not_attested",
        "asOf": "1970-01-01T00:00:00Z",
        "lookalike": None,
    }
    assert loads_object(verdicts.not_attested_body(None, 0))["handle"] is None


@pytest.mark.parametrize("status", list(Status))
def test_t00_only_two_states_vouch(status: Status) -> None:
    assert status.vouches == (status in ("verified", "degraded"))
