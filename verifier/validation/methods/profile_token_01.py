"""``profile-token-01``: a word of this order alone, as the whole of a profile field, for software without links.

Only ``attachment`` counts, of the actor that the handle leads to both ways: what others write there, nobody can; a
biography, a name or a post may quote anything (T36). The word may leave the profile once it was seen.
"""

import base64
from collections.abc import Mapping

from ...core.errors import OutsideError
from ...core.models import End, IdentityType, Record, State, Subject
from ...core.strict_json import Json
from ..accounts.actors import Actor, is_a
from ..accounts.profiles import check_profile, look_at_page
from ..html import markup
from ..html.pages import Pages
from ..method import ONE_VIEW, Declaration, Method, Need, OtherViews, Part, Recheck
from ..tools import Tools
from ..trail import Trail

_BYTES = 16


class ProfileToken01(Method):
    """A word in a field of the profile. State: ``token``."""

    __slots__ = ()
    declaration = Declaration(
        name="profile-token-01",
        end=End.ACCOUNT,
        rank=0,
        recheck=Recheck.ACCOUNT,
        offered=dict.fromkeys(IdentityType, Need.ONE_OF),
        part=Part.ACCOUNT,
        actions={"token": ()},
        public=True,
    )

    def instructions(self, state: State, /) -> Mapping[str, str]:
        return {name: state[name] for name in ("token",) if name in state}

    def is_preparation(self, state: State, _answer: Mapping[str, Json], /) -> bool:
        """The first request gives the word; those after it look for it."""
        return token(state) is None

    async def prepare(self, _subject: Subject, _state: State, tools: Tools, /) -> State:
        """Draw the word: 128 bits, so that nobody has written it before."""
        return {"token": base64.b32encode(tools.chance.bytes(_BYTES)).decode().rstrip("=").lower()}

    async def check(
        self,
        subject: Subject,
        state: State,
        _answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """Resolve the handle both ways, then look for the word."""
        word = state["token"]

        async def find(actor: Actor, trail: Trail) -> dict[str, Json]:
            return await _find(actor, word, tools.pages) | await look_at_page(actor, trail)

        return await check_profile(self.name, subject, tools, find), state


def token(state: State) -> str | None:
    """The word to put in the profile, once it was asked for."""
    return state.get("token")


async def _find(actor: Actor, word: str, pages: Pages) -> dict[str, Json]:
    """:raises OutsideError: ``token-missing``, ``token-not-alone``, ``fields-unreadable``"""
    near: dict[int, str] = {}
    for number, item in enumerate(actor.attachment):
        value = item.get("value")
        if is_a(item, "PropertyValue") and isinstance(value, str) and word in value:
            near[number] = value
    readings = await pages.readings({number: text for number, text in near.items() if len(text) <= markup.SHORT})
    for number, reading in readings.items():
        if reading.plain == word:
            return {"in": "attachment", "number": number}
    if near:
        raise OutsideError("token-not-alone", token=word)
    raise OutsideError("token-missing", token=word, fields=len(actor.attachment))
