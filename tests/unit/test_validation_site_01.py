"""``site-01``: a link in the head of two pages that visitors do not write (T37, T38)."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person
from tests.doubles.tools import METHODS, NOW, tools, why
from verifier.core.identifiers import Handle, Host
from verifier.core.models import End, Record, Subject
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Tools

SITE = "www.mairie.example"
WELL_KNOWN = "/.well-known/official-account"
METHOD = METHODS["site-01"]
PROFILE = "https://social.example/@mairie"
LINK = f'<link rel="me" href="{PROFILE}">'
Answer = Callable[[web.Request], Awaitable[web.Response]]


@pytest.fixture
def person(http: HttpDouble) -> Person:
    return Instance(http).person("mairie")


@pytest.fixture
async def ways_out(http: HttpDouble, person: Person) -> AsyncIterator[Tools]:
    hosts = http.overrides("social.example", SITE)
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


def page(head: str = "", body: str = "", *, kind: str = "text/html", status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        text = f"<!DOCTYPE html><html><head><title>Mairie</title>{head}</head><body>{body}</body></html>"
        return web.Response(text=text, content_type=kind, status=status)

    return answer


async def check(ways_out: Tools) -> Record:
    subject = Subject(
        order_id="o",
        handle=Handle.parse("@mairie@social.example"),
        page="https://verifier.example/v/o",
        mailbox=None,
        domain=Host.parse(SITE),
        locale="fr",
    )
    record, state = await METHOD.check(subject, METHOD.initial_state(subject), {}, ways_out)
    assert state == {}
    assert (record.method, record.end, record.checked_at) == ("site-01", End.IDENTITY, NOW)
    return record


@pytest.mark.parametrize("href", [PROFILE, "https://social.example/users/mairie"])
async def test_the_front_page_links_to_the_profile(http: HttpDouble, ways_out: Tools, href: str) -> None:
    http.handle(SITE, "/", page(f'<link rel="noopener ME" href="{href}">'))
    record = await check(ways_out)
    assert record.valid, record.problem
    assert record.evidence["domain"] == SITE
    assert record.evidence["found"] == {"url": f"https://{SITE}/", "href": href}
    assert record.evidence["trail"][-1]["url"] == f"https://{SITE}/"
    assert f"{SITE}{WELL_KNOWN}" not in http.asked()


@pytest.mark.parametrize(
    "front",
    [page(), page(status=404), page(LINK, kind="text/plain"), page('<link rel="me" href="https://x.example/">')],
)
async def test_the_page_made_for_it_does_as_well(http: HttpDouble, ways_out: Tools, front: Answer) -> None:
    http.handle(SITE, "/", front)
    http.handle(SITE, WELL_KNOWN, page(LINK))
    record = await check(ways_out)
    assert record.valid, record.problem
    assert record.evidence["found"]["url"] == f"https://{SITE}{WELL_KNOWN}"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"<template>{LINK}</template>", ""),
        (f"<!-- {LINK} -->", ""),
        (f"<noscript>{LINK}</noscript>", ""),
        (f"<script>'{LINK}'</script>", ""),
        (f"<style>{LINK}</style>", ""),
        (f"<title>{LINK}</title>", ""),
        ("", LINK),
        ("", f'<p>Commentaire de Ludo : <a rel="me" href="{PROFILE}">moi</a></p>'),
        ("", f"<textarea>{LINK}</textarea>"),
        ("", f"<svg>{LINK}</svg>"),
        ("", f"<head>{LINK}</head>"),
        ("</head><body><p>x</p><head>" + LINK, ""),
        ('<base href="https://social.example/"><link rel="me" href="/@mairie">', ""),
        ('<link rel="me" href="//social.example/@mairie">', ""),
        (f'<link rel="notme" href="{PROFILE}">', ""),
        (f'<link rel="me-too" href="{PROFILE}">', ""),
        (f'<link rel="me\u00a0" href="{PROFILE}">', ""),
        (f'<link rev="me" href="{PROFILE}">', ""),
        (f'<link rel="me" href="{PROFILE}/">', ""),
        (f'<link rel="me" href=" {PROFILE}">', ""),
        (f'<link rel="me" href="{PROFILE.upper()}">', ""),
        ('<link rel="me" href="http://social.example/@mairie">', ""),
        ('<link rel="me" href="https://social.example/@mairie2">', ""),
        (f'<a rel="me" href="{PROFILE}"></a>', ""),
    ],
)
async def test_t37_a_link_that_somebody_else_could_have_put_there(
    http: HttpDouble, ways_out: Tools, head: str, body: str
) -> None:
    for path in ("/", WELL_KNOWN):
        http.handle(SITE, path, page(head, body))
    assert why(await check(ways_out)) == "site-link-missing"


async def test_t37_other_pages_do_not_count_nor_do_redirects(http: HttpDouble, ways_out: Tools) -> None:
    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"https://{SITE}/forum/42"})

    http.handle(SITE, "/", redirect)
    http.handle(SITE, WELL_KNOWN, redirect)
    http.handle(SITE, "/forum/42", page(LINK))
    record = await check(ways_out)
    assert why(record) == "site-link-missing"
    assert f"{SITE}/forum/42" not in http.asked()
    assert [item.get("problem") for item in record.evidence["trail"][-2:]] == ["fetch-redirect"] * 2


async def test_a_site_out_of_order_is_not_a_missing_link(http: HttpDouble, ways_out: Tools) -> None:
    http.handle(SITE, "/", page(status=503))
    http.handle(SITE, WELL_KNOWN, page(LINK))
    assert why(await check(ways_out)) == "instance-error"


async def test_a_page_too_deep_to_read_leaves_the_other(http: HttpDouble, ways_out: Tools) -> None:
    http.handle(SITE, "/", page(body="<div>" * 500 + '<a rel="me" href="x">'))
    http.handle(SITE, WELL_KNOWN, page(LINK))
    assert (await check(ways_out)).valid


async def test_the_account_is_resolved_first(http: HttpDouble, person: Person, ways_out: Tools) -> None:
    http.handle(SITE, "/", page(LINK))
    person.actor["movedTo"] = "https://elsewhere.example/users/mairie"
    assert why(await check(ways_out)) == "account-moved-alone"


def test_it_only_looks() -> None:
    assert METHOD.declaration.public
    assert METHOD.instructions({}) == {}
    assert not METHOD.is_preparation({}, {})


async def test_a_page_that_is_not_found_says_nothing(http: HttpDouble, ways_out: Tools) -> None:
    for path in ("/", WELL_KNOWN):
        http.handle(SITE, path, page(LINK, status=404))
    assert why(await check(ways_out)) == "site-link-missing"
