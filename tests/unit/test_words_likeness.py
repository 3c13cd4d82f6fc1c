"""What a look-alike is told to be: every reason, every difference, in every language (T32)."""

import pytest

from verifier import words
from verifier.core.likeness import Change, Difference, Why
from verifier.words import LANGUAGES, Lang, Original, VerdictView

from .answers import AGENT, LOOKALIKE, OFFICE

DIFFERENCES = {
    Change.READ: Difference(Change.READ, "1", "i", 2),
    Change.CHANGED: Difference(Change.CHANGED, "a", "e", 4),
    Change.ADDED: Difference(Change.ADDED, "m", "", 5),
    Change.MISSING: Difference(Change.MISSING, "", "n", 3),
    Change.SWAPPED: Difference(Change.SWAPPED, "ni", "in", 2),
    Change.WORD: Difference(Change.WORD, "officiel", "", 7),
    Change.NUMBER: Difference(Change.NUMBER, "42", "", 6),
    Change.SEPARATOR: Difference(Change.SEPARATOR, "_", "", 6),
    Change.ORDER: Difference(Change.ORDER, "interieur_ministere", "ministere_interieur"),
    Change.NAME: Difference(Change.NAME, "prefecture_loire", "prefecture42"),
    Change.DOMAIN: Difference(Change.DOMAIN, "numerique.gouv.fr", "numerique.gouv.fr"),
    Change.CASE: Difference(Change.CASE, "Dinum", "dinum"),
    Change.SERVER: Difference(Change.SERVER, "evil.example", "social.numerique.gouv.fr", in_server=True),
}


def view(why: Why, *differences: Difference, lang: Lang = "fr", of: dict[str, object] = OFFICE) -> VerdictView:
    verdict = LOOKALIKE | {"lookalike": {"handle": OFFICE["handle"], "why": why}}
    return words.verdict_view(verdict, lang, original=Original(of, differences))


def told(found: VerdictView) -> str:
    assert found.lookalike is not None
    return " ".join(found.lookalike.details).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_and_every_difference_has_a_sentence_of_its_own(lang: Lang) -> None:
    assert set(DIFFERENCES) == set(Change)
    sentences = {told(view(Why.SIMILAR, each, lang=lang)) for each in DIFFERENCES.values()}
    assert len(sentences) == len(Change)
    titles = {why: view(why, lang=lang).title for why in Why}
    assert len(set(titles.values())) == 4
    assert len({title for why, title in titles.items() if why.imitates}) == 1
    assert titles[Why.SIMILAR] not in {titles[why] for why in Why if why is not Why.SIMILAR}


@pytest.mark.parametrize("why", Why)
def test_the_mark_warns_only_of_what_is_made_to_deceive(why: Why) -> None:
    assert (view(why).tone == "caution") == (why.imitates or why is Why.CASE)


def test_a_neighbour_resembles() -> None:
    assert view(Why.SIMILAR).title == "Ce nom ressemble à celui d'un compte officiel"
    assert view(Why.SIMILAR, lang="en").title == "This name resembles that of an official account"
    assert view(Why.DRESSED).title == "Attention, ce nom imite celui d'un compte officiel"


CYRILLIC, HEBREW = "\u0430 (CYRILLIC SMALL LETTER A, U+0430)", "\u05e1 (HEBREW LETTER SAMEKH, U+05E1)"
PLACE = "It is character 3 of the name of the server."
CYRILLIQUE = CYRILLIC.replace(" ", " cyrillique ", 1)


@pytest.mark.parametrize(
    ("difference", "lang", "said"),
    [
        (
            Difference(Change.READ, "1", "i", 2),
            "fr",
            "Ici, le chiffre 1 tient la place de la lettre i. C'est le caractère 2 du nom.",
        ),
        (
            Difference(Change.READ, "1", "i", 2),
            "en",
            "Here, the digit 1 stands in place of the letter i. It is character 2 of the name.",
        ),
        (
            Difference(Change.READ, "rn", "m", 5),
            "fr",
            "Ici, les lettres rn tiennent la place de la lettre m. C'est le caractère 5 du nom.",
        ),
        (
            Difference(Change.READ, "\u0430", "a", 0, in_server=True),
            "fr",
            f"Dans le nom de son serveur, un {CYRILLIQUE} tient la place de la lettre latine a.",
        ),
        (
            Difference(Change.READ, "\u0430", "a", 3, in_server=True),
            "en",
            f"In the name of its server, a Cyrillic {CYRILLIC} stands in place of the Latin a. {PLACE}",
        ),
        (
            Difference(Change.READ, "\u05e1", "o"),
            "fr",
            f"Ici, un caractère d'un autre alphabet, {HEBREW}, tient la place de la lettre o.",
        ),
        (
            Difference(Change.WORD, "officiel", at=7),
            "fr",
            "Ici, un mot a été ajouté au nom officiel : officiel.",
        ),
    ],
)
def test_t32_what_differs_is_said(difference: Difference, lang: Lang, said: str) -> None:
    assert told(view(Why.CONFUSABLE, difference, lang=lang)) == said


@pytest.mark.parametrize(
    ("shown", "official", "said"),
    [
        ("l", "i", "la lettre l tient la place de la lettre i"),
        ("l", "1", "la lettre l tient la place du chiffre 1"),
        ("m", "rn", "la lettre m tient la place des lettres rn"),
        ("1", "7", "le chiffre 1 tient la place du chiffre 7"),
        ("_", "a", "_ tient la place de a"),
    ],
)
def test_letters_and_digits_are_called_so(shown: str, official: str, said: str) -> None:
    assert said in told(view(Why.CONFUSABLE, Difference(Change.READ, shown, official, 1)))


def test_who_runs_the_official_account_and_where_its_page_is() -> None:
    found = view(Why.DRESSED, lang="en").lookalike
    assert found is not None
    assert found.page == words.verdict_view(OFFICE, "en").page
    assert found.whose == "It is run by Direction interministérielle du numérique (numerique.gouv.fr)."
    unnamed = view(
        Why.DRESSED, of=OFFICE | {"affiliation": {"domain": "loire.gouv.fr", "name": "loire.gouv.fr"}}
    ).lookalike
    assert unnamed is not None
    assert str(unnamed.whose).count("loire.gouv.fr") == 1
    of_a_person = view(Why.CONFUSABLE, lang="en", of=AGENT).lookalike
    assert of_a_person is not None
    assert of_a_person.whose == "It is held by a public servant, in their own name."


def test_t60_what_strangers_chose_stays_isolated() -> None:
    found = view(Why.DRESSED, Difference(Change.SERVER, "evil.example", "social.gouv.fr", in_server=True)).lookalike
    assert found is not None
    assert "<bdi>evil.example</bdi>" in found.details[0].__html__()
