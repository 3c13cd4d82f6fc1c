from collections import Counter
from pathlib import Path

from verifier.core.errors import BadInput, Refused
from verifier.core.identifiers import Host, MailAddress
from verifier.policy import policy

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "mailbox-policy.md"
LISTS = {
    "mail": "gouv-fr-mail-domains.txt",
    "other": "other-state-mail-domains.txt",
    "children": "gouv-fr-children.txt",
    "hosts": "gouv-fr-hosts-2024-12-02.txt",
    "academies": "academies.txt",
    "universities": "universities.txt",
    "free": "free-mail-domains.txt",
    "generic": "generic-mail-domains.txt",
    "squatted": "squatted-or-excluded.tsv",
}
POLICY = policy.load()


def names(file: str) -> list[str]:
    rows = (ROOT / "tests" / "data" / "domains" / file).read_text().splitlines()
    if file.endswith(".tsv"):
        return [row.split("\t")[0] for row in rows[1:]]
    return [row.partition("#")[0].strip() for row in rows]


def mailbox_class(name: str) -> str:
    try:
        return POLICY.mailbox(MailAddress.parse(f"prenom.nom@{name}")).class_
    except BadInput:
        return "malformed"


def is_body(name: str) -> bool:
    try:
        POLICY.body_domain(Host.parse(name))
    except (BadInput, Refused):
        return False
    return True


def table() -> list[str]:
    counts = {title: Counter(map(mailbox_class, names(file))) for title, file in LISTS.items()}
    decisions = {name: class_.decision for name, class_ in POLICY.classes.items() if name != POLICY.shared.class_}
    decisions |= {"unknown": "refuse", "malformed": "refuse"}
    rows = [("class", "decision", *LISTS), *[("---",) * (len(LISTS) + 2)]]
    rows += [
        (name, decision, *(str(counts[title][name] or "") for title in LISTS)) for name, decision in decisions.items()
    ]
    rows.append(("**all**", "", *(str(counts[title].total()) for title in LISTS)))
    rows.append(("**may be a body's**", "", *(str(sum(map(is_body, names(file)))) for file in LISTS.values())))
    return [f"| {' | '.join(row)} |" for row in rows]


def test_page_holds_the_counts_of_a_run_over_the_real_lists() -> None:
    lines = PAGE.read_text().splitlines()
    assert [line for line in lines if line.count("|") == len(LISTS) + 3] == table(), "\n".join(table())


def test_page_explains_every_class() -> None:
    page = PAGE.read_text()
    assert [name for name in POLICY.classes if f"| `{name}` |" not in page] == []
