"""What a piece of HTML says: its ``rel`` links and its text, by the HTML5 parsing algorithm (selectolax, lexbor).

Hostile HTML makes every HTML5 parser slow: 1 MB of ``<div>`` takes minutes, 40 kB of unclosed ``<b>`` a gigabyte.
So a page goes through :mod:`.pages`, which has this file loaded by processes under limits
(:mod:`verifier.core.worker`), and so do short texts but the simplest (:func:`is_simple`). It imports nothing of the
house for that reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from selectolax.lexbor import LexborHTMLParser, LexborNode

SHORT = 2047
"""Characters that Mastodon keeps of a profile field."""
DEPTH = 400
"""Elements around a link, at most: Nokogiri's limit, thus Mastodon's."""

_SIMPLE_CHARACTERS = 8192
_SIMPLE_TAGS = 100  # a Mastodon writes a link with eight
_MOST_LINKS = 1000  # with rel=me, of one page: whoever writes more wants to keep us busy
_SPACE = re.compile(r"[\t\n\f\r ]+")  # HTML's; str.split() would also split at a no-break space
_SVG_HTML = frozenset({"foreignobject", "desc", "title"})
_MATH_HTML = frozenset({"mi", "mo", "mn", "ms", "mtext"})


class TooDeep(Exception):
    """A link stands deeper than :data:`DEPTH`."""


@dataclass(frozen=True, slots=True)
class Link:
    """An ``a`` or ``link`` element of HTML (not of SVG) with its address as written, entities decoded.

    :param rel: tokens of ``rel``, lower case
    :param in_head: a child of the document's ``head``: not in a template, a noscript or the body
    """

    element: str
    rel: tuple[str, ...]
    href: str | None
    in_head: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a short text says.

    :param hrefs: where its ``a`` lead, each address once, in order; None: one is deeper than :data:`DEPTH`
    :param only: address and text of a link that is all that it holds, white space and comments included
    :param plain: without the white space around it; None if it holds more than text in paragraphs
    """

    hrefs: Sequence[str | None] | None
    only: Sequence[str] | None
    plain: str | None


def is_simple(texts: Sequence[str]) -> bool:
    """Whether to read them takes a few milliseconds at most, whatever they hold: what was measured of the worst."""
    tags = sum(text.count("<") for text in texts)
    return tags <= _SIMPLE_TAGS and sum(map(len, texts)) <= _SIMPLE_CHARACTERS


def links(text: str) -> list[Link]:
    """Every link, in the order of the text; those in ``template`` and ``noscript`` too, none of a comment.

    :raises TooDeep: as a reader with a limit would fail
    """
    return _links(_root(LexborHTMLParser(text)))


def read(texts: Iterable[str]) -> list[list[Any]]:
    """What each text says, as arguments of :class:`Reading`."""
    return [_read(LexborHTMLParser(text)) for text in texts]


def _read(document: LexborHTMLParser) -> list[Any]:
    body = document.body or _root(LexborHTMLParser(""))  # a frameset has none
    try:
        # Once each: a text may have its parser repeat an address in every paragraph.
        hrefs = list(dict.fromkeys(link.href for link in _links(_root(document)) if link.element == "a"))
    except TooDeep:
        hrefs = None
    return [hrefs, _only(body), _plain(body)]


def _links(root: LexborNode) -> list[Link]:
    return [_link(node) for node in _elements(root) if node.tag in ("a", "link") and _is_html(node)]


def _only(body: LexborNode) -> list[str] | None:
    nodes = list(body.iter(include_text=True))
    if len(nodes) != 1 or nodes[0].tag != "a":
        return None
    return [_attribute(nodes[0], "href") or "", nodes[0].text(deep=True)]


def _plain(body: LexborNode) -> str | None:
    if any(node.tag not in ("body", "p", "br", "span") for node in body.traverse(include_text=False)):
        return None
    return _SPACE.sub(" ", body.text(deep=True)).strip(" ")


def _root(document: LexborHTMLParser) -> LexborNode:
    return cast(LexborNode, document.root)  # never None: the algorithm makes html, head and body


def _elements(root: LexborNode) -> Iterator[LexborNode]:
    # The content of a template is a tree of its own, which traverse() does not enter.
    trees = [root.traverse(include_text=False)]
    while trees:
        node = next(trees[-1], None)
        if node is None:
            trees.pop()
            continue
        yield node
        if node.tag == "template":
            trees += [fragment.traverse(include_text=False) for fragment in node.template_fragments()[:1]]


def _link(node: LexborNode) -> Link:
    rel = tuple(token for token in _SPACE.split((_attribute(node, "rel") or "").lower()) if token)
    parent = node.parent
    return Link(node.tag or "", rel, _attribute(node, "href"), parent is not None and parent.tag == "head")


def _attribute(node: LexborNode, name: str) -> str | None:
    return node.attributes.get(name)


def _is_html(node: LexborNode) -> bool:
    """Whether an element is in the namespace of HTML: lexbor knows, and does not tell."""
    inside = "html"
    for around in _ancestors(node):
        tag = (around.tag or "").lower()
        if inside == "html":
            inside = tag if tag in ("svg", "math") else "html"
        elif inside == "svg" or tag == "annotation-xml":
            inside = "html" if tag in _SVG_HTML or _is_html_annotation(around, tag) else inside
        elif tag in _MATH_HTML:
            inside = "html"
    return inside == "html"


def _is_html_annotation(node: LexborNode, tag: str) -> bool:
    encoding = (_attribute(node, "encoding") or "").lower()
    return tag == "annotation-xml" and encoding in ("text/html", "application/xhtml+xml")


def _ancestors(node: LexborNode) -> list[LexborNode]:
    ancestors: list[LexborNode] = []
    parent = node.parent
    while parent is not None:
        ancestors.append(parent)
        if len(ancestors) > DEPTH:
            raise TooDeep
        parent = parent.parent
    return ancestors[::-1]


def rel_me(page: str) -> list[list[Any]] | None:
    """The links of a page whose ``rel`` holds ``me``, as arguments of :class:`Link`; None: too deep, or too many."""
    try:
        me_links = [link for link in links(page) if "me" in link.rel]
    except TooDeep:
        return None
    if len(me_links) > _MOST_LINKS:
        return None
    return [[link.element, link.rel, link.href, link.in_head] for link in me_links]


JOBS = {"rel_me": rel_me, "read": read}
BOUND = {"seconds": 1, "memory": 512 * 1024 * 1024}  # ordinary pages of 1 MB take a tenth of a second
