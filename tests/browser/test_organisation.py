"""An organisation's way: its account, its DNS, those below it, its whole instance; each page open to everybody."""

import pytest
from playwright.async_api import Page

from verifier.words import Lang, prefix

from . import axe
from .person import Person, follow
from .sandbox import Sandbox
from .visits import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

DINUM, PRESS = "@dinum@social.numerique.gouv.fr", "presse@numerique.gouv.fr"
NEIGHBOUR = "@camille@social.numerique.gouv.fr"


async def publish_record(person: Person, name: str, value: str) -> None:
    tab = await person.page.context.new_page()
    await tab.goto(f"{person.sandbox.neighbours}{prefix(person.lang)}/dns")
    assert await axe.faults(tab) == []
    await tab.get_by_label(person.says("Its name"), exact=True).fill(name)
    await tab.get_by_label(person.says("Its value"), exact=True).fill(value)
    await follow(tab.get_by_role("button", name=person.says("Publish"), exact=True))
    assert await axe.faults(tab) == []
    await tab.close()


async def checked(page: Page) -> None:
    """A page that anybody can use, also on a small screen."""
    assert await axe.faults(page) == []
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.set_viewport_size({"width": 1280, "height": 800})


async def take_back(person: Person, request: str, listed: str, target: str) -> None:
    """From the list on the page of the request, through what would follow: once to change nothing, once to the end."""
    page, button = person.page, person.says("Take back %(target)s", target=target)
    await page.goto(request)
    for ends in (False, True):
        await page.get_by_text(person.says(listed), exact=True).click()
        await checked(page)
        await follow(page.get_by_role("link", name=button, exact=True))
        await checked(page)
        if not ends:
            await follow(page.get_by_role("link", name=person.says("Change nothing"), exact=True))
            assert page.url == request
    await follow(page.get_by_role("button", name=button, exact=True))
    assert await page.get_by_role("link", name=button, exact=True).count() == 0
    await checked(page)


async def found_again(person: Person) -> None:
    """A link that was lost is found again in the same browser."""
    here = person.page.url
    await person.visit("/demander?for=body")
    await checked(person.page)
    await follow(person.page.locator("section[aria-labelledby=yours]").get_by_role("link", name=DINUM).first)
    assert person.page.url == here


async def site_fails_alone(person: Person) -> None:
    """Of the optional look at the website, nothing is said about the DNS."""
    page = person.page
    await page.get_by_text(person.says("Your website can confirm it too"), exact=True).click()
    await person.press("Check the website")
    assert await page.locator("#site .problem").count() == 1
    assert await page.locator("#domain .state.failed").count() == 0
    await checked(page)


async def read_what_to_forward(person: Person) -> None:
    await person.page.get_by_text(person.says("A text to forward to those who run the DNS"), exact=True).click()
    forwarded = await person.field("Select it whole and copy it").input_value()
    assert await person.field("Its value, of type TXT").input_value() in forwarded
    await checked(person.page)


async def wait_for_the_record(person: Person) -> None:
    """It is not there yet, which is nobody's fault."""
    await person.press("Check the record")
    assert person.says("The record is not seen yet") in await person.text()
    assert await person.page.locator("#domain .state.waiting").count() == 1
    assert (await person.page.title()).startswith(person.says("Waiting")), "it is no error"
    assert await person.page.locator(".status:focus").count() == 1
    assert await person.page.get_by_role("alert").count() == 0
    await checked(person.page)


async def name_one_below(person: Person, request: str) -> None:
    """And take it back."""
    page = person.page
    await page.get_by_text(person.says("Name the organisations below yours"), exact=True).click()
    await person.field("The list").fill("elysee.fr,Présidence")
    await person.press("Name them")
    assert person.says("This organisation is not below yours") in await person.text()
    await checked(page)
    await person.field("The list").fill("labo.numerique.gouv.fr,Laboratoire")
    await person.press("Name them")
    assert person.says("Done. One organisation is named.") in await person.text()
    assert person.says("It is not known who acts for this organisation, or somebody else does so far.") not in (
        await page.locator("#children").inner_text()
    ), "its kind of domain comes first"
    await checked(page)
    await take_back(person, request, "One organisation is named", "labo.numerique.gouv.fr")
    assert person.says("No account is suspended by it.") in await person.text()


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_the_whole_way_of_an_organisation(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    page = await visits.open(lang)
    await axe.install(page.context)
    person = Person(page, sandbox, lang)
    await person.visit("/demander")
    await follow(page.get_by_role("link", name=person.says("Have the account of an organisation attested")))
    await checked(page)
    await person.field("The account").fill(DINUM)
    await person.field("The domain of your organisation").fill("numerique.gouv.fr")
    await person.field("Your professional mailbox").fill("presse@douane.finances.gouv.fr")
    await person.press("Start")
    assert person.says("This mailbox is not of that body") in await person.text()
    await checked(page)
    await person.field("Your professional mailbox").fill(PRESS)
    await person.press("Start")
    await found_again(person)
    await site_fails_alone(person)

    if lang == "fr":
        await read_what_to_forward(person)
        await wait_for_the_record(person)
        name = await person.field("Name of the record").input_value()
        await publish_record(person, name, await person.field("Its value, of type TXT").input_value())
        await person.press("Check the record")
    else:
        # Proved once, for all the accounts of the body.
        assert await page.locator("#domain .state.done").count() == 1
    await person.prove_account(DINUM)
    await person.prove_mailbox()
    await checked(page)
    await person.press("Publish my attestation")
    await checked(page)
    request = page.url.partition("#")[0]

    await name_one_below(person, request)

    await page.get_by_text(person.says("Attest the whole instance"), exact=True).click()
    await person.field("The server, as in the identifiers of its accounts").fill("social.example")
    await person.press("Attest the instance")
    assert person.says("The record is not in the DNS") in await person.text()
    await checked(page)
    await person.field("The server, as in the identifiers of its accounts").fill("social.numerique.gouv.fr")
    await person.press("Attest the instance")
    await checked(page)

    await person.look_up(NEIGHBOUR)
    assert person.says("On an official instance") in await person.text()
    await checked(page)
    await person.look_up(DINUM)
    assert await page.locator(".mark.tone-official").count() == 1
    assert person.says("The domain confirms it.") in await person.text()

    await take_back(person, request, "One instance is attested", "social.numerique.gouv.fr")
    await person.look_up(NEIGHBOUR.replace("camille", "claude"))  # the other answer is kept for a minute
    assert person.says("On an official instance") not in await person.text()
