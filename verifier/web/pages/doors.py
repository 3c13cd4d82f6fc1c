"""The doors for people, and those where they come back from a sign-in elsewhere."""

from dataclasses import replace

from ... import words
from .. import actions
from ..description import HANDLE, SEE, Description, page
from ..limits import Limit
from ..lookups import LIMITS as LOOKUPS
from ..routes import ACCOUNT_PATH, Door, page_kind
from . import (
    account,
    callback,
    diagnostic,
    lookup,
    orders,
    organisation,
    plain,
    registration,
    rendering,
    resuming,
    verification,
)

PAGE = page_kind(rendering.failed, private=False)
PRIVATE_PAGE = page_kind(rendering.failed, private=True)

_CHILD = "/demander/{id}/organisation/children/{domain}"
_INSTANCE = "/demander/{id}/organisation/instance/{host}"
# RFC 6749, 4.1.2
_SIGNED_IN = {
    "state": "The order, and a random part that serves once",
    "code?": "The authorization code",
    "iss?": "Who answers (RFC 9207)",
    "error?": "Why there is no code",
}


_PUBLIC = [
    Door(
        "GET",
        "/",
        lookup.lookup,
        PAGE,
        Description("The lookup page", page(200, 400), query={"handle?": HANDLE}),
        shared=LOOKUPS,
    ),
    Door(
        "GET",
        ACCOUNT_PATH,
        account.account,
        PAGE,
        Description("The page of an order, and of its account while it is vouched for", page(200)),
    ),
    Door(
        "GET",
        "/verifier",
        verification.start,
        PRIVATE_PAGE,
        Description(
            "The page that says what an attestation is worth",
            page(200, 400),
            query={"attestation?": "Address or id of one of ours, to appraise"},
        ),
        Limit.APPRAISALS,
    ),
    Door(
        "POST",
        "/verifier",
        verification.appraise,
        PRIVATE_PAGE,
        Description("What a pasted text or a file is worth, as a form asks", page(200, 400)),
        Limit.APPRAISALS,
    ),
    Door(
        "GET",
        "/diagnostic",
        diagnostic.diagnose,
        PRIVATE_PAGE,
        Description(
            "The page that says why a link of a profile is not green. The account's servers and the page are contacted",
            page(200, 400),
            query={"handle?": "A handle, or a profile URL", "page?": "The page that the link leads to"},
        ),
        Limit.CHECKS,
        (*actions.checks.LIMITS, *LOOKUPS),
        diagnostic.refuse,
    ),
]


_PLAIN_ABOUT = {
    "comment-ca-marche": "How it works, and what an attestation says",
    "developpeurs": "This API, with live examples",
    "donnees-personnelles": "What is kept about people, and for how long",
    "mentions-legales": "Who runs this service, and how to reach them",
    "accessibilite": "The accessibility statement",
}
_PLAIN = [
    Door("GET", f"/{name}", plain.plain, PAGE, Description(_PLAIN_ABOUT[name], page(200), problems=(304,)))
    for name in words.PLAIN_NAMES
]


_REGISTRATION = [
    Door(
        "GET",
        "/demander",
        registration.start,
        PRIVATE_PAGE,
        Description("The form that opens an order", page(200), query={"handle?": "To fill the form with"}),
    ),
    Door(
        "POST",
        "/demander",
        registration.create,
        PRIVATE_PAGE,
        Description("Open an order, as a form does", SEE),
        Limit.ORDERS,
        refusal=registration.refuse,
    ),
    Door(
        "GET",
        "/demander/{id}",
        orders.order,
        PRIVATE_PAGE,
        Description("An order, in the browser that opened it", page(200, 401)),
    ),
    Door(
        "POST",
        "/demander/{id}/publish",
        orders.publish,
        PRIVATE_PAGE,
        Description("Publish, as a form does", SEE),
        Limit.ANSWERS,
        actions.publication.LIMITS,
        refusal=orders.refuse_publication,
    ),
    Door(
        "POST",
        "/demander/{id}/change",
        orders.change_account,
        PRIVATE_PAGE,
        Description("Ask for another account in the place of this one, as a form does: another order", SEE),
        Limit.ORDERS,
        refusal=orders.refuse_change,
    ),
]


