"""Under which names a registry registers: the public suffix list, without the part that is no registry's."""

from functools import cache
from importlib.resources import files

import idna

from ..core.identifiers import Host


def registrable(host: Host) -> Host:
    """The name that somebody registered and may lose: one label below the longest public suffix.

    A host that is a public suffix itself stands for itself: that one, too, is registered with somebody.
    """
    labels, rules = host.labels, _rules()
    for start in range(len(labels)):
        name, above = ".".join(labels[start:]), ".".join(labels[start + 1 :])
        if f"!{name}" in rules:
            return Host(name)
        if name in rules or f"*.{above}" in rules:
            return Host(".".join(labels[max(start - 1, 0) :]))
    return Host(".".join(labels[-2:]))  # a top that the list lacks: its rule is "*"


@cache
def _rules() -> frozenset[str]:
    text = files(__package__).joinpath("data", "public_suffix_list.dat").read_text(encoding="utf-8")
    lines = (line.split(maxsplit=1)[0] for line in text.splitlines() if line.strip() and not line.startswith("//"))
    return frozenset(map(_ascii, lines))


def _ascii(rule: str) -> str:
    if rule.isascii():
        return rule
    return ".".join(label if label.isascii() else idna.alabel(label).decode() for label in rule.split("."))
