"""Documents at fixed addresses: attestations, status lists, contexts, schemas, the DID document, WebFinger."""

from aiohttp import web

from ..core import strict_json
from ..core.errors import BadInput, Gone, NotFound, VerifierError
from ..core.models import Status
from ..core.strict_json import Json
from ..publication import actor as actors
from ..publication import lookup
from ..publication.status_lists import fresh_for
from ..storage import Attestation
from . import keys
from .description import HTML, JSON, Description, answer
from .frozen import VC_TYPE
from .headers import preferred_type
from .lookups import LIMITS
from .pages.attestation import attestation_page
from .pages.rendering import LANGUAGE, failed, preferred
from .responses import Answer
from .routes import PAGE_HEADERS, PUBLIC, Door
from .schemas import OBJECT, TEXT, ref

TERM = "https://w3id.org/fediverse-account#"
_ATTESTATION_TYPES = (VC_TYPE, "application/ld+json", "application/json", "text/html")
_DID_TYPES = (JSON, "application/did+json")


async def attestation(request: web.Request) -> web.Response:
    """GET /attestations/{id}: the signed bytes, or for a browser the same facts in words; with .json the bytes."""
    wanted = VC_TYPE if request.path.endswith(".json") else preferred_type(request, _ATTESTATION_TYPES)
    if wanted == "text/html":
        return await _page(request)
    _, body = await _published(request)
    response = Answer.of(body, wanted).response(request)
    response.headers["Vary"] = "Accept"
    return response


async def _published(request: web.Request) -> tuple[Attestation, bytes]:
    """The attestation of that address, with its signed bytes.

    :raises NotFound: ``attestation-not-found``
    :raises Gone: ``attestation-erased``
    """
    stored = await request.app[keys.READER].attestations.get(request.match_info["id"].removesuffix(".json"))
    if stored is None or stored.published_at is None:
        raise NotFound("attestation-not-found")
    if stored.body is None:
        raise Gone("attestation-erased")
    return stored, stored.body


async def _page(request: web.Request) -> web.Response:
    """For people: what they ask for in a browser is answered with a page, errors too."""
    request[LANGUAGE] = preferred(request)
    try:
        stored, body = await _published(request)
        answer = await attestation_page(request, stored.id, body, stored.order_id)
    except VerifierError as error:
        answer = failed(request, error)
        answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept, Accept-Language"
    answer.headers.update(PAGE_HEADERS)
    return answer


async def status_list(request: web.Request) -> web.Response:
    """GET /status/{purpose}/{n}"""
    purpose, number = request.match_info["purpose"], request.match_info["n"]
    known = purpose in ("revocation", "suspension") and number.isascii() and number.isdigit() and len(number) < 10
    stored = await request.app[keys.READER].status_lists.get(purpose, int(number)) if known else None
    if stored is None or str(int(number)) != number:
        raise NotFound("not-found")
    body, signed_at = stored
    response = Answer.of(body, VC_TYPE).response(request)
    response.headers["Cache-Control"] = f"public, max-age={fresh_for(signed_at, request.app[keys.CLOCK].now())}"
    return response


async def frozen(request: web.Request) -> web.Response:
    """Contexts, schemas, style sheets: bytes that never change at their address."""
    file = request.app[keys.FROZEN].files.get(request.path)
    if file is None:
        raise NotFound("not-found")
    content_type, body = file
    return Answer.of(body, content_type).response(request)


async def did_document(request: web.Request) -> web.Response:
    """GET /.well-known/did.json"""
    kind = preferred_type(request, _DID_TYPES)
    response = Answer.of(await request.app[keys.PUBLISHED_KEYS].did_document(), kind).response(request)
    response.headers["Vary"] = "Accept"
    return response


async def actor(request: web.Request) -> web.Response:
    """GET /actor: the service's own actor, shown to whoever must check our signature, without asking theirs."""
    return Answer.of(request.app[keys.ACTOR], actors.ACTIVITY).response(request)


