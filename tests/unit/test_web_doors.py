"""The table of doors: which limits each is counted under."""

import pytest

from verifier.web import openapi
from verifier.web.doors import has_review
from verifier.web.limits import Limit
from verifier.web.routes import Door

DOORS = {f"{door.method} {openapi.plain_path(door.path)[0]}": door for door in openapi.described_doors()}

CHECK = {"targets", "targets-by-one", "checks-at-once", "checks-at-once-by-one"}
ANSWER = {"mails", "mails-by-one", "mail-domains", "answers-at-once"}
PUBLISHING = {"publications", "answers-at-once"}
TAKING = {"takings", "takings-by-one"}
LIMITS = {
    "GET /": {"lookups"},
    "GET /api/v1/lookup": {"lookups"},
    "GET /api/v1/accounts/{handle}": {"lookups"},
    "GET /.well-known/webfinger": {"lookups"},
    "POST /api/v1/lookup": {"batches", "lookups"},
    "GET /api/v1/checks/rel-me": {"checks"} | CHECK,
    "GET /api/v1/checks/webfinger": {"checks"} | CHECK,
    "GET /diagnostic": {"checks", "lookups"} | CHECK,
    "POST /api/v1/verify": {"appraisals"},
    "GET /verifier": {"appraisals"},
    "POST /verifier": {"appraisals"},
    "POST /api/v1/orders": {"orders"},
    "POST /demander": {"orders"},
    "POST /api/v1/orders/{id}/challenges/{type}": {"answers"} | ANSWER,
    "POST /demander/{id}/{step}": {"answers"} | ANSWER,
    "GET /callback/oauth-01/{id}": {"answers"} | ANSWER,
    "GET /callback/oidc-01": {"answers"} | ANSWER,
    "POST /api/v1/orders/{id}/finalize": {"answers"} | PUBLISHING,
    "POST /demander/{id}/change": {"orders"},
    "POST /reprendre": {"orders", "mails", "mails-by-one", "mail-domains"},
    "POST /reprendre/code": {"answers"},
    "POST /reprendre/{id}": {"answers"},
    "POST /reprendre/{id}/end": {"answers"},
    "POST /demander/{id}/publish": {"answers"} | PUBLISHING,
    "POST /api/v1/orders/{id}/children": {"orders"},
    "POST /demander/{id}/organisation/children": {"orders"},
    "DELETE /api/v1/orders/{id}/children/{domain}": {"answers"},
    "POST /demander/{id}/organisation/children/{domain}": {"answers"},
    "POST /api/v1/orders/{id}/instance": {"answers"} | TAKING,
    "POST /demander/{id}/organisation/instance": {"answers"} | TAKING,
    "DELETE /api/v1/orders/{id}/instance/{host}": {"answers"},
    "POST /demander/{id}/organisation/instance/{host}": {"answers"},
}
IN_ENGLISH = {name.replace(" /", " /en/"): limits for name, limits in LIMITS.items()}


def test_t65_the_limits_of_every_door() -> None:
    limited = {name: {str(limit) for limit in door.limits} for name, door in DOORS.items() if door.limits}
    assert limited == LIMITS | {name: limits for name, limits in IN_ENGLISH.items() if name in DOORS}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_t65_what_changes_something_is_counted_for_each_client(door: Door) -> None:
    assert door.limit is not None or door.method == "GET"


def test_every_limit_is_that_of_a_door() -> None:
    of_the_port = {Limit.CONNECTIONS, Limit.READS_AT_ONCE, Limit.WRITES_AT_ONCE}
    assert {limit for door in DOORS.values() for limit in door.limits} == set(Limit) - of_the_port


def test_people_can_examine_requests_here_once_there_is_a_door_for_their_decisions() -> None:
    assert has_review() == ("POST /api/v1/orders/{id}/decisions" in DOORS)
