"""The audit trail: kept alike by every store."""

from dataclasses import replace

from verifier.core.initiator import Role
from verifier.storage import AuditEntry, AuditPerson, Storage

ENTRY = AuditEntry(1, 5, "body.vouch", Role.OPERATOR, {"body": "é.fr", "none": None}, b"c", bytes(32), b"d")
PERSON = AuditPerson(1, b"o", "operator:alice")


async def test_entries_and_persons_are_read_in_order_from_any_place(store: Storage) -> None:
    assert await store.read.audit.last() is None
    for seq in (1, 2, 3):
        async with store.write.transaction() as tx:
            await tx.audit.add(replace(ENTRY, seq=seq), replace(PERSON, seq=seq))
    read = store.read.audit
    assert await read.last() == replace(ENTRY, seq=3)
    assert [entry.seq for entry in await read.after(0, 2)] == [1, 2]
    assert await read.after(2, 2) == [replace(ENTRY, seq=3)]
    assert await read.persons(1, 1) == [replace(PERSON, seq=2)]
    assert await read.persons(3, 1) == []
