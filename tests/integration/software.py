"""Each check against each software, imitated or real; ``python -m tests.integration.software`` writes the page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.mastodon_api import Api
from tests.doubles.software import SOFTWARE, USER, Software
from tests.doubles.tools import METHODS, ORIGIN, tools
from tests.integration.house import HOST, NAMES
from tests.integration.real import REAL, Real
from verifier.core.clock import Clock
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Handle, Host
from verifier.core.models import AccountPin, Folding, Record, Subject
from verifier.core.site import Site
from verifier.fetch import Fetcher, Identity, Resolver
from verifier.publication import actor as actors
from verifier.signer.http_key import ActorKeys
from verifier.validation import State, Tools
from verifier.validation.accounts import mastodon, spelling
from verifier.validation.accounts.fields import fields_of
from verifier.validation.accounts.profiles import page_answered
from verifier.validation.accounts.resolution import resolve
from verifier.validation.methods.instance_01 import check_instance
from verifier.validation.trail import Trail
from verifier.validation.watching import Outcome, account_finding, check_account

DOCUMENT = Path(__file__).parents[2] / "docs" / "software.md"
PAGE = Site(ORIGIN).page("abcdefghij234567")
WORD = "k3v92m7qk3v92m7qk3v92m7qk4"
DOMAIN = Host.parse("numerique.gouv.fr")
TOKEN = "mfrggzdfmztwq2lknnwg23tpoa"
ROWS: Mapping[str, Software | Real] = {**SOFTWARE, **REAL}

CHECKS = {
    "unsigned": "the account, without a signature",
    "handle": "the account, as we ask",
    "rel-me-01": "`rel-me-01`",
    "profile-token-01": "`profile-token-01`",
    "oauth-01": "`oauth-01`",
    "hosted": "a whole instance, closed",
    "green": "green link seen from Mastodon",
    "spelling": "other spellings of a name",
    "suspended": "once its instance suspends it",
}

_HEAD = """# Software

The result of each check of the account end with each fediverse software, from a run over real HTTP with real
signatures.

An **imitation** (`tests/doubles/software.py`) does what we know of a software; it is not that software. **Real** is
the software itself, in the version that the locks of the tests name, run on loopback (`tests/integration/real.py`).
Fedify is the framework of Ghost, Hollo and others: WebFinger, NodeInfo, the actor's JSON and the check of signatures
are its own; our test gives it the account and the HTML of its fields. Madblog runs complete, as its users run it.

    .venv/bin/python -m tests.integration.software

writes this page; a test compares. ✓ means that the check passes; otherwise the cell has the [code](api.md) of the
problem.

- `rel-me-01`: *actor* or *page* says where the link was found.
- `oauth-01`: the right that was needed to learn who signed in. *Again*: the software refused a smaller right, so the
  holder signed in a second time. *Kept*: the software has no address where a token can be revoked.
