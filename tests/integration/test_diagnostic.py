"""The page /diagnostic: each rule failing in turn, and who is asked for what (T00, T63, T65)."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.doubles.instance import property_value
from tests.initiators import OPERATOR
from tests.integration import house as houses
from tests.integration.house import ALICE, NAMES, Answer, House
from verifier.core.models import Reason
from verifier.validation.html import markup
from verifier.web.limits import RATES, Limit
from verifier.words.phrases import say

RIGHT, WRONG, OPEN = "In order", "To be corrected", "Not checked"
SITE = f"https://{NAMES}/me"
PROFILE = "https://social.example/@alice"
UNKNOWN = "aaaaaaaaaaaaaaaa"


async def diagnose(house: House, handle: str = ALICE, page: str = "", prefix: str = "/en") -> Answer:
    return await house.get(f"{prefix}/diagnostic?{urlencode({'handle': handle, 'page': page})}")


def marks(answer: Answer) -> list[str]:
    """Of the rules in order: name, field, page, link back; the last one is never checked."""
    assert answer.status == 200, answer.text
    *found, last = [mark.text().strip() for mark in LexborHTMLParser(answer.text).css(".axes .mark")]
    assert last == OPEN
    return found


def title(answer: Answer) -> str:
    (found,) = LexborHTMLParser(answer.text).css("h1")
    return found.text().strip()


def anchor(url: str) -> str:
    return f'<a href="{url}" rel="me nofollow">{url}</a>'


def held(house: House, *values: str) -> None:
    house.person(ALICE).actor["attachment"] = [property_value(value) for value in values]


async def test_a_form_that_asks_nobody(house: House) -> None:
    for path in ("/diagnostic", "/en/diagnostic"):
        answer = await house.get(path)
        tree = LexborHTMLParser(answer.text)
        (form,) = tree.css("main form")
        assert (answer.status, form.attributes["action"], form.attributes["method"]) == (200, path, "get")
        assert [field.attributes["name"] for field in form.css("input")] == ["handle", "page"]
        assert not tree.css("script")
        assert tree.css(f'footer a[href="{path}"]')
    assert house.http.requests == []


async def test_all_is_right(house: House) -> None:
    holder = await house.attest()
    before = len(house.http.requests)
    for page in ("", holder.page, f"{holder.page}#x", holder.page.replace("/v/", "/en/v/")):
        answer = await diagnose(house, page=page)
        assert marks(answer) == [RIGHT] * 4
        assert title(answer) == "All that we can check is right"
    french = await diagnose(house, PROFILE, prefix="")
    assert title(french) == say("fr", "All that we can check is right")
    # One account, asked once; our own page never.
    assert [asked.partition("?")[0] for asked in house.http.asked()[before:]] == [
        "social.example/.well-known/webfinger",
        "social.example/users/alice",
    ]


async def test_the_name_leads_nowhere(house: House) -> None:
    answer = await diagnose(house, "@nobody@social.example", SITE)
    assert marks(answer) == [WRONG, OPEN, OPEN, OPEN]
    assert title(answer) == "This account does not exist"
    assert not [asked for asked in house.http.asked() if asked.startswith(NAMES)]


async def test_t30_the_name_that_the_account_confirms_is_told(house: House) -> None:
    house.instance.people["acct:minister@social.example"] = house.person(ALICE)
    answer = await diagnose(house, "@minister@social.example")
    assert f"The account confirms that it is {ALICE}" in LexborHTMLParser(answer.text).css("main")[0].text()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (("", "PAGE/"), "The address differs by its last slash"),
        (("Me: ", "PAGE"), "The link is not alone in its field"),
        (("", "https://other.example/"), "No field of the profile holds the link"),
    ],
)
async def test_the_field_is_wrong(house: House, value: tuple[str, str], told: str) -> None:
    holder = await house.attest()
    before, url = value
    held(house, before + anchor(url.replace("PAGE", holder.page)))
    answer = await diagnose(house, page=holder.page)
    assert (marks(answer), title(answer)) == ([RIGHT, WRONG, RIGHT, RIGHT], told)


async def test_a_profile_without_fields(house: House) -> None:
    house.person(ALICE)
    answer = await diagnose(house)
    assert (marks(answer), title(answer)) == ([RIGHT, WRONG, OPEN, OPEN], "The profile shows no field")


async def test_without_a_page_ours_is_found_in_the_profile(house: House) -> None:
    holder = await house.attest()
    held(house, "Paris", anchor(f"{holder.page}/"))
    assert marks(await diagnose(house)) == [RIGHT, WRONG, RIGHT, RIGHT]


async def test_without_any_page_of_ours_it_asks_for_one(house: House) -> None:
    held(house, anchor(SITE))
    answer = await diagnose(house)
    assert marks(answer) == [RIGHT, OPEN, OPEN, OPEN]
    assert title(answer) == "We could not check everything"
    assert not [asked for asked in house.http.asked() if asked.startswith(NAMES)]


@pytest.mark.parametrize(
    ("html", "told", "expected"),
    [
        (None, "The page does not answer as it should", [RIGHT, RIGHT, WRONG, OPEN]),
        ("<p>", "The page has no link that counts", [RIGHT, RIGHT, RIGHT, WRONG]),
        (f'<a rel="me" href="{PROFILE}/">', "The page links to another profile", [RIGHT, RIGHT, RIGHT, WRONG]),
        (f'<a rel="me" href="{PROFILE}">', "All that we can check is right", [RIGHT] * 4),
    ],
)
async def test_the_page_of_somebody_else(house: House, html: str | None, told: str, expected: list[str]) -> None:
    if html is not None:
        house.http.put(NAMES, "/me", html.encode())
    held(house, anchor(SITE))
    answer = await diagnose(house, page=SITE)
    assert (marks(answer), title(answer)) == (expected, told)


async def test_t26_what_is_kept_of_a_profile_is_not_parsed_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = await house.attest()
    held(house, "Paris", "<p>" * 200, anchor(f"{holder.page}/"))
    first = await diagnose(house)
    assert marks(first) == [RIGHT, WRONG, RIGHT, RIGHT]
    monkeypatch.setattr(markup, "LexborHTMLParser", None)
    assert (await diagnose(house)).text == first.text


@pytest.mark.parametrize("prefix", ("", "/en"))
async def test_t00_t63_a_pending_page_is_told_as_one_that_never_was(house: House, prefix: str) -> None:
    holder = await house.order("@bob@social.example")
    held(house, anchor(f"{house.base}/v/{UNKNOWN}"), anchor(holder.page))
    unknown = await diagnose(house, page=f"{house.base}/v/{UNKNOWN}", prefix=prefix)
    assert title(unknown) == say("en" if prefix else "fr", "This page attests nothing (yet)")
    pending = await diagnose(house, page=holder.page, prefix=prefix)
    assert pending.text.replace(holder.id, UNKNOWN) == unknown.text
    assert "bob" not in pending.text


async def test_a_page_that_no_longer_vouches(house: House) -> None:
    holder = await house.attest()
    attestation = holder.order["attestation"].rpartition("/")[2]
    await house.service.registration.publisher.suspend(attestation, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    answer = await diagnose(house)
    assert marks(answer) == [RIGHT, RIGHT, WRONG, OPEN]
    assert title(answer) == "This page no longer vouches for an account"
    assert f'href="/en/v/{holder.id}"' in answer.text
    held(house)  # an answer that is kept; and whatever else is wrong, that is told first
    assert title(await diagnose(house, PROFILE)) == "This page no longer vouches for an account"


async def test_an_attested_account_is_given_the_link_that_it_lacks(house: House) -> None:
    holder = await house.attest()
    held(house, anchor("https://other.example/"))
    answer = await diagnose(house)
    assert (marks(answer), title(answer)) == ([RIGHT, WRONG, RIGHT, RIGHT], "No field of the profile holds the link")
    (link,) = LexborHTMLParser(answer.text).css("input#link")
    assert link.attributes["value"] == holder.page


async def test_t65_the_time_of_the_look_stays_as_long_as_its_answer(house: House) -> None:
    await house.attest()
    seen = [LexborHTMLParser((await diagnose(house)).text).css(".asof time") for _ in range(2)]
    (at, again), (at_later, _) = ([str(each.attributes["datetime"]) for each in times] for times in seen)
    assert at == at_later
    assert again > at


async def test_a_mailbox_given_as_an_account_is_told_apart(house: House) -> None:
    answer = await diagnose(house, "camille.martin@numerique.gouv.fr")
    assert title(answer) == "No account was found under this name"


async def test_the_page_of_another_account(house: House) -> None:
    other = await house.attest("@bob@social.example", "bob.petit@numerique.gouv.fr")
    held(house, anchor(other.page))
    answer = await diagnose(house)
    assert (marks(answer), title(answer)) == ([RIGHT, RIGHT, RIGHT, WRONG], "The page links to another profile")


@pytest.mark.parametrize(
    ("handle", "page", "told", "field"),
    [
        ("", "", "No account was given", "handle"),
        ("dinum", "", "This is not the identifier of an account", "handle"),
        ("https://social.example/about", "", "This is not the identifier of an account", "handle"),
        (ALICE, "http://names.example/", "This address does not start with https", "page"),
        (ALICE, "https://u@names.example/", "This address hides a name before the server", "page"),
        (ALICE, "BASE/demander", "This address of ours is not the page of an account", "page"),
        (ALICE, "BASE?handle=@a@b.example", "This address of ours is not the page of an account", "page"),
    ],
)
async def test_what_is_typed_wrong_asks_nobody(house: House, handle: str, page: str, told: str, field: str) -> None:
    answer = await diagnose(house, handle, page.replace("BASE", house.base))
    tree = LexborHTMLParser(answer.text)
    (problem,) = tree.css(".problem h2")
    assert (answer.status, problem.text().strip()) == (400, told)
    assert [each.attributes["id"] for each in tree.css("input[aria-invalid]")] == [field]
    assert house.http.requests == []


async def test_t65_an_answer_is_kept_and_the_api_shares_it(house: House) -> None:
    house.http.put(NAMES, "/me", f'<a rel="me" href="{PROFILE}">'.encode())
    held(house, anchor(SITE))
    for _ in range(3):
        await diagnose(house, page=SITE)
    await house.get(f"/api/v1/checks/rel-me?page={SITE}&profile={PROFILE}")
    assert len(house.http.requests) == 3


async def test_t65_it_is_limited_by_target(tmp_path: Path) -> None:
    async with houses.running(tmp_path, rate_limits=True) as house:
        share = RATES[Limit.TARGETS_BY_ONE].amount
        answers = [await diagnose(house, f"@a{number}@social.example") for number in range(share // 2 + 1)]
        asked = {request.partition("?")[0] for request in house.http.asked()}
        assert len(house.http.requests) == share
    assert [answer.status for answer in answers] == [200] * (share // 2) + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert asked == {"social.example/.well-known/webfinger", "social.example/.well-known/host-meta"}


async def test_t60_nothing_of_a_profile_is_repeated_but_an_address(house: House) -> None:
    holder = await house.attest()
    person = house.person(ALICE)
    person.actor |= {"name": "xss-mark", "summary": "xss-mark"}
    held(house, f'xss-mark <script>"</script>{anchor(holder.page)}')
    answer = await diagnose(house)
    assert title(answer) == "The link is not alone in its field"
    assert "xss-mark" not in answer.text
