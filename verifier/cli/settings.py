"""settings: what is in force, and what each means."""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from ..core.errors import ConfigError
from ..settings import Settings, with_defaults
from ..storage import folder_of, place_of
from .common import Choice, as_json, show_json

_SHOWN = frozenset({"dns_servers", "oidc_acr"})  # of several parts, and no secret in any of them


@click.command()
@as_json
@click.pass_obj
def settings(choice: Choice, *, json_output: bool) -> None:
    """List every setting with its value in force, its default and its meaning.

    When something is wrong: with what is set, `?` where that is not known, and exit code 1.
    """
    values, wrong = None, None
    try:
        values = choice.settings()
    except ConfigError as error:
        wrong = error  # what is missing is what the reader came to find
    rows = list(_rows(values, sandbox=choice.sandbox))
    if json_output:
        show_json(rows)
    else:
        for row in rows:
            click.echo(f"{row['name']}={row['value']}\n    {row['meaning']} Default: {row['default']}\n")
    if wrong is not None:
        raise wrong


def _rows(values: Settings | None, *, sandbox: bool) -> Iterator[dict[str, str]]:
    given = _given(sandbox=sandbox) if values is None else {}
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if values is not None:
            value = getattr(values, name)
        elif given is None:
            value = "?"  # the file cannot be read: nobody knows what it sets
        else:
            # What is made of several parts was not taken apart, and may hold a secret where none belongs.
            parts = isinstance(default, tuple | dict) and name not in _SHOWN
            value = given.get(name, default) if not parts or name not in given else "?"
        hidden = value and value != "?" and not field.repr and name != "database_url"
        yield {
            "name": f"VERIFIER_{name.upper()}",
            "value": "(set, not shown)" if hidden else _text(name, value),
            "default": _text(name, default),
            "meaning": field.description or "",
        }


def _database(url: str) -> str:
    """Without the password that may be in it."""
    try:
        return url if folder_of(url) else f"postgresql://{place_of(url)}"
    except ConfigError:
        return "(set, not shown)"


def _given(*, sandbox: bool) -> dict[str, object] | None:
    """What is set, unread; None when the file that may set more cannot be read."""
    given: dict[str, object] = {}
    if file := os.environ.get("VERIFIER_CONFIG"):
        try:
            given |= tomllib.loads(Path(file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
    named = {name: os.environ.get(f"VERIFIER_{name.upper()}") for name in Settings.model_fields}
    given |= {name: text for name, text in named.items() if text is not None}
    return with_defaults(given | ({"sandbox": True} if sandbox else {}))


def _text(name: str, value: object) -> str:
    if value is None or value in ("", ()):
        return "(none)"
    if name == "database_url":
        return _database(str(value))
    if isinstance(value, tuple | list):
        return ("," if name == "dns_servers" else " ").join(map(str, value))
    if isinstance(value, bool):
        return "on" if value else "off"
    return json.dumps(value) if isinstance(value, dict) else str(value)
