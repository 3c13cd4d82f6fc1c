"""Which site sent a request, as its browser says (T61): no page of another site can change what these headers say.

The rule is that of Go's ``http.CrossOriginProtection``, and stricter: a request without either header is refused.
"""

from aiohttp import web

from ..core.errors import BadInput

_OWN = ("same-origin", "none")  # none: the person typed, or chose it themselves (W3C Fetch Metadata, 2.2)


def check_own(request: web.Request, base_url: str) -> None:
    """Let pass what one of our own pages sent.

    :raises BadInput: ``csrf``: another site sent it, or nothing says who did; ``other-origin``: one of our pages did,
        but at another origin than `base_url`
    """
    # A header that is there twice says two things.
    sites = request.headers.getall("Sec-Fetch-Site", [])
    origins = request.headers.getall("Origin", [])
    # Browsers of before 2023, and all of them over plain HTTP, send no Sec-Fetch-Site; with POST, all send an Origin.
    if sites and (len(sites) > 1 or sites[0] not in _OWN):
        raise BadInput("csrf")
    if origins == [base_url] or (sites and not origins):
        return
    host = _host(origins[0]) if len(origins) == 1 else ""
    if host and (sites or host == request.host):
        raise BadInput("other-origin", opened=origins[0], base=base_url)
    raise BadInput("csrf")


def _host(origin: str) -> str:
    """The host and port of an origin; empty for ``null``."""
    return origin.partition("://")[2]
