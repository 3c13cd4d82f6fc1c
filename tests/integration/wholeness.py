"""What holds of a store between any two transactions: whoever restarts after a kill finds one of these states."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from verifier.core import strict_json

_WITHDRAWN = {"revoked": "revoked_at", "suspended": "suspended_at", "expired": "expired_at"}


def faults(path: Path) -> list[str]:
    """What contradicts itself in a database: times, verdict, event and answer of each attestation must agree."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return list(_faults(database))


def _faults(database: sqlite3.Connection) -> Iterator[str]:
    for problem in database.execute("PRAGMA integrity_check"):
        if problem[0] != "ok":
            yield f"the file: {problem[0]}"
    yield from (
        f"a row without the one that it names: {tuple(row)}" for row in database.execute("PRAGMA foreign_key_check")
    )
    for each in database.execute("SELECT * FROM attestation"):
        yield from _of_attestation(database, each)
    for each in database.execute('SELECT * FROM "order"'):
        yield from _of_order(database, each)


def _of_attestation(database: sqlite3.Connection, row: sqlite3.Row) -> Iterator[str]:
    name = f"attestation {row['id']}"
    times = {kind: row[column] for kind, column in _WITHDRAWN.items()}
    events = database.execute(
        "SELECT kind, at FROM event WHERE attestation_id = ? ORDER BY seq", (row["id"],)
    ).fetchall()
    kinds = [each["kind"] for each in events]
    verdict = database.execute(
        "SELECT * FROM verdict WHERE order_id = ? AND current = 1", (row["order_id"],)
    ).fetchall()
    if row["published_at"] is None:
        if events or verdict or any(times.values()):
            yield f"{name}: not published, and has {kinds}, {len(verdict)} verdicts, {times}"
        return
    if row["body"] is None or row["account_id"] is None or row["identity_id"] is None:
        yield f"{name}: published without body, account or identity"
    if kinds.count("issued") != 1 or kinds[0] != "issued" or events[0]["at"] != row["published_at"]:
        yield f"{name}: published at {row['published_at']}, with events {[tuple(each) for each in events]}"
    for kind in ("suspended", "revoked"):
        told = [each["at"] for each in events if each["kind"] == kind]
        if times[kind] is not None and times[kind] not in told:
            yield f"{name}: {kind} at {times[kind]}, told at {told}"
        if times[kind] is None and told and kind == "revoked":
            yield f"{name}: told to be revoked, and is not"
    if len(verdict) != 1:
        yield f"{name}: {len(verdict)} current verdicts"
        return
    yield from _of_verdict(database, row, verdict[0], name)


def _of_verdict(database: sqlite3.Connection, row: sqlite3.Row, verdict: sqlite3.Row, name: str) -> Iterator[str]:
    strongest = next((kind for kind in ("revoked", "expired", "suspended") if row[_WITHDRAWN[kind]] is not None), None)
    status = verdict["status"]
    if status != strongest and (strongest or status not in ("verified", "degraded")):
        yield f"{name}: is {strongest or 'in force'}, and its verdict says {status}"
    body = strict_json.loads_object(verdict["body"])
    if body["status"] != status or body.get("reason") != verdict["reason"]:
        said = f"{body['status']} ({body.get('reason')})"
        yield f"{name}: its verdict says {status} ({verdict['reason']}), its words {said}"
    answer = database.execute(
        "SELECT answer.body FROM answer JOIN account ON account.handle = answer.handle"
        " WHERE account.order_id = ? AND account.current = 1",
        (row["order_id"],),
    ).fetchall()
    if any(each["body"] != verdict["body"] for each in answer):
        yield f"{name}: a lookup is answered otherwise than its verdict says"


def _of_order(database: sqlite3.Connection, row: sqlite3.Row) -> Iterator[str]:
    published = database.execute(
        "SELECT count(*) FROM attestation WHERE order_id = ? AND published_at IS NOT NULL", (row["id"],)
    ).fetchone()[0]
    if (row["status"] == "issued") != (published == 1):
        yield f"order {row['id']}: {row['status']}, with {published} published attestations"
    if row["status"] in ("issued", "expired", "withdrawn") and row["mailbox"] is not None:
        yield f"order {row['id']}: {row['status']}, and its mailbox is still kept"


def outcome(path: Path) -> list[tuple[object, ...]]:
    """What a store says of everybody: the verdict on each handle, and what happened to whom; not when."""
    with closing(sqlite3.connect(path)) as database:
        verdicts = database.execute(
            'SELECT "order".handle, verdict.status, verdict.reason FROM verdict JOIN "order" ON "order".id = order_id'
            " WHERE current = 1 ORDER BY 1, 2, 3"
        ).fetchall()
        events = database.execute("SELECT kind, handle, reason FROM event ORDER BY seq").fetchall()
    return [*verdicts, *events]
