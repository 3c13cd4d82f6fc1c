"""What is seen of a registered domain, and what that means: one row for each thing that can be seen (T34, T68)."""

from dataclasses import replace

import pytest

from tests.doubles import rdap
from verifier.core.clock import DAY, HOUR
from verifier.core.domains import KnownDomain
from verifier.core.identifiers import Host
from verifier.core.strict_json import Json, dumps
from verifier.validation.domains.anomalies import Anomaly, Observation, assess
from verifier.validation.domains.rdap import Registration, Silence, read, read_list

NOW = 1_795_428_000
OLD, END = NOW - 3_000 * DAY, NOW + 400 * DAY
NS = frozenset({"ns1.a.example", "ns2.a.example"})
SAID = Registration(OLD, END, OLD, "HOLDER-1", frozenset({"active"}))
KNOWN = KnownDomain(
    "social.example",
    name_servers=NS,
    registered_at=OLD,
    expires_at=END,
    changed_at=OLD,
    registrant="HOLDER-1",
    statuses=frozenset({"active"}),
    read_at=NOW - DAY,
)
GONE = replace(KNOWN, missing_since=NOW - DAY)
ANEW = replace(SAID, registered_at=NOW - HOUR)


def seen(said: Registration | Silence | None = SAID, servers: frozenset[str] = NS) -> Observation:
    return Observation(servers, said)


@pytest.mark.parametrize(
    ("known", "sight", "signs"),
    [
        (KNOWN, seen(), []),
        (KnownDomain("social.example"), seen(), []),  # the first look
        (KnownDomain("social.example"), seen(ANEW), []),
        # Name servers
        (KNOWN, seen(servers=frozenset({"ns1.b.example"})), [Anomaly.SERVERS]),
        (KNOWN, seen(None, frozenset({"ns1.b.example"})), [Anomaly.SERVERS]),
        (KNOWN, seen(servers=frozenset({"ns1.b.example", "ns1.a.example"})), []),
        (KNOWN, seen(servers=frozenset()), []),
        # Registered anew
        (KNOWN, seen(ANEW), [Anomaly.BOUGHT]),
        (GONE, seen(ANEW), [Anomaly.BOUGHT]),
        (KNOWN, seen(replace(SAID, registered_at=NOW)), [Anomaly.BOUGHT]),
        (KNOWN, seen(replace(SAID, registered_at=NOW - 8 * DAY)), [Anomaly.BOUGHT]),  # from what a cache had said
        (KNOWN, seen(replace(SAID, registered_at=NOW - 8 * DAY - 1)), [Anomaly.RESTATED]),
        (replace(KNOWN, read_at=NOW - 60 * DAY), seen(replace(SAID, registered_at=NOW - 50 * DAY)), [Anomaly.BOUGHT]),
        (KNOWN, seen(replace(SAID, registered_at=OLD + DAY)), []),  # a time zone
        (KNOWN, seen(replace(SAID, registered_at=OLD + DAY + 1)), [Anomaly.RESTATED]),
        (KNOWN, seen(replace(SAID, registered_at=OLD - 900 * DAY)), []),
        (KNOWN, seen(replace(SAID, registered_at=None)), []),
        # Held by somebody else
        (KNOWN, seen(replace(SAID, registrant="HOLDER-2")), [Anomaly.REGISTRANT]),
        (KNOWN, seen(replace(SAID, registrant=None)), []),
        (replace(KNOWN, registrant=None), seen(), []),
        # About to be lost
        (KNOWN, seen(replace(SAID, statuses=frozenset({"redemption period"}))), [Anomaly.ENDING]),
        (KNOWN, seen(replace(SAID, statuses=frozenset({"pending delete", "inactive"}))), [Anomaly.ENDING]),
        (KNOWN, seen(replace(SAID, statuses=frozenset({"inactive", "client hold"}))), []),
        (KNOWN, seen(replace(SAID, expires_at=NOW + 14 * DAY)), [Anomaly.EXPIRING]),
        (KNOWN, seen(replace(SAID, expires_at=NOW + 14 * DAY + 1)), []),
        (KNOWN, seen(replace(SAID, expires_at=None)), []),
        (replace(KNOWN, told={"expiring": NOW - 29 * DAY}), seen(replace(SAID, expires_at=NOW)), []),
        (replace(KNOWN, told={"expiring": NOW - 30 * DAY}), seen(replace(SAID, expires_at=NOW)), [Anomaly.EXPIRING]),
        (replace(KNOWN, told={"bought": NOW}), seen(ANEW), [Anomaly.BOUGHT]),
        # Silence
        (KNOWN, seen(Silence.NO_ANSWER), []),
        (KNOWN, seen(Silence.NO_SERVER), []),
        (KNOWN, seen(Silence.MALFORMED), []),
        (KNOWN, seen(None), []),
        (KNOWN, seen(Silence.NOT_FOUND), []),
        (GONE, seen(Silence.NOT_FOUND), [Anomaly.MISSING]),
        (replace(GONE, missing_since=NOW - DAY + 1), seen(Silence.NOT_FOUND), []),
        (replace(GONE, told={"missing": NOW - DAY}), seen(Silence.NOT_FOUND), []),
        (GONE, seen(Silence.NO_ANSWER), []),
        (replace(KNOWN, read_at=None), seen(Silence.NOT_FOUND), []),
        # All at once
        (
            KNOWN,
            seen(replace(ANEW, registrant="HOLDER-2"), frozenset({"ns1.b.example"})),
            [Anomaly.SERVERS, Anomaly.BOUGHT, Anomaly.REGISTRANT],
        ),
    ],
)
def test_t34_what_a_look_at_a_domain_means(known: KnownDomain, sight: Observation, signs: list[Anomaly]) -> None:
    assert list(assess(known, sight, NOW).anomalies) == signs


