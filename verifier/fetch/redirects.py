"""Where a redirect may lead (T25)."""

from ..core.errors import BadInput, OutsideError
from ..core.identifiers import HttpsUrl

STATUSES = frozenset({301, 302, 303, 307, 308})


def follow(base: HttpsUrl, location: str, *, same_host: bool) -> HttpsUrl:
    """The URL that a ``Location`` names: absolute, or a path of the same origin; never guessed.

    :raises OutsideError: ``fetch-redirect-refused``
    """
    rooted = location.startswith("/") and not location.startswith("//")
    try:
        target = HttpsUrl.parse(base.origin + location if rooted else location)
    except BadInput as error:
        raise OutsideError("fetch-redirect-refused", host=str(base.host)) from error
    if same_host and target.host != base.host:
        raise OutsideError("fetch-redirect-refused", host=str(base.host))
    return target
