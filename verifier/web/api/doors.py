"""The doors for programs."""

from .. import actions, payloads
from ..description import BODY, HANDLE, Description, answer, json_answer
from ..limits import Limit
from ..lookups import LIMITS as LOOKUPS
from ..routes import FRESH, PUBLIC, Door
from ..schemas import TEXT
from . import checks, children, events, health, instances, lookups, orders, verification

_TEXT = answer({"text/plain": TEXT})

_PUBLIC = [
    Door(
        "GET",
        "/api/v1/lookup",
        lookups.lookup,
        PUBLIC,
        Description(
            "The verdict on an account. Parsed and looked up, never fetched",
            json_answer("Verdict", "verdict", "suspended", "not-attested"),
            query={"handle": HANDLE},
            problems=(304, 400),
        ),
        shared=LOOKUPS,
    ),
    Door(
        "POST",
        "/api/v1/lookup",
        lookups.lookup_many,
        FRESH,
        Description(
            "The verdicts on up to 100 accounts, in order",
            json_answer("Verdicts", "batch"),
            body=payloads.BatchBody,
            example="batch-request",
            problems=BODY,
        ),
        Limit.BATCHES,
        LOOKUPS,
    ),
    Door(
        "GET",
        "/api/v1/accounts/{handle}",
        lookups.account,
        PUBLIC,
        Description(
            "The verdict on an account, at a path",
            json_answer("Verdict", "verdict"),
            problems=(304, 400),
        ),
        shared=LOOKUPS,
    ),
    Door(
        "GET",
        "/api/v1/events",
        events.event_feed,
        PUBLIC,
        Description(
            "What changed, in order",
            json_answer("Events", "events"),
            query={"after": events.AFTER, "limit": events.LIMIT},
            problems=(304, 400, 409),
        ),
    ),
    Door(
        "GET",
        "/api/v1/checks/rel-me",
        checks.check_rel_me,
        FRESH,
        Description(
            "Does this page link back to that profile, by Mastodon's rule? Only the page is contacted",
            json_answer("RelMeCheck", "rel-me-check"),
            query={"page": "The page's URL", "profile": "The profile's URL"},
            problems=(400, 503),
        ),
        Limit.CHECKS,
        actions.checks.LIMITS,
    ),
    Door(
        "GET",
        "/api/v1/checks/webfinger",
        checks.check_webfinger,
        FRESH,
        Description(
            "Does this handle resolve, both ways?",
            json_answer("WebFingerCheck", "webfinger-check"),
            query={"handle": "A handle"},
            problems=(400, 503),
        ),
        Limit.CHECKS,
        actions.checks.LIMITS,
    ),
    Door(
        "POST",
        "/api/v1/verify",
        verification.verify,
        FRESH,
        Description(
            "What an attestation is worth, axis by axis. 200 also when it fails",
            json_answer("Appraisal", "appraisal", "appraisal-failed"),
            body=payloads.VerifyBody,
            problems=(*BODY, 422),
        ),
        Limit.APPRAISALS,
    ),
]

_ORDERS = [
    Door(
        "POST",
        "/api/v1/orders",
        orders.new_order,
        FRESH,
        Description(
            "Ask for an account to be attested",
            json_answer("NewOrder", "new-order", means="Opened; Location names it", status=201),
            body=payloads.OrderBody,
            example="order-request",
            problems=(*BODY, 422),
        ),
        Limit.ORDERS,
    ),
    Door(
        "GET",
        "/api/v1/orders/{id}",
        orders.show_order,
        FRESH,
        Description("Where an order stands", json_answer("Order", "order"), problems=(401,), bearer=True),
    ),
    Door(
        "POST",
        "/api/v1/orders/{id}/challenges/{type}",
        orders.respond,
        FRESH,
        Description(
            "Begin a proof, or answer it. A check that fails is 200, with its problem",
            {
                **json_answer(
                    "Challenge", "challenge-invalid", "challenge-valid", "challenge-token", "challenge-sign-in"
                ),
                **json_answer("Challenge", means="Another request is at it", status=202),
            },
            body=payloads.CodeBody,
            example="code-request",
            problems=(*BODY, 401, 404, 409, 422, 503),
            bearer=True,
        ),
        Limit.ANSWERS,
        actions.challenges.LIMITS,
    ),
    Door(
        "POST",
        "/api/v1/orders/{id}/finalize",
        orders.finalize,
        FRESH,
        Description(
            "Publish. Idempotent; waits for the attestation, ten seconds at most",
            {
                **json_answer("Finalized", "finalized"),
                **json_answer("Finalized", "in-review", means="Being issued, or waiting for a reviewer", status=202),
            },
            body=payloads.EmptyBody,
            problems=(*BODY, 401, 409, 503),
            bearer=True,
        ),
        Limit.ANSWERS,
        actions.publication.LIMITS,
    ),
]

_BODIES = [
    Door(
        "POST",
        "/api/v1/orders/{id}/children",
        children.name_children,
        FRESH,
        Description(
            "A proved body, by the order of one of its accounts, names those below it: all of them, or none",
            json_answer("Children", "children"),
            body=payloads.ChildrenBody,
            example="children-request",
            problems=(*BODY, 401, 409, 422),
            bearer=True,
        ),
        Limit.ORDERS,
    ),
    Door(
        "GET",
        "/api/v1/orders/{id}/children",
        children.list_children,
        FRESH,
        Description(
            "The bodies that it names now, with their accounts",
            json_answer("NamedChildren", "named-children"),
            problems=(401, 409),
            bearer=True,
        ),
    ),
    Door(
        "DELETE",
        "/api/v1/orders/{id}/children/{domain}",
        children.take_back_child,
        FRESH,
        Description(
            "It names that body no more: what rests on its word alone is suspended at once. Idempotent",
            json_answer("TakenBack", "taken-back"),
            problems=(400, 401, 404, 409),
            bearer=True,
        ),
        Limit.ANSWERS,
    ),
    Door(
        "POST",
        "/api/v1/orders/{id}/instance",
        instances.host_instance,
        FRESH,
        Description(
            "A whole instance is the body's: its other accounts read as hosted. A failed check is 200, with its"
            " problem",
            json_answer("Instance", "instance"),
            body=payloads.InstanceBody,
            example="instance-request",
            problems=(*BODY, 401, 409),
            bearer=True,
        ),
        Limit.ANSWERS,
        actions.instances.LIMITS,
    ),
    Door(
        "GET",
        "/api/v1/orders/{id}/instance",
        instances.list_instances,
        FRESH,
        Description(
            "The whole instances that it took, those that have ended too",
            json_answer("Instances", "instances"),
            problems=(401, 409),
            bearer=True,
        ),
    ),
    Door(
        "DELETE",
        "/api/v1/orders/{id}/instance/{host}",
        instances.end_instance,
        FRESH,
        Description(
            "That instance is the body's no more: its accounts read as hosted no longer. Idempotent",
            json_answer("EndedInstance", "ended-instance"),
            problems=(400, 401, 404, 409),
            bearer=True,
        ),
        Limit.ANSWERS,
    ),
]

_HEALTH = [
    Door("GET", "/healthz", health.health, FRESH, Description("The process answers", _TEXT), urgent=True),
    Door(
        "GET",
        "/readyz",
        health.ready,
        FRESH,
        Description(
            "Lookups can be answered, and what else does not work",
            json_answer("Readiness", "readiness")
            | json_answer("Readiness", "readiness", means="Lookups cannot be answered", status=503),
        ),
        urgent=True,
    ),
]

DOORS = [*_PUBLIC, *_ORDERS, *_BODIES, *_HEALTH]
