"""In what a look-alike differs: the facts that a sentence is made of (T32)."""

import sys
from types import FrameType

import pytest

from tests.vectors.lookalikes import parsed
from verifier.core.likeness import Change, Difference, Why
from verifier.publication.differences import differences

OURS = "@dinum@social.numerique.gouv.fr"


def apart(asked: str, official: str = OURS, why: Why = Why.CONFUSABLE) -> list[tuple[str, str, str, int]]:
    found = differences(parsed(asked), parsed(official), why, "numerique.gouv.fr")
    return [(each.change, each.shown, each.official, each.at) for each in found]


@pytest.mark.parametrize(
    ("user", "why", "found"),
    [
        ("d1num", Why.CONFUSABLE, [("read", "1", "i", 2)]),
        ("dinurn", Why.CONFUSABLE, [("read", "rn", "m", 5)]),
        ("clinum", Why.CONFUSABLE, [("read", "cl", "d", 1)]),
        ("DLNUM", Why.CONFUSABLE, [("read", "l", "i", 2)]),
        ("dinum_officiel", Why.DRESSED, [("word", "officiel", "", 7)]),
        ("officiel_dinum_fr", Why.DRESSED, [("word", "officiel", "", 1), ("word", "fr", "", 16)]),
        ("ladinum", Why.DRESSED, [("word", "la", "", 1)]),
        ("d1num_officiel", Why.DRESSED, [("word", "officiel", "", 7), ("read", "1", "i", 0)]),
        ("dinum2", Why.SIMILAR, [("number", "2", "", 6)]),
        ("dnium", Why.SIMILAR, [("swapped", "ni", "in", 2)]),
        ("dimun", Why.SIMILAR, [("swapped", "mn", "nm", 3)]),
        ("dinuum", Why.SIMILAR, [("added", "u", "", 4)]),
        ("dinu", Why.SIMILAR, [("missing", "", "m", 5)]),
        ("d_i.num", Why.SIMILAR, [("separator", "_", "", 2)]),
        ("numerique.gouv.fr", Why.BODY_NAME, [("domain", "numerique.gouv.fr", "numerique.gouv.fr", 0)]),
        ("direction_numerique", Why.BODY_NAME, [("name", "direction_numerique", "dinum", 0)]),
        ("dinum", Why.SAME_USER, []),
    ],
)
def test_t32_names(user: str, why: Why, found: list[tuple[str, str, str, int]]) -> None:
    server = ("server", "mastodon.social", "social.numerique.gouv.fr", 0)
    assert apart(f"@{user}@mastodon.social", why=why) == [*found, server]
    assert apart(f"@{user}@social.numerique.gouv.fr", why=why) == found


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("social.numerique.g\u043euv.fr", [("read", "\u043e", "o", 19)]),
        ("socia1.numerique.gouv.fr", [("read", "1", "l", 6)]),
        ("social.numerique.gouvf.fr", [("added", "f", "", 22)]),
        (
            "social.numerique.gouv.fr.evil.example",
            [("server", "social.numerique.gouv.fr.evil.example", "social.numerique.gouv.fr", 0)],
        ),
        ("social-numerique-gouv.fr", [("server", "social-numerique-gouv.fr", "social.numerique.gouv.fr", 0)]),
    ],
)
def test_t32_servers(host: str, found: list[tuple[str, str, str, int]]) -> None:
    assert apart(f"@dinum@{host}") == found


def test_words_in_another_order_and_capitals() -> None:
    ministry = "@ministere_interieur@social.gouv.fr"
    turned = apart("@interieur_ministere@social.gouv.fr", ministry, Why.BODY_NAME)
    assert turned == [("order", "interieur_ministere", "ministere_interieur", 0)]
    assert differences(parsed("@Dinum@a.example"), parsed("@dinum@a.example"), Why.CASE) == (
        Difference(Change.CASE, "Dinum", "dinum"),
    )


def test_another_name_is_not_told_letter_by_letter() -> None:
    assert apart("@" + "x" * 64 + "@social.numerique.gouv.fr") == []
    assert apart("@qwxyzv@social.numerique.gouv.fr") == []


LONG = "@ministere-de-la-transition-ecologique-et-de-la-cohesion@social.numerique.gouv.fr"
FORGED = "social-numerique-gouv-fr." * 8 + "example"


@pytest.mark.parametrize(
    ("asked", "official"),
    [
        # Dozens of ways to undress a name, none of which leaves the official one.
        (f"@le_the_le_compte_fr_la_ministere_sante_gouv_la_officiel_real_off@{FORGED}", "@numerique@social.gouv.fr"),
        (f"@{'officiel_' * 7}x@{FORGED}", LONG),
        (f"@la_sante_la_culture_le_gouv_fr_le_officiel_la_compte_le_fr_la_of@{FORGED}", LONG),
        # As much to align as there may be.
        (f"@{'l1' * 19}x@x.example", f"@{'1l' * 19}o@social.gouv.fr"),
        (f"@x@{'l1' * 19}.example", f"@x@{'1l' * 19}.example"),
    ],
)
def test_t32_no_name_makes_the_comparison_long(asked: str, official: str) -> None:
    """It is made for each reader of the page, who may ask for the same name without end: 40,000 calls take 10 ms."""
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        apart(asked, official)
    finally:
        sys.setprofile(None)
    assert calls < 40_000
