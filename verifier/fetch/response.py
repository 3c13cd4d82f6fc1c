"""An answer, as the callers of `fetch` see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered.

    :param url: the URL that answered, after redirects
    :param content_type: the header as sent, ``""`` if absent
    :param headers: names in lower case, the first value of each
    :param truncated: the body was cut at the cap (only if that was asked)
    :param address: the IP address that was dialled: evidence
    :param redirects: the URLs that redirected, in order
    """

    url: str
    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    address: str
    redirects: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """Who answered: after redirects, not who was asked."""
        return urlsplit(self.url).hostname or ""

    @property
    def media_type(self) -> str:
        """What the body is, without parameters, in lower case (RFC 9110, 8.3.1)."""
        return self.content_type.partition(";")[0].strip().lower()
