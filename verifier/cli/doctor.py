"""doctor: what is wrong with this deployment, and what to do. It runs when nothing else does."""

import errno
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click
import uvloop

from .. import __version__, words
from ..app import key_folder, keys_dir, mailer, open_keys
from ..core import strict_json
from ..core.clock import DAY, HOUR, Chance, Clock, from_rfc3339, to_rfc3339
from ..core.errors import BadInput, ConfigError, Refused, Unavailable, VerifierError
from ..core.identifiers import HttpsUrl, MailAddress
from ..core.site import Site
from ..fetch import Fetcher, Resolver, Response
from ..mail import Letter
from ..policy import policy as policies
from ..settings import Settings
from ..storage import folder_of, place_of
from ..storage.examination import LOW, Examination, examine, room
from .common import Choice, as_json, show_json, tell

_BEHIND = 5  # seconds that rows may be dated after now
_SOON = 30 * DAY
_DID, _REGISTRY = "/.well-known/did.json", "/keys/registry.json"

Result = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What one check found.

    :param says: one sentence or two: what is, and what to do
    """

    check: str
    result: Result
    says: str


@dataclass(frozen=True, slots=True)
class Case:
    """A deployment that is looked at.

    :param seen: what its database says of itself; None: it says nothing
    :param mail_to: who gets a letter, if anybody
    """

    settings: Settings
    clock: Clock
    seen: Examination | None = None
    mail_to: MailAddress | None = None

    @property
    def database(self) -> str:
        return place_of(self.settings.database_url)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Of the database and of the keys."""
        return tuple(dict.fromkeys((self.settings.folder, keys_dir(self.settings))))


Found = tuple[Result, str]
Check = Callable[[Case], AsyncIterator[Found]]


async def database(case: Case) -> AsyncIterator[Found]:
    if case.seen is None:  # the reason is told once, and by who looked
        await examine(case.settings.database_url)
        return
    seen, ours = case.seen, case.settings.base_url
    if seen.base_url not in (None, ours):
        raise ConfigError(f"VERIFIER_BASE_URL: this database belongs to {seen.base_url}, not to {ours}: another copy?")
    if seen.schema < seen.known:
        yield "warning", f"{case.database} has schema {seen.schema}: back up, the next start makes it {seen.known}."
    for warning in seen.warnings:
        yield "warning", warning
    yield "ok", f"{case.database} is whole: schema {seen.schema}, {seen.attestations} attestations."


async def keys(case: Case) -> AsyncIterator[Found]:
    settings, now = case.settings, case.clock.now()
    seen = case.seen.keys_version if case.seen else 0
    open_keys(settings, Site(settings.base_url), case.clock, Chance(), seen=seen)
    document = key_folder(settings, case.clock, Chance()).load(seen=seen)
    ends = document.signed.expires
    if from_rfc3339(ends) - now < _SOON:
        yield "warning", f"The key registry ends at {ends}: sign it for another year (`verifier keys renew`)."
    if case.seen and case.seen.attestations and not (keys_dir(settings) / "secret.key").exists():
        raise ConfigError(
            f"{keys_dir(settings) / 'secret.key'} is missing: restore it from the backup before the start, which would "
            f"make another one; then nobody could be recognised as the holder of their account."
        )
    yield "ok", f"The keys open; version {document.signed.version} of the registry holds until {ends}."


async def files(case: Case) -> AsyncIterator[Found]:
    wrong = [*_rights(case)]
    for says in wrong:
        yield "failed", says
    if not wrong:
        what = "The keys belong" if folder_of(case.settings.database_url) is None else "Database and keys belong"
        yield "ok", f"{what} to one user, who alone may read them."


def _rights(case: Case) -> Iterator[str]:
    """What others may do that they should not, and what its owner may not do."""
    owner = case.settings.folder.stat().st_uid
    for path in sorted({path for folder in case.folders for path in (folder, *_secrets(folder))}):
        found = path.stat()
        mode = stat.S_IMODE(found.st_mode)
        if found.st_uid != owner:
            yield f"{path} belongs to another user than {case.settings.folder}: chown it."
        if path.is_dir() and mode & 0o022:
            yield f"{path}: others may write there (mode {mode:04o}). Run: chmod 700 {path}"
        elif not path.is_dir() and mode & 0o077:
            yield f"{path}: others may read it (mode {mode:04o}). Run: chmod 600 {path}"
    config = os.environ.get("VERIFIER_CONFIG")
    if config and Path(config).stat().st_mode & 0o007:
        yield f"{config}: it may hold passwords, and everybody may read it. Run: chmod 640 {config}"
    if os.geteuid() not in (owner, 0):
        yield f"This user does not own {case.settings.folder}: run as the user of the service."


