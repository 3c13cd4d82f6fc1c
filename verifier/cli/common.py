"""What the commands share."""

import json
import logging
import os
import pwd
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click
import uvloop

from .. import words
from ..app import Service, compose
from ..core import observed
from ..core.clock import Chance, Clock
from ..core.errors import ConfigError, VerifierError
from ..core.initiator import Initiator, operator
from ..core.strict_json import Json
from ..registration.acts import Acts
from ..sandbox import running
from ..settings import Settings, load
from ..storage import Storage, is_there, open_storage, place_of
from ..words import SOURCE, Lang

T = TypeVar("T")

_NOBODY = 2**32 - 1  # nobody logged in: a service, or a container

as_json = click.option("--json", "json_output", is_flag=True, help="Machine output, one JSON document.")


@dataclass(frozen=True, slots=True)
class Choice:
    """The options before the command."""

    sandbox: bool
    clock: Clock

    def settings(self) -> Settings:
        """The settings of the service; while a sandbox runs, with the addresses of its toys.

        :raises ConfigError: a sentence that says what to change
        """
        plain = load(sandbox=True) if self.sandbox else load()
        if not plain.sandbox:
            return plain
        addresses = running.addresses(plain.folder)
        return plain if addresses is None else load(**{**addresses, "sandbox": True})


def with_service(choice: Choice, work: Callable[[Service], Awaitable[T]], *, outside: bool = False) -> T:
    """Open the service's store, do `work`, close. No signer is opened: a withdrawal works while it is out.

    :param outside: `work` asks the servers of others; in the sandbox these are toys, which must be running
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    observed.log.setLevel(logging.INFO)

    settings = choice.settings()
    if outside and settings.sandbox and not (settings.host_overrides or settings.smtp_url):
        # Neither a sandbox nor a setting says where the toys are. The real Internet would answer that they do not
        # exist, and their accounts would be suspended.
        raise ConfigError(
            f"No sandbox runs on port {settings.port}: this command asks its toy servers. Start `verifier sandbox`"
            f" first, or name the port of the one that runs (VERIFIER_PORT)."
        )

    async def run() -> T:
        await _see_that_it_is_there(settings.database_url)
        async with compose(settings, clock=choice.clock, signs=False) as service:
            return await work(service)

    return uvloop.run(run())


async def existing(url: str) -> Storage:
    """The store of that URL, open.

    :raises ConfigError: there is none
    """
    await _see_that_it_is_there(url)
    return await open_storage(url)


async def _see_that_it_is_there(url: str) -> None:
    # Opening a store that does not exist would create an empty one, and answer from that.
    if not await is_there(url):
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: there is no database {place_of(url)}. Start the service first, or name the right"
            f" one (for a sandbox on another port: VERIFIER_PORT)."
        )


def acting() -> Initiator:
    """Whoever runs this command: the user who logged in, whatever sudo made of them since (Linux audit, loginuid)."""
    try:
        user = int(Path("/proc/self/loginuid").read_text("ascii"))
    except (OSError, ValueError):
        user = _NOBODY
    user = os.getuid() if user == _NOBODY else user
    try:
        return operator(pwd.getpwuid(user).pw_name)
    except KeyError:  # a container need not name its users
        return operator(str(user))


def record_act(choice: Choice, act: str, **about: Json) -> None:
    """Write what an operator did outside of the store in its audit trail, if this machine has one."""
    try:
        url = choice.settings().database_url
    except ConfigError:  # keys and policies are also worked on where no service is
        return

    async def run() -> None:
        if not await is_there(url):
            return
        async with await open_storage(url) as storage, storage.write.transaction() as tx:
            await Acts(choice.clock, Chance()).record(tx, act, acting(), **about)

    uvloop.run(run())


def log_to_stderr(process: str = "") -> None:
    """The log of a service.

    :param process: which of several writes
    """
    which = f"{process}: " if process else ""
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s %(levelname)s {which}%(name)s: %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the toy mailbox logs each SMTP command
    # Our own handlers log what fails. What aiohttp would add are the broken requests of strangers, with their text.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


@contextmanager
def telling() -> Iterator[None]:
    """An expected error, or one of the system, is told in a sentence, without a trace, and ends the process."""
    try:
        yield
    except VerifierError as error:
        click.echo(tell(error), err=True)
        sys.exit(1)
    except OSError as error:
        # A full disk, a file of somebody else: nothing that a trace would explain.
        click.echo(sentence(error), err=True)
        sys.exit(1)


def counted(count: int, one: str, more: str = "") -> str:
    """`count` with its noun; `more` is the plural where an s is not enough."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def visible(text: str) -> str:
    """Text of others, safe for a terminal: characters that move the cursor, reverse the text or hide are escaped."""
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):04x}}}" for each in text)


def show_json(value: Json) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def sentence(error: OSError) -> str:
    """What the operating system refused."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}. `verifier doctor` says more."


def tell(error: VerifierError, lang: Lang = SOURCE) -> str:
    """The error as a sentence for a terminal."""
    if isinstance(error, ConfigError):
        return error.sentence
    problem = words.explain(error.code, error.values, lang)
    # The sentence alone does not say in which state the attestation is.
    state = f" It is {error.values['state']}." if error.code == "attestation-state" and "state" in error.values else ""
    return f"{problem.title}.{state} {problem.detail} {problem.remedy}".strip()
