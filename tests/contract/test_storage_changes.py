"""Whoever keeps answers hears of each change: no write of what a lookup reads is without its note."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.contract.stored import HANDLE, NOW, PIN, RECORD, publish
from tests.initiators import OPERATOR
from verifier import storage
from verifier.core.identifiers import Handle
from verifier.core.models import Reason, Status
from verifier.storage import Storage
from verifier.storage.changes import KEPT

# The tables that `publication.lookup.answer` reads, with the columns that it reads of each.
READ = {
    "answer": {"handle", "folding", "etag", "body"},
    "account": {"handle", "actor", "profile", "pinned_at", "current"},
    "instance": {"host", "body_id", "evidence", "checked_at", "ended_at"},
    "body": {"domain", "name"},
}
_SQL = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM) (\w+)\b(.*)", re.DOTALL)


def _text(node: ast.AST) -> str:
    """The constant parts of a string, as far as they are known before it runs."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(value) for value in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _columns(table: str, sql: str) -> set[str]:
    """Those that a statement may change: all, unless it is an UPDATE of others alone."""
    set_ = re.search(r"\bSET\b(.*?)(\bWHERE\b|$)", sql, re.DOTALL)
    return set(re.findall(r"(\w+) =", set_[1])) if set_ else READ[table]


def _writes(act: ast.AsyncFunctionDef) -> Iterator[str]:
    """What the method writes of :data:`READ`, as it is written there."""
    for node in ast.walk(act):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        texts = [_text(argument) for argument in node.args]
        if node.func.attr in ("_insert", "_update") and texts[0] in READ:
            names = {_text(key) for each in ast.walk(act) if isinstance(each, ast.Dict) for key in each.keys if key}
            if node.func.attr == "_insert" or names & READ[texts[0]]:
                yield f"{node.func.attr} {texts[0]}"
        for text in texts:
            found = _SQL.search(text)
            if found and found[2] in READ and _columns(found[2], found[3]) & READ[found[2]]:
                yield f"{found[1]} {found[2]}"


def _acts() -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    for file in sorted(Path(storage.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.AsyncFunctionDef):
                yield file.stem, node


# Of a body that was not there before, no instance can be.
QUIET = {"bodies.ensure"}


def test_every_write_of_what_a_lookup_reads_has_its_note() -> None:
    writing = {f"{room}.{act.name}": ast.unparse(act) for room, act in _acts() if list(_writes(act))}
    assert writing.keys() == QUIET | {
        "accounts.pin",
        "accounts.set_spelling",
        "bodies.rename",
        "bodies.vouch",
        "instances.end",
        "instances.end_of_body",
        "instances.put",
        "verdicts.drop_answer",
        "verdicts.put",
        "verdicts.renew",
    }
    assert [name for name, source in writing.items() if "note" not in source and name not in QUIET] == []


def test_other_rooms_write_none_of_it() -> None:
    """All SQL is in the storage room; the migrations run before anybody answers."""
    root = Path(storage.__file__).parents[1]
    sql = re.compile(rf"(INSERT INTO|UPDATE|DELETE FROM) ({'|'.join(READ)})\b")
    found = [file for file in root.rglob("*.py") if file.parent.name != "storage" and sql.search(file.read_text())]
    assert found == []


async def _keys(store: Storage, after: int) -> list[tuple[str, str]]:
    changes = await store.read.changes.after(after)
    assert changes is not None
    return [(change.kind, change.key) for change in changes]


async def test_each_act_tells_of_whom(store: Storage) -> None:
    await publish(store)
    told = await _keys(store, 0)
    assert set(told) == {("handle", HANDLE), ("actor", PIN.actor), ("profile", PIN.profile)}
    last = await store.read.changes.last()
    async with store.write.transaction() as tx:
        await tx.verdicts.put("order-1", Status.SUSPENDED, Reason.UNREACHABLE, NOW, b"2", by=OPERATOR)
        await tx.verdicts.renew("order-1", NOW, b"3")
        await tx.verdicts.drop_answer("acct:Alice@social.example")
        await tx.instances.put("social.example", "body-1", RECORD)
        await tx.bodies.vouch("body-1", "body-1", "Another name", NOW)
        await tx.bodies.rename("numerique.gouv.fr", "A third name")
        await tx.instances.end_of_body("body-1", Reason.IDENTITY_LOST, NOW)
        assert not await tx.instances.end("social.example", Reason.IDENTITY_LOST, NOW)
    assert await _keys(store, last) == [("handle", HANDLE)] * 3 + [("host", "social.example")] * 4


async def test_a_pin_that_ends_or_is_spelled_otherwise_tells_of_both(store: Storage) -> None:
    await publish(store)
    moved = replace(PIN, actor="https://social.example/users/2", profile="https://social.example/@2")
    last = await store.read.changes.last()
    async with store.write.transaction() as tx:
        await tx.accounts.pin("account-2", moved, "order-1", NOW)
    both = {("actor", each.actor) for each in (PIN, moved)} | {("profile", each.profile) for each in (PIN, moved)}
    assert {*await _keys(store, last)} == both | {("handle", HANDLE)}
    last = await store.read.changes.last()
    async with store.write.transaction() as tx:
        renamed = replace(moved, handle=Handle.parse("@alicia@social.example"))
        await tx.accounts.set_spelling("account-2", renamed, NOW, None)
    assert {*await _keys(store, last)} == {
        ("handle", HANDLE),
        ("handle", "acct:alicia@social.example"),
        ("actor", moved.actor),
        ("profile", moved.profile),
    }


async def test_what_is_rolled_back_was_never_told(store: Storage) -> None:
    await publish(store)
    last = await store.read.changes.last()
    try:
        async with store.write.transaction() as tx:
            await tx.verdicts.renew("order-1", NOW, b"2")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert await store.read.changes.last() == last


async def test_numbers_have_no_gap_between_two_processes(store: Storage, other: Storage) -> None:
    await publish(store)
    for storage_ in (store, other, store):
        async with storage_.write.transaction() as tx:
            await tx.verdicts.renew("order-1", NOW, b"2")
    changes = await other.read.changes.after(0)
    assert changes is not None
    assert [change.seq for change in changes] == list(range(1, len(changes) + 1))


async def test_who_is_too_far_behind_is_told_so(store: Storage) -> None:
    await publish(store)
    first = await store.read.changes.last()
    async with store.write.transaction() as tx:
        await tx.changes._connection.run(
            "INSERT INTO changed (seq, kind, key) VALUES ($1, 'handle', 'acct:a@b.example')", first + KEPT
        )
        await tx.changes.forget()
    assert await store.read.changes.after(first) is None
    assert await store.read.changes.after(first + KEPT - 1) is not None
    assert await store.read.changes.after(first + KEPT) == ()
    assert await store.read.changes.after(first + KEPT + 1) is None, "numbers went back: it is another database"
