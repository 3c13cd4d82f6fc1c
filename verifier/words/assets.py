"""Static files, named by their content so that they can be cached for ever."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}


def _read() -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    names, served = {}, {}
    for file in sorted(_STATIC.iterdir()):
        body = file.read_bytes()
        path = f"/static/{file.stem}.{hashlib.sha256(body).hexdigest()[:16]}{file.suffix}"
        names[file.name] = path
        served[path] = (_TYPES[file.suffix], body)
    return names, served


_NAMES, _SERVED = _read()

ASSETS: Mapping[str, tuple[str, bytes]] = _SERVED
"""Path → (content type, bytes)."""


def asset(name: str) -> str:
    """The path under which a static file is served."""
    return _NAMES[name]


def integrity(name: str) -> str:
    """The digest of a static file, as an ``integrity`` attribute and a source of a CSP spell it (SRI, 3.1)."""
    digest = hashlib.sha256(ASSETS[asset(name)][1]).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
