"""A holder who signs in at their own instance: by the API, in a browser, and among people who mean ill (T16, T21)."""

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.doubles.instance import Instance, own_pem
from tests.doubles.mastodon_api import SECRET, TOKEN, Api
from tests.integration.house import ALICE, HOST, MAILBOX, NAMES, Answer, Holder, House, Visitor
from verifier.core.clock import HOUR

LINK = re.compile(r'<a class="button" rel="noopener" href="([^"]+)">')
EVIL = (
    "//evil",
    "/\\evil",
    "%2f%2fevil",
    "https:evil",
    "https://evil.example/",
    "javascript:alert(1)",
    "\r\nX-Evil: 1",
)


def callback(answer: Mapping[str, str], order: str | None = None) -> str:
    """Where an instance sends the holder of that order, by default the one of the ``state``."""
    return f"/callback/oauth-01/{order or answer['state'].partition('.')[0]}?{urlencode(answer)}"


class Walk:
    """An order opened in a browser, by a holder whose instance has the API."""

    def __init__(self, house: House, browser: Visitor, lang: str) -> None:
        self.api = Api(house.http, house.person(ALICE))
        self.browser = browser
        self.prefix = "/en" if lang == "en" else ""
        self.here = ""

    async def start(self) -> str:
        """Opens the order and sets out; where to sign in."""
        await self.open()
        return await self.set_out()

    async def open(self) -> None:
        form = {"handle": ALICE, "email": MAILBOX, "level": "body"}
        opened = await self.browser.ask("POST", f"{self.prefix}/demander", form=form)
        self.here = opened.headers["Location"]

    async def set_out(self) -> str:
        begun = await self.browser.ask("POST", f"{self.here}/signin", form={})
        assert (begun.status, begun.headers["Location"]) == (303, f"{self.here}?begun=account#account")
        (link,) = LINK.findall((await self.browser.get(self.here)).text)
        return str(link).replace("&amp;", "&")

    async def page(self) -> str:
        return (await self.browser.get(self.here)).text

    def arrived(self, answer: Answer) -> bool:
        """Whether they are back at their order, be it with what went wrong."""
        places = (f"{self.here}#account", f"{self.here}?failed=account")
        return answer.status == 303 and answer.headers.get("Location") in places


async def test_the_whole_way_by_the_api(house: House) -> None:
    holder, api = await house.order(), Api(house.http, house.person(ALICE))
    given = await holder.challenge("oauth-01")
    assert (given.status, given.json["status"]) == (200, "pending")
    assert "record" not in given.json
    assert (await holder.challenge("oauth-01")).json == given.json
    answer = api.sign_in(given.json["authorize"])
    back = await house.ask("GET", callback(answer), headers=holder.bearer)
    assert (back.status, back.headers["Location"]) == (303, f"/demander/{holder.id}#account")
    account, _ = (await holder.show()).json["authorizations"]
    assert account["status"] == "valid"
    (challenge,) = (each for each in account["challenges"] if each["type"] == "oauth-01")
    assert "authorize" not in challenge
    assert challenge["record"]["evidence"]["found"]["scope"] == "read:accounts"
    await holder.challenge("email-01")
    await holder.challenge("email-01", {"code": house.code()})
    issued = (await holder.finalize()).json
    assert issued["status"] == "issued"
    assert (await house.get(issued["attestation"])).json["evidence"][0]["method"] == "oauth-01"
    assert (await house.lookup(ALICE))["checks"][0]["method"] == "oauth-01"
    assert "its holder signed in at its own instance" in (await house.get(f"/en/v/{holder.id}")).text


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", "Votre instance a confirmé la connexion"), ("en", "You signed in at")]
)
async def test_in_a_browser(house: House, lang: str, said: str) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, lang)
        link = await walk.start()
        assert urlsplit(link).netloc == "social.example"
        assert walk.arrived(await browser.get(callback(walk.api.sign_in(link))))
        page = await walk.page()
        assert said in page
        assert not LINK.findall(page)


async def test_who_changes_the_language_sets_out_and_comes_back_in_it(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "fr")
        await walk.open()
        walk.here = f"/en{walk.here}"
        link = await walk.set_out()
        assert "lang=en" in link
        assert walk.arrived(await browser.get(callback(walk.api.sign_in(link))))


async def test_who_declines_may_try_again(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "en")
        link = await walk.start()
        state = walk.api.sign_in(link)["state"]
        assert walk.arrived(await browser.get(callback({"error": "access_denied", "state": state})))
        page = await walk.page()
        assert "The sign-in was declined" in page
        assert not LINK.findall(page)
        assert walk.arrived(await browser.get(callback(walk.api.sign_in(await walk.set_out()))))
        assert "You signed in at" in await walk.page()


async def test_a_link_that_is_too_old_is_not_shown(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "fr")
        link = await walk.start()
        house.time.pass_(HOUR)
        assert not LINK.findall(await walk.page())
        assert await walk.set_out() != link


