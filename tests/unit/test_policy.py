import csv
import shutil
from pathlib import Path

import pytest

from verifier.core.errors import ConfigError, Refused
from verifier.core.identifiers import Host, MailAddress
from verifier.policy import policy
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


def test_t06_each_seed_row_yields_its_class(subtests: pytest.Subtests) -> None:
    for domain, seed_class in seed_rows():
        with subtests.test(domain):
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


def acts_for(domain: str, mailbox: str) -> policy.InstitutionRuling:
    return POLICY.institution(Host(domain), MailAddress.parse(mailbox))


@pytest.mark.parametrize(
    ("domain", "mailbox", "decision", "class_"),
    [
        ("numerique.gouv.fr", "a.b@numerique.gouv.fr", "issue", "state"),
        ("numerique.gouv.fr", "presse@numerique.gouv.fr", "issue", "state"),  # a function's mailbox serves
        ("numerique.gouv.fr", "contact@mail.numerique.gouv.fr", "issue", "state"),  # its second mail domain
        ("numerique.gouv.fr", "a.b@ext.numerique.gouv.fr", "review", "contractor"),
        ("senat.fr", "presse@senat.fr", "review", "parliament"),
        # Refused to persons; the body itself may ask, with its DNS, and two people look at it.
        ("univ-lille.fr", "presse@univ-lille.fr", "review", "university"),
        ("marinenationale.gouv.fr", "presse@marinenationale.gouv.fr", "review", "armed-forces"),
    ],
)
def test_institution_through_a_contact(domain: str, mailbox: str, decision: str, class_: str) -> None:
    ruling = acts_for(domain, mailbox)
    assert (ruling.decision, ruling.class_, ruling.body.domain) == (decision, class_, Host(domain))
    assert ruling.rule
    assert ruling.source


@pytest.mark.parametrize(
    ("domain", "mailbox", "code", "pointer"),
    [
        ("paris.fr", "mairie@orange.fr", "mailbox-free", "/identity/email"),
        ("paris.fr", "mairie@yopmail.com", "mailbox-free", "/identity/email"),
        ("orange.fr", "mairie@orange.fr", "domain-not-accepted", "/identity/domain"),
        ("notgouv.fr", "a@notgouv.fr", "domain-not-accepted", "/identity/domain"),
        ("finances.gouv.fr", "a.b@numerique.gouv.fr", "mailbox-other-body", "/identity/email"),
        ("finances.gouv.fr", "a.b@dgfip.finances.gouv.fr", "mailbox-other-body", "/identity/email"),
        ("mail.numerique.gouv.fr", "a.b@mail.numerique.gouv.fr", "mailbox-other-body", "/identity/email"),
        ("insp.gouv.fr", "a.b@eleve.insp.gouv.fr", "mailbox-pupil", "/identity/email"),
        ("paris.fr", "a.b@example.org", "mailbox-domain-unknown", "/identity/email"),
    ],
)
def test_t12_only_a_mailbox_of_the_body_is_its_contact(domain: str, mailbox: str, code: str, pointer: str) -> None:
    with pytest.raises(Refused, match=code) as refused:
        acts_for(domain, mailbox)
    assert refused.value.pointer == pointer


def test_t12_no_mailbox_of_a_free_provider_proves_anything(subtests: pytest.Subtests) -> None:
    for provider in (host for host, rule in POLICY.rules.items() if rule.class_ == "free"):
        with subtests.test(str(provider)):
            with pytest.raises(Refused, match="domain-not-accepted"):
                POLICY.body_domain(provider)
            with pytest.raises(Refused, match="mailbox-free"):
                acts_for("paris.fr", f"mairie@{provider}")


def test_t15_what_the_sign_in_provider_says_of_a_person_has_a_class() -> None:
    assert (POLICY.populations["agent"], POLICY.populations["prestataire"]) == ("", "contractor")
    assert POLICY.populations["stagiaire"] == POLICY.populations["apprenti"] == "trainee"
    assert {POLICY.classes[name].decision for name in POLICY.populations.values() if name} == {"review"}