_RESUMING = [
    Door(
        "GET",
        "/reprendre",
        resuming.start,
        PRIVATE_PAGE,
        Description("Where a request is gone on with in another browser", page(200)),
    ),
    Door(
        "POST",
        "/reprendre",
        resuming.send,
        PRIVATE_PAGE,
        Description("Mail a code to a mailbox that has open requests, as a form does; the same for any other", SEE),
        Limit.ORDERS,
        actions.mails.LIMITS,
        resuming.refuse,
    ),
    Door(
        "POST",
        "/reprendre/code",
        resuming.type_code,
        PRIVATE_PAGE,
        Description("Answer that code, as a form does: opens a session of this browser", SEE),
        Limit.ANSWERS,
        refusal=resuming.refuse,
    ),
    Door(
        "POST",
        "/reprendre/{id}",
        resuming.go_on,
        PRIVATE_PAGE,
        Description("Go on with that order in this browser, as a form does: its token of before ends", SEE),
        Limit.ANSWERS,
        refusal=resuming.refuse,
    ),
    Door(
        "POST",
        "/reprendre/{id}/end",
        resuming.end,
        PRIVATE_PAGE,
        Description("Withdraw that order, as a form does", SEE),
        Limit.ANSWERS,
        refusal=resuming.refuse,
    ),
]


_ORGANISATION = [
    Door(
        "POST",
        "/demander/{id}/organisation/children",
        organisation.name_children,
        PRIVATE_PAGE,
        Description("Name the bodies below a proved one, as a form does", page(200, 401)),
        Limit.ORDERS,
        refusal=organisation.refuse_children,
    ),
    Door(
        "GET",
        _CHILD,
        organisation.ask_child,
        PRIVATE_PAGE,
        Description("What would follow if that body were taken back; nothing happens yet", page(200, 401, 404, 409)),
    ),
    Door(
        "POST",
        _CHILD,
        organisation.take_back_child,
        PRIVATE_PAGE,
        Description("Take that body back, as a form does", page(200, 401)),
        Limit.ANSWERS,
        refusal=organisation.refuse_children,
    ),
    Door(
        "POST",
        "/demander/{id}/organisation/instance",
        organisation.host_instance,
        PRIVATE_PAGE,
        Description("Take a whole instance, as a form does", page(200, 401)),
        Limit.ANSWERS,
        actions.instances.LIMITS,
        organisation.refuse_instance,
    ),
    Door(
        "GET",
        _INSTANCE,
        organisation.ask_instance,
        PRIVATE_PAGE,
        Description("What would follow if that instance were given up; nothing happens yet", page(200, 401, 404, 409)),
    ),
    Door(
        "POST",
        _INSTANCE,
        organisation.end_instance,
        PRIVATE_PAGE,
        Description("Give that instance up, as a form does", page(200, 401)),
        Limit.ANSWERS,
        refusal=organisation.refuse_instance,
    ),
]


_CALLBACKS = [
    Door(
        "GET",
        "/callback/oauth-01/{id}",
        callback.from_instance,
        PRIVATE_PAGE,
        Description(
            "Where the holder of this order comes back from a sign-in at their instance, in the browser that started"
            " it",
            {**SEE, **page(400, 401)},
            query=_SIGNED_IN,
        ),
        Limit.ANSWERS,
        actions.challenges.LIMITS,
    ),
    Door(
        "GET",
        "/callback/oidc-01",
        callback.from_provider,
        PRIVATE_PAGE,
        Description(
            "Where a holder comes back from a sign-in at the OpenID provider, in the browser that started it",
            {**SEE, **page(400, 401)},
            query=_SIGNED_IN,
        ),
        Limit.ANSWERS,
        actions.challenges.LIMITS,
    ),
]


def doors() -> list[Door]:
    """Each page has an address in each language: those of this deployment."""
    prefixes = sorted(map(words.prefix, words.LANGUAGES))
    pages = (*_PUBLIC, *_PLAIN, *_REGISTRATION, _step(), *_RESUMING, *_ORGANISATION)
    return _CALLBACKS + [replace(door, path=prefix + door.path) for prefix in prefixes for door in pages]


def _step() -> Door:
    return Door(
        "POST",
        f"/demander/{{id}}/{{step:{'|'.join(orders.actions())}}}",
        orders.answer_challenge,
        PRIVATE_PAGE,
        Description("One step of an order, as a form does", SEE),
        Limit.ANSWERS,
        actions.challenges.LIMITS,
        orders.refuse_challenge,
    )
