"""Rows of N attested accounts, written straight into a database, of whatever engine."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice

from verifier.core.clock import to_rfc3339
from verifier.core.models import Status
from verifier.core.site import Site
from verifier.publication.verdicts import verdict_body
from verifier.storage import open_storage

AT = 1_795_000_000


_TOGETHER = 200  # rows of one statement

_ORDER = (
    "id, token_digest, status, handle, identity_type, identity_key, domain, decision, class, rule, policy_version,"
    " listed, affiliation, locale, created_at, updated_at, expires_at"
)


async def seed(url: str, site: Site, count: int) -> None:
    """Orders, accounts and verdicts as issuance leaves them; the signed documents are not read by a lookup."""
    async with await open_storage(url) as storage, storage.write.transaction() as tx:
        run = tx.facts._connection.run
        await _insert(run, f'"order" ({_ORDER})', map(_order, range(count)))
        await _insert(
            run,
            "account (id, handle, actor, profile, key_digest, pinned_at, order_id, current, folding)",
            ((id_(at), acct(at), _actor(at), _profile(at), "", 0, id_(at), 1, "yes") for at in range(count)),
        )
        await _insert(
            run,
            "verdict (order_id, version, status, at, body, current)",
            ((id_(at), 1, "verified", AT, verdict(site, at, AT), 1) for at in range(count)),
        )
        await _insert(
            run,
            "answer (handle, folding, etag, body)",
            ((acct(at), "yes", id_(at), verdict(site, at, AT)) for at in range(count)),
        )


async def _insert(run: Callable[..., Awaitable[int]], into: str, rows: Iterator[Sequence[object]]) -> None:
    while some := list(islice(rows, _TOGETHER)):
        width = len(some[0])
        places = ", ".join(
            f"({', '.join(f'${row * width + column + 1}' for column in range(width))})" for row in range(len(some))
        )
        await run(f"INSERT INTO {into} VALUES {places}", *(value for row in some for value in row))  # noqa: S608 - ours


def _order(at: int) -> Sequence[object]:
    who = (id_(at), b"0", "issued", acct(at), "agent", b"0", "numerique.gouv.fr")
    return (*who, "issue", "state", "", "", 0, "body", "fr", 0, 0, 0)


def verdict(site: Site, at: int, moment: int) -> bytes:
    """What is answered about that account, as of that moment."""
    return verdict_body(
        _attestation(site, at), page=site.page(id_(at)), status=Status.VERIFIED, reason=None, at=moment, views={}
    )


def _attestation(site: Site, at: int) -> dict[str, object]:
    time = to_rfc3339(AT)
    return {
        "id": site.attestation(id_(at)),
        "issuer": site.did,
        "validUntil": to_rfc3339(AT + 90 * 86_400),
        "credentialSubject": {
            "id": _actor(at),
            "handle": f"acct:{handle(at)}",
            "profile": _profile(at),
            "accountRole": "agent",
            "affiliation": {"domain": "numerique.gouv.fr", "name": "Direction interministérielle du numérique"},
        },
        "evidence": [
            {"method": "rel-me-01", "checkedAt": time},
            {"method": "email-01", "class": "state", "checkedAt": time},
        ],
    }


def id_(at: int) -> str:
    return f"{at:016d}"


def handle(at: int) -> str:
    return f"user{at}@host{at % 300}.example"


def acct(at: int) -> str:
    return f"acct:{handle(at)}"


def _actor(at: int) -> str:
    return f"https://host{at % 300}.example/users/user{at}"


def _profile(at: int) -> str:
    return f"https://host{at % 300}.example/@user{at}"