def _secrets(folder: Path) -> Iterator[Path]:
    for pattern in ("*.sqlite3", "*.sqlite3-wal", "*.sqlite3-shm", "*.pem", "secret.key"):
        yield from folder.glob(pattern)


async def disk(case: Case) -> AsyncIterator[Found]:
    for folder in case.folders:
        try:
            free = room(folder)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            remedy = "Make room: until then lookups alone go on." if full else "Look at the rights of that folder."
            raise ConfigError(f"{folder}: nothing can be written ({error.strerror}). {remedy}") from None
        low = free < LOW
        remedy = " Make room: nothing is issued on a full disk." if low else ""
        yield ("warning" if low else "ok"), f"{folder}: {free // 2**20} MB are free.{remedy}"


async def resolver(case: Case) -> AsyncIterator[Found]:
    dns = _resolver(case)
    names = ", ".join(dns.servers) or "No DNS server"
    if why := await dns.ailment():
        raise ConfigError(
            f"{names}: {why}. VERIFIER_DNS_SERVERS must name a resolver that hands on DNSSEC data, and the clock must "
            f"be right: until then every DNS proof is refused."
        )
    yield "ok", f"{names}: answers."


async def mail(case: Case) -> AsyncIterator[Found]:
    settings = case.settings
    if not settings.smtp_url:
        yield "warning", "VERIFIER_SMTP_URL is not set, as a sandbox allows: no mailbox can be proved."
        return
    relay = mailer(settings, case.clock, Chance())
    place = f"{relay.relay.host}:{relay.relay.port}"
    try:
        over_tls = await relay.greet()
        if case.mail_to:
            locale = policies.load(settings.policy_dir).locale
            await relay.send(Letter(case.mail_to, *words.trial_letter(locale, words.service_name(locale))))
    except (Unavailable, Refused) as error:
        why = f" ({error.__cause__})" if error.__cause__ and str(error.__cause__) else ""
        raise ConfigError(f"{place}: {tell(error)}{why} Look at VERIFIER_SMTP_URL and VERIFIER_MAIL_FROM.") from None
    if not over_tls and not settings.sandbox:
        yield "warning", f"{place}: no TLS. Codes travel in the clear: use smtps://, or a relay that has STARTTLS."
    sent = f", and took a letter to {case.mail_to}: see that it arrived" if case.mail_to else ""
    yield "ok", f"{place}: answers{' over TLS' if over_tls else ''}{sent}."


async def pages(case: Case) -> AsyncIterator[Found]:
    plain = words.plain_pages(case.settings.policy_dir, Site(case.settings.base_url))
    if unsaid := _names(plain, lambda page: page.unsaid):
        yield "warning", f"Still to be said: {unsaid}. Write them: docs/operations.md, Plain pages."
    if default := _names(plain, lambda page: not page.own and not page.unsaid):
        yield "ok", f"As the software has them: {default}."
    for (name, lang), page in plain.items():
        if page.lang != lang:
            yield "warning", f"{name} is written in {page.lang} alone: its readers in {lang} get that."
    if not unsaid and not default:
        yield "ok", "All are in the words of this deployment."


def _names(plain: words.PlainPages, which: Callable[[words.PlainPage], bool]) -> str:
    return ", ".join(sorted({page.name for page in plain.values() if which(page)}))


async def clock(case: Case) -> AsyncIterator[Found]:
    now = case.clock.now()
    if case.seen is None or case.seen.newest is None:
        yield "ok", f"It is {to_rfc3339(now)}; nothing is recorded that it could be compared with."
        return
    newest = case.seen.newest
    if newest > now + _BEHIND:
        raise ConfigError(
            f"It is {to_rfc3339(now)} here, and {to_rfc3339(newest)} was recorded already: the clock is behind. Have "
            f"NTP keep it before anything is signed."
        )
    yield "ok", f"It is {to_rfc3339(now)}, after all that is recorded."


