"""What a person pasted, without what copying brings along. What names the account is left as it is (T31)."""

import re

TYPED_MOST = 2048  # characters of what was typed that a page repeats

# White space, quotes and brackets, a full stop or comma of the sentence, and marks that no eye sees.
_AROUND = (
    " \t\r\n\u00a0\u202f<>«»‹›()[]\"'“”‘’.,;"
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"
)


def pasted(text: str) -> str:
    """A handle or a URL, without marks around it or a fragment, and with the scheme that a browser hides."""
    bare = text[:TYPED_MOST].strip(_AROUND)
    if "://" not in bare and "/@" in bare and not bare.startswith("@"):
        bare = f"https://{bare}"
    if "://" in bare:
        bare = re.sub(r"\Ahttp://", "https://", bare).partition("#")[0]
    return bare


def pasted_domain(text: str) -> str:
    """A domain: of an address, its host, without the ``www.`` that sites put before it."""
    bare = text[:TYPED_MOST].strip(_AROUND)
    scheme, mark, rest = bare.partition("://")
    if scheme.lower() not in ("http", "https") or not mark:
        return bare
    return re.split(r"[/?#]", rest, maxsplit=1)[0].lower().removeprefix("www.")
