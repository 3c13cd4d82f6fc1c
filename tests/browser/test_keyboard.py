"""The whole way without a mouse."""

import pytest
from playwright.async_api import Page

from verifier.words import LANGUAGES, Lang

from .person import OFFICIAL_MAILBOX, Person
from .sandbox import Sandbox
from .visits import Visits

MIDDLES = """['.top nav', '.top .lang'].map(each => {
    const box = document.querySelector(each).getBoundingClientRect();
    return (box.top + box.bottom) / 2;
})"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_other_language_stands_beside_the_pages_of_the_header(
    visits: Visits, sandbox: Sandbox, lang: Lang
) -> None:
    page = await visits.open(lang)
    await Person(page, sandbox, lang).visit("/")
    for width in (700, 900, 960, 961, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        middles = await page.evaluate(MIDDLES)
        assert max(middles) - min(middles) < 5, width


async def test_by_keyboard_alone_with_the_focus_in_sight(visits: Visits, sandbox: Sandbox) -> None:
    """The same way on another account: Tab, typing and Enter; at each stop the focus shows."""
    page = await visits.open("en")
    person = Person(page, sandbox, "en")
    keys = page.keyboard
    handle = "@dinum@social.numerique.gouv.fr"

    await person.visit("/")
    await tab_to(page, "Have an account attested")
    await keys.press("Enter")
    await page.wait_for_url("**/demander")
    await tab_to(page, "Your account")
    await keys.type(handle)
    await tab_to(page, "Your professional mailbox")
    await keys.type(OFFICIAL_MAILBOX)
    await tab_to(page, "My administration")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await page.wait_for_url("**/demander/*")
    link = await tab_to(page, "The link to put in your profile")
    await keys.press("Control+c")

    toy = await page.context.new_page()
    await toy.goto(f"{sandbox.neighbours}/en/social.numerique.gouv.fr/@dinum")
    await tab_to(toy, "Content 2")
    await toy.keyboard.press("Control+v")
    await toy.keyboard.press("Enter")
    await toy.get_by_role("status").wait_for()
    assert await toy.get_by_label("Content 2").input_value() == link

    await page.bring_to_front()
    await tab_to(page, "Check my profile")
    await keys.press("Enter")
    await page.get_by_text("the account is yours").wait_for()
    await tab_to(page, "Send the code")
    await keys.press("Enter")
    await page.get_by_text("A code was sent").wait_for()
    code = await person.read_code()
    await tab_to(page, "The 8 characters of the code")
    await keys.type(code.lower())
    await keys.press("Enter")
    await page.get_by_text("You read the mail of").wait_for()
    assert "a professional mailbox of the State" in await page.locator(".preview").inner_text()
    await tab_to(page, "Publish my attestation")
    await keys.press("Enter")
    await page.get_by_text("Your attestation is published").wait_for()


async def tab_to(page: Page, name: str) -> str:
    """Press Tab until what is called `name` has the focus; its value, if it is a field."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
                const label = at.labels?.[0]?.innerText ?? at.innerText;
                return {label, value: at.value ?? "", line: style.outlineStyle, width: parseFloat(style.outlineWidth),
                        shown: box.width > 0 && box.left >= 0 && at !== document.body};
            }"""
        )
        assert focus["shown"], f"Tab goes nowhere before {name}"
        assert focus["line"] == "solid", f"no focus to be seen on {focus['label']}"
        assert focus["width"] >= 2
        if str(focus["label"]).startswith(name):
            return str(focus["value"])
    raise AssertionError(f"40 times Tab, and never on {name}")
