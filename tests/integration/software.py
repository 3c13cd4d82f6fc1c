"""Each check against each software, imitated or real; ``python -m tests.integration.software`` writes the page."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.doubles.http import HttpDouble
from tests.doubles.software import SOFTWARE, USER, Software
from tests.doubles.tools import ORIGIN, tools
from tests.integration.house import HOST, NAMES
from tests.integration.real import REAL, Real
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
from verifier.validation.fields import fields_of
from verifier.validation.trail import Trail

DOCUMENT = Path(__file__).parents[2] / "docs" / "software.md"
PAGE = Site(ORIGIN).page("abcdefghij234567")
WORD = "k3v92m7qk3v92m7qk3v92m7qk4"
ROWS: Mapping[str, Software | Real] = {**SOFTWARE, **REAL}

CHECKS = {
    "unsigned": "the account, without a signature",
    "handle": "the account, as we ask",
    "rel-me-01": "`rel-me-01`",
    "profile-token-01": "`profile-token-01`",
    "green": "green link seen from Mastodon",
}

_HEAD = """# Software

What each check of the account end says of each fediverse software, from a run over real HTTP and with real signatures.

An **imitation** (`tests/doubles/software.py`) shows what differs between the software of the fediverse: what we know of
a software, not the software. **Real** is the program that others wrote, in the version that the locks of the tests
name, run on loopback (`tests/integration/real.py`). Fedify is the framework under Ghost, Hollo and others: WebFinger,
NodeInfo, the actor's JSON and the check of who asks are its own, the account and the HTML of its fields are given to
it. Madblog is run whole, as its users run it.

    .venv/bin/python -m tests.integration.software

writes this page anew; a test compares. ✓ passes; otherwise the [code](api.md) of the problem. In `rel-me-01`, *actor*
or *page* says where the link was found. The last column is whether Mastodon, showing that account, would try to
verify the link.

"""

_seen: dict[str, dict[str, str]] = {}


@cache
def keys() -> ActorKeys:
    with TemporaryDirectory() as folder:
        return ActorKeys.ensure(Path(folder))


@asynccontextmanager
async def reader() -> AsyncIterator[tuple[HttpDouble, Identity]]:
    """Who asks, and where their actor stands for everybody to read: the same document that the service shows."""
    async with HttpDouble.running() as http:
        site = Site(http.origin)
        document = actors.document(
            site, name="x", rsa_pem=keys().rsa_public_pem, ed25519_multibase=keys().ed25519_multibase
        )
        http.put(site.authority, "/actor", document, content_type=actors.ACTIVITY)
        yield http, Identity(actors.key_id(site), keys().rsa_sha256, Clock())


@asynccontextmanager
async def instance(name: str, text: str) -> AsyncIterator[tuple[Mapping[str, str], Identity]]:
    """Where the hosts of an instance are, whose account holds `text` in a field; and who asks."""
    async with reader() as (http, identity):
        if name in REAL:
            async with REAL[name].running(text) as origin:
                yield dict.fromkeys((HOST, NAMES), origin), identity
        else:
            SOFTWARE[name].person(http, text, identity.clock.now)
            yield http.overrides(HOST, NAMES), identity


async def verdicts(name: str) -> Mapping[str, str]:
    """Check → ``✓``, with a remark, or the code of a problem; from one run, however often it is asked."""
    if name not in _seen:
        handle = Handle.parse(f"{USER}@{ROWS[name].names or HOST}")
        found = {}
        for text, checks in ((PAGE, ("unsigned", "handle", "rel-me-01", "green")), (WORD, ("profile-token-01",))):
            async with instance(name, text) as (hosts, identity):
                for check in checks:
                    sign = () if check == "unsigned" else identity.knocks
                    async with Fetcher(Resolver([]), user_agent="t", overrides=hosts, sign=sign) as fetcher:
                        found[check] = await _verdict(check, handle, tools(fetcher, now=identity.clock.now))
        _seen[name] = found
    return _seen[name]


async def _verdict(check: str, handle: Handle, ways_out: Tools) -> str:
    if check in METHODS:
        record = await prove(check, handle, ways_out)
        if record.problem is not None:
            return f"`{record.problem.code}`"
        where = {"attachment": "actor", "head": "page"}[record.evidence["found"]["in"]]
        return f"✓ {where}" if check == "rel-me-01" else "✓"
    try:
        resolved = await resolve(handle, Trail(ways_out.fetcher))
    except OutsideError as error:
        return f"`{error.code}`"
    assert resolved.canonical == handle
    if check == "green":
        # Of another server's account, Mastodon reads no fields unless they are a list.
        fields = () if resolved.actor.alone else fields_of(resolved.actor)
        return "✓" if any(mastodon.field_url(field.value, local=False) == PAGE for field in fields) else "no"
    return "✓"


async def prove(method: str, handle: Handle, ways_out: Tools, page: str = PAGE) -> Record:
    subject = Subject(order_id="o", handle=handle, page=page, mailbox=None, domain=None, locale="fr")
    state = {"token": WORD} if method == "profile-token-01" else {}
    return (await METHODS[method].check(subject, state, {}, ways_out))[0]


async def table() -> str:
    """A row for each software."""
    rows = [
        f"| software | what ran | what differs | {' | '.join(CHECKS.values())} |",
        "|---|---|---|" + "---|" * len(CHECKS),
    ]
    for name, software in ROWS.items():
        ran = f"real, {REAL[name].version}" if name in REAL else "imitation"
        found = await verdicts(name)
        rows.append(f"| {name} | {ran} | {software.differs} | {' | '.join(found[check] for check in CHECKS)} |")
    return "\n".join(rows) + "\n"


async def page() -> str:
    return _HEAD + await table()


if __name__ == "__main__":
    DOCUMENT.write_text(asyncio.run(page()))
