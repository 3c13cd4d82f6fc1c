"""Does a server take all spellings of a user name for one? Asked of it, since only it may say so (T00f)."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from ...core.clock import Chance
from ...core.errors import OutsideError, Unavailable
from ...core.identifiers import Handle, HttpsUrl
from ...core.models import AccountPin, Folding
from ..tools import Tools
from ..trail import Trail
from .resolution import actor_of_name

_NOT_FOUND = "not-found"
_NOT_IT = frozenset({_NOT_FOUND, "account-unknown", "account-gone"})


def has_other_spelling(handle: Handle) -> bool:
    return any(map(str.isalpha, handle.user))


def other_spelling(handle: Handle, chance: Chance) -> Handle:
    """The same name with the case of some of its letters changed, by chance."""
    letters = [place for place, char in enumerate(handle.user) if char.isalpha()]
    changed = 1 + chance.below(2 ** len(letters) - 1)  # a bit for each letter, and one at least
    user = list(handle.user)
    for number, place in enumerate(letters):
        if changed >> number & 1:
            user[place] = user[place].swapcase()
    return Handle("".join(user), handle.host)


async def ask(pin: AccountPin, other: Handle, nonsense: Handle, tools: Tools) -> Folding:
    """What one view sees: the server folds if `other` leads to the same actor, and `nonsense` is not found.

    :param nonsense: a name that nobody bears: a server that answers everything has shown nothing
    """
    seen, made_up = await asyncio.gather(*(_look(name, tools) for name in (other, nonsense)))
    same = isinstance(seen, HttpsUrl) and str(seen) == pin.actor
    if same and made_up == _NOT_FOUND:
        return Folding.YES
    elsewhere = isinstance(seen, HttpsUrl) and not same
    if elsewhere or seen in _NOT_IT or isinstance(made_up, HttpsUrl):
        return Folding.NO
    return Folding.UNKNOWN


async def _look(name: Handle, tools: Tools) -> HttpsUrl | str:
    """The actor of that name, or the code of what was met instead."""
    try:
        return await actor_of_name(name, Trail(tools.fetcher)) or _NOT_FOUND
    except (OutsideError, Unavailable) as error:
        return error.code


def weigh(seen: Sequence[Folding], quorum: int) -> Folding:
    """What several views amount to: what a quorum of them saw, else unknown."""
    word, count = Counter(seen).most_common(1)[0]
    return word if count >= quorum else Folding.UNKNOWN
