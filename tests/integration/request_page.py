"""The page of a request, read and sent by the browser that holds it."""

from tests.integration.house import ALICE, MAILBOX, Answer, Holder, House, Visitor


async def page(house: House, holder: Holder) -> str:
    """The page of an order, for the browser that holds it."""
    answer = await house.get(f"/en/demander/{holder.id}", Cookie=f"order-{holder.id}={holder.order['token']}")
    assert answer.status == 200
    return answer.text


async def send(browser: Visitor, path: str, **fields: str) -> Answer:
    """A form of ours."""
    return await browser.ask("POST", path, form=fields)


async def publish_page(house: House, holder: Holder, act: str, **fields: str) -> str:
    """A form for the whole organisation, sent by the browser that holds the order."""
    cookie = {"Cookie": f"order-{holder.id}={holder.order['token']}"}
    return (await house.ask("POST", f"/en/demander/{holder.id}/organisation/{act}", form=fields, headers=cookie)).text


async def open_one(house: House, browser: Visitor, handle: str = ALICE) -> str:
    """Begin a request in a browser; its id."""
    house.person(handle)
    asked = await send(browser, "/en/demander", handle=handle, email=MAILBOX, level="body")
    assert asked.status == 303, asked.text
    return asked.headers["Location"].rpartition("/")[2]
