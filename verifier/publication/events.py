"""The feed of changes, in order."""

from collections.abc import Sequence

from ..core.clock import to_rfc3339
from ..core.identifiers import Handle
from ..core.site import Site
from ..core.strict_json import Json
from ..storage import Event


def event_page(events: Sequence[Event], site: Site, after: int) -> dict[str, Json]:
    """One page of the feed of changes; ``next`` is the ``after`` of the next request, now or later."""
    return {"events": [_event(event, site) for event in events], "next": events[-1].seq if events else after}


def _event(event: Event, site: Site) -> dict[str, Json]:
    item: dict[str, Json] = {
        "seq": event.seq,
        "at": to_rfc3339(event.at),
        "kind": event.kind,
        "listed": event.listed,
    }
    if not event.listed:
        return item  # T00d: an unlisted agent is found by exact handle alone
    return item | {
        "handle": str(Handle.parse(event.handle)),
        "attestation": site.attestation(event.attestation_id),
        "reason": event.reason,
    }
