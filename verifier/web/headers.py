"""Headers of a request that may take several lines, and what a client would rather have (RFC 9110, 5.3 and 12)."""

import re
from collections.abc import Iterator, Sequence

from aiohttp import web

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_PARAMETER = re.compile(r"\s*;\s*")


def list_header(request: web.Request, name: str) -> str | None:
    """The list that a header spells, its lines joined in order (RFC 9110, 5.3); None if there is none.

    Whoever reads the first line alone reads what the client wrote, and not what a proxy added after it.
    """
    lines = request.headers.getall(name, None)
    return ", ".join(lines) if lines else None


def preferred_type(request: web.Request, offers: Sequence[str]) -> str:
    """The media type among those that we have, our own favourite first, that the client would rather have.

    The most exact range that fits says how much (RFC 9110, 12.5.1). Of types that are wanted alike, one that is named
    stands before one that only fits. Where none is wanted, it is our favourite: a reader may use it all the same.
    """
    ranges = dict(_weighted(list_header(request, "Accept") or "*/*"))

    def rank(place: int) -> tuple[float, int, int]:
        fitting = (offers[place], f"{offers[place].partition('/')[0]}/*", "*/*")
        exact, quality = next(((2 - at, ranges[each]) for at, each in enumerate(fitting) if each in ranges), (0, 0.0))
        return quality, exact if quality else 0, -place

    return offers[max(range(len(offers)), key=rank)]


def preferred_languages(request: web.Request) -> list[str]:
    """The tags of the languages that the client reads, in lower case, the dearest first (RFC 9110, 12.5.4).

    ``*`` is any: whoever says nothing reads that.
    """
    ranges = [(-quality, tag) for tag, quality in _weighted(list_header(request, "Accept-Language") or "*") if quality]
    return [tag for _, tag in sorted(ranges, key=lambda each: each[0])]


def _weighted(text: str) -> Iterator[tuple[str, float]]:
    for part in filter(None, map(str.strip, text.lower().split(","))):
        value, *parameters = _PARAMETER.split(part)
        pairs = (each.partition("=") for each in parameters)
        yield value, next((_quality(weight.strip()) for name, _, weight in pairs if name.strip() == "q"), 1.0)


def _quality(text: str) -> float:
    # RFC 9110, 12.4.2; what is no quality asks for nothing.
    return float(text) if _QUALITY.fullmatch(text) else 0.0
