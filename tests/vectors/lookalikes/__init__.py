"""Handles that imitate official ones, that resemble them, and that are innocent: our own corpus, and what it measures.

``python -m tests.contract.tables`` writes the figures into docs/lookalikes.md.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from verifier.core.identifiers import Handle
from verifier.core.likeness import Why
from verifier.publication.lookalikes import Listed, Lookalikes, index_of

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DOMAINS = ROOT / "tests" / "data" / "domains"
HALVES = ("tuning", "held-out")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
STRANGE = ("mastodon.social", "piaille.fr")
_FORMS = ("{0}", "{0}42", "{0}_photo", "le_{0}", "{0}.martin", "{0}_fr", "la{0}", "{0}s", "{0}_officiel")


class Row(NamedTuple):
    """:param verdict: ``imitates``, ``resembles`` or ``nothing``"""

    handle: Handle
    verdict: str
    official: str
    note: str


class Figures(NamedTuple):
    """Of one half: how many of the others were found, told as they should be, and how many innocents were named."""

    others: int
    found: int
    exact: int
    innocents: int
    named: int
    accused: int


def parsed(text: str) -> Handle:
    """A handle whose server is written as browsers show it."""
    user, _, host = text.removeprefix("@").partition("@")
    labels = (each if each.isascii() else "xn--" + each.encode("punycode").decode() for each in host.split("."))
    return Handle.parse(f"{user}@{'.'.join(labels)}")


def rows(half: str) -> list[Row]:
    """One half of the corpus."""
    return [Row(parsed(each[0]), *each[1:]) for each in _table(half)]


def officials() -> Lookalikes:
    """What the corpus takes for attested."""
    return index_of(
        Listed(Handle.parse(handle), True, domain, name) if whose == "body" else Listed(Handle.parse(handle), False)
        for handle, whose, domain, name in _table("officials")
    )


def verdict(index: Lookalikes, handle: Handle) -> tuple[str, str]:
    """What is said of `handle`, and of which account it is said to be a look-alike."""
    found = index.find(handle)
    if found is None:
        return "nothing", ""
    return "imitates" if Why(found["why"]).imitates else "resembles", found["handle"]


def figures(half: str) -> Figures:
    """What the rules do with one half."""
    index = officials()
    said = [(row, *verdict(index, row.handle)) for row in rows(half)]
    others = [(row, kind, of) for row, kind, of in said if row.verdict != "nothing"]
    innocents = [kind for row, kind, _ in said if row.verdict == "nothing"]
    return Figures(
        others=len(others),
        found=sum(of == row.official for row, _, of in others),
        exact=sum((kind, of) == (row.verdict, row.official) for row, kind, of in others),
        innocents=len(innocents),
        named=sum(kind != "nothing" for kind in innocents),
        accused=innocents.count("imitates"),
    )


def many_bodies() -> list[Listed]:
    """Some hundred bodies, each with an account that we made of its domain; and services that differ by a number."""
    with (ROOT / "verifier" / "policy" / "policies" / "fr" / "bodies.csv").open() as file:
        names = {row["domain"]: row["name"] for row in csv.DictReader(line for line in file if line[0] != "#")}
    found = {}
    for domain in dict.fromkeys([*names, *_domains()]):
        user = re.sub(r"(\.gouv)?\.[a-z]+$", "", domain).replace(".", "_")
        found[user] = Listed(Handle.parse(f"@{user}@social.{domain}"), True, domain, names.get(domain, domain))
    for user in (f"{kind}{number:02}" for kind in ("prefet", "ddt") for number in range(1, 96)):
        found[user] = Listed(Handle.parse(f"@{user}@social.interieur.gouv.fr"), True, "interieur.gouv.fr")
    return list(found.values())


def named_among_bodies(listed: list[Listed], server: str) -> list[tuple[str, str]]:
    """Each of them, as if it were not attested, that is said to be a look-alike of another; and of which.

    :param server: where it is then; its own if empty
    """
    index, found = index_of(listed), []
    for each in listed:
        index.discard(each.handle)
        asked = Handle.parse(f"@{each.handle.user}@{server}") if server else each.handle
        said, of = verdict(index, asked)
        if said != "nothing":
            found.append((str(asked), of))
        index.add(each)
    return found


def ordinary() -> list[str]:
    """User names of people: words, and what is usually made of them."""
    text = (HERE / "ordinary.txt").read_text()
    words = [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]
    return [form.format(word) for word in words for form in _FORMS]


def named_among_people(listed: list[Listed]) -> list[tuple[str, str]]:
    """The user names of people that are said to be look-alikes of a body's, and of which."""
    index = index_of(listed)
    said = ((user, verdict(index, Handle.parse(f"@{user}@mastodon.social"))) for user in ordinary())
    return [(user, of) for user, (kind, of) in said if kind != "nothing"]


def _domains() -> Iterator[str]:
    for name in ("gouv-fr-mail-domains", "academies", "universities", "other-state-mail-domains"):
        for domain in (DOMAINS / f"{name}.txt").read_text(encoding="utf-8").split():
            # Older domains of the prefectures, and sites beside the domain itself, are the same body twice.
            if _DOMAIN.fullmatch(domain) and not domain.startswith("www.") and ".pref." not in domain:
                yield domain


def _table(name: str) -> Iterator[list[str]]:
    for line in (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")
