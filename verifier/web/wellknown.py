"""Documents at fixed addresses: attestations, status lists, contexts, schemas, the DID document, WebFinger."""


from aiohttp import web

from ..core import strict_json
from ..core.errors import BadInput, Gone, NotFound
from ..core.models import Status
from ..core.strict_json import Json
from ..publication import lookup
from . import keys
from .api import send
from .frozen import VC_TYPE
from .lookups import Answer
from .pages import attestation_page

TERM = "https://w3id.org/fediverse-account#"
_ATTESTATION_TYPES = (VC_TYPE, "application/ld+json", "application/json", "text/html")


async def attestation(request: web.Request) -> web.Response:
    """GET /attestations/{id}: the signed bytes, or for a browser the same facts in words; with .json always the bytes."""
    found = await request.app[keys.READER].attestation(request.match_info["id"].removesuffix(".json"))
    if found is None or found.published_at is None:
        raise NotFound("attestation-not-found")
    if found.body is None:
        raise Gone("attestation-erased")
    wanted = VC_TYPE if request.path.endswith(".json") else _preferred(request.headers.get("Accept", "*/*"))
    if wanted == "text/html":
        page = await attestation_page(request, found.id, found.body, found.order_id)
        page.headers["Vary"] = "Accept"
        return page
    answer = Answer.of(found.body)
    answer.headers["Content-Type"] = wanted
    answer.headers["Vary"] = "Accept"
    return send(request, answer)


async def status_list(request: web.Request) -> web.Response:
    """GET /status/{purpose}/{n}"""
    purpose, number = request.match_info["purpose"], request.match_info["n"]
    known = purpose in ("revocation", "suspension") and number.isascii() and number.isdigit() and len(number) < 10
    found = await request.app[keys.READER].status_list(purpose, int(number)) if known else None
    if found is None or str(int(number)) != number:
        raise NotFound("not-found")
    answer = Answer.of(found[0])
    answer.headers["Content-Type"] = VC_TYPE
    return send(request, answer)


async def frozen(request: web.Request) -> web.Response:
    """Contexts, schemas, style sheets: bytes that never change at their address."""
    found = request.app[keys.FROZEN].files.get(request.path)
    if found is None:
        raise NotFound("not-found")
    content_type, body = found
    return web.Response(body=body, headers={"Content-Type": content_type})


async def did_document(request: web.Request) -> web.Response:
    """GET /.well-known/did.json"""
    answer = Answer.of(request.app[keys.FROZEN].did_document)
    answer.headers["Content-Type"] = (
        "application/did+json" if "did+json" in request.headers.get("Accept", "") else "application/json"
    )
    return send(request, answer)


async def webfinger(request: web.Request) -> web.Response:
    """GET /.well-known/webfinger?resource=R (RFC 7033) for attested accounts; 404 for all others."""
    resources = request.query.getall("resource", [])
    if len(resources) != 1:
        raise BadInput("member-missing", pointer="/resource", name="resource")
    reader = request.app[keys.READER]
    try:
        question = lookup.parse(resources[0])
    except BadInput as error:
        raise error.at("/resource") from None
    verdict = strict_json.loads_object(await lookup.answer(reader, question))
    account = verdict.get("account")
    if account is None or resources[0] not in (account["acct"], account["profile"], account["actor"]):
        raise NotFound("not-attested")
    answer = Answer.of(strict_json.dumps(_jrd(verdict, account)))
    answer.headers["Content-Type"] = "application/jrd+json"
    return send(request, answer)


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


def _preferred(accept: str) -> str:
    # Quality values decide; equal ones by our own order, so that curl's */* gets the credential.
    best, best_rank = VC_TYPE, (-1.0, 0)
    offers = [part.strip().split(";") for part in accept.split(",")]
    for media, *parameters in offers:
        quality = next((float(p.split("=")[1]) for p in parameters if p.strip().startswith("q=")), 1.0)
        for place, ours in enumerate(_ATTESTATION_TYPES):
            exact = media.strip().lower() == ours
            if exact and (quality, -place) > best_rank:
                best, best_rank = ours, (quality, -place)
    return best
