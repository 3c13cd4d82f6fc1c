"""A registry that does not answer, or not as it should: nothing follows (T34, T42, T68)."""

from typing import Any

import pytest

from tests.doubles import rdap
from tests.integration.daily import later, says
from tests.integration.house import HOST, NOW
from tests.integration.registered import END, OLD, PLAIN, Watch, start
from verifier.core.clock import DAY, HOUR, to_rfc3339
from verifier.core.strict_json import Json

# Silence


@pytest.mark.parametrize("said", [429, 500, 503, 301, b"", "https://elsewhere.invalid/", "http://plain.example/"])
async def test_t34_a_registry_that_does_not_answer_changes_nothing(watch: Watch, said: Json) -> None:
    await start(watch)
    watch.registry.say(HOST, said)
    for _ in range(3):
        await later(watch.house)
    await watch.is_as_before()
    assert (await watch.known()).problem in ("no-answer", "malformed")


@pytest.mark.parametrize("list_", [503, b"<html>", {"version": "2.0", "services": []}, {"version": "1.0"}])
async def test_t34_without_a_list_of_registries_nothing_changes_and_the_last_one_is_kept(
    watch: Watch, list_: Json
) -> None:
    kept, watch.registry.list = watch.registry.list, list_
    await start(watch)
    assert (await watch.known()).problem == "no-server"
    watch.registry.list = kept
    await later(watch.house)
    watch.registry.list = list_
    await later(watch.house)
    assert (await watch.known()).problem is None
    assert watch.registry.asked(HOST) == 2
    await watch.is_as_before()


async def test_t34_a_domain_that_its_registry_does_not_know_any_more_is_told_the_second_day(watch: Watch) -> None:
    await start(watch)
    watch.registry.say(HOST, 404)
    await later(watch.house)
    assert watch.alerts == []
    await later(watch.house)
    assert watch.alerts == [f"ALERT {HOST}: missing; 0 suspended (T34)"]
    await later(watch.house)
    assert len(watch.alerts) == 1
    assert await says(watch.house) == ("verified", None)


async def test_a_registry_that_never_knew_a_domain_tells_nothing(watch: Watch) -> None:
    watch.registry.say(HOST, 404)
    await start(watch)
    for _ in range(3):
        await later(watch.house)
    assert watch.alerts == []


# Hostile answers


def events_of(*dates: tuple[str, Json]) -> Json:
    return [{"eventAction": action, "eventDate": date} for action, date in dates]


SOON = to_rfc3339(NOW + HOUR)
HOSTILE: dict[str, Any] = {
    "another domain": rdap.domain("other.example", NOW + HOUR, END),
    "a domain above": rdap.domain("example", NOW + HOUR, END),
    "no name": {**rdap.domain(HOST, NOW + HOUR, END), "ldhName": None},
    "no domain": {**rdap.domain(HOST, NOW + HOUR, END), "objectClassName": "entity"},
    "a date in the future": rdap.domain(HOST, NOW + 9 * DAY, END),
    "ends before it begins": rdap.domain(HOST, NOW + HOUR, NOW),
    "two dates": {**PLAIN, "events": events_of(("registration", to_rfc3339(OLD)), ("registration", SOON))},
    "a day alone": {**PLAIN, "events": events_of(("registration", SOON[:10]))},
    "no date": {**PLAIN, "events": events_of(("registration", NOW + HOUR))},
    "no such day": {**PLAIN, "events": events_of(("registration", "2026-11-31T00:00:00Z"))},
    "no zone": {**PLAIN, "events": events_of(("registration", SOON[:-1]))},
    "a date and more": {**PLAIN, "events": events_of(("registration", f"{SOON}\n"))},
    "year 0": {**PLAIN, "events": events_of(("registration", "0000-01-01T00:00:00Z"))},
    "before all clocks": {**PLAIN, "events": events_of(("registration", "0001-01-01T00:00:00+14:00"))},
    "no list": {**PLAIN, "events": {"registration": SOON}},
    "no event": {**PLAIN, "events": [SOON]},
    "too many": {**PLAIN, "events": events_of(*[("registration", SOON)] * 101)},
    "an error": {"errorCode": 404, "title": "Not Found", "events": events_of(("registration", SOON))},
    "an array": [rdap.domain(HOST, NOW + HOUR, END)],
    "garbage": b"\xff\xfe{",
    "twice the same member": b'{"objectClassName":"domain","ldhName":"social.example","ldhName":"social.example"}',
    "deep": b"[" * 100_000,
    "huge": {**rdap.domain(HOST, NOW + HOUR, END), "remarks": "x" * 300_000},
    "a number beyond": b'{"objectClassName":"domain","ldhName":"social.example","n":1e999}',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_t34_a_hostile_answer_changes_nothing(watch: Watch, name: str) -> None:
    await start(watch)
    watch.registry.say(HOST, HOSTILE[name])
    await later(watch.house)
    await watch.is_as_before()
    assert (await watch.known()).problem in ("malformed", "no-answer")
    watch.registry.say(HOST, PLAIN)
    await later(watch.house)
    assert (await watch.known()).problem is None


async def test_t34_an_answer_that_is_no_rdap_changes_nothing(watch: Watch) -> None:
    await start(watch)
    watch.registry.say(HOST, rdap.domain(HOST, NOW + HOUR, END))
    watch.registry.content_type = "text/html"
    await later(watch.house)
    await watch.is_as_before()
