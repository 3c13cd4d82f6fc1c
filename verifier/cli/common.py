"""What the commands share."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import click
import uvloop

from .. import words
from ..app import Service, compose
from ..core.clock import Clock
from ..core.errors import ConfigError, VerifierError
from ..core.strict_json import Json
from ..sandbox import running
from ..settings import Settings, load
from ..storage.sqlite import database_path
from ..words import Lang

T = TypeVar("T")

as_json = click.option("--json", "json_output", is_flag=True, help="Machine output, one JSON document.")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the options before the command say."""

    sandbox: bool
    clock: Clock

    def settings(self) -> Settings:
        """As the service has them; of a sandbox that runs, with the ways to its toys.

        :raises ConfigError: a sentence that says what to change
        """
        plain = load(sandbox=True) if self.sandbox else load()
        if not plain.sandbox:
            return plain
        ways = running.ways(database_path(plain.database_url).parent)
        return plain if ways is None else load(**{**ways, "sandbox": True})


def with_service(choice: Choice, work: Callable[[Service], Awaitable[T]], *, outside: bool = False) -> T:
    """Open the service's store and keys, do `work`, close.

    :param outside: it asks the servers of others: in the sandbox, toys alone, which must be there
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    settings = choice.settings()
    path = database_path(settings.database_url)
    if not path.exists():
        # A look into a store that was never there would make one, and then answer that it knows nothing.
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: there is no database {path}. Start the service first, or name the right one"
            f" (for a sandbox on another port: VERIFIER_PORT)."
        )
    if outside and settings.sandbox and not (settings.host_overrides or settings.smtp_url):
        # No way was given, by a sandbox or by a setting. The real Internet knows nothing of the toys: it would say that
        # all of them are gone.
        raise ConfigError(
            f"No sandbox runs on port {settings.port}: this command asks its toy servers. Start `verifier sandbox`"
            f" first, or name the port of the one that runs (VERIFIER_PORT)."
        )

    async def run() -> T:
        async with compose(settings, clock=choice.clock) as service:
            return await work(service)

    return uvloop.run(run())


def counted(count: int, one: str, more: str = "") -> str:
    """So many of them, in words; `more` where an s is not enough."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def visible(text: str) -> str:
    """What others wrote, for a terminal: no character moves the cursor, turns the text round or hides."""
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):04x}}}" for each in text)


def show_json(value: Json) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def tell(error: VerifierError, lang: Lang = "en") -> str:
    """The error as a sentence for a terminal."""
    if isinstance(error, ConfigError):
        return error.sentence
    told = words.explain(error.code, error.values, lang)
    # Of an attestation in a state that does not allow it, the terminal says in which.
    state = f" It is {error.values['state']}." if error.code == "attestation-state" and "state" in error.values else ""
    return f"{told.title}.{state} {told.detail} {told.remedy}".strip()
