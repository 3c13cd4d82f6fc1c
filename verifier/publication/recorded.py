"""When this service stored a document: asked when its signature alone no longer proves enough (T49)."""

from collections.abc import Mapping

from ..core import strict_json
from ..core.site import Site
from ..core.strict_json import Json
from ..storage import Reader


async def recorded_at(document: Mapping[str, Json], *, reader: Reader, site: Site) -> int | None:
    """When this service stored exactly that document, in Unix seconds; None if it never did, or has erased it."""
    id_, own = document.get("id"), site.attestation("")
    if not isinstance(id_, str) or not id_.startswith(own):
        return None
    row = await reader.attestations.get(id_.removeprefix(own)[:64])
    if row is None or row.body is None or strict_json.loads(row.body) != document:
        return None
    return row.signed_at
