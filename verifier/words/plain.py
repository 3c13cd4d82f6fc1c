"""The plain pages: who runs this service, what it does with people's data, how it works; in the deployment's own words.

They are Markdown files, read once, at start. The package has one of each, which says what the deployment has not said
yet. A file that a browser could be made to do more with than to show text does not pass (T60).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ..core.errors import ConfigError
from ..core.site import Site
from .languages import LANGUAGES, Lang
from .phrases import N_, say, service_name

NAMES = ("comment-ca-marche", "developpeurs", "donnees-personnelles", "mentions-legales", "accessibilite")
"""Of the pages, as their addresses and files have them, in the order of the footer."""
FOLDER = "pages"
"""Where the folder of a policy has them."""
MAX_BYTES = 65_536
LONGEST_TITLE = 80

_DEFAULTS = Path(__file__).parent / "plain"
_FILE = re.compile(rf"({'|'.join(NAMES)})\.({'|'.join(LANGUAGES)})\.md")
_VALUE = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class PlainPage:
    """One page, for the readers of one language.

    :param lang: in which it is written: another one, where the deployment has not written it in theirs
    :param own: it is the deployment's; else the package's, copied or not
    :param unsaid: it says that something has not been said yet
    """

    name: str
    lang: Lang
    title: str
    body: Markup
    own: bool
    unsaid: bool


PlainPages = Mapping[tuple[str, Lang], PlainPage]
"""By name and language of the reader: there is one of each."""


def plain_pages(policy: Path | None, site: Site) -> PlainPages:
    """All of them; the deployment's own stand below `policy`, in the folder ``pages``.

    :raises ConfigError: a file there that cannot be a page: which, and what to change
    """
    folder = policy / FOLDER if policy else None
    own = _own(folder, site) if folder and folder.is_dir() else {}
    pages: dict[tuple[str, Lang], PlainPage] = {}
    for name in NAMES:
        # One language tells more than a page that says nothing; which one it is stands on it.
        written = next((own[name, lang] for lang in LANGUAGES if (name, lang) in own), None)
        for lang in LANGUAGES:
            pages[name, lang] = own.get((name, lang)) or written or _read(_default(name, lang), name, lang, site)
    return pages


def _own(folder: Path, site: Site) -> PlainPages:
    pages: dict[tuple[str, Lang], PlainPage] = {}
    for path in sorted(folder.glob("*.md")):
        match = _FILE.fullmatch(path.name)
        if match is None:  # passed over, a page with a misspelled name would never be seen
            _refuse(path, f"no page has that name. The pages are {', '.join(NAMES)}; NAME.{LANGUAGES[0]}.md holds one")
        name, tag = match.groups()
        lang = next(each for each in LANGUAGES if each == tag)
        pages[name, lang] = _read(path, name, lang, site)
    return pages


def _default(name: str, lang: Lang) -> Path:
    return _DEFAULTS / f"{name}.{lang}.md"


def _read(path: Path, name: str, lang: Lang, site: Site) -> PlainPage:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode()
    except OSError as error:
        _refuse(path, error.strerror or "it cannot be read")
    except UnicodeDecodeError:
        _refuse(path, "it is not UTF-8")
    if len(data) > MAX_BYTES:
        _refuse(path, f"it is longer than {MAX_BYTES} bytes")
    values = {
        "base_url": site.base_url,
        "did": site.did,
        "service": str(service_name(lang)),
        "unsaid": str(say(lang, N_("Not said yet"))),
    }
    asked = {each.strip() for each in _VALUE.findall(text)}
    if unknown := sorted(asked - values.keys()):
        _refuse(path, f"{{{{{unknown[0]}}}}} stands for nothing. There are {', '.join(values)}")
    title, body = _rendered(path, _VALUE.sub(lambda match: values[match[1].strip()], text))
    own = data != _default(name, lang).read_bytes()
    return PlainPage(name, lang, title, body, own, unsaid="unsaid" in asked)


def _rendered(path: Path, text: str) -> tuple[str, Markup]:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")  # HTML is recognised, in order to be refused

    def check_link(url: str) -> bool:
        # RFC 3986, 4.2: what has no scheme and names no server is relative.
        scheme, colon, _ = re.split(r"[/?#]", url, maxsplit=1)[0].partition(":")
        if url.startswith("//") or (colon and scheme.lower() not in ("https", "mailto")):
            _refuse(path, f"the link {url} is neither https, nor mailto, nor to a page of this service")
        return True

    parser.validateLink = check_link  # type: ignore[method-assign]
    tokens = parser.parse(text)
    for token in _all(tokens):
        if token.type in ("html_block", "html_inline"):
            _refuse(path, f"HTML ({token.content.strip()[:60]}): write Markdown alone")
        if token.type == "image":
            _refuse(path, "an image: a page is text alone")
    heads = [place for place, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1"]
    if heads != [0]:
        _refuse(path, "it must begin with its title (# Title), and have no other of that level")
    title = "".join(token.content or " " for token in _all(tokens[1].children or []) if not token.nesting).strip()
    if not 0 < len(title) <= LONGEST_TITLE:
        _refuse(path, f"its title must have 1 to {LONGEST_TITLE} characters")
    return title, Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - no HTML of the file's passed


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _refuse(path: Path, why: str) -> NoReturn:
    raise ConfigError(f"{path}: {why}. docs/operations.md says what a plain page may hold (VERIFIER_POLICY_DIR).")
