import csv
import shutil
from pathlib import Path

import pytest

from verifier.core.errors import ConfigError, Refused
from verifier.core.identifiers import Host, MailAddress
from verifier.registration import policy
from verifier.words.problems import PROBLEMS

POLICY = policy.load()
SEED = Path(__file__).parent.parent / "data" / "domains" / "mail-classes.seed.csv"


def ruled(address: str) -> tuple[str, str, str | None]:
    ruling = POLICY.mailbox(MailAddress.parse(address))
    return ruling.decision, ruling.class_, ruling.code


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a.b@numerique.gouv.fr", ("issue", "state", None)),
        ("a.b@dgfip.finances.gouv.fr", ("issue", "state", None)),
        ("a.b@ecologie.gouv.fr", ("issue", "state", None)),  # no list names it; the registry gave it to the State
        ("a.b@mail.ecologie.gouv.fr", ("review", "state-deeper", None)),
        ("a.b@eleve.ecologie.gouv.fr", ("review", "state-deeper", None)),
        ("a.b@elysee.fr", ("review", "state-other", None)),
        ("a.b@mail.elysee.fr", ("refuse", "unknown", "mailbox-domain-unknown")),
        ("a.b@ac-versailles.fr", ("review", "education", None)),
        ("a.b@ac-anything.fr", ("refuse", "unknown", "mailbox-domain-unknown")),
        ("a.b@eleves.ac-versailles.fr", ("refuse", "unknown", "mailbox-domain-unknown")),
        ("a.b@univ-lille.fr", ("refuse", "university", "mailbox-student")),
        ("a.b@etu.univ-lille.fr", ("refuse", "university", "mailbox-student")),
        ("a.b@gmail.com", ("refuse", "free", "mailbox-free")),
        ("mairie@orange.fr", ("refuse", "free", "mailbox-free")),  # T12
        ("a.b@cc-derval.fr", ("refuse", "excluded", "mailbox-excluded")),
        ("a.b@gouv.fr", ("refuse", "unknown", "mailbox-domain-unknown")),  # nobody's: it only has names below it
        ("a.b@example.org", ("refuse", "unknown", "mailbox-domain-unknown")),
        ("a.b@test.proconnect.gouv.fr", ("refuse", "sandbox", "mailbox-sandbox")),
    ],
)
def test_mailbox_has_its_class(address: str, expected: tuple[str, str, str | None]) -> None:
    assert ruled(address) == expected


SEED_CLASSES = {
    "etat": ("issue", "state"),
    "eleve": ("refuse", "pupil"),
    "prestataire": ("review", "contractor"),
    "mixte": ("review", "mixed"),
    "armee": ("refuse", "armed-forces"),
    "education_nationale": ("review", "education"),
    "etudiant": ("refuse", "student"),
    "mixte_agents_etudiants": ("refuse", "university"),
    "etat_hors_gouv": ("review", "state-other"),
    "parlement": ("review", "parliament"),
    "juridictions": ("review", "justice"),
    "operateur": ("review", "operator"),
    "dispositif": ("refuse", "programme"),
    "collectivite_sui_generis": ("review", "overseas-government"),
    "typosquat": ("refuse", "typosquat"),
    "bac_a_sable": ("refuse", "sandbox"),
}
SEED_EXAMPLES = {  # rows that are a suffix, a pattern or a description: one domain that they mean
    "gouv.fr": "culture.gouv.fr",
    "beta.gouv.fr": "inclusion.beta.gouv.fr",
    r"^ac-[a-z0-9-]+\.fr$": "ac-lyon.fr",
    "(domaine mail de Paris Nanterre : à confirmer)": "parisnanterre.fr",
}


