"""Every page in each of its states and in both languages: read by axe, at 320 px, in the dark, and by its links."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from verifier.words import LANGUAGES, PREFIX, Lang

from . import axe
from .person import IMPOSTOR, IMPOSTOR_MAILBOX, OFFICIAL, OFFICIAL_MAILBOX, Person
from .sandbox import Sandbox
from .visits import Visits

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser-faces")]

# Each language walks with an account of its own.
ACCOUNTS: dict[Lang, str] = {"fr": OFFICIAL, "en": "@dinum@social.numerique.gouv.fr"}
SHOTS = Path(__file__).parent / "screenshots"


@dataclass(frozen=True, slots=True)
class Face:
    """A page in one state, and what was seen of it.

    :param broken: rules of axe that it breaks
    :param dark: the same, of contrast alone, on a dark screen
    :param over: pixels by which it is wider than a screen of 320
    :param hrefs: where its links go
    """

    name: str
    broken: list[str]
    dark: list[str]
    over: int
    hrefs: list[str]


async def faces(person: Person) -> AsyncIterator[tuple[str, Page]]:
    """Each state in turn, by its name; the way of one registration and its withdrawal."""
    page, sandbox, handle = person.page, person.sandbox, ACCOUNTS[person.lang]
    prefix = PREFIX[person.lang]
    toy = f"{sandbox.neighbours}{prefix}/social.numerique.gouv.fr/"
    for name, url in {
        "guide": f"{sandbox.neighbours}{prefix}/",
        "mailbox-empty": f"{sandbox.neighbours}{prefix}/mail",
        "toy-home": toy,
        "toy-profile": f"{toy}@camille",
    }.items():
        await page.goto(url)
        yield name, page
    await person.visit("/")
    yield "lookup", page
    for name, typed in {"malformed": "dinum", "unattested": IMPOSTOR, "link": "https://social.example/about"}.items():
        await person.look_up(typed)
        yield f"lookup-{name}", page
    await person.visit("/v/aaaaaaaaaaaaaaaa")
    yield "neutral", page
    await person.visit("/nothing-here")
    yield "not-found", page
    await person.visit("/demander")
    yield "form", page
    await person.ask(IMPOSTOR, IMPOSTOR_MAILBOX)
    yield "form-refused", page
    await person.visit("/demander/aaaaaaaaaaaaaaaa")
    yield "order-not-yours", page

    await person.ask(handle, OFFICIAL_MAILBOX)
    yield "order-new", page
    link = await person.link()
    await person.button("Check my profile").click()
    yield "order-no-link", page
    await person.button("Send the code").click()
    yield "order-code-sent", page
    await person.type_code("ABCD2345")
    yield "order-wrong-code", page
    await person.type_code(await person.read_code())
    yield "order-mailbox-done", page
    tab = await person.save_profile(handle, link)
    yield "toy-profile-saved", tab
    await person.button("Check my profile").click()
    yield "order-ready", page
    await person.button("Publish my attestation").click()
    yield "order-issued", page
    tab = await person.save_profile(handle)
    yield "toy-profile-green", tab
    await page.goto(f"{sandbox.neighbours}{prefix}/mail")
    yield "mailbox", page
    await page.locator(".mails a").first.click()
    yield "mail", page

    await person.visit(f"/v/{link.rpartition('/')[2]}")
    yield "page-verified", page
    await person.look_up(handle)
    yield "lookup-verified", page
    await page.get_by_text(person.says("Cite this answer")).click()
    yield "lookup-cited", page
    await page.get_by_role("link", name=person.says("Verify it yourself")).click()
    yield "attestation", page
    await sandbox.verifier("attestations", "suspend", handle, "--reason", "account-changed")
    await page.reload()
    yield "attestation-suspended", page
    await page.goto(link.replace("/v/", f"{prefix}/v/"))
    await page.reload()
    yield "page-suspended", page
    await person.look_up(handle)
    await page.reload()
    yield "lookup-suspended", page


async def look(name: str, page: Page, lang: Lang) -> Face:
    size = page.viewport_size
    assert size
    broken = await axe.faults(page)
    await page.emulate_media(color_scheme="dark")
    dark = await axe.faults(page, "color-contrast", "link-in-text-block")
    await page.emulate_media(color_scheme="light")
    await page.screenshot(path=SHOTS / lang / f"{name}.png", full_page=True)
    await page.set_viewport_size({"width": 320, "height": 640})
    over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    await page.screenshot(path=SHOTS / lang / f"{name}-320.png", full_page=True)
    await page.set_viewport_size(size)
    hrefs = await page.evaluate("[...document.links].map(link => link.href)")
    return Face(name, broken, dark, over, hrefs)


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=LANGUAGES)
async def seen(request: pytest.FixtureRequest, chromium: Browser, sandbox: Sandbox) -> AsyncIterator[list[Face]]:
    lang: Lang = request.param
    visits = Visits(chromium)
    person = Person(await visits.open(lang), sandbox, lang)
    yield [await look(name, page, lang) async for name, page in faces(person)]
    await visits.close()
    assert visits.faults == []


async def test_no_page_breaks_a_rule_of_axe(seen: list[Face]) -> None:
    assert {face.name: face.broken for face in seen if face.broken} == {}


async def test_contrast_holds_in_the_dark(seen: list[Face]) -> None:
    assert {face.name: face.dark for face in seen if face.dark} == {}


async def test_no_page_scrolls_sideways_at_320_pixels(seen: list[Face]) -> None:
    assert {face.name: face.over for face in seen if face.over} == {}


async def test_every_link_leads_somewhere(seen: list[Face], chromium: Browser, sandbox: Sandbox) -> None:
    hrefs = {href.partition("#")[0] for face in seen for href in face.hrefs}
    ours = {href for href in hrefs if href.startswith((sandbox.service, sandbox.neighbours))}
    context = await chromium.new_context()
    answers = {href: (await context.request.get(href)).status for href in ours}
    await context.close()
    assert {href: status for href, status in answers.items() if status != 200} == {}
