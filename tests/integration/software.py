"""Each check against an imitation of each software; ``python -m tests.integration.software`` writes the page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.doubles.http import HttpDouble
from tests.doubles.software import SOFTWARE, USER, Software
from tests.doubles.tools import NOW, ORIGIN, tools
from verifier.core.clock import Clock
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Handle
from verifier.core.models import Record, Subject
from verifier.core.site import Site
from verifier.fetch import Fetcher, Identity, Resolver
from verifier.publication import actor as actors
from verifier.signer.http_key import ActorKeys
from verifier.validation import METHODS, Tools, mastodon
from verifier.validation.accounts import resolve
from verifier.validation.trail import Trail

DOCUMENT = Path(__file__).parents[2] / "docs" / "software.md"
SITE = Site(ORIGIN)
PAGE = SITE.page("abcdefghij234567")
WORD = "k3v92m7qk3v92m7qk3v92m7qk4"

CHECKS = {
    "unsigned": "the account, without a signature",
    "handle": "the account, as we ask",
    "rel-me-01": "`rel-me-01`",
    "profile-token-01": "`profile-token-01`",
    "green": "green link seen from Mastodon",
}

_HEAD = """# Software

What each check of the account end says of each fediverse software, from a run against imitations of what differs
between them (`tests/doubles/software.py`), over real HTTP and with real signatures. An imitation is what we know of
a software, not the software.

    .venv/bin/python -m tests.integration.software

writes this page anew; a test compares. ✓ passes; otherwise the [code](api.md) of the problem. In `rel-me-01`, *actor*
or *page* says where the link was found. The last column is whether Mastodon, showing that account, would try to
verify the link.

"""


@cache
def keys() -> ActorKeys:
    with TemporaryDirectory() as folder:
        return ActorKeys.ensure(Path(folder))


@asynccontextmanager
async def account(software: Software, text: str, *, signed: bool = True) -> AsyncIterator[tuple[Tools, Handle, str]]:
    """Ways out to an account whose profile holds `text`; its handle; its fields as they are written."""
    async with HttpDouble.running() as http:
        document = actors.document(
            SITE, name="x", rsa_pem=keys().rsa_public_pem, ed25519_multibase=keys().ed25519_multibase
        )
        http.put(f"127.0.0.1:{http.port}", "/actor", document, content_type=actors.ACTIVITY)
        person = software.person(http, text, lambda: NOW, lambda url: url.replace(ORIGIN, http.origin))
        identity = Identity(actors.key_id(SITE), keys().rsa_sha256, Clock(lambda: NOW))
        knocks = identity.knocks if signed else ()
        hosts = http.overrides("social.example", "names.example")
        async with Fetcher(Resolver([]), user_agent="t", overrides=hosts, sign=knocks) as fetcher:
            handle = Handle.parse(f"{USER}@{software.names or 'social.example'}")
            fields = person.actor.get("attachment") or [{}]
            one = fields[0] if isinstance(fields, list) else fields
            # Of another server's account, Mastodon reads no fields unless they are a list.
            yield tools(fetcher), handle, str(one.get("value", "")) if isinstance(fields, list) else ""


async def verdict(name: str, check: str) -> str:
    """``✓``, with a remark, or the code of a problem."""
    software = SOFTWARE[name]
    text = WORD if check == "profile-token-01" else PAGE
    async with account(software, text, signed=check != "unsigned") as (ways_out, handle, field):
        if check in ("unsigned", "handle"):
            try:
                resolved = await resolve(handle, Trail(ways_out.fetcher))
            except OutsideError as error:
                return f"`{error.code}`"
            assert resolved.canonical == handle
            return "✓"
        if check == "green":
            return "✓" if mastodon.field_url(field, local=False) else "no"
        record = await _proof(check, handle, ways_out)
        if record.problem is not None:
            return f"`{record.problem.code}`"
        where = {"attachment": "actor", "head": "page"}[record.evidence["found"]["in"]]
        return f"✓ {where}" if check == "rel-me-01" else "✓"


async def _proof(method: str, handle: Handle, ways_out: Tools) -> Record:
    subject = Subject(order_id="o", handle=handle, page=PAGE, mailbox=None, domain=None, locale="fr")
    state = {"token": WORD} if method == "profile-token-01" else {}
    return (await METHODS[method].check(subject, state, {}, ways_out))[0]


async def table() -> str:
    """A row for each software."""
    rows = [f"| software | what differs | {' | '.join(CHECKS.values())} |", "|---|---|" + "---|" * len(CHECKS)]
    for name, software in SOFTWARE.items():
        cells = [await verdict(name, check) for check in CHECKS]
        rows.append(f"| {name} | {software.differs} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


async def page() -> str:
    return _HEAD + await table()


if __name__ == "__main__":
    DOCUMENT.write_text(asyncio.run(page()))
