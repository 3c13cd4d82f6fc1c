"""Which field leads Mastodon to a page, and what is said of those that nearly do."""

import pytest

from tests.doubles.instance import quirky
from verifier.validation.accounts import fields, mastodon
from verifier.validation.accounts.actors import is_a
from verifier.validation.accounts.fields import Field
from verifier.validation.html import markup
from verifier.validation.html.markup import Reading

ORIGIN = "https://verifier.example"
PAGE = f"{ORIGIN}/v/aaaaaaaaaaaaaaaa"
ME = "https://site.example/@me"


def anchor(href: str, text: str | None = None) -> str:
    return f'<a href="{href}" rel="me nofollow">{text or href}</a>'


def field_of(value: str, *, link: bool = False) -> Field:
    read = not link and len(value) <= markup.SHORT
    return Field(value, link, Reading(*markup.read([mastodon.stored_value(value)])[0]) if read else None)


def code(*values: str, page: str = PAGE, alone: bool = False, link: bool = False) -> str | None:
    held = [field_of(value, link=link) for value in values]
    found = fields.links_problem(held, [page], alone=alone, own_origin=ORIGIN)
    return found.code if found else None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (anchor(PAGE), None),
        (f" {anchor(PAGE)}\n", None),
        (anchor(f"{PAGE}#top"), None),
        (anchor(f"{PAGE}/"), "field-slash"),
        (anchor(PAGE.replace("https:", "http:")), "field-http"),
        (anchor(PAGE.replace("/v/", "/V/")), "field-near"),
        (anchor(f"{PAGE}?a=1"), "field-near"),
        (anchor(PAGE, "my page"), "field-label"),
        (f"See {anchor(PAGE)}", "field-not-alone"),
        (f"<p>{anchor(PAGE)}</p>", "field-not-alone"),
        (PAGE, "field-plain"),
        (f"<p>{PAGE}</p>", "field-plain"),
        (anchor(PAGE) + "x" * markup.SHORT, "field-long"),
        (anchor("https://other.example/"), "field-missing"),
        ("", "field-missing"),
        (f"{PAGE}b", "field-missing"),
        ("<b>" * 1000, "field-missing"),
    ],
)
def test_a_field_and_what_is_said_of_it(value: str, expected: str | None) -> None:
    assert code(value) == expected


@pytest.mark.parametrize(
    ("page", "value", "expected"),
    [
        (ME, anchor(ME), None),
        (ME, anchor(ME.replace("@", "%40")), "field-percent"),
        (ME.replace("@", "%40"), anchor(ME.replace("@", "%40")), "field-spelling"),
        ("https://site.example/", anchor("https://site.example"), None),
        ("https://site.example/", anchor("https://site.example/#x"), None),
        ("https://site.example/a?b=c", anchor("https://site.example/a?b=c"), None),
    ],
)
def test_the_page_of_somebody_else(page: str, value: str, expected: str | None) -> None:
    assert code(value, page=page) == expected


def test_one_right_field_is_enough_and_the_first_near_one_is_told() -> None:
    assert code("x", anchor(f"{PAGE}/"), anchor(PAGE)) is None
    assert code("x", anchor(f"{PAGE}/"), f"x {PAGE}") == "field-slash"
    assert code() == "field-none"


def test_what_mastodon_does_not_read() -> None:
    assert code(anchor(PAGE), alone=True) == "field-not-listed"
    assert code(PAGE, link=True) == "field-link"


def test_the_fields_of_several_kinds_of_software() -> None:
    told = {}
    for name, attachment in quirky(PAGE).items():
        listed = isinstance(attachment, list)
        items = [(item, is_a(item, "Link")) for item in (attachment if listed else [attachment])]
        held = [field_of(item["href" if link else "value"], link=link) for item, link in items]
        problem = fields.links_problem(held, [PAGE], alone=not listed, own_origin=ORIGIN)
        told[name] = problem.code if problem else None
    assert told == {
        "Mastodon": None,
        "GoToSocial, no rel=me": None,
        "Misskey": None,
        "Takahe and Fedify, an object": "field-not-listed",
        "WordPress, in a paragraph": "field-not-alone",
        "WordPress, text in a paragraph": "field-plain",
        "plain text": "field-plain",
        "Link": "field-link",
        "Link, an object": "field-link",
        "the fiftieth field": None,
    }


def test_a_value_that_is_told_says_what_was_seen() -> None:
    problem = fields.links_problem([field_of(anchor(f"{PAGE}/"))], [PAGE], alone=False, own_origin=ORIGIN)
    assert problem is not None
    assert problem.values == {"seen": f"{PAGE}/", "page": PAGE}
