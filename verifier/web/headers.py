"""Headers of a request that may take several lines."""

from aiohttp import web


def list_header(request: web.Request, name: str) -> str | None:
    """The list that a header spells, its lines joined in order (RFC 9110, 5.3); None if there is none.

    Whoever reads the first line alone reads what the client wrote, and not what a proxy added after it.
    """
    lines = request.headers.getall(name, None)
    return ", ".join(lines) if lines else None
