"""The lists by which a body names those below it. A row is parsed the same way from a file, a form or the API."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..core.attestation import is_label
from ..core.errors import BadInput, located
from ..core.identifiers import Host, MailAddress

MOST_CHILDREN = 500
_QUOTED = 200  # characters of a line that its error repeats
_COLUMNS = ["domain", "name", "contact"]

Row = tuple[int, str, str, str | None]
"""The line, the domain, the name and the contact, as they were written."""


@dataclass(frozen=True, slots=True)
class Child:
    """A body that the body above it names.

    :param contact: the mailbox that will act for it; without one, people examine the first request for it
    """

    domain: Host
    name: str
    contact: MailAddress | None = None


def parse_children(text: str) -> Sequence[Child]:
    """A file: CSV with the columns ``domain``, ``name`` and, if wanted, ``contact``.

    :raises BadInput: as :func:`children`
    """
    return children(_rows(text))


def parse_pasted(text: str) -> Sequence[Child]:
    """What a person pasted: as a file, with or without the line of columns, each line with a contact or without.

    :raises BadInput: ``children-line``, with that line as it was pasted; ``children-count``
    """
    lines, reader, rows = text.splitlines(), csv.reader(text.splitlines(), strict=True), list[Row]()
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (not rows and cells in (_COLUMNS, _COLUMNS[:2])):
                continue
            if not 2 <= len(cells) <= len(_COLUMNS):
                raise _unreadable(lines, reader.line_num)
            rows.append((reader.line_num, cells[0], cells[1], "".join(cells[2:]) or None))
            children(rows[-1:])
    except (BadInput, csv.Error):
        raise _unreadable(lines, reader.line_num) from None
    try:
        return children(rows)
    except BadInput as error:
        if "line" not in error.values:
            raise
        raise _unreadable(lines, int(error.values["line"])) from None


def children(rows: Iterable[Row]) -> Sequence[Child]:
    """Those that the rows name.

    :raises BadInput: ``children-malformed`` (at the line), ``children-count``, or the host's or mailbox's own
    """
    by_domain: dict[Host, Child] = {}
    for line, domain, name, contact in rows:
        if len(by_domain) == MOST_CHILDREN:
            raise _count()
        pointer = f"/children/{len(by_domain)}"
        child = _child(domain, name, contact, pointer)
        if not is_label(child.name) or child.domain in by_domain:
            raise BadInput("children-malformed", pointer=pointer, line=line)
        by_domain[child.domain] = child
    if not by_domain:
        raise _count()
    return tuple(by_domain.values())


def _child(domain: str, name: str, contact: str | None, pointer: str) -> Child:
    with located(f"{pointer}/domain"):
        host = Host.parse(domain)
    with located(f"{pointer}/contact"):
        return Child(host, name.strip(), MailAddress.parse(contact) if contact else None)


def _rows(text: str) -> Iterable[Row]:
    reader = csv.reader(text.splitlines(), strict=True)
    count = 0
    try:
        heads = next(reader, [])
        if heads not in (_COLUMNS, _COLUMNS[:2]):
            raise _malformed(None, 1)
        for row in reader:
            if not row:
                continue
            if len(row) != len(heads) or not row[1].strip():
                raise _malformed(count, reader.line_num)
            yield reader.line_num, row[0].strip(), row[1], row[2].strip() if len(row) > 2 else None
            count += 1
    except csv.Error:
        raise _malformed(count, reader.line_num) from None


def _malformed(number: int | None, line: int) -> BadInput:
    pointer = "/children" if number is None else f"/children/{number}"
    return BadInput("children-malformed", pointer=pointer, line=max(line, 1))


def _unreadable(lines: Sequence[str], line: int) -> BadInput:
    line = max(line, 1)
    return BadInput("children-line", pointer="/children", line=line, seen=lines[line - 1][:_QUOTED])


def _count() -> BadInput:
    return BadInput("children-count", pointer="/children", most=MOST_CHILDREN)
