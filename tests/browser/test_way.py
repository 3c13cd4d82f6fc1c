"""The whole way, as a person walks it: asked for, proved, published, looked up, and withdrawn."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from .doors import Doors
from .person import OFFICIAL, OFFICIAL_MAILBOX, Person, follow
from .sandbox import Sandbox
from .visits import SHOTS, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROFILE = "https://social.numerique.gouv.fr/@camille"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """As ``make run`` starts it, limits included."""
    async with Sandbox.running(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


class Album:
    """Screenshots, numbered as the way goes."""

    def __init__(self) -> None:
        self._taken = 0

    async def keep(self, page: Page, name: str) -> None:
        self._taken += 1
        await page.screenshot(path=SHOTS / f"{self._taken:02}-{name}.png", full_page=True)


async def test_the_whole_way_of_an_official_account(visits: Visits, sandbox: Sandbox) -> None:
    page = await visits.open()
    person, album = Person(page, sandbox), Album()
    doors = Doors(page.context.request, sandbox.service, OFFICIAL)

    link = await ask(person, album)
    assert await doors.me_links(link) == (0, False)
    profile = await put_in_profile(person, link, album)
    await prove(person, album)
    assert (await doors.verdict())["status"] == "not_attested"
    await publish(person, album)

    assert await doors.me_links(link) == (await page.locator("[rel=me]").count(), True)
    await person.look_up(OFFICIAL)
    assert "Compte d'un agent public" in await person.text()
    await album.keep(page, "verdict")
    await page.emulate_media(color_scheme="dark")
    await album.keep(page, "verdict-dark")
    await page.emulate_media(color_scheme="light")
    verdict = await doors.verdict()
    assert (verdict["verified"], verdict["page"]) == (True, link)
    attestation = await doors.json(verdict["attestation"])
    assert await doors.appraisal(attestation) == (True, set())
    assert await doors.suspended(attestation) is False
    assert await doors.events() == ["issued"]

    await follow(profile.get_by_role("button", name="Enregistrer"))
    assert await profile.locator(".green a").inner_text() == link
    assert "Lien vérifié" in await profile.locator(".green").inner_text()
    await album.keep(profile, "profile-green")

    await withdraw(person, link, album)
    assert await doors.me_links(link) == (0, False)
    verdict = await doors.verdict()
    assert (verdict["verified"], verdict["status"], verdict["reason"]) == (False, "suspended", "account-compromised")
    assert await doors.appraisal(attestation) == (False, {"status"})
    assert await doors.suspended(attestation) is True
    assert await doors.events() == ["issued", "suspended"]


async def ask(person: Person, album: Album) -> str:
    """From the guide to an open request; the link that it gives, which is in the clipboard."""
    page = person.page
    await page.goto(f"{person.sandbox.neighbours}/")
    await album.keep(page, "guide")
    await follow(page.get_by_role("link", name="Demandez une attestation").first)
    assert await person.field("Your account").input_value() == OFFICIAL
    await person.field("Your professional mailbox").fill(OFFICIAL_MAILBOX)
    await album.keep(page, "form")
    await person.press("Start")
    await album.keep(page, "order")
    await page.context.grant_permissions(["clipboard-write"], origin=person.sandbox.service)
    await person.button("Copy the link").click()
    await person.button("Copied").wait_for()
    link = await person.link()
    assert link.startswith(f"{person.sandbox.service}/v/")
    tab = await page.context.new_page()
    await tab.goto(link)
    assert await tab.get_by_role("heading", level=1).inner_text() == "Cette page n'atteste rien."
    assert "camille" not in await tab.content()
    await tab.close()
    return link


async def put_in_profile(person: Person, link: str, album: Album) -> Page:
    """Paste the link in a field: it is there, and not green, since its page attests nothing yet."""
    tab = await person.page.context.new_page()
    await tab.goto(f"{person.sandbox.neighbours}/social.numerique.gouv.fr/@camille")
    await tab.get_by_label("Étiquette 2").fill("Officiel")
    await tab.get_by_label("Contenu 2").focus()
    await tab.keyboard.press("Control+v")
    await follow(tab.get_by_role("button", name="Enregistrer"))
    assert await tab.get_by_role("link", name=link).count() == 1
    assert await tab.locator(".green").count() == 0
    await album.keep(tab, "profile-linked")
    return tab


async def prove(person: Person, album: Album) -> None:
    page = person.page
    await page.bring_to_front()
    await person.press("Check my profile")
    assert "le compte est bien à vous" in await person.text()
    await album.keep(page, "account-proved")
    await person.press("Send the code")
    await album.keep(page, "code-sent")
    await person.type_code(await person.read_code(album.keep))
    assert f"Vous lisez le courriel de {OFFICIAL_MAILBOX}." in await person.text()
    await album.keep(page, "ready")


async def publish(person: Person, album: Album) -> None:
    """To the page of the account, which attests from that moment, although it was seen before."""
    page = person.page
    await person.press("Publish my attestation")
    assert "Votre attestation est publiée" in await person.text()
    await album.keep(page, "issued")
    await follow(page.get_by_role("link", name="Voir sa page"))
    assert await page.get_by_role("heading", level=1).inner_text() == "Compte d'un agent public"
    assert await page.locator("main a[rel=me]").get_attribute("href") == PROFILE
    await album.keep(page, "page")


async def withdraw(person: Person, link: str, album: Album) -> None:
    """Suspend, as the guide says; then both pages, loaded again, say so and why."""
    page = person.page
    said = await person.sandbox.verifier("attestations", "suspend", OFFICIAL, "--reason", "account-compromised")
    assert OFFICIAL.removeprefix("@") in said
    for name, url in {"verdict-suspended": page.url, "page-suspended": link}.items():
        await page.goto(url)
        await page.reload()
        assert "Attention" in await page.get_by_role("heading", level=1).inner_text()
        assert "quelqu'un d'autre" in await person.text()
        await album.keep(page, name)
    assert "camille" not in await page.content()
