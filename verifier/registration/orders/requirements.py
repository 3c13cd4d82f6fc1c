"""Which challenges an order gets, and when an end is proved by them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...core.models import End, IdentityType


@dataclass(frozen=True, slots=True)
class Ways:
    """How one end may be proved.

    :param needs: ``any`` or ``all`` of `types`
    :param adds: challenges that only add evidence: never enough, never asked for
    """

    needs: str
    types: tuple[str, ...]
    adds: tuple[str, ...] = ()

    def proved_by(self, valid: Collection[str]) -> bool:
        """Whether these valid challenges are enough."""
        judge = any if self.needs == "any" else all
        return judge(type_ in valid for type_ in self.types)


_ACCOUNT = Ways("any", ("rel-me-01", "profile-token-01", "oauth-01"))

WAYS: Mapping[IdentityType, Mapping[End, Ways]] = {
    IdentityType.AGENT: {End.ACCOUNT: _ACCOUNT, End.IDENTITY: Ways("any", ("email-01", "oidc-01"))},
    IdentityType.INSTITUTION: {
        End.ACCOUNT: _ACCOUNT,
        End.IDENTITY: Ways("all", ("email-01", "dns-01"), adds=("site-01",)),
    },
}


def is_optional(identity: IdentityType, end: End, type_: str) -> bool:
    """Whether an order may be published without it."""
    return type_ in WAYS[identity][end].adds
