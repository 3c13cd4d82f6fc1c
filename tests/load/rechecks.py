"""Attested accounts looked at again: the service against instances on loopback, with all that is written of each look.

``python -m tests.load.rechecks [ACCOUNTS [HOSTS]]`` prints looks a second. The pace to a host is kept, so that there
must be hosts enough: a look takes two requests, one a second.
"""

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop
from aiohttp import web

from tests.doubles.instance import ACTIVITY, KEY_DER, KEY_PEM
from tests.initiators import OPERATOR
from tests.integration.house import NOW, settings
from tests.ports import free_port
from verifier.app import compose
from verifier.core import strict_json
from verifier.core.clock import DAY, Clock
from verifier.core.identifiers import Digest, Handle
from verifier.core.models import AccountPin, Status
from verifier.core.site import Site
from verifier.issuance import Facts, Proof
from verifier.issuance.document import build
from verifier.publication.verdicts import verdict_body
from verifier.registration.monitoring.accounts import CheckResult


def main(accounts: int = 5_000, hosts: int = 1_000) -> None:
    for what, figure in measure(accounts, hosts):
        print(f"{what}: {figure}")


def measure(accounts: int = 6_000, hosts: int = 2_000) -> list[tuple[str, str]]:
    """Rows of docs/benchmarks.md."""
    with tempfile.TemporaryDirectory() as folder, instances() as (origin, key):
        return uvloop.run(_looks(Path(folder), origin, key, accounts, hosts))


async def _looks(folder: Path, origin: str, key: str, accounts: int, hosts: int) -> list[tuple[str, str]]:
    overrides = {f"h{number}.example": origin for number in range(hosts)}
    known = settings(folder, free_port(), host_overrides=overrides, dns_servers="127.0.0.1:9")
    async with compose(known, clock=Clock(lambda: NOW)):
        pass  # makes the database
    seed(folder / "verifier.sqlite3", Site(known.base_url), key, accounts, hosts)
    counted = Counter[str]()

    def told(checked: CheckResult) -> None:
        counted[checked.status or "not vouched for"] += 1

    async with compose(known, clock=Clock(lambda: NOW + DAY)) as service:
        began, used = time.monotonic(), time.process_time()
        await service.registration.rechecks.run(OPERATOR, told)
        seconds, busy = time.monotonic() - began, time.process_time() - used
    assert counted == {Status.VERIFIED: accounts}, counted
    return [
        (f"{accounts:,} accounts at {hosts:,} hosts, one request a second to each", f"**{accounts / seconds:,.0f}/s**"),
        ("of one core, meanwhile", f"{busy / seconds:.0%}"),
    ]


def seed(path: Path, site: Site, key: str, accounts: int, hosts: int) -> None:
    """Attested accounts as issuance leaves them, but for the proofs, which no look reads."""
    with sqlite3.connect(path) as database:
        for at in range(accounts):
            host, order = f"h{at % hosts}.example", f"{at:016d}"
            pin = AccountPin(
                Handle.parse(f"u{at}@{host}"), f"https://{host}/users/u{at}", f"https://{host}/@u{at}", key
            )
            place = (1, at)
            proofs = Proof("rel-me-01", NOW), (Proof("email-01", NOW, "state"),)
            facts = Facts(order, pin, "agent", "a.gouv.fr", "A", *proofs, place, place, NOW, NOW + 90 * DAY)
            document = build(facts, site)
            body = strict_json.dumps(document)
            verdict = verdict_body(
                document, page=site.page(order), status=Status.VERIFIED, reason=None, at=NOW, views={}
            )
            acct = pin.handle.acct
            database.execute(
                'INSERT INTO "order" (id, token_digest, status, handle, identity_type, identity_key, domain, decision,'
                " class, rule, policy_version, listed, affiliation, locale, created_at, updated_at, expires_at)"
                " VALUES (?, x'00', 'issued', ?, 'agent', x'00', 'a.gouv.fr', 'issue', 'state', '', '', 0, 'body',"
                " 'fr', 0, 0, 0)",
                (order, acct),
            )
            database.execute(
                "INSERT INTO account (id, handle, actor, profile, key_digest, pinned_at, order_id, current, host,"
                " next_check_at, folding, folding_asked_at) VALUES (?, ?, ?, ?, ?, 0, ?, 1, ?, 0, 'yes', ?)",
                (order, acct, pin.actor, pin.profile, key, order, host, NOW),
            )
            database.execute(
                "INSERT INTO attestation (id, order_id, issuer, handle, intent, body, revocation_list,"
                " revocation_index, suspension_list, suspension_index, listed, valid_from, valid_until, reserved_at,"
                " published_at) VALUES (?, ?, ?, ?, '', ?, 1, ?, 1, ?, 0, 0, ?, 0, 1)",
                (order, order, site.did, acct, body, at, at, NOW + 90 * DAY),
            )
            database.execute(
                "INSERT INTO verdict (order_id, version, status, at, body, current) VALUES (?, 1, 'verified', ?, ?, 1)",
                (order, NOW, verdict),
            )
            database.execute(
                "INSERT INTO answer (handle, folding, etag, body) VALUES (?, 'yes', '', ?)", (acct, verdict)
            )
    database.close()


@contextmanager
def instances() -> Iterator[tuple[str, str]]:
    """Any host and any account, in a process of its own: its origin, and the digest of everybody's key."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.load.rechecks", "instances"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port, key = process.stdout.readline().split()
        yield f"http://127.0.0.1:{port}", key
    finally:
        process.terminate()
        process.wait(10)


async def _serve() -> None:
    async def webfinger(request: web.Request) -> web.Response:
        acct = request.query["resource"]
        user = acct.removeprefix("acct:").partition("@")[0]
        link = {"rel": "self", "type": ACTIVITY, "href": f"https://{request.host}/users/{user}"}
        return web.Response(body=strict_json.dumps({"subject": acct, "links": [link]}))

    async def actor(request: web.Request) -> web.Response:
        user, url = request.match_info["user"], f"https://{request.host}{request.path}"
        # The page of the order: the service says who asks, with the base URL that the page is at.
        base = request.headers["User-Agent"].partition("(+")[2].removesuffix("/)")
        page = f"{base}/v/{int(user[1:]):016d}"
        document = {
            "id": url,
            "type": "Person",
            "inbox": f"{url}/inbox",
            "preferredUsername": user,
            "url": f"https://{request.host}/@{user}",
            "publicKey": {"id": f"{url}#k", "owner": url, "publicKeyPem": KEY_PEM},
            "attachment": [{"type": "PropertyValue", "name": "x", "value": page}],
        }
        return web.Response(body=strict_json.dumps(document), headers={"Content-Type": ACTIVITY})

    application = web.Application()
    application.router.add_get("/.well-known/webfinger", webfinger)
    application.router.add_get("/users/{user}", actor)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], Digest.of(KEY_DER), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["instances"]:
        uvloop.run(_serve())
    else:
        main(*map(int, sys.argv[1:]))
