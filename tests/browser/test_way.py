"""The whole way, as a person walks it: asked for, proved, published, looked up, and withdrawn."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from verifier.core.strict_json import Json
from verifier.proof import bitstring

from .person import OFFICIAL, OFFICIAL_MAILBOX, Person
from .sandbox import Sandbox
from .visits import Visits

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser-way")]

SHOTS = Path(__file__).parent / "screenshots"
PROFILE = "https://social.numerique.gouv.fr/@camille"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """As ``make run`` starts it, limits included."""
    async with Sandbox.running(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


class Doors:
    """What the doors of the service say of the official account."""

    def __init__(self, person: Person) -> None:
        self._get = person.page.context.request
        self._service = person.sandbox.service

    async def json(self, path: str) -> Json:
        answer = await self._get.get(path if "://" in path else self._service + path)
        assert answer.ok, await answer.text()
        return await answer.json()

    async def verdict(self) -> dict[str, Json]:
        verdict: dict[str, Json] = await self.json(f"/api/v1/lookup?handle={OFFICIAL}")
        assert await self.json(f"/api/v1/accounts/{OFFICIAL.removeprefix('@')}") == verdict
        return verdict

    async def appraisal(self, attestation: dict[str, Json]) -> dict[str, Json]:
        answer = await self._get.post(f"{self._service}/api/v1/verify", data=json.dumps({"attestation": attestation}),
                                      headers={"Content-Type": "application/json"})  # fmt: skip
        found: dict[str, Json] = await answer.json()
        return found

    async def suspended(self, attestation: dict[str, Json]) -> bool:
        """The bit of the signed status list that the attestation names."""
        (entry,) = [each for each in attestation["credentialStatus"] if each["statusPurpose"] == "suspension"]
        signed = await self.json(entry["statusListCredential"])
        bits = bitstring.decode(signed["credentialSubject"]["encodedList"])
        return bitstring.bit(bits, int(entry["statusListIndex"]))

    async def events(self) -> list[str]:
        return [event["kind"] for event in (await self.json("/api/v1/events"))["events"]]

    async def me_links(self, page: str) -> tuple[int, bool]:
        """How many ``rel=me`` the page holds, and whether its head sends one."""
        answer = await self._get.get(page)
        return (await answer.text()).count('rel="me"'), 'rel="me"' in answer.headers.get("link", "")


class Album:
    """Screenshots, numbered as the way goes."""

    def __init__(self) -> None:
        self._taken = 0

    async def keep(self, page: Page, name: str) -> None:
        self._taken += 1
        await page.screenshot(path=SHOTS / "way" / f"{self._taken:02}-{name}.png", full_page=True)


async def test_the_whole_way_of_an_official_account(visits: Visits, sandbox: Sandbox) -> None:
    page = await visits.open()
    person, album = Person(page, sandbox), Album()
    doors = Doors(person)

    await page.goto(f"{sandbox.neighbours}/")
    await album.keep(page, "guide")
    await page.get_by_role("link", name="Demandez une attestation").first.click()
    assert await person.field("Your account").input_value() == OFFICIAL
    await person.field("Your professional mailbox").fill(OFFICIAL_MAILBOX)
    await album.keep(page, "form")
    await person.button("Start").click()
    await album.keep(page, "order")

    link = person.field("The link to put in your profile")
    await link.select_text()
    await page.keyboard.press("Control+c")
    attesting = await link.input_value()
    assert attesting.startswith(f"{sandbox.service}/v/")
    before = await page.context.new_page()
    await before.goto(attesting)
    assert await before.locator("main").inner_text() == "Cette page n'atteste rien."
    assert await doors.me_links(attesting) == (0, False)

    toy = await page.context.new_page()
    await toy.goto(f"{sandbox.neighbours}/social.numerique.gouv.fr/@camille")
    await toy.get_by_label("Étiquette 2").fill("Officiel")
    await toy.get_by_label("Contenu 2").focus()
    await toy.keyboard.press("Control+v")
    await toy.get_by_role("button", name="Enregistrer").click()
    assert await toy.get_by_role("link", name=attesting).count() == 1
    assert await toy.locator(".green").count() == 0
    await album.keep(toy, "profile-linked")

    await page.bring_to_front()
    await person.button("Check my profile").click()
    assert "le compte est à vous" in await person.text()
    await album.keep(page, "account-proved")
    await person.button("Send the code").click()
    await album.keep(page, "code-sent")
    await person.type_code(await person.read_code())
    assert "Vous lisez le courriel de camille.martin@numerique.gouv.fr." in await person.text()
    assert (await doors.verdict())["status"] == "not_attested"
    await album.keep(page, "ready")
    await person.button("Publish my attestation").click()
    assert "Votre attestation est publiée" in await person.text()
    await album.keep(page, "issued")

    await page.get_by_role("link", name="Voir sa page").click()
    assert await page.get_by_role("heading", level=1).inner_text() == "Compte d'un agent public"
    assert await page.locator("main a[rel=me]").get_attribute("href") == PROFILE
    await album.keep(page, "page")
    assert await doors.me_links(attesting) == (await page.locator("[rel=me]").count(), True)
    await person.look_up(OFFICIAL)
    assert "Compte d'un agent public" in await person.text()
    await album.keep(page, "verdict")
    verdict = await doors.verdict()
    assert (verdict["verified"], verdict["page"]) == (True, attesting)
    attestation = await doors.json(verdict["attestation"])
    assert (await doors.appraisal(attestation))["verified"] is True
    assert await doors.suspended(attestation) is False
    assert await doors.events() == ["issued"]

    await toy.get_by_role("button", name="Enregistrer").click()
    assert await toy.locator(".green a").inner_text() == attesting
    assert "Lien vérifié" in await toy.locator(".green").inner_text()
    await album.keep(toy, "profile-green")

    said = await sandbox.verifier("attestations", "suspend", OFFICIAL, "--reason", "account-compromised")
    assert OFFICIAL.removeprefix("@") in said
    await page.reload()
    assert "Attention" in await page.get_by_role("heading", level=1).inner_text()
    assert "quelqu'un d'autre" in await person.text()
    await album.keep(page, "verdict-suspended")
    await page.goto(attesting)
    await page.reload()
    assert "Attention" in await page.get_by_role("heading", level=1).inner_text()
    assert "camille" not in await page.content()
    await album.keep(page, "page-suspended")
    assert await doors.me_links(attesting) == (0, False)
    verdict = await doors.verdict()
    assert (verdict["verified"], verdict["status"], verdict["reason"]) == (False, "suspended", "account-compromised")
    appraisal = await doors.appraisal(attestation)
    assert appraisal["verified"] is False
    assert {axis for axis, found in appraisal["axes"].items() if found["result"] == "failed"} == {"status"}
    assert await doors.suspended(attestation) is True
    assert await doors.events() == ["issued", "suspended"]


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
    await tab_to(toy, "Content 3")
    await toy.keyboard.press("Control+v")
    await toy.keyboard.press("Enter")
    await toy.get_by_role("status").wait_for()
    assert await toy.get_by_label("Content 3").input_value() == link

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
