"""The registration pages, walked with a browser's cookies and no script; and forms that are not ours (T08, T61)."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from tests.integration.house import ALICE, MAILBOX, OURS, Answer, House, Visitor, running
from tests.ports import free_port


@dataclass
class Browser:
    """Somebody before a screen; :ivar order: the path of their order, once they have one."""

    house: House
    visitor: Visitor
    order: str = ""

    async def read(self, path: str) -> Answer:
        return await self.visitor.get(path)

    async def send(self, path: str, **fields: str) -> Answer:
        """A form of ours, as a browser sends it."""
        return await self.visitor.ask("POST", path, form=fields)

    async def start(self) -> None:
        answer = await self.send("/demander", handle=ALICE, email=MAILBOX, level="body", listed="no")
        assert answer.status == 303, answer.text
        self.order = answer.headers["Location"].partition("#")[0]

    @property
    def id(self) -> str:
        return self.order.rpartition("/")[2]


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    house.person(ALICE)
    async with house.browser() as visitor:
        yield Browser(house, visitor)


async def state(house: House) -> object:
    """All that a form could change."""
    read = house.service.storage.read
    orders = await read.orders.newest(None, 100)
    challenges = [await read.challenges.of_order(order.id) for order in orders]
    return orders, challenges, len(house.smtp.received), len(house.http.requests)


@pytest.mark.parametrize("prefix", ("", "/en"))
async def test_the_whole_way_without_a_script(house: House, browser: Browser, prefix: str) -> None:
    first = await browser.read(f"{prefix}/demander?handle={ALICE}")
    assert f'value="{ALICE}"' in first.text
    typed = {"handle": f" {ALICE} ", "email": MAILBOX, "level": "body", "listed": "yes"}
    opened = await browser.send(f"{prefix}/demander", **typed)
    assert opened.status == 303
    assert opened.headers["Cache-Control"] == "no-store"
    browser.order = opened.headers["Location"].partition("#")[0]
    assert browser.order.startswith(f"{prefix}/demander/")
    page = f"{house.base}/v/{browser.id}"
    assert page in unescape((await browser.read(browser.order)).text)

    unlinked = await browser.send(f"{browser.order}/account")
    assert unlinked.status == 303
    assert "account-problem" in (await browser.read(browser.order)).text
    house.person(ALICE).actor["attachment"] = [{"type": "PropertyValue", "name": "x", "value": page}]
    assert (await browser.send(f"{browser.order}/account")).status == 303
    assert (await browser.send(f"{browser.order}/send")).status == 303
    wrong = await browser.send(f"{browser.order}/code", code="WRXNG222")
    assert wrong.status == 303
    assert "mailbox-problem" in (await browser.read(browser.order)).text
    assert (await browser.send(f"{browser.order}/code", code=house.code())).status == 303
    assert (await browser.send(f"{browser.order}/publish")).status == 303
    done = await browser.read(browser.order)
    assert (done.status, done.headers["Cache-Control"]) == (200, "no-store")
    verdict = await house.lookup(ALICE)
    assert verdict["status"] == "verified"
    assert verdict["attestation"] in done.text
    assert (await house.get("/api/v1/events")).json["events"][0]["listed"] is True


async def test_what_a_form_lacks_is_told_beside_its_field(house: House, browser: Browser) -> None:
    for fields, status, field in (
        ({"handle": "alice", "email": MAILBOX}, 400, "handle"),
        ({"handle": ALICE, "email": "alice"}, 400, "email"),
        ({"handle": ALICE, "email": "leo@eleve.insp.gouv.fr"}, 422, "email"),
        ({}, 400, "handle"),
    ):
        answer = await browser.send("/demander", **fields)
        assert answer.status == status
        assert f'aria-describedby="{field}-hint problem"' in answer.text
        assert fields.get("email", "") in answer.text
    assert await house.service.storage.read.orders.newest(None, 10) == []


async def test_an_order_page_in_every_state(house: House, browser: Browser) -> None:
    await browser.start()
    pages = [await browser.read(browser.order)]
    locked = []
    await browser.send(f"{browser.order}/send")
    for _ in range(6):
        await browser.send(f"{browser.order}/code", code="WRXNG222")
        locked.append(await browser.read(browser.order))
    for _ in range(3):
        exhausted = await browser.send(f"{browser.order}/send")
    assert exhausted.status == 429
    early = await browser.send(f"{browser.order}/publish")
    assert early.status == 409
    house.time.pass_(20 * 60)
    late = await browser.send(f"{browser.order}/code", code=house.code())
    assert late.status == 303
    house.time.pass_(3 * 86_400)
    await house.service.clockwork.run_due()
    pages += [*locked, await browser.read(browser.order)]
    assert [page.status for page in pages] == [200] * len(pages)


FORMS = ("/demander", "ORDER/account", "ORDER/send", "ORDER/code", "ORDER/publish")
FIELDS = {"handle": ALICE, "email": MAILBOX, "level": "body", "listed": "no", "code": "WRXNG222"}


EVIL = "https://evil.example"


@pytest.mark.parametrize("form", FORMS)
async def test_t61_a_form_that_another_site_sends_changes_nothing(house: House, browser: Browser, form: str) -> None:
    await browser.start()
    path = form.replace("ORDER", browser.order)
    before = await state(house)
    forged: tuple[list[tuple[str, str]], ...] = (
        [],
        [("Origin", EVIL)],
        [("Origin", house.base + ".evil.example")],
        [("Origin", house.base.replace("http:", "https:"))],
        [("Origin", house.base.upper())],
        [("Origin", house.base + "/")],
        [("Origin", "null")],
        [("Origin", "")],
        [("Origin", house.base), ("Origin", EVIL)],
        [("Origin", EVIL), ("Origin", house.base)],
        [("Origin", f"{house.base}, {EVIL}")],
        [("Referer", house.base)],
        [("Sec-Fetch-Site", "")],
        [("Sec-Fetch-Site", "Same-Origin")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-origin, cross-site")],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", EVIL)],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
        *([("Sec-Fetch-Site", other)] for other in ("same-site", "cross-site", "elsewhere")),
        *([("Sec-Fetch-Site", other), ("Origin", house.base)] for other in ("same-site", "cross-site", "elsewhere")),
    )
    session = browser.visitor.session
    for headers in forged:
        async with session.post(house.base + path, data=FIELDS, headers=headers, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (403, "no-store"), headers
            assert MAILBOX not in await answer.text()
    assert await state(house) == before
    passed: tuple[dict[str, str], ...] = (
        {"Sec-Fetch-Site": "same-origin", "Origin": house.base},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": house.base},
    )
    for ours in passed:
        assert (await browser.visitor.ask("POST", path, form=FIELDS, headers=ours)).status != 403, ours


async def test_t61_a_form_without_its_cookie(house: House, browser: Browser) -> None:
    await browser.start()
    before = await state(house)
    for form in FORMS[1:]:
        answer = await house.ask("POST", form.replace("ORDER", browser.order), form=FIELDS)
        assert answer.status == 401
    assert await state(house) == before


@pytest.mark.parametrize("sec_fetch", ({}, {"Sec-Fetch-Site": "same-origin"}), ids=("old browser", "browser of today"))
@pytest.mark.parametrize("scheme", ("http", "https"))
async def test_a_site_opened_at_another_origin_says_so(house: House, scheme: str, sec_fetch: dict[str, str]) -> None:
    port = house.base.rpartition(":")[2]
    there = {"Host": f"127.0.0.1:{port}", "Origin": f"{scheme}://127.0.0.1:{port}"} | sec_fetch
    answer = await house.ask("POST", "/en/demander", form=FIELDS, headers=there)
    assert answer.status == 403
    text = re.sub("<[^>]+>", "", unescape(answer.text))
    assert f"You are at {scheme}://127.0.0.1:{port}; this site is at {house.base}." in text
    elsewhere = await house.ask("POST", "/en/demander", form=FIELDS, headers={"Origin": EVIL})
    assert (elsewhere.status, EVIL in elsewhere.text) == (403, False)


async def test_t61_a_forged_form_uses_up_no_limit(tmp_path: Path) -> None:
    """Else a page of another site has its readers refused here."""
    async with running(tmp_path, rate_limits=True) as house, house.browser() as visitor:
        for _ in range(25):
            forged = await visitor.ask("POST", "/demander", form={}, headers={"Sec-Fetch-Site": "cross-site"})
            assert forged.status == 403
        assert (await visitor.ask("POST", "/demander", form={})).status == 400


async def test_t08_reading_changes_nothing(house: House, browser: Browser) -> None:
    """Scanners read what they find, follow it, and send the forms that they see, without our cookies."""
    await browser.start()
    await browser.send(f"{browser.order}/send")
    before = await state(house)
    page = (await browser.read(browser.order)).text
    actions = set(re.findall(r'action="([^"]+)"', page))
    assert actions
    for _ in range(20):
        for path in {browser.order, f"/v/{browser.id}", *actions}:
            for method in ("GET", "HEAD"):
                await house.ask(method, path)
        for action in actions:
            answer = await house.ask("POST", action, form={"code": house.code()})
            assert answer.status == 401
    assert await state(house) == before
    assert (await browser.send(f"{browser.order}/code", code=house.code())).status == 303
    assert (await house.service.storage.read.challenges.get(browser.id, "email-01")).status == "valid"  # type: ignore[union-attr]


async def test_an_order_is_its_browser_s_alone(house: House, browser: Browser) -> None:
    await browser.start()
    async with house.browser() as stranger:
        await stranger.get("/demander")
        theirs = await stranger.get(browser.order)
        nothing = await stranger.get("/demander/aaaaaaaaaaaaaaaa")
    assert (theirs.status, nothing.status) == (401, 401)
    assert theirs.body.replace(browser.id.encode(), b"?") == nothing.body.replace(b"aaaaaaaaaaaaaaaa", b"?")
    assert ALICE not in theirs.text


async def test_t61_cookies_are_kept_from_scripts_and_other_sites(house: House) -> None:
    async with house.browser() as visitor:
        browser = Browser(house, visitor)
        assert "Set-Cookie" not in (await browser.read("/demander")).headers
        opened = await browser.send("/demander", **FIELDS)
        sent = await browser.send(f"{opened.headers['Location']}/send")
    cookies: SimpleCookie = SimpleCookie()
    for answer in (opened, sent):
        cookies.load(answer.headers["Set-Cookie"])
    assert len(cookies) == 2
    for morsel in cookies.values():
        assert morsel["httponly"] is True
        assert morsel["samesite"] == "Lax"
        assert not morsel["domain"]
        assert int(morsel["max-age"]) > 0


async def test_t61_another_host_of_the_domain_sets_none_of_our_cookies(tmp_path: Path) -> None:
    """Any of them can set a cookie for all; with the prefix ``__Host-``, a browser lets it be (RFC 6265bis)."""
    port = free_port()
    async with running(tmp_path, port=port, base_url=f"https://127.0.0.1:{port}") as house:
        visitor = Visitor(f"http://127.0.0.1:{port}", house.session)

        def set_by(answer: Answer) -> tuple[str, str]:
            cookies: SimpleCookie = SimpleCookie()
            cookies.load(answer.headers["Set-Cookie"])
            (morsel,) = cookies.values()
            assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")
            assert morsel.key.startswith("__Host-")
            return morsel.key, morsel.value

        opened = await visitor.ask("POST", "/demander", form=FIELDS, headers={"Origin": house.base})
        assert opened.status == 303
        name, token = set_by(opened)
        order = name.removeprefix("__Host-order-")
        back = f"/callback/oauth-01/{order}?code=x&state={order}.AAAAAAAAAAAAAAAAAAAAAA"
        for path, status in ((f"/demander/{order}", 200), (back, 400)):
            assert (await visitor.get(path, Cookie=f"order-{order}={token}")).status == 401
            assert (await visitor.get(path, Cookie=f"{name}={token}")).status == status


PART = b"--b\r\nContent-Disposition: form-data; "


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    (
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=b", b"nothing of the kind", 400),
        ("multipart/form-data; boundary=b", PART + b'name="email"; filename="x"\r\n\r\nx\r\n--b--\r\n', 400),
        ("application/x-www-form-urlencoded; charset=nonsense", b"email=x", 400),
        ("application/x-www-form-urlencoded", b"email=\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"email=%ff&&&=;%", 400),
        ("application/json", b'{"email":"x"}', 400),
        ("", b"email=x", 400),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 300_000, 413),
        ("multipart/form-data; boundary=b", PART + b'name="a"\r\n\r\n' + b"x" * 300_000 + b"\r\n--b--\r\n", 400),
    ),
    ids=lambda value: str(value)[:30],
)  # fmt: skip
async def test_a_form_that_cannot_be_read_is_the_sender_s_fault(
    house: House, content_type: str, body: bytes, status: int
) -> None:
    answer = await house.ask("POST", "/demander", body=body, headers=OURS | {"Content-Type": content_type})
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_t09_a_form_is_counted_with_its_twin_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with running(tmp_path, rate_limits=True) as house, house.browser() as visitor:
        browser = Browser(house, visitor)
        house.person(ALICE)
        await browser.start()
        for _ in range(19):
            assert (await house.post("/api/v1/orders", {})).status == 400
        over = await browser.send("/demander", handle="@b@social.example", email="typed@numerique.gouv.fr")
        assert (over.status, over.headers["Retry-After"]) == (429, "3600")
        assert 'value="typed@numerique.gouv.fr"' in over.text
        assert len(await house.service.storage.read.orders.newest(None, 10)) == 1
        for _ in range(30):
            assert (await house.post("/api/v1/orders/aaaaaaaaaaaaaaaa/finalize", {})).status == 401
        for step, part in (("account", "account"), ("send", "mailbox"), ("publish", "publish")):
            before = await state(house)
            over = await browser.send(f"{browser.order}/{step}")
            assert (over.status, over.headers["Retry-After"]) == (429, "60")
            assert f'id="{part}-problem"' in over.text
            assert await state(house) == before
        assert (await browser.read(browser.order)).status == 200


async def test_t61_who_may_not_see_an_order_is_told_nothing_of_it_over_a_limit(tmp_path: Path) -> None:
    async with running(tmp_path, rate_limits=True) as house, house.browser() as visitor:
        browser = Browser(house, visitor)
        await browser.start()
        for _ in range(30):
            await house.post("/api/v1/orders/aaaaaaaaaaaaaaaa/finalize", {})
        stranger = await house.ask("POST", f"{browser.order}/send", form={})
        forged = await browser.visitor.ask(
            "POST", f"{browser.order}/send", form={}, headers={"Sec-Fetch-Site": "cross-site"}
        )
    assert (stranger.status, forged.status) == (401, 403)
    assert MAILBOX not in stranger.text + forged.text