async def test_an_instance_without_the_api_is_told_with_the_other_ways(house: House) -> None:
    holder = await house.order()
    refused = await holder.challenge("oauth-01")
    assert (refused.status, refused.json["status"]) == (200, "invalid")
    assert refused.json["problem"]["type"].endswith("#oauth-unsupported")
    assert "with a link, or with a code" in refused.json["problem"]["remedy"]
    trail = refused.json["record"]["evidence"]["trail"]
    assert [item["url"].partition("?")[0] for item in trail] == [
        "https://social.example/.well-known/webfinger",
        "https://social.example/users/alice",
        "https://social.example/.well-known/oauth-authorization-server",
        "https://social.example/api/v1/apps",
    ]
    assert trail[-1]["status"] == 404
    Api(house.http, house.person(ALICE))  # it was closed for a while
    begun = await holder.challenge("oauth-01")
    assert (begun.json["status"], "authorize" in begun.json) == ("pending", True)


async def tried(house: House, holder: Holder, api: Api) -> tuple[str, Mapping[str, Any]]:
    """The scope of one sign-in, and the challenge after it."""
    link = (await holder.challenge("oauth-01")).json["authorize"]
    await house.ask("GET", callback(api.sign_in(link)), headers=holder.bearer)
    challenges = (await holder.show()).json["authorizations"][0]["challenges"]
    (challenge,) = (each for each in challenges if each["type"] == "oauth-01")
    return dict(parse_qsl(urlsplit(link).query))["scope"], challenge


async def test_an_instance_that_opens_the_account_to_the_right_to_read_alone(house: House) -> None:
    holder, api = await house.order(), Api(house.http, house.person(ALICE), opens="read")  # Takahe
    scope, challenge = await tried(house, holder, api)
    assert scope == "read:accounts"
    assert challenge["problem"]["type"].endswith("#oauth-scope-unknown")
    assert "ask for the right to read" in challenge["problem"]["remedy"]
    scope, challenge = await tried(house, holder, api)
    assert scope == challenge["record"]["evidence"]["found"]["scope"] == "read"
    assert challenge["status"] == "valid"
    assert api.revoked == [api.token] * 2


async def test_nothing_greater_than_the_right_to_read_is_asked(house: House) -> None:
    holder, api = await house.order(), Api(house.http, house.person(ALICE), opens="admin:read")
    for expected, code in (
        ("read:accounts", "oauth-scope-unknown"),
        ("read", "oauth-account"),
        ("read", "oauth-account"),
    ):
        scope, challenge = await tried(house, holder, api)
        assert scope == expected
        assert challenge["problem"]["type"].endswith(f"#{code}")
    assert api.revoked == [api.token] * 3


async def test_t16_only_the_session_that_started_comes_back(house: House) -> None:
    async with house.browser() as browser, house.browser() as stranger:
        walk = Walk(house, browser, "en")
        answer = walk.api.sign_in(await walk.start())
        other = await house.order("@bob@social.example")
        for who, headers in (
            (house, None),
            (stranger, None),
            (house, other.bearer),
            (house, {"Authorization": "Bearer"}),
        ):
            refused = await who.ask("GET", callback(answer), headers=headers)
            assert refused.status == 401
            assert "navigateur où vous avez commencé" in refused.text
            assert answer["code"] not in refused.text
        assert TOKEN not in walk.api.asked()
        assert walk.arrived(await browser.get(callback(answer)))  # the strangers ended nothing
        assert "You signed in at" in await walk.page()


async def test_t16_a_replayed_return_is_refused(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "en")
        answer = walk.api.sign_in(await walk.start())
        walk.api.account["username"] = "somebody"
        assert walk.arrived(await browser.get(callback(answer)))
        assert "You signed in with another account" in await walk.page()
        replayed = await browser.get(callback(answer))
        assert replayed.status == 400
        assert "This is not the sign-in that was started last" in replayed.text
        assert walk.api.asked().count(TOKEN) == 1


async def test_t16_a_made_up_return_is_refused_and_ends_nothing(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "en")
        answer = walk.api.sign_in(await walk.start())
        order = answer["state"].partition(".")[0]
        made_up = await browser.get(callback(answer | {"state": f"{order}.AAAAAAAAAAAAAAAAAAAAAA"}))
        assert made_up.status == 400
        assert '<html lang="en">' in made_up.text
        for name in ("code", "state"):
            twice = await browser.get(f"{callback(answer)}&{name}={answer[name]}")
            assert twice.status == 400
        assert (await browser.get(callback(answer | {"code": "x" * 4_097}))).status == 400
        assert (await browser.ask("HEAD", callback(answer))).status == 303
        assert TOKEN not in walk.api.asked()
        assert walk.arrived(await browser.get(callback(answer)))
        assert "You signed in at" in await walk.page()


async def test_t16_another_issuer_ends_the_sign_in(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "en")
        answer = walk.api.sign_in(await walk.start(), iss="https://evil.example")
        assert walk.arrived(await browser.get(callback(answer)))
        assert "Another server answered" in await walk.page()
        assert (await browser.get(callback(answer))).status == 400
        assert TOKEN not in walk.api.asked()