async def jobs(case: Case) -> AsyncIterator[Found]:
    if case.seen is None or case.seen.signed is None:
        yield "ok", "No status list yet: the first start signs them."
        return
    last = to_rfc3339(case.seen.signed)
    if case.clock.now() - case.seen.signed > 2 * HOUR:
        remedy = "Start the service, or look at its log: after a day they mean unknown."
        yield "warning", f"The status lists were last signed at {last}. {remedy}"
    else:
        yield "ok", f"The status lists were last signed at {last}."


async def origin(case: Case) -> AsyncIterator[Found]:
    settings = case.settings
    site = Site(settings.base_url)
    try:
        did, registry = [await _own(case, path) for path in (_DID, _REGISTRY)]
    except VerifierError as error:
        yield (
            "warning",
            f"{site.base_url} does not answer here: {tell(error)} Start the service; try it from elsewhere.",
        )
        return
    try:
        named = strict_json.loads_object(did.body).get("id")
    except BadInput:
        named = None
    if (did.status, named) != (200, site.did):
        raise ConfigError(f"{site.base_url}{_DID} is not that of {site.did}: something else answers there.")
    if registry.body != key_folder(settings, case.clock, Chance()).registry_path.read_bytes():
        raise ConfigError(f"{site.base_url}{_REGISTRY} is not the file of this machine: another one answers there.")
    yield "ok", f"{site.base_url} is answered by this service."


async def _own(case: Case, path: str) -> Response:
    settings = case.settings
    agent = f"verifier/{__version__} (+{settings.base_url}/)"
    own = settings.base_url if settings.sandbox else None
    async with Fetcher(_resolver(case), user_agent=agent, own_origin=own, proxy=settings.egress_proxy or None) as out:
        if own:
            return await out.get_own(path, accept="application/json")
        return await out.get(HttpsUrl.parse(settings.base_url + path), accept="application/json")


def _resolver(case: Case) -> Resolver:
    settings = case.settings
    anchor, lenient = settings.dns_trust_anchor, settings.sandbox
    return Resolver(settings.dns_servers or None, clock=case.clock, anchor=anchor, lenient=lenient)


CHECKS: tuple[Check, ...] = (database, keys, files, disk, clock, jobs, pages, resolver, mail, origin)


async def examined(choice: Choice, mail_to: MailAddress | None) -> AsyncIterator[Remark]:
    """Every check, one after another; each says something, whatever happens in it."""
    try:
        case = Case(choice.settings(), choice.clock, mail_to=mail_to)
    except Exception as error:  # noqa: BLE001 - as below
        yield Remark("settings", "failed", _sentence(error))
        return  # all others look at what the settings name
    yield Remark("settings", "ok", "They agree.")
    with suppress(Exception):  # the check of the database tells
        case = replace(case, seen=await examine(case.settings.database_url))
    for check in CHECKS:
        try:
            async for result, says in check(case):
                yield Remark(check.__name__, result, says)
        except Exception as error:  # noqa: BLE001 - whatever is broken: that is what was asked
            yield Remark(check.__name__, "failed", _sentence(error))


def _sentence(error: Exception) -> str:
    if isinstance(error, VerifierError):
        return tell(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or error}."
    return f"{type(error).__name__}: {error}"


@click.command()
@click.option("--mail", "address", metavar="ADDRESS", help="Also send a letter there, through the relay.")
@as_json
@click.pass_obj
def doctor(choice: Choice, address: str | None, *, json_output: bool) -> None:
    """Look at settings, database, keys, files, disk, clock, jobs, pages, resolver, mail and origin, and say what to do.

    Nothing is changed. It needs no service that runs. Exit code 0 only if nothing failed; warnings may wait.
    """
    mail_to = MailAddress.parse(address) if address else None

    async def work() -> list[Remark]:
        return [remark async for remark in examined(choice, mail_to)]

    found = uvloop.run(work())
    failed = any(remark.result == "failed" for remark in found)
    if json_output:
        rows = [{"check": each.check, "result": each.result, "says": each.says} for each in found]
        show_json({"ok": not failed, "checks": [*rows]})
    else:
        for each in found:
            click.echo(f"{each.check:9} {each.result:8} {each.says}")
    sys.exit(1 if failed else 0)
