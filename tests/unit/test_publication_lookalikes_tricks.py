"""Servers with the name of another, long names with two slips; and names and servers that imitate nobody (T32)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.lookalikes import officials
from verifier.core.identifiers import Handle, Host
from verifier.publication.lookalikes import Listed, Lookalikes, index_of
from verifier.publication.names import reading
from verifier.publication.servers import Server, relation
from verifier.publication.slips import LONG, are_two_slips_apart, places, where_to_look

OURS = Host.parse("social.numerique.gouv.fr")
BODIES = [
    f"@{name}@social.gouv.fr"
    for name in (
        "numerique", "economie", "education", "interieur", "agriculture", "ministere.armees", "universite.lyon1",
        "prefet13", "culture", "ign",
    )
]  # fmt: skip
AGENTS = ["@camille.martin@social.numerique.gouv.fr", "@jean.dupont@social.ign.fr"]


@pytest.fixture(scope="module")
def index() -> Lookalikes:
    return index_of([Listed(Handle.parse(handle), is_body=handle in BODIES) for handle in BODIES + AGENTS])


@pytest.mark.parametrize(
    "name",
    [
        # the name, with something around it
        "social.numerique.gouv.fr.evil.example", "social-numerique-gouv-fr.example",
        "evil-social.numerique.gouv.fr.example",
        "socialnumeriquegouvfr.example", "login.social.numerique.gouv.fr-evil.example",
        # the domain around it, with something around
        "numerique.gouv.fr.evil.example", "numerique-gouv-fr.example", "dinum.gouv.fr.example", "gouv-fr.com",
        "dinum-gouv-fr.com", "gouvfr.com", "gouv.fr.com",
        # hyphens for dots, dots for hyphens, dots more or less
        "numerique-gouv.fr", "social-numerique.gouv-fr", "numeriquegouv.fr", "social.numerique.gouvfr",
        "s.ocial.numerique.gouv.fr",
        # a letter more, less, changed, moved, forged
        "gouvf.fr", "gouvr.fr", "gou.fr", "gov.fr", "guov.fr", "g0uv.fr", "social.numerique.gouvf.fr",
        "numerlque.gouvf.fr",
        "social.numerique.goouv.fr", "social.nurnerique.gouv.fr", "social.numerique.qouv.fr",
        # another top, another order
        "social.numerique.gouv.example", "numerique.gouv.example", "social.gouv.numerique.fr",
        "gouv.numerique.social.fr",
    ],
)  # fmt: skip
def test_t32_servers_with_the_name_of_another(name: str) -> None:
    assert relation(Host.parse(name), OURS) is Server.FORGED


@pytest.mark.parametrize(
    "name",
    [
        "mastodon.social", "social.example", "numerique.example", "gouv.example", "gouv.ci", "social.gouv.ci",
        "gouv.qc.ca",
        "numerique.social.gouv.fr", "social.numerique.gouv.ci", "ministere.gouv.qc.ca",
        "numerique.gouv.fr", "mastodon.numerique.gouv.fr", "gouv.fr", "social.gouv.fr", "social.culture.gouv.fr",
        "louvre.fr", "gouvernance.fr", "gouverner-en-france.fr", "journal.du.fr", "social.fr", "social.tech.fr",
    ],
)  # fmt: skip
def test_servers_that_are_others_by_right(name: str) -> None:
    assert relation(Host.parse(name), OURS) is Server.OTHER


@pytest.mark.parametrize(
    "name", ["sign.fr", "ign.be", "ing.fr", "design-france.example", "designfr.example", "social.ixn.fr"]
)
def test_short_names_of_servers_have_too_many_neighbours(name: str) -> None:
    assert relation(Host.parse(name), Host.parse("mastodon.ign.fr")) is Server.OTHER


@pytest.mark.parametrize(
    ("user", "official"),
    [
        ("numerriqque", "numerique"),
        ("nmueriqeu", "numerique"),
        ("numirikue", "numerique"),
        ("nvmeriqve", "numerique"),
        ("numeriquees", "numerique"),
        ("econonie.s", "economie"),
        ("ekonomye", "economie"),
        ("interieurre", "interieur"),
        ("imtirieur", "interieur"),
        ("agricultres", "agriculture"),
        ("ministere.armement", None),
        ("minizterre.armees", "ministere.armees"),
        ("ministeres.armee", "ministere.armees"),
        ("minstere-arnees", "ministere.armees"),
        ("ministxre.arzees", "ministere.armees"),
        ("universlte.lyom1s", "universite.lyon1"),
    ],
)
def test_t32_long_names_of_bodies_with_two_slips(index: Lookalikes, user: str, official: str | None) -> None:
    found = index.find(Handle.parse(f"@{user}@mastodon.example"))
    assert found == (official and {"handle": f"@{official}@social.gouv.fr", "why": "similar"})


@pytest.mark.parametrize("user", ["ecologie", "exterieur", "apiculture"])
def test_t32_on_a_forged_server_any_two_letters_count(index: Lookalikes, user: str) -> None:
    assert index.find(Handle.parse(f"@{user}@social.gouv.fr.example")) is not None


@pytest.mark.parametrize(
    "handle",
    [
        # other words
        "@ecologie@mastodon.example", "@exterieur@mastodon.example", "@apiculture@mastodon.example",
        "@reeducation@mastodon.example", "@deduction@mastodon.example", "@numerologie@mastodon.example",
        "@superieur@mastodon.example", "@numero@mastodon.example", "@economies.fr@mastodon.example",
        "@ecologie@social.gouv.fr", "@superieur@social.gouv.fr",
        # other bodies
        "@prefet31@mastodon.example", "@prefet14@social.gouv.fr", "@universite.lyon2@mastodon.example",
        "@universite.lyon3@social.gouv.fr", "@ministere.travail@social.gouv.fr",
        # short names
        "@igm@mastodon.example", "@cultivee@mastodon.example", "@sculpture@mastodon.example",
        "@couture.x@mastodon.example",
        # namesakes of agents
        "@camille.martin@mastodon.example", "@camille.martin@gouv.qc.ca", "@camille.martin@mastodon.numerique.gouv.fr",
        "@camile.martins@social.numerique.gouv.fr", "@camille.martinez@mastodon.example", "@jean.dupont@sign.fr",
        "@jean.dupont@design-france.example", "@jeanne.dupont@social.ign.fr",
    ],
)  # fmt: skip
def test_who_imitates_nobody_is_not_accused(index: Lookalikes, handle: str) -> None:
    assert index.find(Handle.parse(handle)) is None


NAMES = st.text("abeirn1", min_size=LONG, max_size=14)


@st.composite
def slipped(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and itself after two slips: letters added, dropped or changed."""
    name = changed = draw(NAMES)
    for _ in range(2):
        at = draw(st.integers(0, len(changed) - 1))
        changed = changed[:at] + draw(st.sampled_from(["", "z", "z" + changed[at]])) + changed[at + 1 :]
    return name, changed


