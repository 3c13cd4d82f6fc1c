"""Who did what: on each event, in the audit trail, and nowhere in public."""

import json
import os
import pwd
import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import pytest
from click.testing import Result

from tests.initiators import OPERATOR
from tests.integration.daily import change_key, later
from tests.integration.house import ALICE, HOST, House
from tests.integration.institution import hosted, name_children
from verifier.core.initiator import Role, operator
from verifier.core.models import Reason
from verifier.registration import acts
from verifier.registration.acts import Head, digest_of
from verifier.storage import AuditEntry
from verifier.web import doors, keys
from verifier.web.openapi import plain_path

COPY = "SELECT {}, at, act, role, about, commitment, digest, digest FROM audit_entry WHERE seq = {}"
Run = Callable[..., Awaitable[Result]]

# sha256sum of "verifier-audit/v1", a line feed, and the JSON of RFC 8785 of that entry.
KNOWN = "225964155eda8bb773e39a617d9bfda921d3600d7fecd648c52f655fa6868d16"

OF_THE_NIGHT = operator("of-the-night")

ERASE = "DELETE FROM audit_person WHERE seq = 3"
"""What an erasure does: entry 3 is the operator's."""


@pytest.fixture
async def trail(house: House) -> House:
    """Entries 1 and 2 are of the holder, 3 and 4 of an operator; a job has acted too."""
    holder = await house.attest()
    name = holder.order["attestation"].rpartition("/")[2]
    await house.service.registration.publisher.suspend(name, Reason.HOLDER_REQUEST, OPERATOR)
    await house.service.registration.publisher.revoke(name, Reason.ACCOUNT_LOST, OPERATOR)
    return house


def change(house: House, *statements: str) -> None:
    """As somebody does who can write the file."""
    with closing(sqlite3.connect(house.folder / "verifier.sqlite3")) as database, database:
        for each in statements:
            database.execute(each)


def put(house: House, entry: AuditEntry) -> bytes:
    """That entry in the place of the one of its number, with the digest that it then has."""
    digest = digest_of(entry)
    with closing(sqlite3.connect(house.folder / "verifier.sqlite3")) as database, database:
        database.execute(
            "UPDATE audit_entry SET at = ?, act = ?, previous = ?, digest = ? WHERE seq = ?",
            (entry.at, entry.act, entry.previous, digest, entry.seq),
        )
    return digest


async def check(house: House, head: Head | None = None) -> acts.AuditReport:
    return await acts.check(house.service.storage.read, head)


async def head(house: House) -> Head:
    found = (await check(house)).head
    assert found is not None
    return found


async def test_people_have_entries_and_jobs_have_none(trail: House) -> None:
    found = [(entry.act, entry.role) async for entry, _ in acts.entries(trail.service.storage.read)]
    assert found == [
        ("order.finalize", "holder"),
        ("attestation.issued", "holder"),
        ("attestation.suspended", "operator"),
        ("attestation.revoked", "operator"),
    ]
    report = await check(trail)
    assert (report.entries, report.erased, report.holds) == (4, 0, True)


@pytest.mark.engines
async def test_each_event_and_verdict_says_who(house: House) -> None:
    await house.attest()
    change_key(house.person(ALICE))
    await later(house)
    read = house.service.storage.read
    events = await read.events.after(0, 10)
    assert [(event.kind, event.by) for event in events] == [("issued", "holder"), ("suspended", "job:rechecks")]
    order = await read.orders.newest(None, 1)
    verdict = await read.verdicts.of_order(order[0].id)
    assert verdict is not None
    assert verdict.by == "job:rechecks"


async def test_what_a_job_does_at_the_end_is_its_own(house: House) -> None:
    await house.attest()
    house.time.pass_(400 * 24 * 3600)
    await house.service.registration.publisher.expire()
    (order,) = await house.service.storage.read.orders.newest(None, 1)
    verdict = await house.service.storage.read.verdicts.of_order(order.id)
    assert verdict is not None
    assert (verdict.status, verdict.by) == ("expired", "job:expire")


