"""What an officer meets before an organisation's request is open: a shared mailbox, a name, a record that must wait."""

import pytest
from playwright.async_api import Page

from verifier.words import Lang

from . import axe
from .person import Person
from .sandbox import Sandbox
from .visits import SHOTS, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

HANDLE, SHARED = "@dinum@social.numerique.gouv.fr", "presse@ecologie.gouv.fr"
DOMAIN, NAME = "ecologie.gouv.fr", "Ministère de la Transition écologique"


async def checked(page: Page, name: str, lang: Lang, width: int) -> None:
    """A page that anybody can use, kept for people to look at."""
    assert await axe.faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"names-{name}-{lang}-{width}.png", full_page=True)


@pytest.mark.parametrize(("lang", "width"), [("fr", 390), ("en", 1280)])
async def test_a_shared_mailbox_leads_to_the_form_of_the_organisation(
    visits: Visits, sandbox: Sandbox, lang: Lang, width: int
) -> None:
    page = await visits.open(lang, width=width)
    await axe.install(page.context)
    person = Person(page, sandbox, lang)
    await person.ask(HANDLE, SHARED)
    told = await person.text()
    assert person.says("This mailbox is that of a function, not of a person") in told
    assert "presse" in told
    await checked(page, "shared", lang, width)

    await person.press("Go on for the organisation %(domain)s", domain=DOMAIN)
    assert "@" not in page.url, "no mailbox in an address"
    assert "%40" not in page.url
    assert await person.field("The account").input_value() == HANDLE
    assert await person.field("The domain of your organisation").input_value() == DOMAIN
    assert await person.field("Your professional mailbox").input_value() == SHARED
    await checked(page, "form", lang, width)

    await page.get_by_text(person.says("Is its name known?"), exact=True).click()
    name = person.field("The name of your organisation")
    await name.fill("Mini\u200bstère")
    await person.press("Start")
    assert person.says("This cannot be the name of an organisation") in await person.text()
    assert await name.is_visible(), "what is at fault is open"
    await checked(page, "name", lang, width)
    await name.fill(NAME)
    await person.press("Start")
    order = await person.text()
    assert person.says("The name of the organisation is one that you gave: nobody else has told us of it.") in order
    assert NAME in order

    await person.press("Check the record")
    assert await page.locator("#domain .state.waiting").inner_text() == person.says("Waiting")
    assert await page.locator("#domain .problem").count() == 0
    await checked(page, "waiting", lang, width)
    await person.prove_mailbox()
    assert person.says("You may close this page: we write to %(mailbox)s once the record is seen.", mailbox=SHARED) in (
        await person.text()
    )
    await checked(page, "told", lang, width)


async def test_whoever_has_such_a_mailbox_alone_goes_on(visits: Visits, sandbox: Sandbox) -> None:
    page = await visits.open("en")
    person = Person(page, sandbox, "en")
    await person.ask(HANDLE, "jean.service@numerique.gouv.fr")
    await person.press("This mailbox is mine alone: go on")
    assert person.says("Prove the mailbox") in await person.text()