- A whole instance: registration is [closed](organisations.md#a-whole-instance); *api* (`/api/v2/instance`) and
  *nodeinfo* say which document shows it. With a split domain, the service asks the host of the handles: redirect
  `/.well-known/nodeinfo` there too, or let `/api/v2/instance` answer.
- The green link: would Mastodon, when it shows that account, try to verify the link?
- Other spellings: whether the server takes `Marianne` for `marianne`
  ([how we learn it](life.md#how-a-name-is-spelled)). Where we do not know what a software answers, nothing is written.
- The last column: what the [daily check](life.md#what-follows-for-an-account) finds of an account proved by
  `profile-token-01` or `oauth-01`, once the administrators of its instance suspend it, and when that ends its
  attestation. Where we do not know what a software then answers, nothing is written.

"""

_ENDS = {Outcome.LOST: "at once", Outcome.MISSING: "at the second look"}
_SPELLINGS = {Folding.YES: "✓", Folding.NO: "no", Folding.UNKNOWN: "unknown"}
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


@dataclass(frozen=True)
class Running:
    """:param hosts: where they are
    :param identity: who asks
    :param api: where the account's holder signs in; None: nowhere, or nobody is there to do it
    :param knows_spelling: whether it is known how it takes other spellings of a name
    :param suspend: what its administrators can do to the account; None: not known
    """

    hosts: Mapping[str, str]
    identity: Identity
    api: Api | None = None
    knows_spelling: bool = True
    suspend: Callable[[], None] | None = None


@asynccontextmanager
async def instance(name: str, text: str, *, anybody: bool = False) -> AsyncIterator[Running]:
    """An instance whose account holds `text` in a field.

    :param anybody: may register, if it is an imitation
    """
    async with reader() as (http, identity):
        if name in REAL:
            async with REAL[name].running(text) as origin:
                yield Running(dict.fromkeys((HOST, NAMES), origin), identity)
        else:
            software = SOFTWARE[name]
            person = software.person(http, text, identity.clock.now)
            software.registers(http, anybody=anybody)
            suspend = partial(software.suspends, person) if software.suspends else None
            api, knows = software.signs_in(http, person), software.folds is not None
            yield Running(http.overrides(HOST, NAMES), identity, api, knows, suspend)


async def verdicts(name: str) -> Mapping[str, str]:
    """Check → ``✓``, with a remark, or the code of a problem; from one run, however often it is asked."""
    if name not in _seen:
        handle = Handle.parse(f"{USER}@{ROWS[name].names or HOST}")
        found = {}
        by_word = ["profile-token-01", "suspended"]
        by_link = [check for check in CHECKS if check not in by_word]
        for text, checks in ((PAGE, by_link), (WORD, by_word)):
            async with instance(name, text) as there:
                for check in checks:
                    async with ways_out(there, signed=check != "unsigned") as tools_:
                        found[check] = await _verdict(check, handle, tools_, there)
        _seen[name] = found
    return _seen[name]


@asynccontextmanager
async def ways_out(there: Running, *, signed: bool = True) -> AsyncIterator[Tools]:
    sign = there.identity.signers if signed else ()
    async with Fetcher(Resolver([]), user_agent="t", overrides=there.hosts, sign=sign) as fetcher:
        yield tools(fetcher, now=there.identity.clock.now)


async def _verdict(check: str, handle: Handle, ways_out: Tools, there: Running) -> str:
    if check == "oauth-01":
        return await signed_in(handle, ways_out, there.api)
    if check == "suspended":
        return await _suspended(handle, ways_out, there)
    if check == "hosted":
        record = await closed(handle.host, ways_out)
        return f"`{record.problem.code}`" if record.problem else f"✓ {', '.join(record.evidence['registration'])}"
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
        fields = () if resolved.actor.alone else await fields_of(resolved.actor, ways_out.pages)
        readings = [field.reading for field in fields if field.reading is not None]
        return "✓" if any(mastodon.remote_field_url(reading) == PAGE for reading in readings) else "no"
    if check == "spelling":
        return await _spelling(resolved.pin, ways_out) if there.knows_spelling else ""
    return "✓"


async def _spelling(pin: AccountPin, ways_out: Tools) -> str:
    other, nonsense = (
        spelling.other_spelling(pin.handle, ways_out.chance),
        Handle("nobody-of-that-name", pin.handle.host),
    )
    return _SPELLINGS[await spelling.ask(pin, other, nonsense, ways_out)]


async def signed_in(handle: Handle, ways_out: Tools, api: Api | None) -> str:
    """What becomes of a sign-in, and of a second one if the first asked for a right that is too small there."""
    method, subject, again = METHODS["oauth-01"], _subject(handle), ""
    state: State = {}
    while True:
        try:
            state = await method.prepare(subject, state, ways_out)
        except OutsideError as error:
            return f"`{error.code}`"
        assert api is not None, "nobody is there to sign in"
        record, state = await method.check(subject, state, api.sign_in(state["authorize"]), ways_out)
        if record.problem is None:
            return f"✓ {record.evidence['found']['scope']}{again}{', kept' if api.live else ''}"
        if again or record.problem.code != "oauth-scope-unknown":
            return f"`{record.problem.code}`"
        again = ", again"


async def _suspended(handle: Handle, ways_out: Tools, there: Running) -> str:
    if there.suspend is None:
        return ""
    proof = await prove("profile-token-01", handle, ways_out)
    assert proof.account is not None
    there.suspend()
    answered = page_answered(proof.evidence)
    record = await check_account(proof.account, None, ways_out, profile_page=answered)
    finding = account_finding(proof.account, record)
    return f"`{finding.why}`, {_ENDS[finding.outcome]}"


async def closed(host: Host, ways_out: Tools) -> Record:
    """What is seen of the instance at that host, whose DNS names a body."""
    record = {(f"_official-account.{host}", "TXT"): [f'"verifier.example; token={TOKEN}"']}
    async with DnsDouble.running(record) as dns:
        ways_out = replace(ways_out, dns=Resolver([dns.server], lenient=True))
        return await check_instance(host, DOMAIN, TOKEN, "verifier.example", ways_out)


def _subject(handle: Handle, page: str = PAGE) -> Subject:
    order = page.rpartition("/")[2]
    return Subject(order_id=order, handle=handle, page=page, mailbox=None, domain=None, locale="fr")


async def prove(method: str, handle: Handle, ways_out: Tools, page: str = PAGE) -> Record:
    subject = _subject(handle, page)
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
