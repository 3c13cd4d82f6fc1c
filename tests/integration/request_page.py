"""The page of a request, read and sent by the browser that holds it."""

import re

from tests.integration.house import ALICE, MAILBOX, Answer, Holder, House, Visitor

CSRF = re.compile(r'name="csrf" value="([^"]+)"')


async def page(house: House, holder: Holder) -> str:
    """The page of an order, for the browser that holds it."""
    answer = await house.get(f"/en/demander/{holder.id}", Cookie=f"order-{holder.id}={holder.order['token']}")
    assert answer.status == 200
    return answer.text


async def send(house: House, browser: Visitor, path: str, **fields: str) -> Answer:
    csrf = CSRF.findall((await browser.get("/en/demander")).text)[0]
    return await browser.ask("POST", path, form={"csrf": csrf} | fields, headers={"Origin": house.base})


async def publish_page(house: House, browser: Visitor, holder: Holder, act: str, **fields: str) -> str:
    """A form for the whole organisation, sent by the browser that holds the order."""
    form = {"csrf": CSRF.findall((await browser.get("/en/demander")).text)[0]} | fields
    visit = "; ".join(f"{each.key}={each.value}" for each in browser.session.cookie_jar)
    cookies = {"Origin": house.base, "Cookie": f"{visit}; order-{holder.id}={holder.order['token']}"}
    path = f"/en/demander/{holder.id}/organisation/{act}"
    return (await house.ask("POST", path, form=form, headers=cookies)).text


async def open_one(house: House, browser: Visitor, handle: str = ALICE) -> str:
    """Begin a request in a browser; its id."""
    house.person(handle)
    asked = await send(house, browser, "/en/demander", handle=handle, email=MAILBOX, level="body")
    assert asked.status == 303, asked.text
    return asked.headers["Location"].rpartition("/")[2]
