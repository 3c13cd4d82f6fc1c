"""Fediverse software that others wrote, as their registries hand it out, on loopback with one account."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory

from tests import parts
from tests.doubles.software import USER, anchor
from tests.integration.house import HOST, NAMES, free_port
from tests.integration.stranger import listening
from verifier.core.strict_json import Json

SECONDS = 300
"""After that a server ends by itself, whatever became of the tests."""


@asynccontextmanager
async def fedify(*texts: str, host: str = HOST, names: str = "", port: int = 0, **changes: Json) -> AsyncIterator[str]:
    """The origin of an instance whose account has these texts in its fields: each a link, if it is one.

    :param names: the host of the handles, if it is another
    :param changes: ``asks``, whether only signed requests may read the actor; ``open``, whether anybody may register;
        ``movedTo`` and ``alsoKnownAs`` of the account
    """
    given: dict[str, Json] = {
        "host": host, "names": names or host, "port": port, "user": USER,
        "fields": [anchor(text, "me") for text in texts],
        "asks": False, "open": False, "movedTo": None, "alsoKnownAs": [],
    }  # fmt: skip
    async with listening("fedify.js", given | changes) as origin:
        yield origin


@asynccontextmanager
async def madblog(*texts: str, port: int | None = None) -> AsyncIterator[str]:
    """The origin of a blog whose profile has these texts in its fields; Madblog adds one for itself."""
    port = port or free_port()
    config = {
        "title": USER,
        "link": f"https://{HOST}",
        "enable_activitypub": True,
        "activitypub_username": USER,
        "activitypub_profile_fields": {f"site {number}": text for number, text in enumerate(texts)},
    }
    with TemporaryDirectory() as folder:
        file = os.path.join(folder, "config.yaml")  # noqa: PTH118 - the folder goes with the process
        await asyncio.to_thread(_write, file, json.dumps(config))  # JSON is YAML
        process = await asyncio.create_subprocess_exec(
            *("timeout", "--kill-after=5", str(SECONDS), parts.MADBLOG / "bin" / "madblog"),
            *("--host", "127.0.0.1", "--port", str(port), folder),
            env={"PATH": os.environ["PATH"], "HOME": folder},
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        said = b""
        try:
            while b"Running on" not in said:
                said = await process.stderr.readline()
                assert said, "it ended"
            drained = asyncio.create_task(process.stderr.read())
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()
        await drained
