"""What a form of ours sends."""

from aiohttp import web

from ...core.errors import BadInput


async def fields(request: web.Request) -> dict[str, str]:
    """The fields of a form.

    :raises BadInput: ``bad-request``: no form at all
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise BadInput("bad-request")
    try:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (LookupError, ValueError):  # an unknown charset, or bytes that are not of it
        raise BadInput("bad-request") from None
