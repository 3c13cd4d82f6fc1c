"""A sign-in in the place of the code, as a person walks it in the sandbox (T20)."""

import pytest

from verifier.words import prefix

from . import axe
from .person import OFFICIAL, OFFICIAL_MAILBOX, Person, follow
from .sandbox import Sandbox
from .visits import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def sign_in(person: Person, mailbox: str) -> None:
    """From the page of the request to the toy provider, and back as the holder of that mailbox."""
    page = person.page
    summary = page.get_by_text(person.says("You would rather sign in with %(provider)s?", provider="Connexion"))
    await summary.click()
    await person.press("Sign in with %(provider)s", provider="Connexion")
    assert OFFICIAL_MAILBOX in await person.text()  # who will be proved, before one leaves
    assert await axe.faults(page) == []
    await follow(page.get_by_role("link", name=person.says("Continue with %(provider)s", provider="Connexion")))
    there = f"{person.sandbox.neighbours}{prefix(person.lang)}/connexion.example/authorize?"
    assert page.url.startswith(there), "in the language of the request (`ui_locales`)"
    assert await axe.faults(page) == []
    await follow(page.get_by_role("link", name=mailbox))
    assert await axe.faults(page) == []


async def test_the_whole_way_by_a_sign_in(visits: Visits, sandbox: Sandbox) -> None:
    page = await visits.open()
    await axe.install(page.context)
    person = Person(page, sandbox)
    await person.ask(OFFICIAL, OFFICIAL_MAILBOX)
    await person.prove_account(OFFICIAL)
    await sign_in(person, OFFICIAL_MAILBOX)
    assert person.says("You signed in with the mailbox %(mailbox)s.", mailbox=OFFICIAL_MAILBOX) in await person.text()
    await person.press("Publish my attestation")
    await person.look_up(OFFICIAL)
    assert person.says("The sign-in of the State confirms it.") in await person.text()


async def test_a_sign_in_with_another_mailbox(visits: Visits, sandbox: Sandbox) -> None:
    page = await visits.open()
    await axe.install(page.context)
    person = Person(page, sandbox, "en")
    await person.ask(OFFICIAL, OFFICIAL_MAILBOX)
    await sign_in(person, "dominique.moreau@elysee.fr")
    text = await person.text()
    assert "You signed in with another mailbox" in text
    assert "dominique" not in text
    assert page.url == f"{sandbox.service}/en/demander/{page.url.rpartition('/')[2]}"