def test_t14_a_provider_speaks_for_its_domains_alone(folder: Path) -> None:
    assert POLICY.providers == {}
    with (folder / "providers.csv").open("a") as file:
        file.write("idp-1,culture.gouv.fr,own\nidp-1,dila.gouv.fr,own\n# a remark\nidp-2,senat.fr,own\n")
    assert policy.load(folder).providers == {
        "idp-1": {Host("culture.gouv.fr"), Host("dila.gouv.fr")},
        "idp-2": {Host("senat.fr")},
    }


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
        ("state.txt", "été.gouv.fr", "state.txt:226: host-international"),
        ("aliases.csv", "www.example.gouv.fr,example.gouv.fr", "example.gouv.fr is not in bodies.csv"),
        ("bodies.csv", "example.gouv.fr,Example,parent.gouv.fr", "the parent parent.gouv.fr is not listed"),
        ("bodies.csv", "numerique.gouv.fr,Another,", "listed twice"),
        ("bodies.csv", "example.gouv.fr,Exa\u200bmple,", "not a name that an attestation may bear"),
        ("policy.toml", "unknown = { decision = 'refuse', body = true }", "if and only if it is refused"),
        ("policy.toml", "unknown = { decision = 'issue', code = 'mailbox-free' }", "if and only if it is refused"),
        ("policy.toml", "unknown = { decision = 'perhaps' }", "'issue', 'review' or 'refuse'"),
        ("policy.toml", "[unknown]", "Extra inputs are not permitted"),
        ("policy.toml", "[[lists]]", "Field required"),
        ("policy.toml", "[[lists]]\nfile='x.txt'\nclass='x'\nmatch='exact'\nsource='x'", "no such class: x"),
        ("policy.toml", "[[lists]]\nfile='x.txt'\nclass='state'\nmatch='exact'\nsource='x'", "No such file"),
        ("policy.toml", "= 1", "Invalid statement"),
        ("policy.toml", "[populations2]", "Extra inputs are not permitted"),
        ("providers.csv", "idp-1,not a host,own", "host-malformed"),
        ("providers.csv", ",culture.gouv.fr,own", "at least 1 character"),
    ],
)
def test_doubtful_data_stops_the_start(folder: Path, file: str, line: str, told: str) -> None:
    with (folder / file).open("a") as data:
        data.write(line + "\n")
    with pytest.raises(ConfigError) as stopped:
        policy.load(folder)
    assert told in str(stopped.value)
    assert str(folder) in str(stopped.value)


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ('locale = "fr"', 'locale = "de"', "'fr' or 'en'"),
        ('timezone = "Europe/Paris"', 'timezone = "Europe/Nowhere"', "no time zone of that name"),
        ('timezone = "Europe/Paris"', 'timezone = "../../etc/passwd"', "no time zone of that name"),
        ('file = "state.txt"', 'file = "../state.txt"', "String should match pattern"),
        ('agent = ""', 'agent = "no-such-class"', "no such class: no-such-class"),
        ('code = "mailbox-pupil"', 'code = "mailbox-nonsense"', "no problem has the code mailbox-nonsense"),
    ],
)
def test_doubtful_head_stops_the_start(folder: Path, line: str, instead: str, told: str) -> None:
    head = folder / "policy.toml"
    text = head.read_text()
    assert line in text
    head.write_text(text.replace(line, instead))
    with pytest.raises(ConfigError) as stopped:
        policy.load(folder)
    assert told in str(stopped.value)


def test_t02_comparing_texts_by_their_end_would_be_seen() -> None:
    # The tests of this file must fail if somebody writes endswith: each of these ends as an accepted name does.
    accepted = ("gouv.fr", *map(str, POLICY.rules))
    wrong = [f"x{name}" for name in accepted] + [f"x-{name}" for name in accepted]
    taken = {name for name in wrong if POLICY.mail_domain(Host(name)).decision != "refuse"}
    assert all(name.endswith(accepted) for name in wrong)
    # What is left is directly or further below the suffix, by whole labels.
    assert {name for name in taken if Host(name).labels[-2:] != ("gouv", "fr")} == set()
    assert {POLICY.mail_domain(Host(name)).class_ for name in taken} <= {"state", "state-deeper"}


def test_missing_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="VERIFIER_POLICY_DIR"):
        policy.load(tmp_path / "nowhere")


def test_the_stricter_of_domain_and_mailbox_decides(folder: Path) -> None:
    with (folder / "aliases.csv").open("a") as file:
        file.write("culture.gouv.fr,senat.fr\n")
    ruling = policy.load(folder).institution(Host("senat.fr"), MailAddress.parse("a.b@culture.gouv.fr"))
    assert (ruling.decision, ruling.class_) == ("review", "state")


def test_the_digest_tells_from_which_file_a_line_is(folder: Path) -> None:
    _, texts = policy.read(folder, {})
    lists = [name for name in texts if name.endswith(".txt")]
    one, other = next((a, b) for a, b in zip(texts, [*texts][1:], strict=False) if a in lists and b in lists)
    head, last = texts[one].rstrip("\n").rsplit("\n", 1)
    moved, all_texts = policy.read(folder, {one: f"{head}\n", other: f"{last}\n{texts[other]}"})
    assert "".join(all_texts.values()) == "".join(texts.values())
    assert moved.digest != POLICY.digest
