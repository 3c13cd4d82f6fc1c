"""Rows of N attested accounts, written straight into a database that the service has made."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from verifier.core.clock import to_rfc3339
from verifier.core.models import Status
from verifier.core.site import Site
from verifier.publication.verdicts import verdict_body

AT = 1_795_000_000


def seed(path: Path, site: Site, count: int) -> None:
    """Orders, accounts and verdicts as issuance leaves them; the signed documents are not read by a lookup."""
    with sqlite3.connect(path) as database:
        database.executemany(
            'INSERT INTO "order" (id, token_digest, status, handle, identity_type, identity_key, domain, decision,'
            " class, rule, policy_version, listed, affiliation, locale, created_at, updated_at, expires_at)"
            " VALUES (?, x'00', 'issued', ?, 'agent', x'00', 'numerique.gouv.fr', 'issue', 'state', '', '', 0, 'body',"
            " 'fr', 0, 0, 0)",
            ((_id(at), f"acct:{_handle(at)}") for at in range(count)),
        )
        database.executemany(
            "INSERT INTO account (id, handle, actor, profile, key_digest, pinned_at, order_id, current, folding)"
            " VALUES (?, ?, ?, ?, '', 0, ?, 1, 'yes')",
            ((_id(at), f"acct:{_handle(at)}", _actor(at), _profile(at), _id(at)) for at in range(count)),
        )
        database.executemany(
            "INSERT INTO verdict (order_id, version, status, at, body, current) VALUES (?, 1, 'verified', ?, ?, 1)",
            _verdicts(site, count),
        )
        database.executemany(
            "INSERT INTO answer (handle, folding, etag, body) VALUES (?, 'yes', ?, ?)",
            ((f"acct:{_handle(at)}", _id(at), body) for at, (_, _, body) in enumerate(_verdicts(site, count))),
        )
    database.close()


def _verdicts(site: Site, count: int) -> Iterator[tuple[str, int, bytes]]:
    for at in range(count):
        yield (
            _id(at),
            AT,
            verdict_body(
                _attestation(site, at), page=site.page(_id(at)), status=Status.VERIFIED, reason=None, at=AT, views={}
            ),
        )


def _attestation(site: Site, at: int) -> dict[str, object]:
    time = to_rfc3339(AT)
    return {
        "id": site.attestation(_id(at)),
        "issuer": site.did,
        "validUntil": to_rfc3339(AT + 90 * 86_400),
        "credentialSubject": {
            "id": _actor(at),
            "handle": f"acct:{_handle(at)}",
            "profile": _profile(at),
            "accountRole": "agent",
            "affiliation": {"domain": "numerique.gouv.fr", "name": "Direction interministérielle du numérique"},
        },
        "evidence": [
            {"method": "rel-me-01", "checkedAt": time},
            {"method": "email-01", "class": "state", "checkedAt": time},
        ],
    }


def _id(at: int) -> str:
    return f"{at:016d}"


def _handle(at: int) -> str:
    return f"user{at}@host{at % 300}.example"


def _actor(at: int) -> str:
    return f"https://host{at % 300}.example/users/user{at}"


def _profile(at: int) -> str:
    return f"https://host{at % 300}.example/@user{at}"
