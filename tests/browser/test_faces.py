"""Every page in each of its states and in both languages: read by axe, at 320 px, in the dark, and by its links."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from verifier.words import LANGUAGES, PLAIN_NAMES, Lang, prefix

from . import axe
from .faces import Face, look
from .person import IMPOSTOR, IMPOSTOR_MAILBOX, OFFICIAL, OFFICIAL_MAILBOX, Person, follow
from .sandbox import Sandbox
from .visits import Visits

# The fixture of the first test walks through all pages: far longer than any other test.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

# Each language walks with an account of its own.
ACCOUNTS: dict[Lang, str] = {"fr": OFFICIAL, "en": "@dinum@social.numerique.gouv.fr"}


async def faces(person: Person) -> AsyncIterator[tuple[str, Page]]:
    """Each state in turn, by its name: the doors, then the way of one registration to its end."""
    for part in (neighbours, doors, request, publication, withdrawal):
        async for face in part(person):
            yield face


async def neighbours(person: Person) -> AsyncIterator[tuple[str, Page]]:
    base = f"{person.sandbox.neighbours}{prefix(person.lang)}"
    host = "social.numerique.gouv.fr"
    paths = {"guide": "/", "mailbox-empty": "/mail", "toy-home": f"/{host}/", "toy-profile": f"/{host}/@camille"}
    for name, path in paths.items():
        await person.page.goto(base + path)
        yield name, person.page


async def doors(person: Person) -> AsyncIterator[tuple[str, Page]]:
    for name, path in {
        "lookup": "/",
        "neutral": "/v/aaaaaaaaaaaaaaaa",
        "not-found": "/nothing-here",
        "order-not-yours": "/demander/aaaaaaaaaaaaaaaa",
        "verify": "/verifier",
        "diagnostic": "/diagnostic",
        "diagnostic-no-page": f"/diagnostic?handle={OFFICIAL}",
        "diagnostic-refused": "/diagnostic?handle=dinum",
        "form": "/demander",
        **{name: f"/{name}" for name in PLAIN_NAMES},
    }.items():
        await person.visit(path)
        yield name, person.page
    await person.visit("/demander?for=body")
    for word in await person.page.locator("details.term > summary").all():
        await word.press("Enter")  # what a word means is told to who has no mouse, and no script
    assert await person.page.locator("details.term[open] > p").count() == 3
    yield "form-words", person.page
    await person.ask(IMPOSTOR, IMPOSTOR_MAILBOX)
    yield "form-refused", person.page
    for name, typed in {"malformed": "dinum", "unattested": IMPOSTOR, "link": "https://social.example/about"}.items():
        await person.look_up(typed)
        yield f"lookup-{name}", person.page
    await person.visit("/verifier")
    await person.field("Or its text, or its address").fill("{")
    await person.press("Verify")
    yield "verify-refused", person.page


async def request(person: Person) -> AsyncIterator[tuple[str, Page]]:
    page, handle = person.page, ACCOUNTS[person.lang]
    await person.ask(handle, OFFICIAL_MAILBOX)
    yield "order-new", page
    await person.press("Check my profile")
    yield "order-no-link", page
    await page.get_by_text(person.says("Your software shows no links?")).click()
    await person.press("Give me a code")
    yield "order-token", page
    await person.press("Look for the code in my profile")
    yield "order-no-token", page
    await person.press("Send the code")
    yield "order-code-sent", page
    await person.type_code("ABCD2345")
    yield "order-wrong-code", page
    await person.type_code(await person.read_code())
    yield "order-mailbox-done", page
    yield "toy-profile-saved", await person.save_profile(handle, await person.link())
    await person.press("Check my profile")
    yield "order-ready", page
    await person.press("Publish my attestation")
    yield "order-issued", page


async def publication(person: Person) -> AsyncIterator[tuple[str, Page]]:
    page, handle = person.page, ACCOUNTS[person.lang]
    await follow(page.get_by_role("link", name=person.says("See its page")))
    yield "page-verified", page
    await person.visit(f"/diagnostic?handle={handle}")
    yield "diagnostic-right", page
    yield "toy-profile-green", await person.save_profile(handle)
    await page.goto(f"{person.sandbox.neighbours}{prefix(person.lang)}/mail")
    yield "mailbox", page
    await follow(page.locator(".mails a").first)
    yield "mail", page
    await person.look_up(handle)
    yield "lookup-verified", page
    await page.get_by_text(person.says("Cite this answer")).click()
    yield "lookup-cited", page
    await follow(page.get_by_role("link", name=person.says("Verify it yourself")))
    yield "attestation", page
    signed = await (await page.context.request.get(page.url)).text()
    await person.visit(f"/verifier?attestation={page.url}")
    yield "verify-authentic", page
    await person.field("Or its text, or its address").fill(signed.replace(handle[1:], f"x{handle[1:]}"))
    await person.press("Verify")
    yield "verify-forged", page


async def withdrawal(person: Person) -> AsyncIterator[tuple[str, Page]]:
    page, handle = person.page, ACCOUNTS[person.lang]
    await person.look_up(handle)
    await person.sandbox.verifier("attestations", "suspend", handle, "--reason", "account-changed")
    await follow(page.get_by_role("link", name=person.says("Verify it yourself")))
    yield "attestation-suspended", page
    await person.visit(f"/verifier?attestation={page.url}")
    yield "verify-suspended", page
    await page.go_back()
    await follow(page.get_by_role("link", name=person.says("See the page of the account")))
    await page.reload()
    yield "page-suspended", page
    await person.look_up(handle)
    await page.reload()
    yield "lookup-suspended", page


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=LANGUAGES)
async def seen(request: pytest.FixtureRequest, chromium: Browser, sandbox: Sandbox) -> AsyncIterator[list[Face]]:
    lang: Lang = request.param
    visits = Visits(chromium)
    person = Person(await visits.open(lang), sandbox, lang)
    await axe.install(person.page.context)
    followed: set[str] = set()
    yield [await look(name, page, followed) async for name, page in faces(person)]
    await visits.close()
    assert visits.faults == []


async def test_no_page_breaks_a_rule_of_axe(seen: list[Face]) -> None:
    assert {face.name: face.rules for face in seen if face.rules} == {}


async def test_contrast_holds_in_the_dark(seen: list[Face]) -> None:
    assert {face.name: face.dark for face in seen if face.dark} == {}


async def test_every_page_reads_at_320_pixels(seen: list[Face]) -> None:
    assert {face.name: face.cut for face in seen if face.cut} == {}


async def test_every_link_leads_somewhere(seen: list[Face]) -> None:
    assert {face.name: face.dead for face in seen if face.dead} == {}
