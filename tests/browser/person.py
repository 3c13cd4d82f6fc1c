"""What a person does in front of the pages, by what they read on them."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, Page

from verifier.words import Lang, prefix
from verifier.words.phrases import say

from .sandbox import Sandbox

OFFICIAL, OFFICIAL_MAILBOX = "@camille@social.numerique.gouv.fr", "camille.martin@numerique.gouv.fr"
IMPOSTOR, IMPOSTOR_MAILBOX = "@camille@social-numerique.example", "contact@gouvf.fr"
PUPIL, PUPIL_MAILBOX = "@eleve@social.example", "leo@eleve.insp.gouv.fr"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a browser, who reads one language.

    :param page: the tab where the service is open
    """

    page: Page
    sandbox: Sandbox
    lang: Lang = "fr"

    def says(self, sentence: str, **values: str | int) -> str:
        """A sentence of the catalogue, as this person reads it."""
        return say(self.lang, sentence, **values)

    def button(self, name: str, **values: str) -> Locator:
        return self.page.get_by_role("button", name=self.says(name, **values), exact=True)

    async def press(self, name: str, **values: str) -> None:
        """Press a button, and wait for the page that answers."""
        await follow(self.button(name, **values))

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(self.says(label), exact=True)

    async def text(self) -> str:
        """What the page says."""
        return await self.page.locator("main").inner_text()

    async def visit(self, path: str) -> None:
        """Open a page of the service."""
        await self.page.goto(f"{self.sandbox.service}{prefix(self.lang)}{path}")

    async def look_up(self, handle: str) -> None:
        await self.visit("/")
        await self.field("Which account do you want to check?").fill(handle)
        await self.press("Check")

    async def ask(self, handle: str, mailbox: str) -> None:
        """Fill in the form of a request, and send it."""
        await self.visit("/demander")
        await self.field("Your account").fill(handle)
        await self.field("Your professional mailbox").fill(mailbox)
        await self.press("Start")

    async def link(self) -> str:
        """The link to put in the profile, as the page of the request shows it."""
        return await self.field("The link to put in your profile").input_value()

    async def save_profile(self, handle: str, link: str | None = None) -> Page:
        """Save the toy profile in a tab of its own, with that link if one is given; the tab stays open."""
        _, user, host = handle.split("@")
        tab = await self.page.context.new_page()
        await tab.goto(f"{self.sandbox.neighbours}{prefix(self.lang)}/{host}/@{user}")
        if link is not None:
            await tab.get_by_label(self.says("Label %(number)s", number=4)).fill("Officiel")
            await tab.get_by_label(self.says("Content %(number)s", number=4)).fill(link)
        await follow(tab.get_by_role("button", name=self.says("Save")))
        return tab

    async def read_code(self, keep: Callable[[Page, str], Awaitable[None]] | None = None) -> str:
        """The code of the last mail, as the mailbox shows it.

        :param keep: takes a screenshot of the mail
        """
        tab = await self.page.context.new_page()
        await tab.goto(f"{self.sandbox.neighbours}{prefix(self.lang)}/mail")
        await follow(tab.locator(".mails a").first)
        (code,) = re.findall(r"^[A-Z2-9]{8}$", await tab.locator("pre").inner_text(), re.MULTILINE)
        if keep:
            await keep(tab, "mail")
        await tab.close()
        return str(code)

    async def type_code(self, code: str) -> None:
        await self.field("The 8 characters of the code").fill(code)
        await self.press("Confirm")

    async def prove_account(self, handle: str) -> None:
        await (await self.save_profile(handle, await self.link())).close()
        await self.press("Check my profile")

    async def prove_mailbox(self) -> None:
        await self.press("Send the code")
        await self.type_code(await self.read_code())

    async def register(self, handle: str, mailbox: str) -> None:
        """The whole way, to the page that says that it is published."""
        await self.ask(handle, mailbox)
        await self.prove_account(handle)
        await self.prove_mailbox()
        await self.press("Publish my attestation")


async def follow(control: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    async with control.page.expect_navigation():
        await control.click()
