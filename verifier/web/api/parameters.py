"""Parts of an address, parsed once into types; an error names the part, as ``/NAME``."""

from aiohttp import web

from ...core.errors import BadInput, located
from ...core.identifiers import Host, HttpsUrl


def number(request: web.Request, name: str, *, default: int, least: int, most: int) -> int:
    """A whole number of the query.

    :raises BadInput: ``number-malformed``
    """
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not least <= int(text) <= most:
        raise BadInput("number-malformed", pointer=f"/{name}", least=least, limit=most)
    return int(text)


def url(request: web.Request, name: str) -> HttpsUrl:
    """A URL of the query.

    :raises BadInput: ``member-missing``, or the URL's own
    """
    values = request.query.getall(name, [])
    if len(values) != 1:
        raise BadInput("member-missing", pointer=f"/{name}", name=name)
    with located(f"/{name}"):
        return HttpsUrl.parse(values[0])


def host(request: web.Request, name: str) -> Host:
    """A host of the path.

    :raises BadInput: the host's own
    """
    with located(f"/{name}"):
        return Host.parse(request.match_info[name])
