"""A sign-in at an OpenID provider, from the door to the attestation: who is proved, and who is told apart."""

import asyncio
import logging
import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.doubles.openid import CLIENT, SECRET
from tests.integration.house import ALICE, MAILBOX, Holder, House, Visitor, running
from tests.integration.openid import SETTINGS, Way, attest, provided
from tests.integration.process import PRODUCTION, environment
from verifier.core.errors import ConfigError
from verifier.core.strict_json import Json

OTHERS = "bob@social.example"


def code_of(challenge: Json) -> str:
    return str(challenge["problem"]["type"].partition("#")[2])


async def test_an_agent_signs_in_and_is_attested(way: Way) -> None:
    holder = await way.house.order()
    challenge = await way.prove(holder)
    assert challenge["status"] == "valid", challenge
    assert "authorize" not in challenge
    assert (await holder.finalize()).json["status"] == "issued"
    verdict = await way.house.lookup(ALICE)
    assert [check["method"] for check in verdict["checks"]] == ["rel-me-01", "oidc-01"]
    assert verdict["verified"]
    page = (await way.house.get(f"/en/v/{holder.id}")).text
    assert "The sign-in of the State confirms it." in page


async def test_without_a_provider_nobody_is_asked_to_sign_in(house: House) -> None:
    holder = await house.order()
    answer = await holder.challenge("oidc-01")
    assert (answer.status, answer.code) == (404, "challenge-unknown")


async def test_a_provider_that_is_taken_away(tmp_path: Path) -> None:
    async with running(tmp_path, **SETTINGS) as house:
        token = (await house.order()).order
        port = house.service.settings.port
    async with running(tmp_path, port=port) as house:
        answer = await Holder(house, token).challenge("oidc-01")
        assert (answer.status, answer.code) == (404, "challenge-unknown")


async def test_a_secret_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    given = SETTINGS | {"oidc_client_secret": "", "oidc_client_secret_file": file}
    with pytest.raises(ConfigError, match="VERIFIER_OIDC_CLIENT_SECRET_FILE"):
        async with running(tmp_path / "first", **given):
            pass
    file.write_text(f"{SECRET}\n")
    async with provided(tmp_path, **given) as way:
        assert (await way.sign_in(await way.house.order()))["status"] == "valid"


async def test_an_order_keeps_neither_who_signed_in_nor_the_mailbox(way: Way) -> None:
    holder = await way.house.order()
    await way.prove(holder)
    await holder.finalize()
    stored = await way.house.service.storage.read.orders.get(holder.id)
    assert stored is not None
    assert (stored.mailbox, stored.subject) == (None, None)
    records = await way.house.service.storage.read.records.of_order(holder.id)
    assert way.openid.sub not in str(records)


# A browser


async def test_the_way_in_a_browser(way: Way) -> None:
    way.house.person(ALICE)
    async with way.house.browser() as browser:
        order = await _order_in(browser)
        page = (await browser.get(f"/en/demander/{order}")).text
        assert "Sign in with ProConnect" in page
        assert MAILBOX in page
        answer = way.openid.sign_in(_link(await _leaving(browser, order)))
        back = await browser.get(f"/callback/oidc-01?{urlencode(answer)}")
        assert (back.status, back.headers["Location"]) == (303, f"/en/demander/{order}#mailbox")
        assert "You signed in with the mailbox" in (await browser.get(f"/en/demander/{order}")).text


async def test_t20_the_page_says_who_will_be_proved_before_one_leaves(way: Way) -> None:
    way.house.person(ALICE)
    async with way.house.browser() as browser:
        order = await _order_in(browser)
        page = await _leaving(browser, order)
        before, _, _ = page.partition("https://connexion.example/")
        assert re.search(f"Sign in there with the mailbox <bdi[^>]*>{MAILBOX}</bdi>", before)
        assert "prompt=login" in page


@pytest.mark.parametrize("there", ["//evil.example", "/\\evil.example", "%2f%2fevil.example", "https:evil.example"])
@pytest.mark.parametrize("name", ["next", "redirect_uri", "return_to", "iss", "state", "code", "error_uri"])
async def test_t21_nothing_in_a_return_says_where_to_go(way: Way, name: str, there: str) -> None:
    way.house.person(ALICE)
    async with way.house.browser() as browser:
        order = await _order_in(browser)
        answer = {**way.openid.sign_in(_link(await _leaving(browser, order))), name: there}
        back = await browser.get(f"/callback/oidc-01?{urlencode(answer)}")
        assert "evil" not in back.headers.get("Location", "")
        places = {f"/en/demander/{order}#mailbox", f"/en/demander/{order}?failed=mailbox"}
        assert {back.headers.get("Location", f"/en/demander/{order}#mailbox")} <= places