def seed_rows() -> list[tuple[str, str]]:
    with SEED.open(newline="") as file:
        return [(SEED_EXAMPLES.get(row["motif"], row["motif"]), row["classe"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("domain", "seed_class"), seed_rows())
def test_t06_each_seed_row_yields_its_class(domain: str, seed_class: str) -> None:
    assert ruled(f"prenom.nom@{domain}")[:2] == SEED_CLASSES[seed_class]


@pytest.mark.parametrize(
    ("address", "expected_class"),
    [
        ("a@notgouv.fr", "unknown"),
        ("a@xgouv.fr", "unknown"),
        ("a@my-gouv.fr", "unknown"),
        ("a@numerique.notgouv.fr", "unknown"),
        ("a@gouv.fr.evil.example", "unknown"),
        ("a@numerique.gouv.fr.evil.example", "unknown"),
        ("a@xnumerique.gouv.fr", "state"),
        ("a@x.numerique.gouv.fr", "state-deeper"),
        ("a@xbeta.gouv.fr", "state"),
        ("a@x.beta.gouv.fr", "mixed"),
        ("a@xdef.gouv.fr", "state"),
        ("a@x.def.gouv.fr", "armed-forces"),
        ("a@xeleve.insp.gouv.fr", "state-deeper"),
        ("a@x.eleve.insp.gouv.fr", "pupil"),
        ("a@xgmail.com", "unknown"),
        ("a@x.gmail.com", "free"),
        ("a@xelysee.fr", "unknown"),
        ("a@xac-lyon.fr", "unknown"),
        ("a@xgouvf.fr", "unknown"),
        ("a@education.gouvf.fr", "typosquat"),
    ],
)
def test_t02_names_are_compared_by_whole_labels(address: str, expected_class: str) -> None:
    assert ruled(address)[1] == expected_class


@pytest.mark.parametrize(
    "local", ["contact", "presse", "contact-presse", "service_communication", "dircom.nord", "contact+a"]
)
def test_t06_shared_mailbox_is_reviewed(local: str) -> None:
    assert ruled(f"{local}@numerique.gouv.fr") == ("review", "shared", None)


@pytest.mark.parametrize("local", ["contactable", "jean.presseau", "xpresse", "marie.contacte", "jean.nom+presse"])
def test_t06_person_whose_name_holds_such_a_word_is_a_person(local: str) -> None:
    assert ruled(f"{local}@numerique.gouv.fr") == ("issue", "state", None)


def test_t06_shared_mailbox_lifts_no_other_class() -> None:
    assert ruled("contact@eleve.insp.gouv.fr") == ("refuse", "pupil", "mailbox-pupil")
    assert ruled("contact@ext.numerique.gouv.fr") == ("review", "contractor", None)


@pytest.mark.parametrize(
    "domain",
    ["intradef.gouv.fr", "def.gouv.fr", "academie.def.gouv.fr", "gendarmerie.interieur.gouv.fr", "dgse.gouv.fr"],
)
def test_t72_armed_forces_are_refused_without_their_explicit_consent(domain: str) -> None:
    assert ruled(f"prenom.nom@{domain}") == ("refuse", "armed-forces", "mailbox-armed-forces")


def test_ruling_tells_the_line_that_decided_and_its_source() -> None:
    ruling = POLICY.mailbox(MailAddress.parse("x@inclusion.beta.gouv.fr"))
    assert ruling.rule == "domains.csv: beta.gouv.fr (suffix)"
    assert ruling.source.startswith("ProConnect Identité")


def test_body_of_a_mailbox_is_named() -> None:
    body = POLICY.mailbox(MailAddress.parse("a.b@dgfip.finances.gouv.fr")).body
    assert body == policy.Body(
        Host("dgfip.finances.gouv.fr"), "Direction générale des Finances publiques", Host("finances.gouv.fr")
    )


def test_body_of_a_second_mail_domain_is_the_body_itself() -> None:
    assert POLICY.body(Host("mail.numerique.gouv.fr")).domain == Host("numerique.gouv.fr")


def test_body_below_another_keeps_its_own_name() -> None:
    body = POLICY.body(Host("creps-dijon.sports.gouv.fr"))
    assert (body.domain, body.name) == (Host("creps-dijon.sports.gouv.fr"), "creps-dijon.sports.gouv.fr")


@pytest.mark.parametrize(
    "domain",
    [
        "gouv.fr", "notgouv.fr", "gouvf.fr", "gouv.fr.evil.example", "eleve.insp.gouv.fr", "ext.numerique.gouv.fr",
        "test.proconnect.gouv.fr", "gmail.com", "github.com", "conseiller-numerique.fr",
    ],
)  # fmt: skip
def test_body_domain_is_refused(domain: str) -> None:
    with pytest.raises(Refused, match="domain-not-accepted"):
        POLICY.body_domain(Host(domain))


@pytest.mark.parametrize(
    "domain", ["numerique.gouv.fr", "xn--galit-handicap-9jbf.gouv.fr", "senat.fr", "defense.gouv.fr"]
)
def test_body_domain_is_accepted(domain: str) -> None:
    assert POLICY.body_domain(Host.parse(domain)).domain == Host(domain)


def test_body_domain_never_proves_another_body() -> None:
    # An alias serves mailboxes alone: whoever holds mail.numerique.gouv.fr's zone is not shown to hold its parent's.
    assert POLICY.body_domain(Host("mail.numerique.gouv.fr")).domain == Host("mail.numerique.gouv.fr")


def test_every_refusal_of_the_policy_is_told_in_words() -> None:
    codes = {class_.code for class_ in POLICY.classes.values() if class_.code}
    assert codes - PROBLEMS.keys() == set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(policy.PACKAGED, tmp_path / "policy")


def test_version_changes_with_any_byte_of_the_data(folder: Path) -> None:
    assert policy.load(folder).version == POLICY.version
    with (folder / "shared.txt").open("a") as file:
        file.write("bureau\n")
    assert policy.load(folder).version != POLICY.version


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("domains.csv", "gouv.example,suffix,no-such-class,own", "no known class"),
        ("domains.csv", "elysee.fr,exact,state,own", "already in domains.csv: elysee.fr"),
        ("domains.csv", "culture.gouv.fr,exact,state,own", "culture.gouv.fr is already in domains.csv"),
        ("domains.csv", "a.example,pattern,state,own", "'exact' or 'suffix'"),
        ("domains.csv", "a.example,exact,state", "not as many cells"),
        ("domains.csv", "a.example,exact,state,own,more", "not as many cells"),
        ("domains.csv", "a.example,exact,state,", "at least 1 character"),
        ("domains.csv", r"ac-.*\.fr,exact,state,own", "host-malformed"),
        ("state.txt", "été.gouv.fr", "state.txt:226: host-malformed"),
        ("aliases.csv", "www.example.gouv.fr,example.gouv.fr", "example.gouv.fr is not in bodies.csv"),
        ("bodies.csv", "example.gouv.fr,Example,parent.gouv.fr", "the parent parent.gouv.fr is not listed"),
        ("bodies.csv", "numerique.gouv.fr,Another,", "listed twice"),
        ("policy.toml", "unknown = { decision = 'refuse', body = true }", "if and only if it is refused"),
        ("policy.toml", "unknown = { decision = 'issue', code = 'mailbox-free' }", "if and only if it is refused"),
        ("policy.toml", "unknown = { decision = 'perhaps' }", "'issue', 'review' or 'refuse'"),
        ("policy.toml", "[unknown]", "Extra inputs are not permitted"),
        ("policy.toml", "[[lists]]", "Field required"),
        ("policy.toml", "[[lists]]\nfile='x.txt'\nclass='x'\nmatch='exact'\nsource='x'", "no such class: x"),
        ("policy.toml", "[[lists]]\nfile='x.txt'\nclass='state'\nmatch='exact'\nsource='x'", "No such file"),
        ("policy.toml", "= 1", "Invalid statement"),
    ],
)
def test_doubtful_data_stops_the_start(folder: Path, file: str, line: str, told: str) -> None:
    with (folder / file).open("a") as data:
        data.write(line + "\n")
    with pytest.raises(ConfigError) as stopped:
        policy.load(folder)
    assert told in str(stopped.value)
    assert str(folder) in str(stopped.value)


def test_missing_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="VERIFIER_POLICY_DIR"):
        policy.load(tmp_path / "nowhere")