@given(slipped())
def test_t32_two_slips_never_go_unseen(pair: tuple[str, str]) -> None:
    one, other = pair
    if min(len(one), len(other)) >= LONG:
        assert are_two_slips_apart(one, other, strict=False)
        assert are_two_slips_apart(other, one, strict=False)
        assert not set(places(one)).isdisjoint(where_to_look(other))


def distance(one: str, other: str) -> int:
    """Optimal string alignment, by the book."""
    rows = [list(range(len(other) + 1))]
    for at, left in enumerate(one, 1):
        rows.append([at])
        for place, right in enumerate(other, 1):
            costs = [rows[at - 1][place] + 1, rows[at][place - 1] + 1, rows[at - 1][place - 1] + (left != right)]
            if at > 1 and place > 1 and (left, one[at - 2]) == (other[place - 2], right):
                costs.append(rows[at - 2][place - 2] + 1)
            rows[at].append(min(costs))
    return rows[-1][-1]


@given(slipped(), slipped())
def test_slips_are_counted_by_the_book(first: tuple[str, str], second: tuple[str, str]) -> None:
    for one, other in (first, (first[1], second[1]), (first[0], first[0][::-1])):
        if min(len(one), len(other)) >= LONG:
            assert are_two_slips_apart(one, other, strict=False) == (distance(one, other) <= 2)