# Whose answer it is


async def test_t16_a_return_that_is_played_again(way: Way) -> None:
    holder = await way.house.order()
    answer = await way.go(holder)
    way.openid.person["email"] = "somebody.else@numerique.gouv.fr"
    assert (await way.come(holder, answer)).status == 303
    assert code_of(await way.challenge(holder)) == "oidc-other-mailbox"
    again = await way.come(holder, answer)
    assert again.status == 400
    assert way.openid.asked("/token") == 1


async def test_t16_the_return_of_somebody_else(way: Way) -> None:
    mine, theirs = await way.house.order(), await way.house.order(handle=f"@{OTHERS}")
    answer = await way.go(theirs)
    assert (await way.come(mine, answer)).status == 401
    assert (await way.come(theirs, answer)).status == 303


async def test_t16_another_server_clears_the_sign_in(way: Way) -> None:
    holder = await way.house.order()
    answer = await way.go(holder)
    assert (await way.come(holder, answer | {"iss": "https://evil.example"})).status == 303
    challenge = await way.challenge(holder)
    assert code_of(challenge) == "signin-issuer"
    assert "authorize" not in challenge
    assert (await way.come(holder, answer)).status == 400


# What it is worth


async def test_t14_a_provider_that_speaks_for_others(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    way.openid.person["idp_id"] = "idp-of-another-ministry"
    holder = await way.house.order()
    with caplog.at_level(logging.WARNING, "verifier.registration.orders.registrar"):
        assert (await way.prove(holder))["status"] == "valid"
    assert "idp-of-another-ministry is not known to speak for numerique.gouv.fr" in caplog.text
    answer = await holder.finalize()
    assert (answer.status, answer.json["status"]) == (202, "in_review")
    assert not (await way.house.lookup(ALICE))["verified"]


async def test_t14_a_known_provider_for_another_domain(way: Way) -> None:
    way.openid.person["email"] = "x@elysee.fr"
    holder = await way.house.order(email="x@elysee.fr")
    await way.prove(holder)
    assert (await holder.finalize()).json["status"] == "in_review"


@pytest.mark.parametrize(
    ("population", "class_", "status"),
    [
        ("agent", "state", "issued"),
        ("prestataire", "contractor", "in_review"),
        ("stagiaire", "trainee", "in_review"),
        ("inconnue", "state", "in_review"),
        (None, "state", "in_review"),
    ],
)
async def test_t15_what_ties_somebody_to_the_body(way: Way, population: str | None, class_: str, status: str) -> None:
    way.openid.person |= {"belonging_population": population, "roles": ["agent_public"], "is_service_public": True}
    holder = await way.house.order()
    await way.prove(holder)
    stored = await way.house.service.storage.read.orders.get(holder.id)
    assert stored is not None
    assert stored.class_ == class_
    records = await way.house.service.storage.read.records.of_order(holder.id)
    assert records[-1].class_ == class_
    assert (await holder.finalize()).json["status"] == status


async def test_t15_a_sign_in_makes_nothing_better(way: Way) -> None:
    mailbox = "camille@ext.numerique.gouv.fr"
    way.openid.person["email"] = mailbox
    holder = await way.house.order(email=mailbox)
    before = await way.house.service.storage.read.orders.get(holder.id)
    await way.prove(holder)
    after = await way.house.service.storage.read.orders.get(holder.id)
    assert before is not None
    assert after is not None
    assert (before.decision, before.class_) == (after.decision, after.class_) == ("review", "contractor")


# Who it is


async def test_t07_a_mailbox_that_passes_to_a_newcomer(way: Way) -> None:
    old = await attest(way, ALICE)
    way.openid.sub = "sub-of-a-newcomer"
    new = await way.house.order(handle=f"@{OTHERS}")
    await way.prove(new)
    verdict = await way.house.lookup(ALICE)
    assert (verdict["status"], verdict["reason"]) == ("suspended", "identity-lost")
    assert way.house.smtp.received == []
    await way.house.service.clockwork.run_due()
    (letter,) = way.house.smtp.received
    assert MAILBOX in letter.rcpt
    assert b"@alice@social.example" in letter.content
    assert (await new.finalize()).json["status"] == "issued"
    read = way.house.service.storage.read
    before, after = await read.orders.get(old.id), await read.orders.get(new.id)
    assert before is not None
    assert after is not None
    assert before.identity_id != after.identity_id
    assert before.identity_key != after.identity_key


async def test_t07_the_newcomer_does_not_inherit_the_account(way: Way) -> None:
    await attest(way, ALICE)
    way.openid.sub = "sub-of-a-newcomer"
    new = await way.house.order(handle=ALICE)
    assert (await way.prove(new))["status"] == "valid"
    assert (await new.finalize()).json["status"] == "in_review"


async def test_t07_what_the_person_before_had_asked_for_ends_too(way: Way) -> None:
    await attest(way, ALICE)
    asked = await way.house.order(handle=f"@{OTHERS}")
    way.openid.sub = "sub-of-a-newcomer"
    new = await way.house.order(handle="@carol@social.example")
    await way.prove(new)
    read = way.house.service.storage.read
    orders = [await read.orders.get(holder.id) for holder in (asked, new)]
    assert [order.status for order in orders if order] == ["expired", "ready"]


async def test_t07_a_code_by_mail_never_binds_a_mailbox_to_somebody_else(way: Way) -> None:
    await attest(way, ALICE)
    await way.house.attest(handle=f"@{OTHERS}")
    way.openid.sub = "sub-of-a-newcomer"
    new = await way.house.order(handle="@carol@social.example")
    await way.prove(new)
    for handle in (ALICE, f"@{OTHERS}"):
        assert (await way.house.lookup(handle))["status"] == "suspended"


async def test_t07_the_first_sign_in_of_somebody_known_by_mail_ends_nothing(way: Way) -> None:
    """Nobody else signed in before: no newcomer. From then on, whoever signs in as another is one."""
    by_mail = await way.house.attest(handle=ALICE)
    first = await attest(way, f"@{OTHERS}")
    for handle in (ALICE, f"@{OTHERS}"):
        assert (await way.house.lookup(handle))["status"] == "verified"
    read = way.house.service.storage.read
    orders = [await read.orders.get(holder.id) for holder in (by_mail, first)]
    assert len({order.identity_id for order in orders if order}) == 1
    way.openid.sub = "sub-of-a-newcomer"
    await way.prove(await way.house.order(handle="@carol@social.example"))
    for handle in (ALICE, f"@{OTHERS}"):
        assert (await way.house.lookup(handle))["reason"] == "identity-lost"


async def test_t07_the_same_person_twice_is_one(way: Way) -> None:
    first, second = await attest(way, ALICE), await attest(way, f"@{OTHERS}")
    read = way.house.service.storage.read
    orders = [await read.orders.get(holder.id) for holder in (first, second)]
    assert len({order.identity_id for order in orders if order}) == 1
    assert (await way.house.lookup(ALICE))["verified"]


async def test_t07_the_word_of_an_unknown_provider_ends_nothing(way: Way) -> None:
    await attest(way, ALICE)
    way.openid.sub, way.openid.person["idp_id"] = "sub-of-a-liar", "idp-of-another-ministry"
    new = await way.house.order(handle=f"@{OTHERS}")
    await way.prove(new)
    assert (await way.house.lookup(ALICE))["verified"]


# Trials


async def test_t13_a_mailbox_of_trials(way: Way) -> None:
    answer = await way.house.new_order(email="user@test.proconnect.gouv.fr")
    assert (answer.status, answer.code) == (422, "mailbox-sandbox")


async def test_t13_production_does_not_start_with_a_provider_of_trials(tmp_path: Path) -> None:
    async def start(issuer: str) -> tuple[int | None, str]:
        openid = {"ISSUER": issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}
        variables = PRODUCTION | {f"VERIFIER_OIDC_{name}": value for name, value in openid.items()}
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).parent / "verifier",
            "serve",
            env=environment(tmp_path, **variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        return process.returncode, said.decode()

    status, said = await start("https://fca.integ01.dev-agentconnect.fr/api/v2")
    assert status not in (0, None)
    assert "VERIFIER_OIDC_ISSUER" in said
    assert SECRET not in said
    status, said = await start("https://auth.agentconnect.gouv.fr/api/v2")
    assert status not in (0, None)  # there are no keys
    assert "VERIFIER_OIDC_ISSUER" not in said


async def _order_in(browser: Visitor) -> str:
    """The order that a browser opens, and holds."""
    form = {"handle": ALICE, "email": MAILBOX, "level": "body"}
    answer = await browser.ask("POST", "/en/demander", form=form)
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"].rpartition("/")[2])


async def _leaving(browser: Visitor, order: str) -> str:
    """The page of an order whose holder is about to sign in."""
    here = f"/en/demander/{order}"
    assert (await browser.ask("POST", f"{here}/openid", form={})).status == 303
    return (await browser.get(here)).text


def _link(page: str) -> str:
    (link,) = re.findall(r'href="(https://connexion\.example/[^"]+)"', page)
    return unescape(link)
