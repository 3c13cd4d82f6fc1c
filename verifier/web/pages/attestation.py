"""A signed attestation in words, at its own address."""

from aiohttp import web

from ... import words
from ...core import strict_json
from ...core.errors import NotFound
from .. import keys
from ..responses import Answer
from ..withdrawals import withdrawal
from .rendering import language


async def attestation_page(request: web.Request, attestation_id: str, body: bytes, order_id: str) -> web.Response:
    """The facts of a signed attestation, for a browser.

    :raises NotFound: ``attestation-not-found``
    """
    verdict = await request.app[keys.READER].verdicts.of_order(order_id)
    if verdict is None:
        raise NotFound("attestation-not-found")
    lang = language(request)
    withdrawn = await withdrawal(request.app[keys.READER], order_id)
    signed = strict_json.loads_object(body)
    subject = signed["credentialSubject"]
    site, held_by = request.app[keys.SITE], words.affiliation(subject, lang)
    facts = {
        "handle": "@" + subject["handle"].removeprefix("acct:"),
        "profile": subject["profile"],
        "role": subject["accountRole"],
        "affiliation": words.alone(held_by, lang),
        "named": held_by.is_named,
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
        verdict=words.verdict_view(strict_json.loads_object(verdict.body), lang, withdrawal=withdrawn),
        raw=site.attestation(attestation_id) + ".json",
        verify=f"{site.base_url}/api/v1/verify",
        alternates={each: f"{request.path}?lang={each}" for each in words.others(lang)},
    )
    return Answer.of(text.encode(), "text/html; charset=utf-8").response(request)