async def test_t16_the_return_of_one_method_is_not_that_of_another(house: House) -> None:
    holder, api = await house.order(), Api(house.http, house.person(ALICE))
    answer = api.sign_in((await holder.challenge("oauth-01")).json["authorize"])
    for path in ("oidc-01", "oauth-01", "rel-me-01", f"oidc-01/{holder.id}", f"rel-me-01/{holder.id}"):
        crossed = await house.ask("GET", f"/callback/{path}?{urlencode(answer)}", headers=holder.bearer)
        assert crossed.status == 404, path
    assert (await holder.show()).json["authorizations"][0]["status"] == "pending"


async def test_t16_an_instance_that_promises_to_name_itself_must(house: House) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "en")
        issuer = "https://social.example/"
        walk.api.metadata = {"issuer": issuer, "authorization_response_iss_parameter_supported": True}
        assert walk.arrived(await browser.get(callback(walk.api.sign_in(await walk.start()))))
        assert "Another server answered" in await walk.page()
        assert TOKEN not in walk.api.asked()
        assert walk.arrived(await browser.get(callback(walk.api.sign_in(await walk.set_out(), iss=issuer))))
        assert "You signed in at" in await walk.page()


async def test_t16_a_hostile_instance_that_sends_the_holder_on_gets_no_code(house: House) -> None:
    """The mix-up of RFC 9700, 4.4.1: the sign-in of an attacker's order, with the ``state`` of the holder's."""
    honest, hostile = Api(house.http, house.person(ALICE)), Instance(house.http, NAMES).person("alice")
    caught = Api(house.http, hostile, host=NAMES)
    attacker = await house.order(email="other.agent@numerique.gouv.fr")
    theirs = dict(parse_qsl(urlsplit((await attacker.challenge("oauth-01")).json["authorize"]).query))
    asked = {"handle": f"@alice@{NAMES}", "identity": {"type": "agent", "email": MAILBOX}}
    holder = Holder(house, (await house.post("/api/v1/orders", asked)).json)
    mine = urlsplit((await holder.challenge("oauth-01")).json["authorize"])
    assert mine.netloc == NAMES
    crossed = theirs | {"state": dict(parse_qsl(mine.query))["state"]}
    answer = honest.sign_in(f"https://{HOST}/oauth/authorize?{urlencode(crossed)}")
    back = f"{crossed['redirect_uri'].removeprefix(house.base)}?{urlencode(answer)}"
    assert back == callback(answer, attacker.id)
    for who in (holder, attacker):
        refused = await house.ask("GET", back, headers=who.bearer)
        assert refused.status == 400
        assert "pas le retour d" in refused.text
    assert TOKEN not in caught.asked() + honest.asked()
    for who in (holder, attacker):  # neither sign-in is ended by it
        assert (await who.show()).json["authorizations"][0]["status"] == "pending"
    good = await house.ask("GET", callback(caught.sign_in(mine.geturl())), headers=holder.bearer)
    assert good.status == 303
    assert (await holder.show()).json["authorizations"][0]["status"] == "valid"


@pytest.mark.parametrize("evil", EVIL)
async def test_t21_nothing_in_the_query_leads_elsewhere(house: House, evil: str) -> None:
    async with house.browser() as browser:
        walk = Walk(house, browser, "fr")
        answer = walk.api.sign_in(await walk.start())
        order = answer["state"].partition(".")[0]
        tries = [
            {"state": evil, "code": "x"},
            {"state": f"{evil}.AAAAAAAAAAAAAAAAAAAAAA", "code": "x"},
            {"state": f"{order}.{evil}", "code": "x"},
            answer | {"iss": evil},
        ]
        tries += [answer | {name: evil} for name in ("next", "redirect_uri", "return_to", "error", "code")]
        for given in tries:
            seen = await browser.get(callback(given, order))
            assert seen.status == (303 if given.get("iss") == evil else 400)  # another issuer ends the sign-in
            failed = f"{walk.here}?failed=account"
            assert seen.headers.get("Location", failed) == failed
            assert "X-Evil" not in seen.headers
            assert "evil" not in " ".join(re.findall(r'(?:href|action|content)="([^"]*)"', seen.text))


async def test_secrets_are_in_no_log_store_or_answer(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    holder, api = await house.order(), Api(house.http, house.person(ALICE))
    answer = api.sign_in((await holder.challenge("oauth-01")).json["authorize"])
    await house.ask("GET", callback(answer), headers=holder.bearer)
    shown = (await holder.show()).text
    assert '"oauth-01"' in shown
    stored = b"".join(file.read_bytes() for file in house.folder.glob("verifier.sqlite3*"))
    assert own_pem(ALICE[1:]) not in caplog.text
    for secret in (SECRET, api.token, answer["code"], api.posted[1][1]["code_verifier"]):
        assert secret not in caplog.text + shown
        assert secret.encode() not in stored