async def key_registry(request: web.Request) -> web.Response:
    """GET /keys/registry.json: every key with its validity, as the offline root signed it."""
    return Answer.of(request.app[keys.PUBLISHED_KEYS].registry(), "application/json").response(request)


async def webfinger(request: web.Request) -> web.Response:
    """GET /.well-known/webfinger?resource=R (RFC 7033) for attested accounts and our own; else 404."""
    resources = request.query.getall("resource", [])
    if len(resources) != 1:
        raise BadInput("member-missing", pointer="/resource", name="resource")
    if actors.is_named(request.app[keys.SITE], resources[0]):
        return Answer.of(actors.jrd(request.app[keys.SITE]), "application/jrd+json").response(request)
    reader = request.app[keys.READER]
    question = request.app[keys.LOOKUPS].question(request, resources[0], at="/resource")
    found = await lookup.answer(reader, question, request.app[keys.CLOCK].now())
    verdict = strict_json.loads_object(found.body)
    account = verdict.get("account")
    if account is None or not (_is_acct(resources[0]) or {*question.urls} & {account["profile"], account["actor"]}):
        raise NotFound("not-attested")
    return Answer.of(strict_json.dumps(_jrd(verdict, account)), "application/jrd+json").response(request)


def _is_acct(resource: str) -> bool:
    return resource.partition(":")[0].lower() == "acct"


def _jrd(verdict: dict[str, Json], account: dict[str, Json]) -> dict[str, Json]:
    links = [
        {"rel": "self", "type": "application/activity+json", "href": account["actor"]},
        {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": account["profile"]},
        {"rel": TERM + "attestation", "type": VC_TYPE, "href": verdict["attestation"]},
    ]
    if Status(verdict["status"]).vouches:  # T00: what no longer vouches links back nowhere
        links.insert(2, {"rel": "me", "type": "text/html", "href": verdict["page"]})
    return {
        "subject": account["acct"],
        "aliases": [account["profile"], account["actor"]],
        "properties": {TERM + "status": verdict["status"]},
        "links": links,
    }


DOORS = [
    Door(
        "GET",
        "/attestations/{id}",
        attestation,
        PUBLIC,
        Description(
            "The signed bytes; for a browser, the same facts in words. With .json after the id, always the bytes",
            answer(
                {
                    **dict.fromkeys((VC_TYPE, "application/ld+json", JSON), ref("Attestation")),
                    HTML: TEXT,
                },
                "attestation",
            ),
            problems=(304, 404, 410),
        ),
    ),
    Door(
        "GET",
        "/status/{purpose}/{n}",
        status_list,
        PUBLIC,
        Description(
            "A status list: signed at each change and every hour, valid for a day",
            answer({VC_TYPE: ref("StatusList")}, "status-list"),
            problems=(304, 404),
        ),
    ),
    Door(
        "GET",
        "/.well-known/did.json",
        did_document,
        PUBLIC,
        Description(
            "The public keys of the service",
            answer(dict.fromkeys(_DID_TYPES, ref("DidDocument")), "did"),
            problems=(304,),
        ),
    ),
    Door(
        "GET",
        "/.well-known/webfinger",
        webfinger,
        PUBLIC,
        Description(
            "WebFinger (RFC 7033) of an account that was attested, and of the service's own",
            answer({"application/jrd+json": ref("Jrd")}, "jrd"),
            query={"resource": "Its acct: URI, profile URL or actor id"},
            problems=(304, 400, 404),
        ),
        shared=LIMITS,
    ),
    Door(
        "GET",
        "/actor",
        actor,
        PUBLIC,
        Description(
            "The service's own ActivityPub actor, with the key that signs its requests to other servers",
            answer({actors.ACTIVITY: OBJECT}),
            problems=(304,),
        ),
    ),
    Door(
        "GET",
        "/keys/registry.json",
        key_registry,
        PUBLIC,
        Description(
            "Every key of the service with its validity, as the offline root signed it",
            answer({JSON: {}}),
            problems=(304,),
        ),
    ),
]
