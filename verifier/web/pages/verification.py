"""The page that says what an attestation is worth. A document is read and forgotten: nothing is fetched or signed."""

from typing import Any

from aiohttp import web

from ... import words
from ...appraisal import Appraisal
from ...core import strict_json
from ...core.attestation import parse as parse_attestation
from ...core.errors import BadInput, Gone, NotFound, TooLarge, VerifierError
from ...core.strict_json import Json
from ...storage import Reader
from .. import keys, problems
from ..payloads import MAX_BODY
from ..withdrawals import withdrawal
from . import documents, multipart
from .documents import Ours
from .pasted import TYPED_MOST
from .rendering import explain, language, show

_PASTED_MOST = 16_384  # characters of a pasted text that an error repeats; an attestation has about 3,000


async def start(request: web.Request) -> web.Response:
    """GET /verifier; with ?attestation=, the address or id of one of ours, what that is worth."""
    names = request.query.getall("attestation", [])
    if not names:
        return _form(request)
    typed = names[0][:TYPED_MOST].strip()
    try:
        return await _answer(request, documents.reference(typed, request.app[keys.SITE]))
    except VerifierError as error:
        return _form(request, typed, error)


async def appraise(request: web.Request) -> web.Response:
    """POST /verifier: what the pasted text or the dropped file is worth."""
    typed, field = "", "file"
    try:
        fields = await multipart.fields(request, ("file", "text"))
        text, file = fields.get("text", b"").strip(), fields.get("file", b"")
        typed = text.decode(errors="replace") if len(text) <= _PASTED_MOST else ""
        field = "file" if file else "text"
        if text and file:
            raise BadInput("document-twice")
        return await _answer(request, documents.read(file or text, request.app[keys.SITE]))
    except web.HTTPRequestEntityTooLarge:
        return _form(request, typed, TooLarge("document-too-large", limit=MAX_BODY // 1024), field)
    except VerifierError as error:
        return _form(request, typed, error, field)


async def _answer(request: web.Request, upload: dict[str, Json] | Ours) -> web.Response:
    reader = request.app[keys.READER]
    document = await _stored(reader, upload) if isinstance(upload, Ours) else upload
    appraisal = await request.app[keys.APPRAISER].appraise(document)
    known = await circumstances(reader, document, appraisal, request.app[keys.CLOCK].now())
    view = words.appraisal_view(document, appraisal.document()["axes"], known, language(request))
    return show(request, "verify.html", view=view, **_blank(request))


async def _stored(reader: Reader, ours: Ours) -> dict[str, Json]:
    id_ = ours.id
    if ours.kind == "page":
        verdict = await reader.verdicts.of_order(id_)
        # As on that page: what no longer vouches names no account, and is told from nothing that never did.
        if verdict is None or not verdict.status.vouches:
            raise NotFound("page-unknown")
        id_ = str(strict_json.loads_object(verdict.body)["attestation"]).rpartition("/")[2]
    row = await reader.attestations.get(id_)
    if row is None or row.published_at is None:
        raise NotFound("attestation-not-found")
    if row.body is None:
        raise Gone("attestation-erased")
    return strict_json.loads_object(row.body)


async def circumstances(
    reader: Reader, document: dict[str, Json], appraisal: Appraisal, now: int
) -> words.Circumstances:
    """What we know of an attestation of ours; of anything else, nothing is looked up by what a stranger wrote."""
    if any(appraisal.axes[name].result != "ok" for name in ("proof", "issuer", "schema")):
        return words.Circumstances(now)
    attestation = parse_attestation(document)
    row = await reader.attestations.get(attestation.id.rpartition("/")[2])
    withdrawn = row is not None and (row.revoked_at or row.suspended_at)
    return words.Circumstances(now, withdrawal=await withdrawal(reader, row.order_id) if row and withdrawn else None)


def _form(
    request: web.Request, typed: str = "", error: VerifierError | None = None, field: str = "text"
) -> web.Response:
    context = _blank(request) | {"typed": typed, "view": None, "field": field}
    if error is None:
        return show(request, "verify.html", **context)
    context |= {"problem": explain(request, error), "handle": error.values.get("handle")}
    return show(request, "verify.html", status=problems.status_of(error), **context)


def _blank(request: web.Request) -> dict[str, Any]:
    return {"typed": "", "problem": None, "field": None, "handle": None, "base": request.app[keys.SITE].base_url}
