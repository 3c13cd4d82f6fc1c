"""The page of an account: what its profile links to, and what links back."""

from collections.abc import Mapping

from aiohttp import web

from ... import words
from ...core import strict_json
from ...core.identifiers import Handle, HttpsUrl
from ...core.models import Reason
from ...core.strict_json import Json
from .. import keys
from ..withdrawals import withdrawal
from .rendering import language, show


async def account(request: web.Request) -> web.Response:
    """GET /v/{id}: names the account and links back only while it is vouched for (T00)."""
    stored = await request.app[keys.READER].verdicts.of_order(request.match_info["id"])
    if stored is None:
        return _neutral(request)
    verdict = strict_json.loads_object(stored.body)
    view = words.verdict_view(
        verdict,
        language(request),
        withdrawal=await withdrawal(request.app[keys.READER], request.match_info["id"]),
        cited=_cited(request, verdict),
    )
    links = me_links(verdict) if stored.status.vouches else []
    answer = show(request, "page.html", verdict=view, me_links=links, successor=await successor(request, verdict))
    for link in links:
        answer.headers.add("Link", f'<{link}>; rel="me"')
    return answer


def _cited(request: web.Request, verdict: Mapping[str, Json]) -> words.Cited | None:
    """Only what is vouched for is named here, and so can be cited (T00)."""
    if not verdict["verified"]:
        return None
    site, app = request.app[keys.SITE], request.app
    return words.Cited(site.base_url, words.page_in(verdict["page"], language(request)), app[keys.CLOCK].now())


def _neutral(request: web.Request) -> web.Response:
    # Pending, rejected, unknown: one page, the same bytes, also in its links.
    lang = language(request)
    homes = {each: f"{words.prefix(each)}/" for each in words.others(lang)}
    text = words.render("neutral.html", lang, alternates=homes, sandbox=request.app[keys.SANDBOX])
    # Its holder may look at it before publishing, and must not find it again after.
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})


async def successor(request: web.Request, verdict: Mapping[str, Json]) -> words.Successor | None:
    """The page of the attestation that took the place of this one, when it was only attested anew."""
    if verdict.get("reason") != Reason.SUPERSEDED:
        return None
    account, reader = verdict["account"], request.app[keys.READER]
    # The same account under another name, or its name, which an account of the same holder has now (T00e).
    for acct in (await reader.accounts.handle_of_url(account["actor"]), account["acct"]):
        answer = await reader.verdicts.answer(acct) if acct else None
        now = strict_json.loads_object(answer[0]) if answer else {}
        if now and now["page"] != verdict["page"]:
            path = str(now["page"]).removeprefix(request.app[keys.SITE].base_url)
            return words.Successor(path, vouches=now["verified"], official=now["accountRole"] != "agent")
    return None


def me_links(verdict: dict[str, Json]) -> list[str]:
    """One link per spelling of the account, canonical first: profile, actor id, ``ORIGIN/@user``."""
    account = verdict["account"]
    handle, actor = Handle.parse(account["acct"]), HttpsUrl.parse(account["actor"])
    links = [account["profile"], account["actor"]]
    if handle.host == actor.host:  # where handles live elsewhere (a split domain), that name here may be a stranger's
        links.append(f"{actor.origin}/@{handle.user}")
    return list(dict.fromkeys(links))