@pytest.fixture(scope="module")
def corpus() -> Lookalikes:
    return officials()


@pytest.mark.parametrize(
    ("text", "official", "why"),
    [
        ("DINUM", "@dinum@social.numerique.gouv.fr", "body-name"),
        ("Dinum officiel ✅", "@dinum@social.numerique.gouv.fr", "dressed"),
        ("D\u0406NUM", "@dinum@social.numerique.gouv.fr", "body-name"),
        ("Direction interministérielle du numérique", "@dinum@social.numerique.gouv.fr", "body-name"),
        ("Préfet de la Loire 🇫🇷", "@prefecture42@social.gouv.fr", "body-name"),
        ("Ministère de l\u2019Intérieur", "@ministere_interieur@social.gouv.fr", "body-name"),
    ],
)
def test_t32_names_shown_that_are_those_of_bodies(corpus: Lookalikes, text: str, official: str, why: str) -> None:
    assert corpus.find_shown(text) == {"handle": official, "why": why}


@pytest.mark.parametrize(
    "text",
    ["Camille (DINUM)", "Parodie DINUM", "Culture", "Loire", "Ministre de l'Intérieur", "Camille Martin", "", "🇫🇷"],
)
def test_names_shown_that_are_others(corpus: Lookalikes, text: str) -> None:
    assert corpus.find_shown(text) is None


def test_a_long_name_costs_little(corpus: Lookalikes) -> None:
    assert corpus.find_shown("la " * 5_000 + "dinum") is None
    assert corpus.find(Handle.parse(f"@{'officiel' * 8}@mastodon.social")) is None
    assert corpus.find(Handle.parse(f"@{'la_' * 20}dinu@mastodon.social")) is None


def test_who_has_the_letters_does_not_imitate_who_has_the_digits() -> None:
    index = index_of([Listed(Handle.parse("@an5si@social.gouv.fr"), is_body=True)])
    assert index.find(Handle.parse("@anssi@mastodon.social")) is None
    assert index.find(Handle.parse("@ansss5i@mastodon.social")) is None


@pytest.mark.parametrize(
    ("official", "innocent"),
    [
        ("prefecture_loire", "prefecture_loiret"),
        ("culture", "france_culture"),
        ("culture", "culture_france"),
        ("culture", "culture93"),
        ("ader", "leader"),
        ("def", "clef"),
        ("pref", "pref37"),
        ("prefet", "pref37"),
        ("ac-nantes", "ec-nantes"),
        ("handicap", "handicapes"),
    ],
)
def test_other_words_are_other_names(official: str, innocent: str) -> None:
    index = index_of([Listed(Handle.parse(f"@{official}@social.gouv.fr"), is_body=True)])
    assert index.find(Handle.parse(f"@{innocent}@mastodon.social")) is None


def test_two_digits_are_a_number() -> None:
    assert reading("pref37") != reading("prefet")
    assert reading("an55i") == reading("anssi")


@pytest.mark.parametrize(
    ("theirs", "ours"), [("ac-aix-marseille.fr", "social.marseille.fr"), ("univ-lyon2.fr", "univ-lyon1.fr")]
)
def test_servers_that_differ_by_a_word_or_a_number(theirs: str, ours: str) -> None:
    assert relation(Host.parse(theirs), Host.parse(ours)) is Server.OTHER


def test_several_crowds_cost_no_more_than_one() -> None:
    names = ("tourisme", "jeunesse")
    index = index_of(
        [Listed(Handle.parse(f"@{name}@s{number}.gouv.fr"), is_body=True) for name in names for number in range(70)]
    )
    assert len(list(index._entries_of(index._read, *map(reading, names)))) == 64
