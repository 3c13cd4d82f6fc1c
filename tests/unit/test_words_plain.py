"""The plain pages: the deployment's own words, or what it has not said yet; a file that could do more is refused."""

import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from verifier import words
from verifier.core.attestation import LIFETIME
from verifier.core.clock import DAY, HOUR
from verifier.core.errors import ConfigError
from verifier.core.site import Site
from verifier.jobs.forgetting import KEPT
from verifier.jobs.letters import GIVEN_UP
from verifier.registration.monitoring.consequences import GRACE
from verifier.registration.orders.registrar import ORDER_LIFETIME, ORDER_LIFETIME_OF_BODY
from verifier.registration.sign_in import KEPT as RESUMED
from verifier.registration.sign_in import SESSION_LIFETIME
from verifier.web.limits import RATES, Limit
from verifier.web.session import _OVER
from verifier.words.plain import LONGEST_TITLE, MAX_BYTES, NAMES

from .typeset import faults

SITE = Site("https://verifier.example")
DEFAULTS = words.plain_pages(None, SITE)
TEXTS = Path(words.__file__).parent / "plain"


def deployed(folder: Path, text: str | bytes, name: str = "mentions-legales.fr.md") -> words.PlainPages:
    (folder / "pages").mkdir(exist_ok=True)
    (folder / "pages" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return words.plain_pages(folder, SITE)


def seen(page: words.PlainPage) -> str:
    return LexborHTMLParser(f"<body>{page.body}").text().replace("\u00a0", " ").replace("\u202f", " ")


def test_there_is_a_default_of_each_in_each_language_and_nothing_else() -> None:
    assert DEFAULTS.keys() == {(name, lang) for name in NAMES for lang in words.LANGUAGES}
    assert {path.name for path in TEXTS.iterdir()} == {f"{name}.{lang}.md" for name, lang in DEFAULTS}
    for (name, lang), page in DEFAULTS.items():
        assert (page.name, page.lang, page.own) == (name, lang, False)
        assert page.title in page.body


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_a_default_says_what_the_deployment_has_not_said(lang: words.Lang) -> None:
    unsaid = {"fr": "n'a pas encore dit qui le fait fonctionner", "en": "has not yet said who runs it"}[lang]
    for name in ("mentions-legales", "donnees-personnelles", "accessibilite"):
        assert unsaid in seen(DEFAULTS[name, lang]), name
        assert DEFAULTS[name, lang].unsaid
        assert {"fr": "Pas encore dit", "en": "Not said yet"}[lang] in seen(DEFAULTS[name, lang])
    assert not DEFAULTS["comment-ca-marche", lang].unsaid


def test_the_french_of_the_defaults_is_typeset() -> None:
    for path in TEXTS.glob("*.fr.md"):
        prose = re.sub(r"```.*?```|`[^`]*`|\{\{\w+\}\}|\]\([^)]*\)", "x", path.read_text(), flags=re.DOTALL)
        assert list(faults(prose)) == [], path.name


def test_no_default_calls_an_account_a_fake() -> None:
    for page in DEFAULTS.values():
        assert not re.search(r"\b(fakes?|faux comptes?|false accounts?|usurpateurs?)\b", seen(page), re.IGNORECASE)


def test_the_lengths_of_time_are_those_of_the_code() -> None:
    order, of_body, kept = ORDER_LIFETIME // DAY, ORDER_LIFETIME_OF_BODY // DAY, KEPT // DAY
    told: dict[tuple[str, words.Lang], tuple[str, ...]] = {
        ("donnees-personnelles", "fr"): (
            f"jusqu'à la fin de la demande : {order} jours, {of_body} pour un organisme",
            f"{kept} jours après sa fin",
            f"{GIVEN_UP // DAY} jours au plus",
            f"Celui de la langue tient {order} jours ; celui d'une demande tient {_OVER // DAY} jours de plus qu'elle",
            f"{LIFETIME // DAY} jours après votre dernière visite",
            f"l'un tient une heure, l'autre {SESSION_LIFETIME // 60} minutes",
        ),
        ("donnees-personnelles", "en"): (
            f"until the end of the request: {order} days, {of_body} for an organisation",
            f"{kept} days after its end",
            f"{GIVEN_UP // DAY} days at most",
            f"That of the language lasts {order} days; that of a request lasts {_OVER // DAY} days longer than it",
            f"{LIFETIME // DAY} days after your last visit",
            f"one lasts an hour, the other {SESSION_LIFETIME // 60} minutes",
        ),
        ("comment-ca-marche", "fr"): (f"tient {LIFETIME // DAY} jours", f"pendant {GRACE // HOUR} heures"),
        ("comment-ca-marche", "en"): (f"holds for {LIFETIME // DAY} days", f"for {GRACE // HOUR} hours"),
    }
    for place, sentences in told.items():
        for sentence in sentences:
            assert sentence in seen(DEFAULTS[place]), (place, sentence)
    assert RESUMED == HOUR
    # Addresses and what they look up are remembered for the longest period that is counted.
    assert max(rate.seconds for rate in RATES.values()) == HOUR == RATES[Limit.LOOKUPS].seconds


def test_what_stands_for_the_deployment_is_filled_in() -> None:
    for page in DEFAULTS.values():
        assert "{{" not in page.body
    assert "https://verifier.example/api/v1/lookup" in DEFAULTS["developpeurs", "fr"].body
    assert "did:web:verifier.example" in DEFAULTS["mentions-legales", "en"].body


def test_the_deployment_speaks_in_its_own_words(tmp_path: Path) -> None:
    deployed(tmp_path, "# Legal notice\n\nThe prefecture.", "mentions-legales.en.md")
    pages = deployed(tmp_path, "# Mentions légales\n\nLa *préfecture*, à {{ base_url }} : [écrire](mailto:a@b.example)")
    page = pages["mentions-legales", "fr"]
    assert (page.own, page.unsaid, page.title, page.lang) == (True, False, "Mentions légales", "fr")
    assert "<em>préfecture</em>, à https://verifier.example" in page.body
    assert '<a href="mailto:a@b.example">' in page.body
    assert "The prefecture." in pages["mentions-legales", "en"].body
    assert not pages["accessibilite", "fr"].own


def test_a_page_in_one_language_is_shown_to_the_readers_of_the_other(tmp_path: Path) -> None:
    page = deployed(tmp_path, "# Mentions légales\n\nLa préfecture.")["mentions-legales", "en"]
    assert (page.own, page.lang) == (True, "fr")
    shown = words.render("plain.html", "en", page=page)
    assert "This text exists in another language only: <span" in shown
    assert '<article class="plain-page" lang="fr">' in shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("La préfecture.", "begin with its title"),
        ("", "begin with its title"),
        ("## Mentions", "begin with its title"),
        ("# Un\n\n# Deux", "no other of that level"),
        ("Texte.\n\n# Mentions", "begin with its title"),
        ("#  \n\nTexte.", "1 to 80 characters"),
        (f"# {'a' * (LONGEST_TITLE + 1)}", "1 to 80 characters"),
        (b"# Mentions l\xe9gales", "not UTF-8"),
        ("# T\n\n" + "a" * MAX_BYTES, "longer than 65536 bytes"),
        ("# T\n\n{{ operator }}", "{{operator}} stands for nothing"),
        ("# T\n\n![logo](/logo.png)", "an image"),
        ("# T\n\n<!-- À FAIRE -->", "HTML"),
        ("# T\n\nUn <b>mot</b>.", "HTML"),
    ],
)
def test_what_cannot_be_a_page_stops_the_start(tmp_path: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(why)) as caught:
        deployed(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "pages" / "mentions-legales.fr.md"))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "<javascript:alert(1)>",
        "[a][b]\n\n[b]: javascript:alert(1)",
        "[a](data:text/html,x)",
        "[a](http://other.example/)",
        "[a](//other.example/)",
        "[a](vbscript:x)",
        "[a](file:///etc/passwd)",
        "| a |\n| - |\n| [a](javascript:x) |",
        "> - [a](javascript:x)",
    ],
)
def test_t60_a_page_holds_no_script_and_no_link_that_leads_astray(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"HTML|neither https, nor mailto"):
        deployed(tmp_path, f"# T\n\n{text}")


@pytest.mark.parametrize("text", ["[a](&#1;javascript:alert(1))", r"[a](/\\other.example/)", "`<script>`", "a < b & c"])
def test_t60_what_is_no_link_and_no_markup_is_text(tmp_path: Path, text: str) -> None:
    body = deployed(tmp_path, f"# T\n\n{text}")["mentions-legales", "fr"].body
    assert not re.search(r'<script|href="(javascript|//|/\\)', body)


def test_links_may_lead_to_pages_of_ours_and_to_https(tmp_path: Path) -> None:
    links = (
        "/demander",
        "developpeurs",
        "./",
        "?handle=@a@b.example",
        "#droits",
        "https://www.cnil.fr/",
        "HTTPS://a.fr/",
    )
    page = deployed(tmp_path, "# T\n\n" + "\n".join(f"- [a]({link})" for link in links))["mentions-legales", "fr"]
    assert re.findall('href="([^"]*)"', page.body) == list(links)


@pytest.mark.parametrize("name", ["mentions-legale.fr.md", "mentions-legales.md", "mentions-legales.de.md", "x.fr.md"])
def test_a_name_of_no_page_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="no page has that name"):
        deployed(tmp_path, "# Mentions", name)
