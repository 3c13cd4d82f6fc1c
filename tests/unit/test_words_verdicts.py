"""The verdict in words: the sentences that readers cite, in French and English."""

from typing import Any

import pytest

from verifier import words
from verifier.policy import policy
from verifier.validation import DECLARATIONS
from verifier.words import Lang

from .answers import AGENT, HOMONYM, LOOKALIKE, NOT_ATTESTED, OFFICE
from .told import said

NAME = "@dinum@social.numerique.gouv.fr"


def fr(verdict: dict[str, Any], **changes: object) -> str:
    return said(words.verdict_view(verdict | changes, "fr"))


def en(verdict: dict[str, Any], **changes: object) -> str:
    return said(words.verdict_view(verdict | changes, "en"))


def test_office() -> None:
    assert fr(OFFICE) == (
        f"Compte officiel Le compte {NAME} est tenu par la Direction interministérielle du numérique"
        " (numerique.gouv.fr)."
        " Vérifié pour la dernière fois le 5 février 2027 à 14 h 05 (heure de Paris). Valable jusqu'au 21 février 2027."
    )
    assert en(OFFICE).startswith(
        f"Official account The account {NAME} is run by Direction interministérielle du numérique (numerique.gouv.fr)."
    )


def test_agent() -> None:
    assert fr(AGENT).startswith(
        "Compte d'un agent public Ce compte est tenu par une personne qui dispose d'une adresse @numerique.gouv.fr."
        " Elle ne parle pas forcément au nom de son administration."
    )
    assert en(AGENT).startswith(
        "A public servant's account This account is held by a person who has a mailbox at @numerique.gouv.fr."
        " They do not necessarily speak for their administration."
    )


@pytest.mark.parametrize("affiliation", [None, {"domain": "gouv.fr", "name": "État"}])
def test_agent_of_the_state_without_more(affiliation: dict[str, str] | None) -> None:
    assert "qui dispose d'une adresse professionnelle de l'État." in fr(AGENT, affiliation=affiliation)
    view = words.verdict_view(AGENT | {"affiliation": affiliation}, "fr")
    assert "gouv.fr" not in " ".join(line.detail for line in view.evidence)


def test_mandate() -> None:
    mandate = {"title": "ministre de la Culture", "start": "2026-10-12T00:00:00Z", "end": "2027-05-01T10:00:00Z"}
    assert fr(OFFICE, accountRole="mandate", mandate=mandate).startswith(
        "Compte officiel de fonction Ce compte est tenu au titre de : ministre de la Culture,"
        " du 12 octobre 2026 au 1er mai 2027."
    )
    del mandate["end"]
    assert "depuis le 12 octobre 2026." in fr(OFFICE, accountRole="mandate", mandate=mandate)
    assert "au titre d'une fonction publique." in fr(OFFICE, accountRole="mandate")


@pytest.mark.parametrize(("tie", "word"), [("contractor", "prestataire"), ("trainee", "stagiaire")])
def test_t06_a_contractor_or_trainee_is_never_called_a_public_servant(tie: str, word: str) -> None:
    checks = [{"method": "email-01", "result": "valid", "checkedAt": "2027-02-05T13:01:00Z", "class": tie}]
    text = fr(AGENT, checks=checks)
    assert text.startswith(f"Compte d'un {word} de la Direction interministérielle du numérique ")
    assert "Elle ne parle pas en son nom." in text
    assert "agent" not in text
    degraded = fr(AGENT, checks=checks, status="degraded")
    assert degraded.startswith(
        f"Compte d'un {word} de la Direction interministérielle du numérique, injoignable depuis"
    )


def test_hosted() -> None:
    text = fr(OFFICE, status="hosted")
    assert text.startswith(
        f"Hébergé sur une instance officielle {NAME} est hébergé sur une instance officielle"
        " de la Direction interministérielle du numérique. Ce compte n'a pas d'attestation propre. Vérifié"
    )


