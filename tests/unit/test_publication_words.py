"""The words that public bodies have in their names: of the lists of domains, and no other."""

import re
from pathlib import Path

from verifier import publication

ROOT = Path(__file__).parents[2]
DOMAINS = ROOT / "tests" / "data" / "domains"
WORDS = Path(publication.__file__).parent / "data" / "words.txt"


def test_the_words_are_those_of_the_lists() -> None:
    names = [
        name
        for list_ in ("gouv-fr-children", "academies", "universities")
        for name in (DOMAINS / f"{list_}.txt").read_text(encoding="utf-8").split("\n")
    ]
    words = {word for name in names for word in re.split(r"[.-]", name.strip()) if re.fullmatch("[A-Za-z]{4,}", word)}
    assert WORDS.read_text(encoding="ascii").split() == sorted(words - {"gouv"})
