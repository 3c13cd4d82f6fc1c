"""The public checks, and what Mastodon's rule says where the vectors are silent."""

from collections.abc import AsyncIterator

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, property_value
from tests.doubles.tools import ORIGIN, tools
from verifier.core.identifiers import Handle, HttpsUrl
from verifier.fetch import Fetcher, Resolver
from verifier.validation import Tools
from verifier.validation.accounts import mastodon
from verifier.validation.checks import check_profile_fields, check_rel_me, check_webfinger
from verifier.validation.html import markup

PAGE = HttpsUrl.parse("https://site.example/")
PROFILE = HttpsUrl.parse("https://social.example/@marianne")
LINK = f'<link rel="me" href="{PROFILE}">'


@pytest.fixture
async def ways_out(http: HttpDouble) -> AsyncIterator[Tools]:
    hosts = http.overrides("social.example", "names.example", "site.example", "short.example")
    async with Fetcher(Resolver([]), user_agent="test", overrides=hosts) as fetcher:
        yield tools(fetcher)


async def test_a_page_that_links_back(http: HttpDouble, ways_out: Tools) -> None:
    http.put("site.example", "/", LINK.encode())
    answer = await check_rel_me(PAGE, PROFILE, ways_out)
    assert (answer["linked"], answer["why"]) == (True, None)
    fetched, link = answer["evidence"]
    assert (fetched["url"], fetched["status"]) == (str(PAGE), 200)
    assert link == {"element": "link", "rel": "me", "href": str(PROFILE)}
    assert http.asked() == ["site.example/"]


@pytest.mark.parametrize(
    ("html", "code", "values"),
    [
        ("<p>Hello", "page-no-rel-me", {}),
        (f'<a href="{PROFILE}">x</a>', "page-no-rel-me", {}),
        (
            f'<a rel="me" href="https://other.example/">x</a><a rel="me" href="{PROFILE}/">x</a>',
            "page-other-link",
            {"seen": f"{PROFILE}/", "profile": str(PROFILE), "links": 2},
        ),
        (f"<!-- {'x' * 1_048_576} -->", "page-cut", {}),
    ],
    ids=["no link", "no rel", "slash", "cut"],
)
async def test_why_a_page_does_not(
    http: HttpDouble, ways_out: Tools, html: str, code: str, values: dict[str, str | int]
) -> None:
    http.put("site.example", "/", html.encode())
    answer = await check_rel_me(PAGE, PROFILE, ways_out)
    assert not answer["linked"]
    assert answer["why"] == {"code": code, "values": values}


async def test_a_page_that_is_not_there(http: HttpDouble, ways_out: Tools) -> None:
    answer = await check_rel_me(PAGE, PROFILE, ways_out)
    assert answer["why"] == {"code": "page-status", "values": {"status": 404}}
    answer = await check_rel_me(HttpsUrl.parse("https://nowhere.example/"), PROFILE, ways_out)
    assert answer["why"] == {"code": "fetch-name", "values": {"host": "nowhere.example"}}
    assert answer["evidence"] == []
    assert len(http.requests) == 1


async def test_a_link_that_redirects_is_followed_on_the_pages_own_host_alone(http: HttpDouble, ways_out: Tools) -> None:
    http.redirect("site.example", "/me", str(PROFILE))
    http.redirect("short.example", "/me", str(PROFILE))
    http.put("site.example", "/", b'<a rel="me" href="https://site.example/me">x</a>')
    assert (await check_rel_me(PAGE, PROFILE, ways_out))["linked"]
    http.put("site.example", "/", b'<a rel="me" href="https://short.example/me">x</a>')
    assert not (await check_rel_me(PAGE, PROFILE, ways_out))["linked"]
    assert not any(asked.startswith("short.example") for asked in http.asked())
    # Mastodon itself would go there.
    assert (await mastodon.check_page(PAGE, str(PROFILE), ways_out.fetcher, ways_out.pages)).linked


async def test_a_handle_that_holds_both_ways(http: HttpDouble, ways_out: Tools) -> None:
    person = Instance(http, names="names.example").person("marianne")
    answer = await check_webfinger(Handle.parse("@marianne@social.example"), ways_out)
    assert (answer["accepted"], answer["why"]) == (True, None)
    assert (answer["handle"], answer["actor"]) == ("@marianne@names.example", person.id)
    assert len(answer["evidence"]) == 3


async def test_a_handle_that_does_not(http: HttpDouble, ways_out: Tools) -> None:
    Instance(http)
    answer = await check_webfinger(Handle.parse("@nobody@social.example"), ways_out)
    assert (answer["accepted"], answer["handle"], answer["actor"]) == (False, None, None)
    assert answer["why"] == {"code": "account-unknown", "values": {"handle": "@nobody@social.example"}}
    assert [item["status"] for item in answer["evidence"]] == [404, 404]


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://x.gouv.fr", "https://x.gouv.fr"),
        (" https://x.gouv.fr/a\n", "https://x.gouv.fr/a"),
        ("https://x.gouv.fr/%c3%a9", None),
        ("https://x.gouv.fr/é", None),
        ("https://x.gouv.fr/e%CC%81", None),
        ("https://x.gouv.fr/%FF", None),
        ("https://x.gouv.fr/%zz", None),
        ("https://x.gouv.fr/a%2Fb", "https://x.gouv.fr/a%2Fb"),
        ("https://u:p@x.gouv.fr/a", None),
        ("https://X.gouv.fr/a", None),
        ("HTTPS://x.gouv.fr/a", None),
        ("", None),
        ("http://127.0.0.1:8080/v/a", None),
    ],
)
def test_fields_at_home(value: str, url: str | None) -> None:
    assert mastodon.field_url(value) == url


def test_one_origin_may_be_plain_http_in_the_sandbox() -> None:
    own = "http://127.0.0.1:8080"
    assert mastodon.field_url(f"{own}/v/a", own) == f"{own}/v/a"
    for other in ("http://127.0.0.1:8081/v/a", "http://127.0.0.1/v/a", "http://x.gouv.fr/v/a"):
        assert mastodon.field_url(other, own) is None
    assert mastodon.field_url("http://verifier.example/v/a", ORIGIN) is None


async def test_a_profile_at_the_root_is_compared_as_its_actor_spells_it(http: HttpDouble, ways_out: Tools) -> None:
    http.put("site.example", "/", b'<a rel="me" href="https://social.example">x</a>')
    assert (await check_rel_me(PAGE, "https://social.example", ways_out))["linked"]


async def test_the_fields_of_a_profile_are_kept_within_a_bound(http: HttpDouble, ways_out: Tools) -> None:
    instance = Instance(http)
    instance.person("marianne", *[property_value("x" * 100_000)] * 2, *[property_value("y" * 1000)] * 20, {"type": "X"})
    answer = await check_profile_fields(Handle.parse("@marianne@social.example"), ways_out)
    assert (answer["handle"], answer["profile"], answer["alone"]) == (
        "@marianne@social.example", str(PROFILE), False
    )  # fmt: skip
    assert [len(each["value"]) for each in answer["fields"]] == [markup.SHORT + 1] * 2 + [1000] * 12
    instance.person("lone").actor["attachment"] = property_value("x")
    assert (await check_profile_fields(Handle.parse("@lone@social.example"), ways_out))["alone"]
