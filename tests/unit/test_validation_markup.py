"""HTML as Mastodon's parser reads it, where the vectors are silent; and pages that attack the parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.core.errors import OutsideError
from verifier.validation.html import markup
from verifier.validation.html.pages import Pages

LINK = '<a rel="me" href="x">y</a>'


@pytest.mark.parametrize(
    ("html", "count"),
    [
        (f"<math>{LINK}</math>", 0),
        (f"<math><mi>{LINK}</mi></math>", 1),
        (f"<math><annotation-xml>{LINK}</annotation-xml></math>", 0),
        (f'<math><annotation-xml encoding="text/html">{LINK}</annotation-xml></math>', 1),
        (f"<svg><g>{LINK}</g></svg>", 0),
        (f"<svg><foreignObject>{LINK}</foreignObject></svg>", 1),
        (f"<svg><desc>{LINK}</desc></svg>", 1),
        (f"<svg><foreignObject><svg>{LINK}</svg></foreignObject></svg>", 0),
        (f"<svg><p>{LINK}", 1),  # p breaks out of svg
        (f"<template><template>{LINK}</template></template>", 1),
        (f"<title>{LINK}</title><style>{LINK}</style><iframe>{LINK}</iframe><xmp>{LINK}</xmp>", 0),
        (f"<noscript>{LINK}</noscript>", 1),
        (f"<![CDATA[{LINK}]]>", 0),
        (f"<svg><![CDATA[{LINK}]]></svg>", 0),
        (f"<table>{LINK}</table>", 1),
        ("<a rel=me>y", 1),
        ('<area rel="me" href="x"><form rel="me">', 0),
        ('<A REL="ME" HREF="x">', 1),
        ('<a rel="x\tME\n">', 1),
        ('<a rel="x\x0bme">', 0),
        ('<a rel="meme">', 0),
        ('<a data-rel="me">', 0),
        ("", 0),
    ],
)
def test_which_elements_are_links(html: str, count: int) -> None:
    assert len([link for link in markup.links(html) if "me" in link.rel]) == count


def test_links_come_in_the_order_of_the_text() -> None:
    html = '<a href="1"></a><template><a href="2"></a><template><a href="3"></a></template></template><a href="4">'
    assert [link.href for link in markup.links(html)] == ["1", "2", "3", "4"]


def test_entities_are_decoded_and_nothing_is_trimmed() -> None:
    [link] = markup.links('<a rel="me" href=" https:&#x2F;&#47;x.example/?a&amp;b ">')
    assert link.href == " https://x.example/?a&b "


def test_a_link_deeper_than_mastodon_reads() -> None:
    with pytest.raises(markup.TooDeep):
        markup.links("<b>" * 450 + LINK)


async def test_a_page_is_read_in_another_process() -> None:
    [link] = await Pages().rel_me_links(b"\xff<head><link rel=me href=x\xe9></head>")
    assert link == markup.Link("link", ("me",), "x\ufffd", in_head=False)  # the text before it opened the body


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<a " + " ".join(f"a{number}" for number in range(150_000)) + ">",
        "<p>" + "".join(f"<b a={number}>" for number in range(390)) + "<p>x" * 36_000,
        "<b>" * 450 + LINK,
        "<a rel=me>" * 1001,
    ],
    ids=["depth", "attributes", "formatting", "link too deep", "links"],
)
async def test_t26_hostile_pages_end_without_us(html: str) -> None:
    async with Pages() as pages:
        with pytest.raises(OutsideError, match="page-unreadable"):
            await pages.rel_me_links(html.encode())
        assert len(await pages.rel_me_links(LINK.encode())) == 1


@pytest.mark.parametrize(
    "html",
    [
        f"<a {'x' * 1_000_000}='y'>{LINK}",
        f'<a title="{"&amp;" * 200_000}">{LINK}',
        f"{chr(0) * 1_000_000}{LINK}",
        f"{'<!-- ' * 200_000}-->{LINK}",
        f"{LINK}{'<a rel=me>' * 999}",
        f"{'<b>' * 390}{LINK}",
    ],
    ids=["attribute", "entities", "nulls", "comments", "links", "depth"],
)
async def test_t26_large_pages_that_can_be_read_are_read(html: str) -> None:
    assert markup.Link("a", ("me",), "x", in_head=False) in await Pages().rel_me_links(html.encode())


RICH = [f'<p>{"<i>" * 30}<a href="{number}">{number}</a></p>' for number in range(50)]


async def test_t26_hostile_fields_are_read_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [markup.Reading(*each) for each in markup.read([*RICH, "x"])]
    monkeypatch.setattr(markup, "LexborHTMLParser", None)  # of this process
    assert not markup.is_simple(RICH)
    found = await Pages().readings(dict(enumerate(RICH)))
    assert list(found.values()) == expected[:-1]
    assert found[7].hrefs == ["7"]
    with pytest.raises(TypeError):
        await Pages().readings({0: "x"})  # too small for a process


@pytest.mark.parametrize(
    ("texts", "simple"),
    [
        ([], True),
        (["<" * 100], True),
        (["<" * 50, "<" * 51], False),
        (["x" * 2047] * 4, True),
        (["x" * 2047] * 5, False),
        ([f'<p><a href="{"x" * 300}" rel="me"><span>x</span><span>y</span></a></p>'] * 8, True),
    ],
)
def test_t26_what_is_simple(texts: list[str], simple: bool) -> None:
    assert markup.is_simple(texts) is simple


def test_an_address_that_the_parser_repeats_is_kept_once() -> None:
    [(hrefs, only, plain)] = markup.read([f'<a href="{"x" * 1000}">' + "<div>y" * 150])
    assert len(markup.links(f'<a href="{"x" * 1000}">' + "<div>y" * 150)) >= 1
    assert (hrefs, only, plain) == (["x" * 1000], hrefs and ["x" * 1000, "y" * 150], None)


async def test_t26_fields_made_to_exhaust_the_parser() -> None:
    async with Pages() as pages:
        with pytest.raises(OutsideError, match="fields-unreadable"):
            await pages.readings(dict.fromkeys(range(500), "<i>" * 330 + "<a>" * 340))


@given(st.text(st.sampled_from("<>/=!-\"' abfmpst\t\x00é"), max_size=200))
def test_any_text_is_read(text: str) -> None:
    for link in markup.links(text):
        assert link.element in ("a", "link")
        assert all(token == token.strip(" \t") for token in link.rel)
    _, only, plain = markup.read([text])[0]
    assert only is None or only[0] in text.replace("\x00", "\ufffd")
    assert plain is not None or "<" in text
