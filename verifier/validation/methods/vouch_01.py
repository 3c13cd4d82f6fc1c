"""``vouch-01``: a proved body names a body below it. No order asks for it: it stands in the place of the DNS record."""

from collections.abc import Mapping

from ...core.clock import to_rfc3339
from ...core.models import End, Record
from ...core.strict_json import Json
from ..method import Declaration, Recheck

DECLARATION = Declaration(
    name="vouch-01",
    end=End.IDENTITY,
    rank=20,
    recheck=Recheck.BODY_RECORD,
    of_body=True,
)


def record(domain: str, parent: str, named_at: int, checked_at: int) -> Record:
    """The word of the body above, for an order of the one below.

    :param named_at: when the body above named it, in Unix seconds
    :param checked_at: when the record of the body above was last seen
    """
    evidence = {"domain": domain, "parent": parent, "named": to_rfc3339(named_at)}
    return Record.of(DECLARATION.name, DECLARATION.end, checked_at, None, evidence)


def parent_of(method: str, evidence: Mapping[str, Json]) -> str | None:
    """The body above, if a record of that method and evidence is its word."""
    return str(evidence["parent"]) if method == DECLARATION.name else None