def test_t34_the_latest_date_is_kept_so_that_an_older_one_in_between_hides_nothing() -> None:
    known = assess(KNOWN, seen(replace(SAID, registered_at=OLD - 900 * DAY)), NOW).known
    assert known.registered_at == OLD
    for hours in (8, 16, 24):  # nor does it creep
        known = assess(known, seen(replace(SAID, registered_at=OLD + hours * HOUR)), NOW).known
        assert known.registered_at == OLD
    anew = assess(known, seen(ANEW), NOW)
    assert (anew.anomalies, anew.known.registered_at, anew.known.bought_at) == ((Anomaly.BOUGHT,), NOW - HOUR, NOW)
    assert assess(anew.known, seen(ANEW), NOW + DAY).anomalies == ()


@pytest.mark.parametrize("silence", Silence)
def test_t34_silence_forgets_nothing(silence: Silence) -> None:
    after = assess(KNOWN, seen(silence, frozenset()), NOW).known
    since = NOW if silence is Silence.NOT_FOUND else None
    assert after == replace(KNOWN, problem=silence.value, missing_since=since)
    assert assess(after, seen(), NOW + DAY).known == replace(KNOWN, read_at=NOW + DAY)


# What is read of an answer

NAME = Host.parse("social.example")
PLAIN = rdap.domain("social.example", OLD, END)


def test_a_plain_answer() -> None:
    assert read(dumps(PLAIN), NAME, NOW) == Registration(OLD, END, OLD, "ABC123-NIC", frozenset({"active"}))


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("2020-02-29T12:00:00Z", 1_582_977_600),
        ("2020-02-29T12:00:00.123456789Z", 1_582_977_600),
        ("2020-02-29T13:00:00+01:00", 1_582_977_600),
        ("2020-02-29T12:00:60Z", None),
        ("2020-02-29t12:00:00z", None),
        ("2020-02-29 12:00:00Z", None),
        ("2020-02-29T12:00:00", None),
        ("2019-02-29T12:00:00Z", None),
        ("20200229T120000Z", None),
        ("2020-02-29T12:00:00+99:00", None),
        ("٢٠٢٠-02-29T12:00:00Z", None),
        (1_582_977_600, None),
        (None, None),
    ],
)
def test_t34_a_date_is_read_strictly_or_the_answer_counts_for_nothing(date: Json, seconds: int | None) -> None:
    said = read(dumps({**PLAIN, "events": [{"eventAction": "registration", "eventDate": date}]}), NAME, NOW)
    assert (said.registered_at if said else None) == seconds


def test_t34_a_name_that_says_that_it_was_registered_again_is_new() -> None:
    again = [*PLAIN["events"], {"eventAction": "reregistration", "eventDate": "2026-11-20T00:00:00Z"}]
    said = read(dumps({**PLAIN, "events": again}), NAME, NOW)
    assert said is not None
    assert assess(KNOWN, seen(said), NOW).anomalies[0] is Anomaly.BOUGHT


@pytest.mark.parametrize(
    ("entities", "registrant"),
    [
        ([{"roles": ["registrant"], "handle": "A1"}], "A1"),
        ([{"roles": ["registrant", "technical"], "handle": "A1"}, {"roles": ["registrant"], "handle": "A1"}], "A1"),
        ([{"roles": ["registrant"], "handle": "A1"}, {"roles": ["registrant"], "handle": "A2"}], None),
        ([{"roles": ["technical"], "handle": "A1"}], None),
        ([{"roles": ["registrant"], "handle": ""}], None),
        ([{"roles": ["registrant"], "handle": "REDACTED FOR PRIVACY"}], None),
        ([{"roles": ["registrant"], "handle": ["A1"]}], None),
        ([{"roles": ["registrant"]}], None),
        ([{"handle": "A1"}], None),
        (["registrant"], None),
        ([], None),
    ],
)
def test_a_holder_is_known_by_one_handle(entities: Json, registrant: str | None) -> None:
    said = read(dumps({**PLAIN, "entities": entities}), NAME, NOW)
    assert said is not None
    assert said.registrant == registrant


# The list of registries


@pytest.mark.parametrize(
    ("service", "place"),
    [
        ([["example"], ["https://rdap.a.example/"]], "https://rdap.a.example/"),
        ([["EXAMPLE"], ["http://rdap.a.example/", "https://rdap.b.example/v1/"]], "https://rdap.b.example/v1/"),
        ([["example"], ["http://rdap.a.example/"]], None),
        ([["example"], ["https://rdap.a.example/v1"]], None),  # no path can follow
        ([["example"], ["https://rdap.a.example:8443/"]], None),
        ([["example"], ["https://192.0.2.1/"]], None),
        ([["example"], []], None),
        ([["example"], "https://rdap.a.example/"], None),
        ([["example"]], None),
        ("example", None),
        (7, None),
        ([[7], ["https://rdap.a.example/"]], None),
    ],
)
def test_t34_a_registry_is_asked_over_https_or_not_at_all(service: Json, place: str | None) -> None:
    found = read_list(dumps(rdap.listed(service)))
    assert (str(found["example"]) if "example" in found else None) == place


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"version":"1.0","services":{}}', b'{"version":1.0,"services":[]}']
)
def test_what_is_no_list(body: bytes) -> None:
    assert read_list(body) == {}
