"""On a phone, the answer is on the first screen, and the first Tab leads to it."""

import pytest
from playwright.async_api import Locator, Page

from verifier.words import LANGUAGES, Lang

from . import axe
from .person import IMPOSTOR, OFFICIAL_MAILBOX, Person
from .sandbox import Sandbox
from .visits import SHOTS, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONES = ((390, 844), (320, 568))
ACCOUNTS: dict[Lang, str] = {"fr": "@camille@social.numerique.gouv.fr", "en": "@dinum@social.numerique.gouv.fr"}


async def is_whole(place: Locator, height: int) -> bool:
    """Whether all of it is on the first screen."""
    box = await place.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


async def answers(person: Person, height: int) -> dict[str, bool]:
    await person.page.evaluate("scrollTo(0, 0)")
    return {each: await is_whole(person.page.locator(each).first, height) for each in ("#verdict h1", "#verdict .mark")}


async def skip(page: Page) -> str:
    """Press Tab once, then Enter; where the focus is."""
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    return str(await page.evaluate("document.activeElement.id"))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_answer_is_on_the_first_screen_and_one_tab_away(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    person = Person(await visits.open(lang), sandbox, lang)
    await axe.install(person.page.context)
    await person.register(ACCOUNTS[lang], OFFICIAL_MAILBOX)
    page = person.page
    where = page.url.rpartition("/")[2].partition("?")[0].partition("#")[0]
    for path in (f"/?handle={ACCOUNTS[lang]}", f"/?handle={IMPOSTOR}", f"/v/{where}"):
        for width, height in PHONES:
            await page.set_viewport_size({"width": width, "height": height})
            await person.visit(path)
            assert await answers(person, height) == {"#verdict h1": True, "#verdict .mark": True}, (path, width)
            await page.screenshot(path=SHOTS / f"first-{lang}-{width}-{path[1:3].strip('/?')}.png")
            assert await skip(page) == "verdict"
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.closest('#verdict, .ask') !== null"), "what follows it"
            assert await axe.faults(page) == []
    # What a screen reader walks: the answer first, then the form for another one.
    await person.visit(f"/?handle={IMPOSTOR}")
    order = await page.evaluate(
        "[...document.querySelectorAll('main article, main [role=search]')].map(e => e.localName)"
    )
    assert order == ["article", "form"]


async def test_without_an_answer_the_first_tab_leads_to_the_content(visits: Visits, sandbox: Sandbox) -> None:
    person = Person(await visits.open("en"), sandbox, "en")
    await person.visit("/")
    assert await skip(person.page) == "main"