def test_degraded() -> None:
    text = fr(OFFICE, status="degraded", since="2027-02-03T13:05:00Z")
    assert text.startswith(f"Compte officiel, injoignable depuis le 3 février 2027 à 14 h 05 Le compte {NAME} est tenu")
    assert "Nous réessayons." in text
    assert "Vérifié pour la dernière fois" not in text, "the last look saw nothing"
    assert "Valable jusqu'au 21 février 2027." in text
    assert fr(AGENT, status="degraded").startswith("Compte d'un agent public, injoignable depuis le 5 février 2027")


def test_degraded_by_the_record_of_the_body_alone_says_that_the_account_answers() -> None:
    record, account = OFFICE["checks"]
    failing = {"result": "invalid", "since": "2027-02-03T13:05:00Z"}
    degraded = OFFICE | {"status": "degraded", "since": "2027-02-03T13:05:00Z"}
    view = words.verdict_view(degraded | {"checks": [record | failing, account]}, "fr")
    assert said(view).startswith(
        "Compte officiel, mais l'enregistrement DNS de son organisme n'est plus vu depuis le 3 février 2027 à 14 h 05"
    )
    assert "Le compte, lui, répond." in said(view)
    assert "injoignable" not in said(view)
    assert (view.mark, view.tone, view.icon) == ("Enregistrement non vu", "waiting", "clock")
    both = words.verdict_view(degraded | {"checks": [record | failing, account | failing]}, "fr")
    assert view.evidence[1].headline == "Le compte le confirme."
    assert said(both).startswith("Compte officiel, injoignable depuis le 3 février 2027")


def test_suspended() -> None:
    text = fr(OFFICE, status="suspended", reason="account-changed", asOf="2027-03-12T10:00:00Z")
    assert text.startswith(
        "Attention : ce compte n'est plus confirmé depuis le 12 mars 2027"
        " Le compte n'est plus celui qui a été prouvé ; son titulaire doit le prouver à nouveau."
    )


def test_revoked() -> None:
    text = fr(OFFICE, status="revoked", reason="holder-request")
    assert text.startswith("Ce compte n'est plus officiel depuis le 5 février 2027 Motif : Son titulaire l'a demandé.")


def test_expired() -> None:
    assert fr(OFFICE, status="expired").startswith("L'attestation de ce compte a pris fin le 21 février 2027 ")


def test_not_attested() -> None:
    assert fr(NOT_ATTESTED) == (
        "Aucune attestation pour ce compte Cela ne veut pas dire qu'il est faux :"
        " personne ne nous l'a demandé, ou la demande n'a pas abouti."
    )


def test_who_bears_the_name_of_a_body_elsewhere_is_not_accused() -> None:
    view = words.verdict_view(HOMONYM, "fr")
    assert (view.mark, view.tone, view.icon) == ("Sans attestation", "none", "ring")
    assert view.title == "Un compte officiel porte le même nom, sur un autre serveur"
    assert view.lead == (
        "@dinum@example.social n'a aucune attestation.",
        "Le compte officiel de ce nom est @dinum@social.numerique.gouv.fr.",
    )
    assert view.lookalike is not None
    assert (view.lookalike.handle, view.lookalike.imitates) == ("@dinum@social.numerique.gouv.fr", False)


def test_lookalike() -> None:
    assert fr(LOOKALIKE) == (
        "Attention, ce nom imite celui d'un compte officiel @d1num@evil.example n'a aucune attestation."
        f" Le compte officiel qui lui ressemble est {NAME}."
        " L'absence d'attestation ne prouve pas, à elle seule, qu'un compte est faux."
        " État au 5 février 2027 à 14 h 05 (heure de Paris)."
    )


