"""What methods share that only look, at what anybody can see."""

from collections.abc import Mapping

from ..core.models import Subject
from ..core.strict_json import Json
from .method import State, Tools


class Looking:
    """There is nothing to prepare: what to publish is known when the order is opened."""

    __slots__ = ()

    def opens(self, _subject: Subject, _tools: Tools) -> State:
        return {}

    def shows(self, _state: State) -> Mapping[str, str]:
        return {}

    def begins(self, _state: State, _answer: Mapping[str, Json]) -> bool:
        return False

    async def begin(self, _subject: Subject, state: State, _tools: Tools) -> State:
        return state
