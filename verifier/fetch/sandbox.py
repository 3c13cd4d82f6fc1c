"""The one exception to the guard: hosts that the sandbox plays itself."""

from ipaddress import ip_address

from yarl import URL

from ..core.errors import BadInput, ConfigError
from ..core.identifiers import Host


def parse_origin(text: str) -> URL:
    """``http://ADDRESS:PORT``, the place of a server of the sandbox.

    :raises ConfigError: it is anything else
    """
    try:
        url = URL(text)
        if url.raw_host != "localhost":
            ip_address(url.raw_host or "")
        if url.scheme != "http" or url != url.origin() / "":
            raise ValueError
    except ValueError:
        raise ConfigError(f"Sandbox server {text!r}: write http://127.0.0.1:PORT.") from None
    return url.origin()


def parse_host(text: str) -> str:
    """:raises ConfigError: `text` names no host, so that no request would ever go there"""
    try:
        return str(Host.parse(text))
    except BadInput:
        raise ConfigError(f"Host override {text!r}: write a host name such as social.example.") from None