def test_moved() -> None:
    text = fr(OFFICE, status="suspended", reason="account-changed", movedTo="@dinum@ailleurs.gouv.fr")
    assert text.startswith(
        f"Ce compte a déménagé {NAME} a déménagé vers @dinum@ailleurs.gouv.fr, qui doit être prouvé à nouveau."
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (NAME, False),
        ("https://social.numerique.gouv.fr/@dinum", False),
        ("https://social.numerique.gouv.fr/users/dinum", False),
        ("https://social.numerique.gouv.fr/@dinum/1234", True),
        ("https://elsewhere.example/@dinum@social.numerique.gouv.fr", True),
    ],
)
def test_a_link_to_something_else_is_told(typed: str, told: bool) -> None:
    note = words.verdict_view(OFFICE, "fr", typed=typed).note
    assert note == (f"Ce verdict porte sur {NAME}, pas sur la page collée." if told else None)


def test_a_link_that_spells_no_account() -> None:
    assert fr(NOT_ATTESTED, handle=None).startswith("Nous ne reconnaissons aucun compte dans ce lien ")


def test_evidence_says_who_confirms_what_and_when() -> None:
    first, second = words.verdict_view(OFFICE, "fr").evidence
    assert first.headline == "Le domaine le confirme."
    assert first.detail == "numerique.gouv.fr publie un enregistrement DNS signé (DNSSEC) qui désigne ce service."
    assert first.when.replace("\u00a0", " ") == "3 février 2027 à 10 h 30 (heure de Paris)"
    assert second.headline == "Le compte le confirme."
    unsigned = OFFICE["checks"][0] | {"dnssec": False}
    (line,) = words.verdict_view(OFFICE | {"checks": [unsigned]}, "fr").evidence
    assert "DNSSEC" not in line.detail
    failing = {"result": "invalid", "since": "2027-02-04T09:30:00Z"}
    for method, headline in (
        ("dns-01", "Le domaine ne le confirme pas en ce moment."),
        ("vouch-01", "L'organisme dont il dépend ne le confirme pas en ce moment."),
        ("rel-me-01", "Le compte ne le confirme pas en ce moment."),
    ):
        (line,) = words.verdict_view(OFFICE | {"checks": [unsigned | failing | {"method": method}]}, "fr").evidence
        assert line.headline == headline
        assert "depuis le 4\u00a0février\u00a02027" in line.detail
        assert line.when.replace("\u00a0", " ") == "3 février 2027 à 10 h 30 (heure de Paris)", "when it last passed"
    (line,) = words.verdict_view(OFFICE | {"checks": [unsigned | {"method": "new-01"}]}, "fr").evidence
    assert "new-01" in line.detail


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_way_of_proving_has_words_of_its_own(lang: Lang) -> None:
    for method in DECLARATIONS:
        (line,) = words.verdict_view(OFFICE | {"checks": [OFFICE["checks"][0] | {"method": method}]}, lang).evidence
        assert method not in line.detail
    for method in (name for name, each in DECLARATIONS.items() if each.rank is not None):
        assert method not in words.checked_by(method, lang)
    assert "new-01" in words.checked_by("new-01", lang)


def test_what_does_not_vouch_shows_no_evidence() -> None:
    for status in ("suspended", "revoked", "expired"):
        assert words.verdict_view(OFFICE | {"status": status, "reason": None}, "fr").evidence == ()


@pytest.mark.parametrize(
    ("verdict", "mark", "tone", "icon"),
    [
        (OFFICE, "Officiel", "official", "check"),
        (AGENT, "Agent public", "person", "person"),
        (OFFICE | {"status": "degraded"}, "Injoignable", "waiting", "clock"),
        (OFFICE | {"status": "suspended"}, "À vérifier", "caution", "alert"),
        (OFFICE | {"status": "revoked"}, "Plus officiel", "ended", "stop"),
        (NOT_ATTESTED, "Sans attestation", "none", "ring"),
        (LOOKALIKE, "À vérifier", "caution", "alert"),
    ],
)
def test_the_mark_has_a_word_and_a_shape(verdict: dict[str, Any], mark: str, tone: str, icon: str) -> None:
    view = words.verdict_view(verdict, "fr")
    assert (view.mark, view.tone, view.icon) == (mark, tone, icon)


