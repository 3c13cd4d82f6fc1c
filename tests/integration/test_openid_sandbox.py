"""The sandbox's own sign-in: the way that the guide describes, walked with a browser's requests."""

import re
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from tests.doubles.dns import DnsDouble
from tests.integration import house as houses
from tests.integration.house import Time, Visitor
from tests.ports import free_port
from verifier.app import compose, serving
from verifier.sandbox.neighbours import Neighbours
from verifier.sandbox.openid import AGENTS

CAMILLE = "@camille@social.numerique.gouv.fr"
MAILBOX = "camille.martin@numerique.gouv.fr"


def first(pattern: str, text: str) -> str:
    """The first of its kind, as a browser reads it."""
    found = re.search(pattern, text)
    assert found, text
    return unescape(found[1])


@pytest.mark.parametrize("agent", [agent.email for agent in AGENTS])
async def test_whoever_signs_in_at_the_toy(tmp_path: Path, agent: str) -> None:
    clock, port = Time().clock, free_port()
    base = f"http://localhost:{port}"
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
        Neighbours(base, clock=clock, folder=tmp_path, port=0, smtp_port=0) as neighbours,
        DnsDouble.running() as dns,
    ):
        ways = {"host_overrides": dict(neighbours.overrides), "smtp_url": neighbours.smtp_url, **neighbours.openid}
        houses.lend_rsa_key(tmp_path)
        known = houses.settings(tmp_path, port, dns_servers=dns.server, **ways)
        async with compose(known, clock=clock) as service, serving(service):
            visitor, toy = Visitor(base, session), Visitor(neighbours.origin, session)
            asked = {"handle": CAMILLE, "email": MAILBOX, "level": "body"}
            order = (await visitor.ask("POST", "/en/demander", form=asked)).headers["Location"]
            await visitor.ask("POST", f"{order}/openid", form={})
            there = first(rf'href="({neighbours.origin}/connexion\.example/[^"]+)"', (await visitor.get(order)).text)
            english = await toy.get(there)  # the language of the request (`ui_locales`), not the deployment's
            choice = (await toy.get(english.headers["Location"])).text
            assert '<html lang="en"' in choice
            chosen = first(rf'href="([^"]+)"><bdi>{re.escape(agent)}', choice)
            back = await toy.get(chosen)
            assert back.status == 302
            home = await visitor.get(back.headers["Location"])
            assert home.headers["Location"] == order + ("#mailbox" if agent == MAILBOX else "?failed=mailbox")
            page = (await visitor.get(order)).text
            proved = "You signed in with the mailbox" in page
            assert proved is (agent == MAILBOX)
            assert ("You signed in with another mailbox" in page) is not proved


async def test_a_person_may_decline_and_a_stranger_gets_nothing(tmp_path: Path) -> None:
    async with (
        ClientSession() as session,
        Neighbours("http://127.0.0.1:9", clock=Time().clock, folder=tmp_path, port=0, smtp_port=0) as neighbours,
    ):
        toy = Visitor(neighbours.origin, session)
        assert (await toy.get("/connexion.example/authorize")).status == 400
        assert (await toy.get("/connexion.example/authorize?redirect_uri=https://evil.example")).status == 400
        asked = "response_type=code&client_id=comptes-officiels&code_challenge_method=S256&nonce=n&state=s"
        page = await toy.get(
            f"/en/connexion.example/authorize?{asked}&redirect_uri=http://127.0.0.1:9/callback/oidc-01"
        )
        assert "error=access_denied" in page.text
