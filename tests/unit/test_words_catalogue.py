"""The French catalogue: whole, fresh, and written as French is."""

import re
from itertools import chain

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from .told import LOCALE, extracted
from .typeset import faults

PLACES = re.compile(r"%\((\w+)\)s")


def french() -> Catalog:
    with (LOCALE / "fr" / "LC_MESSAGES" / "verifier.po").open("rb") as file:
        return read_po(file, locale="fr")


def texts(message: Message) -> tuple[list[str], list[str]]:
    def listed(value: object) -> list[str]:
        return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]

    return listed(message.id), listed(message.string)


MESSAGES = [message for message in french() if message.id]


def test_every_sentence_is_translated_and_no_other() -> None:
    assert {texts(message)[0][0] for message in MESSAGES} == extracted()


def test_every_translation_is_there_and_certain() -> None:
    assert not [message.id for message in MESSAGES if message.fuzzy or not all(texts(message)[1])]


def test_a_translation_names_the_same_values() -> None:
    for message in MESSAGES:
        original, translated = (set(PLACES.findall(found[-1])) for found in texts(message))
        assert original == translated, message.id


def test_a_sentence_is_neither_markup_nor_a_format_of_its_own() -> None:
    for message in MESSAGES:
        for text in chain(*texts(message)):
            assert not set('<>&"') & set(text), text
            assert "%" not in PLACES.sub("", text)
            assert text == text.strip(" ")


def test_french_typography() -> None:
    assert not [fault for message in MESSAGES for text in texts(message)[1] for fault in faults(text)]


@pytest.mark.parametrize(
    "text", ["Vraiment?", "Vraiment ?", "Motif: x", "Motif : x", "« x »", "14h05", "Ah ; bon", "x..."]
)
def test_the_typesetter_sees_faults(text: str) -> None:
    assert list(faults(text))


def test_what_is_absent_is_never_called_a_fake() -> None:
    for message in MESSAGES:
        for text in chain(*texts(message)):
            assert not re.search(r"\b(fake|faux compte|usurpateur)\b", text, re.IGNORECASE)
