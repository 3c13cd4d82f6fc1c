"""The same service in another country: another suffix, other classes, another language at ``/``, another time zone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration import house as houses
from tests.integration.house import ALICE, Holder, House
from verifier import words
from verifier.core import strict_json

POLICY = Path(__file__).parent.parent / "data" / "policies" / "examplia"
MAIL = ("agua.gob.example", "MX")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def examplia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, Holder]]:
    async with houses.running(tmp_path_factory.mktemp("examplia"), policy_dir=POLICY) as house:
        house.dns.zone[MAIL] = ["10 mx.agua.gob.example."]
        yield house, await house.attest(ALICE, "ana.rios@agua.gob.example")


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_attestation_names_a_body_of_that_country(examplia: tuple[House, Holder]) -> None:
    house, holder = examplia
    document = (await house.get(holder.order["attestation"])).json
    affiliation = document["credentialSubject"]["affiliation"]
    assert (affiliation["domain"], affiliation["name"]) == ("agua.gob.example", "Ministry of Water")
    assert {item.get("class") for item in document["evidence"]} == {None, "ministry"}


@pytest.mark.parametrize(
    ("mailbox", "status", "code"),
    [
        ("ana@canton-one.example", 201, None),
        ("ana@numerique.gouv.fr", 422, "mailbox-domain-unknown"),
        ("ana@webmail.example", 422, "mailbox-free"),
        ("ana@notgob.example", 422, "mailbox-domain-unknown"),
    ],
)
async def test_its_policy_decides(examplia: tuple[House, Holder], mailbox: str, status: int, code: str | None) -> None:
    answer = await examplia[0].new_order("@bob@social.example", mailbox)
    assert answer.status == status
    assert code is None or answer.code == code


async def test_its_shared_mailboxes_and_units_are_reviewed(examplia: tuple[House, Holder]) -> None:
    house, _ = examplia
    for number, mailbox in enumerate(("prensa@agua.gob.example", "ana@rios.agua.gob.example")):
        order = await house.order(f"@review{number}@social.example", mailbox)
        kept = await house.service.storage.read.orders.get(order.id)
        assert kept is not None
        assert kept.decision == "review"


async def test_pages_are_english_at_the_root_and_french_beside(examplia: tuple[House, Holder]) -> None:
    house, holder = examplia
    for path, lang, other in (
        ("/", "en", "/fr/"),
        ("/fr/", "fr", "/"),
        ("/demander", "en", "/fr/demander"),
        (f"/fr/v/{holder.id}", "fr", f"/v/{holder.id}"),
    ):
        page = await house.get(path)
        assert page.status == 200, path
        assert f'<html lang="{lang}">' in page.text
        assert f'hreflang="{words.others("fr" if lang == "fr" else "en")[0]}" href="{other}"' in page.text
    assert (await house.get("/en/")).status == 404
    assert ".gob.example" in (await house.get("/demander")).text


async def test_times_are_in_its_zone(examplia: tuple[House, Holder]) -> None:
    house, holder = examplia
    page = (await house.get(f"/v/{holder.id}")).text.replace("\u00a0", " ")
    assert "23 November 2026 at 05:00 (Bogota time)" in page
    assert "Paris" not in page
    french = (await house.get(f"/fr/v/{holder.id}")).text.replace("\u00a0", " ")
    assert "23 novembre 2026 à 5 h 00 (heure de Bogota)" in french


async def test_a_document_is_shown_in_its_language_unless_asked_otherwise(examplia: tuple[House, Holder]) -> None:
    house, holder = examplia
    for asked, lang in (({}, "en"), ({"Accept_Language": "fr-FR,fr"}, "fr"), ({"Accept_Language": "de"}, "en")):
        page = await house.get(holder.order["attestation"], Accept="text/html", **asked)
        assert f'<html lang="{lang}">' in page.text


async def test_mails_are_in_its_language_when_nobody_chose(examplia: tuple[House, Holder]) -> None:
    house, _ = examplia
    order = await house.order("@carla@social.example", "carla@agua.gob.example")
    await order.challenge("email-01")
    assert b"Content-Language: fr" not in house.smtp.received[-1].content
    kept = await house.service.storage.read.orders.get(order.id)
    assert kept is not None
    assert kept.locale == "en"


async def test_its_actor_and_its_description_are_its_own(examplia: tuple[House, Holder]) -> None:
    house, _ = examplia
    actor = (await house.get("/actor", Accept="application/activity+json")).json
    assert actor["name"] == words.service_name("en")
    paths = strict_json.loads((await house.get("/openapi.json")).body)["paths"]
    assert "/fr/demander" in paths
    assert "/en/demander" not in paths


async def test_the_diagnostic_knows_both_spellings_of_its_pages(examplia: tuple[House, Holder]) -> None:
    house, holder = examplia
    for page in (holder.page, holder.page.replace("/v/", "/fr/v/")):
        told = await house.get(f"/diagnostic?handle={ALICE}&page={page}")
        assert told.status == 200
        assert '<html lang="en">' in told.text


async def test_the_deployment_ends_with_its_service(examplia: tuple[House, Holder]) -> None:
    assert words.deployed().locale == "en"
    with words.deploying(words.Deployment("fr", words.deployed().zone)):
        assert words.prefix("en") == "/en"
    assert words.prefix("en") == ""
