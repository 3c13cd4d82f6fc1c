"""Which challenges an order gets, and when an end is proved by them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...core.models import End, IdentityType


@dataclass(frozen=True, slots=True)
class Requirement:
    """What proves one end.

    :param needs: ``any`` or ``all`` of `types`
    :param adds: challenges that only add evidence: never enough, never required
    """

    needs: str
    types: tuple[str, ...]
    adds: tuple[str, ...] = ()

    def proved_by(self, valid: Collection[str]) -> bool:
        """Whether these valid challenges are enough."""
        enough = any if self.needs == "any" else all
        return enough(type_ in valid for type_ in self.types)


_ACCOUNT = Requirement("any", ("rel-me-01", "profile-token-01", "oauth-01"))

REQUIREMENTS: Mapping[IdentityType, Mapping[End, Requirement]] = {
    IdentityType.AGENT: {End.ACCOUNT: _ACCOUNT, End.IDENTITY: Requirement("any", ("email-01", "oidc-01"))},
    IdentityType.INSTITUTION: {
        End.ACCOUNT: _ACCOUNT,
        End.IDENTITY: Requirement("all", ("email-01", "dns-01"), adds=("site-01",)),
    },
}


def is_optional(identity: IdentityType, end: End, type_: str) -> bool:
    """Whether an order may be published without it."""
    return type_ in REQUIREMENTS[identity][end].adds
