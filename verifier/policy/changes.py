"""One change of a policy as texts of files: a row of a table, or the decision of a class."""

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import tomlkit
import tomlkit.items

from ..core.errors import ConfigError
from ..core.identifiers import Host
from .files import POLICY, Decision, Head, Match
from .policy import read

Texts = Mapping[str, str]


def domain(directory: Path, name: Host, row: tuple[Match, str] | None, source: str) -> Texts:
    """The class of one name, added or changed; taken out when `row` is None. It is taken out of every list.

    :param row: match and class
    :raises ConfigError: nothing would change
    """
    texts, head = _folder(directory)
    lists = {listed.file: _without(texts[listed.file], name) for listed in head.lists}
    table = head.tables.domains
    cells = [str(name), *row, source] if row else None
    return _changed(texts, {**lists, table: _with(texts[table], name, cells)}, name)


def body(directory: Path, name: Host, row: tuple[str, Host | None] | None) -> Texts:
    """The official name of a body and the body above it, added or changed; taken out when `row` is None.

    :raises ConfigError: nothing would change
    """
    texts, head = _folder(directory)
    table = head.tables.bodies
    cells = [str(name), row[0], str(row[1] or "")] if row else None
    return _changed(texts, {table: _with(texts[table], name, cells)}, name)


def alias(directory: Path, name: Host, of: Host | None) -> Texts:
    """A second mail domain of the body `of`; taken out when it is None.

    :raises ConfigError: nothing would change
    """
    texts, head = _folder(directory)
    table = head.tables.aliases
    return _changed(texts, {table: _with(texts[table], name, [str(name), str(of)] if of else None)}, name)


def decision(directory: Path, class_: str, decided: Decision, code: str | None) -> Texts:
    """Another decision for a class that exists.

    :param code: the problem (``mailbox-…``) iff refused
    :raises ConfigError: no such class, or nothing would change
    """
    texts, _ = _folder(directory)
    document = tomlkit.parse(texts[POLICY])
    table = document["classes"].get(class_)
    if table is None:
        raise ConfigError(f"{directory / POLICY}: there is no class {class_}.")
    table["decision"] = decided
    table.pop("code", None)
    if code is not None:
        table["code"] = code
    return _changed(texts, {POLICY: tomlkit.dumps(document)}, class_)


def files(directory: Path, edited: Path) -> Texts:
    """All files that differ in an edited copy of the folder.

    :raises ConfigError: none differs, or the copy is no policy
    """
    texts, _ = _folder(directory)
    _, wanted = read(edited, {})
    return _changed(texts, wanted, edited)


def _folder(directory: Path) -> tuple[Texts, Head]:
    _, texts = read(directory, {})
    return texts, Head.model_validate(tomllib.loads(texts[POLICY]))


def _changed(texts: Texts, wanted: Texts, what: object) -> Texts:
    changed = {name: text for name, text in wanted.items() if texts.get(name) != text}
    if not changed:
        raise ConfigError(f"{what}: the policy says so already. Nothing was proposed.")
    return changed


def _without(text: str, name: Host) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if _first(line) != str(name))


def _with(text: str, name: Host, cells: Sequence[str] | None) -> str:
    """The table with that row in the place of the one of the same name, or at its end; without it when None."""
    if cells is None:
        return _without(text, name)
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    lines = text.splitlines(keepends=True)
    place = next((at for at, each in enumerate(lines) if _first(each) == str(name)), len(lines))
    return "".join([*lines[:place], line.getvalue(), *lines[place + 1 :]])


def _first(line: str) -> str:
    return line.strip().partition(",")[0]
