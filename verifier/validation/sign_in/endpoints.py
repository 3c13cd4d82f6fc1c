"""The addresses that an authorization server gives of itself (RFC 8414, OpenID Connect Discovery 1.0)."""

import re

from ...core.errors import BadInput
from ...core.identifiers import Host, HttpsUrl
from ...core.strict_json import Json

# The toys of the sandbox show people their pages here, as no browser finds their names.
_LOCAL = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}/[A-Za-z0-9./_-]*")


def endpoint(value: Json, host: Host) -> HttpsUrl | None:
    """An address of the server's own host; None for any other: no document may send a secret elsewhere (T19, T28)."""
    try:
        url = HttpsUrl.parse(value if isinstance(value, str) else "")
    except BadInput:
        return None
    return url if url.host == host else None


def sign_in_page(value: Json, host: Host, *, sandbox: bool) -> str | None:
    """Where people are sent: an :func:`endpoint` or, in the sandbox, a page of this machine."""
    if sandbox and isinstance(value, str) and _LOCAL.fullmatch(value):
        return value
    url = endpoint(value, host)
    return None if url is None else str(url)
