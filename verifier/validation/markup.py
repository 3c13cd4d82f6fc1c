"""What a piece of HTML says: its ``rel`` links and its text, by the HTML5 parsing algorithm (selectolax, lexbor).

Hostile HTML makes every HTML5 parser slow: 1 MB of ``<div>`` takes minutes, 40 kB of unclosed ``<b>`` a gigabyte.
So only short texts are read here (:data:`SHORT`); a page goes through :mod:`.pages`, which has this file loaded by
processes under limits (:mod:`verifier.core.worker`). It imports nothing of the house for that reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from selectolax.lexbor import LexborHTMLParser, LexborNode

SHORT = 2047
"""Characters that may be parsed in the service's own process: what Mastodon keeps of a profile field."""
DEPTH = 400
"""Elements around a link, at most: Nokogiri's limit, thus Mastodon's."""

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


def links(text: str) -> list[Link]:
    """Every link, in the order of the text; those in ``template`` and ``noscript`` too, none of a comment.

    :raises TooDeep: as a reader with a limit would fail
    """
    return [_link(node) for node in _elements(_root(text)) if node.tag in ("a", "link") and _is_html(node)]


def only_link(text: str) -> tuple[str, str] | None:
    """Address and text of a link that is all that `text` holds, white space and comments included."""
    nodes = list(_body(text).iter(include_text=True))
    if len(nodes) != 1 or nodes[0].tag != "a":
        return None
    return _attribute(nodes[0], "href") or "", nodes[0].text(deep=True)


def plain(text: str) -> str | None:
    """What `text` says, without the white space around it; None if it holds more than text in paragraphs."""
    body = _body(text)
    if any(node.tag not in ("body", "p", "br", "span") for node in body.traverse(include_text=False)):
        return None
    return _SPACE.sub(" ", body.text(deep=True)).strip(" ")


def _root(text: str) -> LexborNode:
    return cast(LexborNode, LexborHTMLParser(text).root)  # never None: the algorithm makes html, head and body


def _body(text: str) -> LexborNode:
    return LexborHTMLParser(text).body or _root("")  # a frameset has none


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
    found: list[LexborNode] = []
    parent = node.parent
    while parent is not None:
        found.append(parent)
        if len(found) > DEPTH:
            raise TooDeep
        parent = parent.parent
    return found[::-1]


def rel_me(page: str) -> list[list[Any]] | None:
    """The links of a page whose ``rel`` holds ``me``, as arguments of :class:`Link`; None: too deep, or too many."""
    try:
        found = [link for link in links(page) if "me" in link.rel]
    except TooDeep:
        return None
    if len(found) > _MOST_LINKS:
        return None
    return [[link.element, link.rel, link.href, link.in_head] for link in found]


JOBS = {"rel_me": rel_me}
BOUND = {"seconds": 1, "memory": 512 * 1024 * 1024}  # ordinary pages of 1 MB take a tenth of a second
