"""A sign-in at a provider that others wrote and certified: oidc-provider, of Node, over loopback."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.doubles.openid import CLIENT, HOST, SECRET
from tests.integration.house import ALICE, MAILBOX, running
from tests.integration.stranger import install, listening
from tests.ports import free_port
from verifier.core.strict_json import Json
from verifier.sandbox.openid import IDP

ISSUER = f"https://{HOST}"
SCOPE = "openid email idp_id belonging_population"
PERSON = {"email": MAILBOX, "idp_id": IDP, "belonging_population": "agent"}


@asynccontextmanager
async def provider(redirect_uri: str, **changes: Json) -> AsyncIterator[str]:
    """The origin where it listens, as long as this lasts."""
    given = {
        "issuer": ISSUER, "client": CLIENT, "secret": SECRET, "redirectUri": redirect_uri, "person": PERSON,
        "scope": SCOPE, "sub": "1f0c", "acr": "eidas1", "claims": True, "method": "client_secret_post",
    } | changes  # fmt: skip
    async with listening("openid.js", given) as origin:
        yield origin


async def browse(origin: str, url: str, home: str) -> str:
    """Follow redirects at the provider, as a browser with cookies does, to the first address at `home`."""
    cookies: dict[str, str] = {}
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        for _ in range(10):
            if url.startswith(home):
                return url
            place = urlsplit(url)
            assert place.netloc in ("", HOST), url
            sent = {"Host": HOST, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            target = f"{origin}{place.path}" + (f"?{place.query}" if place.query else "")
            async with session.get(target, headers=sent, allow_redirects=False) as answer:
                assert answer.status in (302, 303), await answer.text()
                for line in answer.headers.getall("Set-Cookie", []):
                    cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
                url = answer.headers["Location"]
    raise AssertionError(url)


@pytest.mark.parametrize("claims", (True, False), ids=("claims", "acr_values"))
@pytest.mark.parametrize("method", ("client_secret_post", "client_secret_basic"))
async def test_a_certified_provider_signs_an_agent_in(tmp_path: Path, method: str, claims: bool) -> None:
    install()
    port = free_port()
    home = f"http://localhost:{port}/callback/oidc-01"
    async with provider(home, method=method, claims=claims) as origin:
        settings: dict[str, Any] = {
            "oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_scope": SCOPE,
            "oidc_acr": ("eidas1",),
        }  # fmt: skip
        async with running(tmp_path, now=int(time.time()), port=port, strangers={HOST: origin}, **settings) as house:
            holder = await house.order(ALICE, MAILBOX)
            holder.link()
            assert (await holder.challenge("rel-me-01")).json["status"] == "valid"
            authorize = (await holder.challenge("oidc-01")).json["authorize"]
            back = await browse(origin, authorize, home)
            answer = await house.ask("GET", back, headers=holder.bearer)
            assert answer.status == 303, answer.text
            (identity,) = [end for end in (await holder.show()).json["authorizations"] if end["end"] == "identity"]
            (challenge,) = [each for each in identity["challenges"] if each["type"] == "oidc-01"]
            assert challenge["status"] == "valid", challenge
            evidence = challenge["record"]["evidence"]
            assert (evidence["acr"], evidence["idp"], evidence["population"]) == ("eidas1", IDP, "agent")
            assert (await holder.finalize()).json["status"] == "issued"