TAMPERED: Sequence[tuple[str, Sequence[str], tuple[int, str]]] = (
    ("act", ["UPDATE audit_entry SET act = 'attestation.revoked' WHERE seq = 3"], (3, "digest")),
    ("about", ["UPDATE audit_entry SET about = '{}' WHERE seq = 2"], (2, "digest")),
    ("at", ["UPDATE audit_entry SET at = at + 1 WHERE seq = 4"], (4, "digest")),
    ("role", ["UPDATE audit_entry SET role = 'holder' WHERE seq = 3"], (3, "digest")),
    (
        "commitment",
        ["DELETE FROM audit_person", "UPDATE audit_entry SET commitment = x'00' WHERE seq = 1"],
        (1, "digest"),
    ),
    ("digest", ["UPDATE audit_entry SET digest = x'00' WHERE seq = 2"], (2, "digest")),
    ("previous", ["UPDATE audit_entry SET previous = x'00' WHERE seq = 2"], (2, "previous")),
    ("another person", ["UPDATE audit_person SET person = 'operator:bob' WHERE seq = 3"], (3, "commitment")),
    ("another opening", ["UPDATE audit_person SET opening = x'00' WHERE seq = 1"], (1, "commitment")),
    ("removed", ["DELETE FROM audit_entry WHERE seq = 2"], (2, "missing")),
    ("the first removed", ["DELETE FROM audit_entry WHERE seq = 1"], (1, "missing")),
    (
        "removed, and the others closed up",
        [
            "DELETE FROM audit_person",
            "DELETE FROM audit_entry WHERE seq = 2",
            "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
            "UPDATE audit_entry SET seq = 3 WHERE seq = 4",
        ],
        (2, "previous"),
    ),
    (
        "reordered",
        [
            "DELETE FROM audit_person",
            "UPDATE audit_entry SET seq = 9 WHERE seq = 2",
            "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
            "UPDATE audit_entry SET seq = 3 WHERE seq = 9",
        ],
        (2, "previous"),
    ),
    (
        "reordered at the end, with what leads to them",
        ["DELETE FROM audit_person", "UPDATE audit_entry SET seq = 9 WHERE seq = 4"],
        (4, "missing"),
    ),
    (
        "inserted",
        [
            "DELETE FROM audit_person",
            "UPDATE audit_entry SET seq = 5 WHERE seq = 4",
            f"INSERT INTO audit_entry {COPY.format(4, 3)}",
        ],
        (4, "digest"),
    ),
    (
        "put at the end",
        [f"INSERT INTO audit_entry {COPY.format(5, 4)}"],
        (5, "digest"),
    ),
    ("the end cut off", ["DELETE FROM audit_entry WHERE seq > 2"], (3, "missing")),
)


@pytest.mark.parametrize(("statements", "broken"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED])
async def test_t62_tampering_shows_at_the_first_entry_that_it_breaks(
    trail: House, statements: Sequence[str], broken: tuple[int, str]
) -> None:
    change(trail, *statements)
    report = await check(trail)
    assert not report.holds
    assert (report.broken, report.why) == broken
    assert report.entries == broken[0] - 1


async def test_t62_an_entry_that_was_changed_with_its_digest_breaks_the_next(trail: House) -> None:
    found = [entry async for entry, _ in acts.entries(trail.service.storage.read)]
    put(trail, replace(found[1], act="attestation.revoked"))
    report = await check(trail)
    assert (report.broken, report.why) == (3, "previous")


async def test_t62_a_cut_with_all_that_goes_with_it_shows_to_who_noted_the_last_entry(trail: House) -> None:
    noted = await head(trail)
    assert (await check(trail, noted)).holds
    change(trail, "DELETE FROM audit_person WHERE seq = 4", "DELETE FROM audit_entry WHERE seq = 4")
    unaided = await check(trail)
    assert (unaided.broken, unaided.astray) == (None, "event 3"), "the event is still there"
    change(trail, "DELETE FROM event WHERE seq = 3")
    assert (await check(trail)).holds, "nothing in the database says so any more"
    report = await check(trail, noted)
    assert (report.broken, report.why) == (4, "missing")


