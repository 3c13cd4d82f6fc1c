"""Attempts that must fail, and the words in which they end."""

from urllib.parse import urlsplit

import pytest

from verifier.words import LANGUAGES, Lang

from .person import IMPOSTOR, IMPOSTOR_MAILBOX, OFFICIAL, OFFICIAL_MAILBOX, PUPIL, PUPIL_MAILBOX, Person, follow
from .sandbox import Sandbox
from .visits import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

REMEDY = "Put the link in a field of the profile, as its whole content, save, wait a moment and check again."
TITLES: dict[Lang, tuple[str, str]] = {
    "fr": ("Ce domaine imite celui d'une administration", "Une adresse d'élève ne prouve pas un compte officiel"),
    "en": ("This domain imitates that of an administration", "A pupil's mailbox does not prove an official account"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_impostor_and_pupil_end_on_the_form_in_plain_words(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    person = Person(await visits.open(lang), sandbox, lang)
    attempts = ((IMPOSTOR, IMPOSTOR_MAILBOX), (PUPIL, PUPIL_MAILBOX))
    for (handle, mailbox), title in zip(attempts, TITLES[lang], strict=True):
        await person.ask(handle, mailbox)
        problem = person.page.get_by_role("alert")
        assert title in await problem.inner_text()
        # What was typed is still there, and the reader is led to the field.
        assert await person.field("Your account").input_value() == handle
        field = person.field("Your professional mailbox")
        assert await field.input_value() == mailbox
        assert await field.get_attribute("aria-invalid") == "true"
        await problem.get_by_role("link").click()
        assert await field.evaluate("field => field === document.activeElement")
        await person.look_up(handle)
        assert person.says("No attestation for this account") in await person.text()
    orders = await sandbox.verifier("orders", "list", "--json")
    assert IMPOSTOR not in orders
    assert PUPIL not in orders


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_account_of_somebody_else_is_not_proved(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    """An agent with a good mailbox asks for an account whose profile they cannot edit (T00b)."""
    person = Person(await visits.open(lang), sandbox, lang)
    await person.ask("@dinum@social.numerique.gouv.fr", OFFICIAL_MAILBOX)
    link = await person.link()
    await person.press("Check my profile")
    step = await person.page.locator("#account").inner_text()
    assert person.says("The profile does not link to the page") in step
    assert person.says(REMEDY) in step
    assert link in step
    assert person.says("What we saw") in step
    assert "https://social.numerique.gouv.fr/@dinum" in step


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_wrong_code_says_how_many_tries_are_left(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    person = Person(await visits.open(lang), sandbox, lang)
    await person.ask(OFFICIAL, OFFICIAL_MAILBOX)
    await person.press("Send the code")
    for left in (4, 3):
        await person.type_code("ABCD2345")
        alert = person.page.locator("#mailbox-problem")
        assert person.says("This is not the code") in await alert.inner_text()
        assert person.says("Tries left: %(left)s.", left=left) in await alert.inner_text()
    await person.type_code(await person.read_code())
    assert person.says("You read the mail of %(mailbox)s.", mailbox=OFFICIAL_MAILBOX) in await person.text()


async def test_t08_a_code_typed_in_another_browser_is_refused(visits: Visits, sandbox: Sandbox) -> None:
    holder = Person(await visits.open(), sandbox)
    await holder.ask(OFFICIAL, OFFICIAL_MAILBOX)
    await holder.press("Send the code")
    code = await holder.read_code()
    path = urlsplit(holder.page.url).path

    stranger = Person(await visits.open(), sandbox)
    await stranger.visit(path)
    assert "Cette demande n'a pas été commencée dans ce navigateur" in await stranger.text()
    # Nor does a form of its own help, sent to the order's address.
    await stranger.visit("/demander")
    await stranger.page.locator("form.card").evaluate(
        """(form, action) => {
            form.insertAdjacentHTML("beforeend", '<input name="code">');
            form.noValidate = true;
            form.action = action;
        }""",
        f"{path}/code",
    )
    await stranger.page.locator("[name=code]").fill(code)
    await stranger.press("Start")
    assert "Cette demande n'a pas été commencée dans ce navigateur" in await stranger.text()

    await holder.type_code(code)
    assert "Vous lisez le courriel de" in await holder.text()


async def test_the_lookup_needs_no_script(visits: Visits, sandbox: Sandbox) -> None:
    person = Person(await visits.open(java_script_enabled=False), sandbox)
    await person.look_up(IMPOSTOR)
    assert "Aucune attestation pour ce compte" in await person.text()
    await person.look_up("camille")
    assert "identifiant d'un compte" in await person.text()
    await follow(person.page.get_by_role("link", name="English"))
    assert "This is not the identifier of an account" in await person.text()
