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
from ..settings import Settings, load
from ..storage.database import database_path
from ..words import Lang

T = TypeVar("T")

as_json = click.option("--json", "json_output", is_flag=True, help="Machine output, one JSON document.")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the options before the command say."""

    sandbox: bool
    clock: Clock

    def settings(self) -> Settings:
        """:raises ConfigError: a sentence that says what to change"""
        return load(sandbox=True) if self.sandbox else load()


def with_service(choice: Choice, work: Callable[[Service], Awaitable[T]]) -> T:
    """Open the service's store and keys, do `work`, close."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    settings = choice.settings()
    path = database_path(settings.database_url)
    if not path.exists():
        # A look into a store that was never there would make one, and then answer that it knows nothing.
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: there is no database {path}. Start the service first, or name the right one"
            f" (for a sandbox on another port: VERIFIER_PORT)."
        )

    async def run() -> T:
        async with compose(settings, clock=choice.clock) as service:
            return await work(service)

    return uvloop.run(run())


def show_json(value: Json) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def tell(error: VerifierError, lang: Lang = "en") -> str:
    """The error as a sentence for a terminal."""
    if isinstance(error, ConfigError):
        return error.sentence
    told = words.explain(error.code, error.values, lang)
    return f"{told.title}. {told.detail} {told.remedy}".strip()