async def test_t62_a_trail_written_anew_shows_to_who_noted_an_entry(trail: House) -> None:
    noted = await head(trail)
    read = trail.service.storage.read
    found = [entry async for entry, _ in acts.entries(read)]
    previous = bytes(32)
    for entry in found:
        previous = put(trail, replace(entry, at=entry.at + 1, previous=previous))
    assert (await check(trail)).holds
    report = await check(trail, noted)
    assert (report.broken, report.why) == (4, "head")


EDITED = {
    "an event taken out": ("DELETE FROM event WHERE seq = 2", "entry 3"),
    "another kind": ("UPDATE event SET kind = 'issued' WHERE seq = 2", "event 2"),
    "another attestation": ("UPDATE event SET attestation_id = 'x' WHERE seq = 3", "event 3"),
    "somebody else": ("UPDATE event SET \"by\" = 'holder' WHERE seq = 2", "event 2"),
    "a job": ("UPDATE event SET \"by\" = 'job:rechecks' WHERE seq = 2", "entry 3"),
}


@pytest.mark.parametrize(("statement", "astray"), EDITED.values(), ids=EDITED)
async def test_t62_a_row_of_the_feed_edited_by_hand_shows(trail: House, statement: str, astray: str) -> None:
    change(trail, statement)
    report = await check(trail)
    assert (report.holds, report.astray) == (False, astray)


async def test_an_erased_person_is_counted_and_the_chain_holds(trail: House) -> None:
    noted = await head(trail)
    change(trail, ERASE)
    report = await check(trail, noted)
    assert (report.entries, report.erased, report.holds) == (4, 1, True)


async def test_an_act_that_fails_leaves_no_entry(trail: House) -> None:
    (order,) = await trail.service.storage.read.orders.newest(None, 1)
    with pytest.raises(Exception, match="attestation-state"):
        await trail.service.registration.publisher.suspend(order.attestation_id or "", Reason.ACCOUNT_LOST, OPERATOR)
    assert (await check(trail)).entries == 4


def test_the_digest_of_an_entry_is_for_ever_what_it_was() -> None:
    entry = AuditEntry(
        seq=7,
        at=1_795_428_000,
        act="attestation.suspended",
        role=Role.OPERATOR,
        about={"reason": "compromised", "attestation": "a"},
        commitment=bytes(range(32)),
        previous=bytes(32),
        digest=b"",
    )
    assert digest_of(entry).hex() == KNOWN


# The command line


def said(result: Result) -> str:
    return result.stdout + result.stderr


async def test_the_command_says_what_holds_and_what_is_broken(trail: House, away: Run) -> None:
    good = await away("audit", "check", "--json")
    assert good.exit_code == 0
    last = json.loads(good.stdout)["last"]
    noted = f"{last['seq']}:{last['digest']}"
    change(trail, ERASE)
    erased = await away("audit", "check", "--head", noted)
    assert erased.exit_code == 0
    assert "4 entries in order; 1 person erased" in erased.stdout
    change(trail, "DELETE FROM audit_person WHERE seq = 4", "DELETE FROM audit_entry WHERE seq = 4")
    cut = await away("audit", "check", "--head", noted)
    assert cut.exit_code == 1
    assert "BROKEN at entry 4: it is missing." in said(cut)
    astray = await away("audit", "check")
    assert astray.exit_code == 1
    assert "ASTRAY event 3" in said(astray)
    for wrong in ("4", f"x:{last['digest']}", f"4:{'z' * 64}", "4:00"):
        assert (await away("audit", "check", "--head", wrong)).exit_code == 2


async def test_the_export_names_people_only_when_asked(trail: House, away: Run) -> None:
    plain = await away("audit", "export")
    rows = [json.loads(line) for line in plain.stdout.splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4]
    assert "alice" not in plain.stdout
    assert rows[1]["previous"] == rows[0]["digest"]
    people = [json.loads(line) for line in (await away("audit", "export", "--people")).stdout.splitlines()]
    assert people[2]["person"] == "operator:alice"


