"""Somebody who goes on with a request in another browser."""

from tests.integration.house import MAILBOX, Answer, House, Visitor
from tests.integration.request_page import send


async def ask(house: House, browser: Visitor, mailbox: str = MAILBOX) -> Answer:
    """Ask for a code, and have the letter sent, if there is one."""
    asked = await send(browser, "/en/reprendre", email=mailbox)
    await house.service.clockwork.run_due()
    return asked


async def sign_in(house: House, browser: Visitor, mailbox: str = MAILBOX) -> str:
    """The page with the requests of a mailbox."""
    assert (await ask(house, browser, mailbox)).status == 303
    typed = await send(browser, "/en/reprendre/code", code=house.code())
    assert typed.status == 303, typed.text
    return (await browser.get("/en/reprendre")).text
