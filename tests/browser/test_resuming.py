"""A request that goes on in another browser, and one for another account, in front of the pages."""

import pytest
from playwright.async_api import Page

from verifier.words import LANGUAGES, Lang

from . import axe
from .faces import Face, look
from .person import IMPOSTOR, OFFICIAL, OFFICIAL_MAILBOX, Person
from .sandbox import Sandbox
from .visits import SHOTS, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Eye:
    """Looks at each state of a page, and takes it for people to look at: light and dark, at the width of a phone."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.faces: list[Face] = []

    async def see(self, name: str, page: Page) -> None:
        self.faces.append(await look(name, page, set()))
        size = page.viewport_size
        assert size
        await page.set_viewport_size({"width": 390, "height": 844})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await page.screenshot(path=SHOTS / f"{name}-{self.lang}-{scheme}.png", full_page=True)
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size(size)

    def wrong(self) -> dict[str, tuple[list[str], ...]]:
        found = {face.name: (face.rules, face.dark, face.cut, face.dead) for face in self.faces}
        return {name: faults for name, faults in found.items() if any(faults)}


async def newcomer(visits: Visits, sandbox: Sandbox, lang: Lang) -> Person:
    person = Person(await visits.open(lang), sandbox, lang)
    await axe.install(person.page.context)
    return person


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_request_goes_on_in_another_browser(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    eye, first, second = Eye(lang), await newcomer(visits, sandbox, lang), await newcomer(visits, sandbox, lang)
    await first.ask(IMPOSTOR, OFFICIAL_MAILBOX)
    await first.ask(OFFICIAL, OFFICIAL_MAILBOX)
    await first.prove_account(OFFICIAL)
    path = first.page.url.partition(sandbox.service)[2].partition("#")[0].removeprefix("/en")

    await second.visit(path)
    await eye.see("resume-elsewhere", second.page)
    await second.page.get_by_role("link", name=second.says("Go on with it in this browser")).click()
    await eye.see("resume-start", second.page)
    await second.field("The mailbox of the request").fill("nobody")
    await second.page.locator("main form").evaluate("form => { form.noValidate = true; }")
    await second.press("Send me a code")
    assert await second.page.evaluate("document.activeElement.id") == "problem"
    await eye.see("resume-refused", second.page)
    await second.field("The mailbox of the request").fill(OFFICIAL_MAILBOX)
    await second.press("Send me a code")
    await eye.see("resume-code", second.page)
    await second.type_code("ABCD2345")
    assert await second.page.evaluate("document.activeElement.id") == "problem"
    await eye.see("resume-wrong-code", second.page)
    await second.page.get_by_role("link", name=second.says("Go to the field to correct")).click()
    assert await second.page.evaluate("document.activeElement.id") == "code"
    await second.type_code(await second.read_code(lambda tab, name: eye.see(f"resume-{name}", tab)))
    await eye.see("resume-list", second.page)
    mine = second.page.get_by_role("listitem").filter(has_text=OFFICIAL).first  # the newest
    foreign = second.page.get_by_role("listitem").filter(has_text=IMPOSTOR)
    async with second.page.expect_navigation():
        await foreign.get_by_role("button", name=second.says("End it")).click()
    assert await foreign.count() == 0
    async with second.page.expect_navigation():
        await mine.get_by_role("button", name=second.says("Go on here")).click()
    await eye.see("resume-order", second.page)
    assert second.says("Your profile links to your page: the account is yours.") in await second.text()

    await first.visit(path)
    assert first.says("This request was not started in this browser") in await first.text()
    await second.prove_mailbox()
    assert await second.button("Publish my attestation").count() == 1
    assert eye.wrong() == {}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_wrong_account_is_changed(visits: Visits, sandbox: Sandbox, lang: Lang) -> None:
    eye, person = Eye(lang), await newcomer(visits, sandbox, lang)
    await person.ask(IMPOSTOR, OFFICIAL_MAILBOX)
    await person.page.get_by_text(person.says("This is not the right account?")).click()
    await eye.see("change-open", person.page)
    await person.field("The right account").fill("camille")
    await person.press("Change the account")
    assert await person.page.evaluate("document.activeElement.id") == "problem"
    await eye.see("change-refused", person.page)
    assert await person.field("The right account").input_value() == "camille"
    await person.field("The right account").fill(OFFICIAL)
    await person.press("Change the account")
    assert OFFICIAL in await person.page.locator(".who").first.inner_text()
    await person.press("Check my profile")
    assert await person.page.evaluate("document.activeElement.id") == "problem"
    await eye.see("change-then-wrong", person.page)
    assert eye.wrong() == {}
