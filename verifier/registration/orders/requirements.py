"""Which challenges an order gets, and when an end is proved by them: read from what the methods declare."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...core.models import End, IdentityType
from ...validation import DECLARATIONS, Declaration, Need


@dataclass(frozen=True, slots=True)
class Requirement:
    """How one end may be proved.

    :param needs: ``any`` or ``all`` of `types`
    :param adds: challenges that only add evidence: never enough, never required
    """

    needs: str
    types: tuple[str, ...]
    adds: tuple[str, ...] = ()

    def proved_by(self, valid: Collection[str]) -> bool:
        """Whether these valid challenges are enough."""
        suffice = any if self.needs == "any" else all
        return suffice(type_ in valid for type_ in self.types)


def requirements(identity: IdentityType) -> Mapping[End, Requirement]:
    """What an order of that kind must prove, end by end.

    :raises ValueError: the methods of an end contradict each other
    """
    return {end: _requirement(identity, end) for end in End}


def _requirement(identity: IdentityType, end: End) -> Requirement:
    def types(need: Need) -> tuple[str, ...]:
        return tuple(
            each.name for each in DECLARATIONS.values() if each.end is end and each.offered.get(identity) is need
        )

    one_of, all_of = types(Need.ONE_OF), types(Need.ALL_OF)
    if bool(one_of) == bool(all_of):
        raise ValueError(f"the methods of the {end} for an order of kind {identity} need either one of them or all")
    return Requirement("any" if one_of else "all", one_of or all_of, types(Need.ADDS))


def is_optional(identity: IdentityType, type_: str) -> bool:
    """Whether an order may be published without that challenge."""
    return DECLARATIONS[type_].offered.get(identity) is Need.ADDS


def foremost(identity: IdentityType) -> Declaration:
    """The challenge that comes first among the evidence of who asks, where nothing else is known yet."""
    required = requirements(identity)[End.IDENTITY].types
    return min((DECLARATIONS[type_] for type_ in required), key=lambda each: each.rank or 0)
