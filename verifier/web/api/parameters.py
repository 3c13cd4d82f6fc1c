"""Parts of an address, parsed once into types; an error names the part, as ``/NAME``."""

from aiohttp import web

from ...core.errors import BadInput, located
from ...core.identifiers import Host, HttpsUrl
from ..description import Number


def number(request: web.Request, name: str, taken: Number) -> int:
    """A whole number of the query.

    :raises BadInput: ``number-malformed``, also for two of one name
    """
    texts = request.query.getall(name, [])
    if not texts:
        return taken.default
    text = texts[0]
    readable = len(texts) == 1 and text.isascii() and text.isdigit() and len(text) <= 16
    if not readable or not taken.least <= int(text) <= taken.most:
        raise BadInput("number-malformed", pointer=f"/{name}", least=taken.least, limit=taken.most)
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