@pytest.mark.parametrize(
    ("name", "acting"),
    [
        ("Direction interministérielle du numérique", "par la Direction interministérielle du numérique ("),
        ("Ministère de la Culture", "par le Ministère de la Culture ("),
        ("Agence nationale de la cohésion", "par l'Agence nationale de la cohésion ("),
        ("Services du Premier ministre", "par les Services du Premier ministre ("),
        ("Tracfin", "par l'organisme « Tracfin » ("),
    ],
)
def test_french_articles(name: str, acting: str) -> None:
    assert acting in fr(OFFICE, affiliation={"domain": "x.gouv.fr", "name": name})


def test_french_contractions() -> None:
    def hosted(name: str) -> str:
        return fr(OFFICE, status="hosted", affiliation={"domain": "x.gouv.fr", "name": name})

    assert "instance officielle du Ministère de la Culture." in hosted("Ministère de la Culture")
    assert "instance officielle de l'Agence x." in hosted("Agence x")
    assert "instance officielle des Services x." in hosted("Services x")
    assert "instance officielle de l'organisme « Tracfin »." in hosted("Tracfin")


UNNAMED = {"domain": "loire.gouv.fr", "name": "loire.gouv.fr"}
CHECKED = {"result": "valid", "checkedAt": "2027-02-05T13:05:00Z", "views": 1}


def test_a_body_that_nobody_has_named_is_the_one_that_holds_its_domain() -> None:
    assert "est tenu par l'organisme public qui détient loire.gouv.fr." in fr(OFFICE, affiliation=UNNAMED)
    assert "is run by the public body that holds loire.gouv.fr." in en(OFFICE, affiliation=UNNAMED)
    contractor = AGENT | {"affiliation": UNNAMED, "checks": [{"method": "email-01", "class": "contractor"} | CHECKED]}
    assert "Compte d'un prestataire de l'organisme public qui détient loire.gouv.fr" in fr(contractor)
    assert "The account of a contractor of the public body that holds loire.gouv.fr" in en(contractor)
    assert "instance officielle de l'organisme public qui détient loire.gouv.fr." in fr(
        OFFICE, status="hosted", affiliation=UNNAMED
    )
    assert "official instance of the public body that holds loire.gouv.fr." in en(
        OFFICE, status="hosted", affiliation=UNNAMED
    )


def test_the_names_of_the_policy_have_their_article() -> None:
    names = {body.name for body in policy.load().bodies.values()}
    without = {name for name in names if "«" in words.bodies.acting(words.bodies.Affiliation(name, "x.gouv.fr"), "fr")}
    assert without == {"France Travail"}


CITED = words.Cited("https://verifier.example", "https://verifier.example/v/6v3kq7", 1801839900)


def test_one_moment_is_told_once() -> None:
    view = words.verdict_view(LOOKALIKE, "en", cited=CITED)
    assert view.as_of
    assert view.looked is None
    assert words.verdict_view(NOT_ATTESTED, "en", cited=CITED).looked


def test_of_another_network_nothing_is_known_at_any_moment() -> None:
    view = words.verdict_view(LOOKALIKE, "en", typed="https://bsky.app/profile/dinum.gouv.fr", cited=CITED)
    assert view.as_of is None
    assert view.looked


@pytest.mark.parametrize(
    ("lang", "mark", "covers"), [("fr", "Non reconnu", "Ce service"), ("en", "Not recognised", "This")]
)
def test_a_link_without_an_account_is_not_an_account_without_an_attestation(lang: Lang, mark: str, covers: str) -> None:
    view = words.verdict_view(NOT_ATTESTED | {"handle": None, "account": None}, lang, typed="https://press.example/a")
    assert view.mark == mark
    assert any(sentence.startswith(covers) for sentence in view.lead), "who answers, and not the link"
