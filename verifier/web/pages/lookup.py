"""The pages that anybody reads: the lookup, the page of an account, an attestation in words, errors."""

import logging
import re
from http import HTTPStatus

from aiohttp import web

from ... import words
from ...core import strict_json
from ...core.errors import BadInput, NotFound, VerifierError
from ...core.identifiers import Handle, HttpsUrl
from ...core.models import Reason
from ...core.strict_json import Json
from ...storage import StoredVerdict
from ...words import Lang
from .. import keys, problems
from ..lookups import Answer, asked

log = logging.getLogger(__name__)

HTML = "text/html"
# White space, quotes and brackets, a full stop or comma of the sentence, and marks that no eye sees.
_AROUND = (
    " \t\r\n\u00a0\u202f<>«»‹›()[]\"'“”‘’.,;"
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"
)
LANGUAGE = web.RequestKey[Lang]("language")
"""What a request remembers of an order, whose language its own address does not tell."""
TYPED_MOST = 2048  # characters of what was typed that a page repeats


def language(request: web.Request) -> Lang:
    """That of the address; at an address of no language, that of the order."""
    if LANGUAGE in request:
        return request[LANGUAGE]
    return words.language_of(request.path)


def show(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """A page, in the language of its address."""
    lang = language(request)
    path = request.path_qs
    # The same place in the other languages, for a page that is reached by GET.
    # One slash: two would name another server.
    bare = "/" + path.removeprefix(words.prefix(lang)).lstrip("/")
    offered = request.method in ("GET", "HEAD") and LANGUAGE not in request
    text = words.render(
        template,
        lang,
        alternates={each: words.prefix(each) + bare for each in words.others(lang)} if offered else {},
        sandbox=request.app[keys.SANDBOX],
        **context,
    )
    return web.Response(text=text, status=status, content_type=HTML)


def failed(request: web.Request, error: VerifierError | None) -> web.Response:
    """An error page: what happened, that nothing was lost, what to do, a reference to give."""
    status = problems.status_of(error) if error else HTTPStatus.INTERNAL_SERVER_ERROR
    reference = None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reference = request.app[keys.TOOLS].chance.identifier()
        log.error("reference %s: %s", reference, error or "see the exception above")
    told = explain(request, error) if error else words.explain("internal", {}, language(request))
    yours = error is not None and error.code == "order-not-yours"
    return show(request, "error.html", status=status, problem=told, reference=reference, has_list=yours)


def explain(request: web.Request, error: VerifierError) -> words.Explanation:
    return words.explain(error.code, error.values, language(request))


async def lookup(request: web.Request) -> web.Response:
    """GET / and /?handle=H: a verdict in words, under an address that can be shared."""
    given = request.query.getall("handle", [])
    if not given:
        return show(request, "lookup.html", typed="", verdict=None, problem=None)
    typed = pasted(given[0])
    try:
        answer = await request.app[keys.LOOKUPS].answer(asked([typed]))
    except BadInput as error:
        return show(
            request,
            "lookup.html",
            status=HTTPStatus.BAD_REQUEST,
            typed=typed,
            verdict=None,
            problem=explain(request, error),
        )
    view = words.verdict_view(strict_json.loads_object(answer.body), language(request), typed=typed)
    return show(request, "lookup.html", typed=typed, verdict=view, problem=None)


def pasted(text: str) -> str:
    """What a person pasted, without what copying brings along: marks around it, a fragment, a missing scheme.

    What names the account is left as it is: there nothing is repaired (T31).
    """
    bare = text[:TYPED_MOST].strip(_AROUND)
    if "://" not in bare and "/@" in bare and not bare.startswith("@"):
        bare = f"https://{bare}"
    if "://" in bare:
        bare = re.sub(r"\Ahttp://", "https://", bare).partition("#")[0].rstrip("/")
    return bare


def pasted_domain(text: str) -> str:
    """What a person pasted as a domain: of an address, its host, without the ``www.`` that sites put before it."""
    bare = text[:TYPED_MOST].strip(_AROUND)
    scheme, mark, rest = bare.partition("://")
    if scheme.lower() not in ("http", "https") or not mark:
        return bare
    return re.split(r"[/?#]", rest, maxsplit=1)[0].lower().removeprefix("www.")


async def page(request: web.Request) -> web.Response:
    """GET /v/{id}: names the account and links back only while it is vouched for (T00)."""
    found = await request.app[keys.READER].verdicts.of_order(request.match_info["id"])
    if found is None:
        # Pending, rejected, unknown: one page, the same bytes, also in its links.
        lang = language(request)
        homes = {each: f"{words.prefix(each)}/" for each in words.others(lang)}
        text = words.render("neutral.html", lang, alternates=homes, sandbox=request.app[keys.SANDBOX])
        # Its holder may look at it before publishing, and must not find it again after.
        return web.Response(text=text, content_type=HTML, headers={"Cache-Control": "no-cache"})
    verdict = strict_json.loads_object(found.body)
    view = words.verdict_view(verdict, language(request))
    links = me_links(verdict) if found.status.vouches else []
    answer = show(request, "page.html", verdict=view, me_links=links, successor=await successor(request, found))
    for link in links:
        answer.headers.add("Link", f'<{link}>; rel="me"')
    return answer


async def successor(request: web.Request, ended: StoredVerdict) -> str | None:
    """The page that speaks for the account now, when it was only attested anew."""
    if ended.reason is not Reason.SUPERSEDED:
        return None
    verdict = strict_json.loads_object(ended.body)
    found = await request.app[keys.READER].verdicts.answer(verdict["account"]["acct"])
    now = strict_json.loads_object(found[0]) if found else {}
    return now["page"].removeprefix(request.app[keys.SITE].base_url) if now.get("verified") else None


def me_links(verdict: dict[str, Json]) -> list[str]:
    """One link per spelling of the account, canonical first: profile, actor id, ``ORIGIN/@user``."""
    account = verdict["account"]
    handle, actor = Handle.parse(account["acct"]), HttpsUrl.parse(account["actor"])
    links = [account["profile"], account["actor"]]
    if handle.host == actor.host:  # where handles live elsewhere (a split domain), that name here may be a stranger's
        links.append(f"{actor.origin}/@{handle.user}")
    return list(dict.fromkeys(links))


async def attestation_page(request: web.Request, attestation_id: str, body: bytes, order_id: str) -> web.Response:
    """The facts of a signed attestation, for a browser."""
    verdict = await request.app[keys.READER].verdicts.of_order(order_id)
    if verdict is None:
        raise NotFound("attestation-not-found")
    lang = language(request)
    signed = strict_json.loads_object(body)
    subject = signed["credentialSubject"]
    site = request.app[keys.SITE]
    facts = {
        "handle": "@" + subject["handle"].removeprefix("acct:"),
        "profile": subject["profile"],
        "role": subject["accountRole"],
        "affiliation": subject["affiliation"]["name"],
        "valid_from": signed["validFrom"],
        "valid_until": signed["validUntil"],
        "evidence": [
            {"label": words.checked_by(item["method"], lang), "checked_at": item["checkedAt"]}
            for item in signed["evidence"]
        ],
        "issuer": signed["issuer"],
        "suites": [proof["cryptosuite"] for proof in signed["proof"]],
        "file": f"{attestation_id}.json",
    }
    text = words.render(
        "attestation.html",
        lang,
        sandbox=request.app[keys.SANDBOX],
        facts=facts,
        verdict=words.verdict_view(strict_json.loads_object(verdict.body), lang),
        raw=site.attestation(attestation_id) + ".json",
        verify=f"{site.base_url}/api/v1/verify",
        alternates={each: f"{request.path}?lang={each}" for each in words.others(lang)},
    )
    return Answer.of(text.encode(), "text/html; charset=utf-8").response(request)


def preferred(request: web.Request) -> Lang:
    """What the reader chose (``?lang=``), or the browser asks for, at an address that has no language of its own."""
    chosen = request.query.get("lang")
    if chosen in words.LANGUAGES:
        return chosen
    first = request.headers.get("Accept-Language", words.deployed().locale).split(",")[0].strip().lower()
    return next((lang for lang in words.LANGUAGES if first.startswith(lang)), words.SOURCE)
