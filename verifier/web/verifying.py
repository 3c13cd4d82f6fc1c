"""The appraisal with what it needs of this service."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..appraisal import Appraisal, StatusOf, appraise
from ..core.clock import Clock
from ..core.site import Site
from ..core.strict_json import Json
from ..proof.contexts import Contexts
from ..proof.sets import ResolveKey


@dataclass(frozen=True, slots=True)
class Appraiser:
    """Says what a document is worth as an attestation of this service."""

    site: Site
    contexts: Contexts
    resolve_key: ResolveKey
    status_of: StatusOf
    clock: Clock

    async def appraise(self, document: Mapping[str, Json]) -> Appraisal:
        """:raises Refused: ``not-an-attestation``"""
        return await appraise(
            document,
            site=self.site,
            contexts=self.contexts,
            resolve_key=self.resolve_key,
            status_of=self.status_of,
            now=self.clock.now(),
        )
