"""Fediverse software that others wrote, as their registries hand it out: on loopback, with one account."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import parts
from tests.doubles.software import USER, anchor
from tests.integration.house import HOST, NAMES
from tests.integration.stranger import install, listening
from tests.ports import free_port
from verifier.core.strict_json import Json

SECONDS = "300"
"""After that a server ends by itself, whatever became of the tests."""


@asynccontextmanager
async def fedify(*texts: str, host: str = HOST, names: str = "", port: int = 0, **changes: Json) -> AsyncIterator[str]:
    """The origin of an instance of Fedify whose account has these texts in its fields: each a link, if it is one.

    :param names: the host of the handles, if it is another
    :param changes: ``asks``, whether only signed requests may read the actor; ``open``, whether anybody may register;
        ``movedTo`` and ``alsoKnownAs`` of the account
    """
    given: dict[str, Json] = {
        "host": host, "names": names or host, "port": port, "user": USER,
        "fields": [anchor(text, "me") for text in texts],
        "asks": False, "open": False, "movedTo": None, "alsoKnownAs": [],
    }  # fmt: skip
    install()
    async with listening("fedify.js", given | changes) as origin:
        yield origin


@asynccontextmanager
async def madblog(*texts: str, port: int = 0) -> AsyncIterator[str]:
    """The origin of a blog whose profile has these texts in its fields, after the one that Madblog adds for itself."""
    install()
    port = port or free_port()
    with TemporaryDirectory() as folder:
        _configure(Path(folder), texts)
        process = await asyncio.create_subprocess_exec(
            *("timeout", "--kill-after=5", SECONDS, parts.MADBLOG / "bin" / "madblog"),
            *("--host", "127.0.0.1", "--port", str(port), folder),
            env={"PATH": os.environ["PATH"], "HOME": folder},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            said: list[bytes] = []
            while not said or b"Running on" not in said[-1]:
                said.append(await process.stderr.readline())
                assert said[-1], b"".join(said).decode()
            rest = asyncio.create_task(process.stderr.read())  # nobody writes for long to a pipe that nobody reads
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()
        await rest


def _configure(folder: Path, texts: tuple[str, ...]) -> None:
    config = {
        "title": USER,
        "link": f"https://{HOST}",
        "enable_activitypub": True,
        "activitypub_username": USER,
        "activitypub_profile_fields": {f"site {number}": text for number, text in enumerate(texts)},
    }
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML


def _fedify_version() -> str:
    lock = json.loads((parts.STRANGER / "package-lock.json").read_text())
    return f"Fedify {lock['packages']['node_modules/@fedify/fedify']['version']}"


def _madblog_version() -> str:
    (version,) = re.findall(r"^madblog==(\S+)", (parts.STRANGER / "madblog.lock").read_text(), re.MULTILINE)
    return f"Madblog {version}"


@dataclass(frozen=True)
class Real:
    """:param version: of what, by the locks of the tests
    :param differs: what is special, for the table
    :param running: an instance whose account has a text in its fields; its origin
    :param names: the host of the handles, if it is another
    """

    version: str
    differs: str
    running: Callable[[str], AbstractAsyncContextManager[str]]
    names: str = ""


REAL: Mapping[str, Real] = {
    "Fedify": Real(_fedify_version(), "a single field is an object", fedify),
    "Fedify, authorised fetch": Real(
        _fedify_version(), "an unsigned reader of actors gets 401; both kinds of signature", partial(fedify, asks=True)
    ),
    "Fedify, split domain": Real(
        _fedify_version(), "handles at another host than actors", partial(fedify, names=NAMES), NAMES
    ),
    "Madblog": Real(_madblog_version(), "a blog that is one account; fields as links", madblog),
}
