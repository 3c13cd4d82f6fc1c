"""Strangers' pages, parsed in a process of their own that may use one second and half a gigabyte, then is gone."""

import asyncio
import json
import os
import sys

from ..core.errors import OutsideError
from . import markup
from .markup import Link

PAGE_BYTES = 1_048_576
"""What Mastodon reads of a page; the rest is cut."""

_SECONDS = 5.0
_AT_ONCE = asyncio.Semaphore(4)


async def rel_me_links(body: bytes) -> list[Link]:
    """The links of a page whose ``rel`` holds ``me``, in the order of the page.

    :raises OutsideError: ``page-unreadable``: parsing it takes too much time, memory or depth
    """
    # Isolated (-I): no PYTHON* variable, no current directory on the path. No environment either, which may hold
    # secrets, but for what finds the interpreter's own library.
    async with _AT_ONCE:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            markup.__file__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"},
        )
        try:
            async with asyncio.timeout(_SECONDS):
                output, _ = await child.communicate(body)
        except TimeoutError:
            raise OutsideError("page-unreadable") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode != 0:
        raise OutsideError("page-unreadable")
    return [Link(item["element"], tuple(item["rel"]), item["href"], item["in_head"]) for item in json.loads(output)]
