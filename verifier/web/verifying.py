"""The appraisal with what it needs of this service."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ..appraisal import Appraisal, StatusOf, appraise
from ..core.clock import Clock
from ..core.site import Site
from ..core.strict_json import Json
from ..proof.contexts import Contexts
from ..proof.sets import ResolveKey


@dataclass(frozen=True, slots=True)
class Appraiser:
    """Says what a document is worth as an attestation of this service.

    :param recorded_at: when the service recorded exactly that document; None if it did not, or need not be asked
    :param keys_by: its issuing keys, given that moment
    """

    site: Site
    contexts: Contexts
    recorded_at: Callable[[Mapping[str, Json]], Awaitable[int | None]]
    keys_by: Callable[[int | None], ResolveKey]
    status_of: StatusOf
    clock: Clock

    async def appraise(self, document: Mapping[str, Json]) -> Appraisal:
        """:raises Refused: ``not-an-attestation``"""
        return await appraise(
            document,
            site=self.site,
            contexts=self.contexts,
            resolve_key=self.keys_by(await self.recorded_at(document)),
            status_of=self.status_of,
            now=self.clock.now(),
        )