async def test_commands_act_in_the_name_of_the_user_of_the_system(house: House, away: Run) -> None:
    await house.attest()
    assert (await away("attestations", "suspend", ALICE, "--reason", "account-lost")).exit_code == 0
    assert (await away("keys", "rotate", "issuing")).exit_code == 0
    rows = [json.loads(line) for line in (await away("audit", "export", "--people")).stdout.splitlines()]
    users = {pwd.getpwuid(os.getuid()).pw_name}
    assert [(row["act"], row["person"].partition(":")[2] in users) for row in rows[2:]] == [
        ("attestation.suspended", True),
        ("key.rotate", True),
    ]


# What everybody reads


def address(path: str, known: Mapping[str, str]) -> str:
    """The path of a door with its places filled, and a query that asks for something."""
    names = dict(known, id=known["attestation"]) if path.startswith("/attestations") else dict(known, id=known["order"])
    filled = re.sub(r"{([a-z]+)[^}]*}", lambda place: names[place[1]], path)
    return f"{filled}?handle={known['handle']}&resource=acct:{known['handle'][1:]}&after=0"


async def test_no_public_answer_says_who(house: House) -> None:
    holder = await house.attest(listed=True)  # of the unlisted, the feed says less
    name = holder.order["attestation"].rpartition("/")[2]
    document = (await house.get(f"/attestations/{name}")).body
    await house.service.registration.publisher.suspend(name, Reason.HOLDER_REQUEST, OF_THE_NIGHT)
    read = house.service.storage.read
    (order,), (*_, event) = await read.orders.newest(None, 1), await read.events.after(0, 10)
    assert event.by == "operator:of-the-night", "it is written"
    known = {
        "attestation": name,
        "order": holder.id,
        "handle": ALICE,
        "purpose": "suspension",
        "n": "1",
        "type": "rel-me-01",
        "step": "send",
        "domain": "numerique.gouv.fr",
        "host": "social.example",
    }
    table = doors.doors(house.service.web[keys.FROZEN])
    statuses = Counter[int]()
    for door in table:
        url = address(plain_path(door.path)[0], known)
        body = document if door.path.endswith("/verify") else b'{"handles": ["%s"]}' % ALICE.encode()
        given = {**holder.bearer, "Content-Type": "application/json"}
        answer = await house.ask(door.method, url, body=None if door.method == "GET" else body, headers=given)
        statuses[answer.status] += 1
        for word in (OF_THE_NIGHT.name, order.identity_key.hex(), "job:", '"by"', '"audit', "audit_"):
            assert word not in answer.text, (door.path, word)
    assert statuses.total() == len(table) > 40
    assert statuses[200] > 15, "most of what can be read was read"


async def test_what_a_contact_does_for_a_body_is_theirs(house: House) -> None:
    holder = await hosted(house)
    await name_children(holder, {"domain": "labo.numerique.gouv.fr", "name": "Labo"})
    for what in ("children/labo.numerique.gouv.fr", f"instance/{HOST}"):
        path = f"/api/v1/orders/{holder.id}/{what}"
        assert (await house.ask("DELETE", path, headers=holder.bearer)).status in (200, 204), path
    found = [(entry, person) async for entry, person in acts.entries(house.service.storage.read)]
    assert [(entry.act, entry.role) for entry, _ in found] == [
        ("order.finalize", "contact"),
        ("attestation.issued", "contact"),
        ("instance.host", "contact"),
        ("body.vouch", "contact"),
        ("body.unvouch", "contact"),
        ("instance.unhost", "contact"),
    ]
    assert {person.person for _, person in found if person} == {f"contact:{await contact_of(house)}"}
    assert (await check(house)).holds


async def contact_of(house: House) -> str:
    (order,) = await house.service.storage.read.orders.newest(None, 1)
    return (order.contact_key or b"").hex()
