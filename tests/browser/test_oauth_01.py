"""An account proved by a sign-in at its instance, as a person walks it."""

import pytest
from playwright.async_api import Page

from verifier.words import Lang

from . import axe
from .person import OFFICIAL, OFFICIAL_MAILBOX, Person, follow
from .sandbox import Sandbox
from .visits import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def set_out(person: Person) -> None:
    """To the page where the instance asks who it is."""
    if not await person.button("Prepare the sign-in").is_visible():  # it is where a sign-in has failed
        await person.page.get_by_text(person.says("You would rather not edit your profile?")).click()
    await person.press("Prepare the sign-in")
    assert person.page.url.endswith("?begun=account#account")
    link = person.page.get_by_role("link", name=person.says("Continue on %(host)s", host="127.0.0.1").split("127")[0])
    assert await axe.faults(person.page) == []
    await follow(link)
    assert person.page.url.startswith(person.sandbox.neighbours)


async def choose(page: Page, user: str) -> None:
    await follow(page.locator("li", has_text=f"@{user}@social.numerique.gouv.fr").get_by_role("link"))


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_an_account_is_proved_at_its_instance(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    person = Person(await visits.open(lang, width=320), sandbox, lang)
    await axe.install(person.page.context)
    await person.ask(OFFICIAL, OFFICIAL_MAILBOX)
    order = person.page.url

    await set_out(person)
    assert await axe.faults(person.page) == []
    await follow(person.page.get_by_role("link", name=person.says("Do not sign in, and go back")))
    assert person.page.url == f"{order}?failed=account"
    assert person.says("The sign-in was declined") in await person.text()

    await set_out(person)
    await choose(person.page, "dinum")
    assert person.says("You signed in with another account") in await person.text()

    await set_out(person)
    await choose(person.page, "camille")
    assert person.page.url == f"{order}#account"
    assert person.says("You signed in at your instance: the account is yours.") in await person.text()

    await person.prove_mailbox()
    await person.press("Publish my attestation")
    assert person.says("Your attestation is published") in await person.text()
    await person.look_up(OFFICIAL)
    assert person.says("When it was checked, its holder signed in at its own instance.") in await person.text()
