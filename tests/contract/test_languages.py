"""The languages stand in one list (``words/languages``): nothing else names one."""

import ast
import re
from pathlib import Path

import pytest

from verifier import words
from verifier.words.languages import particulars
from verifier.words.phrases import catalogue

ROOT = Path(__file__).parent.parent.parent
HOUSE = ROOT / "verifier"
LIST = HOUSE / "words" / "languages"
# The folder of the packaged policy is named after its country.
COUNTRY = "policy/policy.py"


def test_no_module_names_a_language() -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{node.lineno} names the language {node.value}: read the list in words/languages"
        for path in sorted(HOUSE.rglob("*.py"))
        if LIST not in path.parents and str(path.relative_to(HOUSE)) != COUNTRY
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in words.LANGUAGES
    ]
    assert strays == []


def test_no_template_names_a_language() -> None:
    named = re.compile(rf"""["'](?:{"|".join(words.LANGUAGES)})["']""")
    for path in sorted((HOUSE / "words" / "templates").rglob("*.html")):
        assert not named.search(path.read_text()), path
        for language in map(particulars, words.LANGUAGES):
            assert language.name not in path.read_text(), f"{path}: a page takes the name of a language from the list"


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_language_of_the_list_is_whole(lang: words.Lang) -> None:
    assert particulars(lang).locale.language == lang
    assert words.when(0, lang)
    sentence = "The account confirms it."
    assert (catalogue(lang).gettext(sentence) == sentence) == (lang == words.SOURCE)
    assert lang not in words.others(lang)
    assert {lang, *words.others(lang)} == set(words.LANGUAGES)
    assert words.language_of(f"{words.prefix(lang)}/demander") == lang
