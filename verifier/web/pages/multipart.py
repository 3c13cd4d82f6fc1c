"""Forms with a file (RFC 7578), read strictly: what browsers do not send is refused.

A body is read whole, under the cap, before it is taken apart: many small chunks, parts or headers cost no more than
their bytes (T59).
"""

import re
from collections.abc import Collection

from aiohttp import web

from ...core.errors import BadInput

_BOUNDARY = re.compile(r'multipart/form-data; *boundary=(?:"([^"]+)"|([^\s";]+))', re.IGNORECASE)
_NAME = re.compile(rb'content-disposition: *form-data; *name="([a-z]+)"(?:;[^\r\n]*)?', re.IGNORECASE)
_LONGEST_BOUNDARY = 70  # RFC 2046, 5.1.1
_LONGEST_HEADERS = 2048  # bytes, of one part


async def fields(request: web.Request, names: Collection[str]) -> dict[str, bytes]:
    """The fields of a form, of those names, each once at most; an upload is its bytes, its file name is not looked at.

    :raises BadInput: ``bad-request``
    """
    match = _BOUNDARY.fullmatch(request.headers.get("Content-Type", ""))
    boundary = (match[1] or match[2]) if match else ""
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY or not boundary.isascii():
        raise BadInput("bad-request")
    return parse(await request.read(), boundary.encode(), names)


def parse(body: bytes, boundary: bytes, names: Collection[str]) -> dict[str, bytes]:
    """:raises BadInput: ``bad-request``"""
    first, delimiter = b"--" + boundary + b"\r\n", b"\r\n--" + boundary
    inside, end, rest = body.removeprefix(first).partition(delimiter + b"--")
    if not body.startswith(first) or not end or rest not in (b"", b"\r\n"):
        raise BadInput("bad-request")
    contents: dict[str, bytes] = {}
    # One more than there may be: whatever follows is not even split.
    for part in inside.split(delimiter + b"\r\n", len(names)):
        name, content = _part(part)
        if name not in names or name in contents:
            raise BadInput("bad-request")
        contents[name] = content
    return contents


def _part(part: bytes) -> tuple[str, bytes]:
    headers, blank, content = part.partition(b"\r\n\r\n")
    if not blank or len(headers) > _LONGEST_HEADERS:
        raise BadInput("bad-request")
    names = [match[1] for line in headers.split(b"\r\n") if (match := _NAME.fullmatch(line))]
    if len(names) != 1:
        raise BadInput("bad-request")
    return names[0].decode(), content
