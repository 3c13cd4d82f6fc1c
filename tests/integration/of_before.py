"""A deployment in which a key of their own signed the status lists, as it stands after its migration."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.integration import house as houses
from verifier.core import strict_json
from verifier.core.clock import Chance, Clock, to_rfc3339
from verifier.core.models import Purpose
from verifier.core.site import Site
from verifier.proof import contexts as pinned
from verifier.proof.did import method_of
from verifier.proof.sets import BOTH, By, prove_set
from verifier.publication.status_lists import VALIDITY
from verifier.signer import Key, KeyFolder, open_signer
from verifier.signer.keystore import ensure


def before(path: Path, now: int = houses.NOW) -> KeyFolder:
    """The folder of a house that is not built yet."""
    return KeyFolder(path, sandbox=True, clock=Clock(lambda: now), chance=Chance())


def status_key(folder: Path, now: int = houses.NOW) -> Key:
    """Enter the key that the code before made at its first start."""
    return ensure(before(folder, now), Purpose.STATUS)


async def sign_by(folder: Path, key: Key, document: Mapping[str, Any], did: str, at: int) -> dict[str, Any]:
    """`document` signed by a key of that folder, whatever its purpose."""
    signer = open_signer(f"file:{folder / f'{key.purpose}-{key.id}.pem'}")
    by = [By(suite, signer, method_of(did, signer.public_key_multibase)) for suite in BOTH]
    bare = {name: value for name, value in document.items() if name != "proof"}
    site = Site(str(document["id"]).partition("/status/")[0].partition("/attestations/")[0])
    return await prove_set(bare, by, created=to_rfc3339(at), contexts=pinned.of_site(site))


async def go_back(folder: Path, key: Key, now: int) -> None:
    """Make a stopped house one of before; the migration ``status_lists`` says what a list is then."""
    with sqlite3.connect(folder / "verifier.sqlite3") as database:
        for purpose, number, body in database.execute("SELECT purpose, number, body FROM status_list").fetchall():
            document = strict_json.loads_object(body)
            document |= {"validFrom": to_rfc3339(now), "validUntil": to_rfc3339(now + VALIDITY)}
            signed = await sign_by(folder, key, document, document["issuer"], now)
            database.execute(
                "UPDATE status_list SET body = ?, signed_at = ?, version = 1, signed_version = 0, due_since = ?"
                " WHERE purpose = ? AND number = ?",
                (strict_json.dumps(signed), now, now, purpose, number),
            )
    database.close()
