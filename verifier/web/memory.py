"""Answers kept in a bounded memory: found by what was asked, dropped by what they rest on."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from .responses import Answer

_TARGETS = 4  # ways to write one request whose answer is found at once; more would let strangers fill the memory

# Bytes that Python takes beside the texts themselves (tests/unit/test_web_memory.py measures them).
_ENTRY = 480
_TARGET = 180
_KEY = 330


@dataclass(slots=True)
class Kept:
    """An answer.

    :param name: of the question
    :param rests_on: keys whose change makes it another
    :param until: it may be given until then, in Unix seconds; None: as long as nothing changes
    :param targets: the requests that it is found by, the oldest first
    :param asked: whether it was asked for since it was last spared
    """

    name: str
    answer: Answer
    rests_on: Sequence[str]
    until: int | None
    targets: tuple[str, ...] = ()
    asked: bool = False


@dataclass(slots=True)
class Memory:
    """Of what does not fit, the answer goes that waited longest and was not asked for meanwhile.

    So who walks through all handles drives out others like it, and not what many ask for (the "clock" of operating
    systems: Corbató, 1968).

    :param most: bytes
    :ivar size: bytes now
    """

    most: int
    size: int = 0
    _kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _by_target: dict[str, Kept] = field(default_factory=dict)
    _resting: dict[str, set[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._kept)

    def named(self, name: str) -> Kept | None:
        """The answer to the question of that name."""
        kept = self._kept.get(name)
        if kept is not None:
            kept.asked = True
        return kept

    def at(self, target: str) -> Kept | None:
        """The answer to that request."""
        kept = self._by_target.get(target)
        if kept is not None:
            kept.asked = True
        return kept

    def keep(self, kept: Kept) -> None:
        """In the place of what was kept under that name."""
        self._forget(kept.name)
        self._kept[kept.name] = kept
        for key in self._indexed(kept):
            self._resting.setdefault(key, set()).add(kept.name)
        self.size += self._size_of(kept)
        self._make_room()

    def add_target(self, target: str, name: str) -> None:
        """That request, too, is answered by what is kept under that name, if it is."""
        kept = self._kept.get(name)
        if kept is None or target in self._by_target:
            return
        if len(kept.targets) == _TARGETS:
            self._forget_target(kept.targets[0])
            kept.targets = kept.targets[1:]
        kept.targets = (*kept.targets, target)
        self._by_target[target] = kept
        self.size += _TARGET + len(target)
        self._make_room()

    def drop(self, key: str) -> None:
        """Whatever rests on that key."""
        self._forget(key)
        for name in self._resting.pop(key, ()):
            self._forget(name)

    def clear(self) -> None:
        """All of it."""
        self._kept.clear()
        self._by_target.clear()
        self._resting.clear()
        self.size = 0

    def _make_room(self) -> None:
        while self.size > self.most:
            oldest = next(iter(self._kept.values()))
            if oldest.asked:
                oldest.asked = False
                self._kept.move_to_end(oldest.name)
            else:
                self._forget(oldest.name)

    def _forget(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        if kept is None:
            return
        self.size -= self._size_of(kept)
        for target in kept.targets:
            self._forget_target(target)
        for key in self._indexed(kept):
            names = self._resting.get(key)
            if names is not None:
                names.discard(name)
                if not names:
                    del self._resting[key]

    def _forget_target(self, target: str) -> None:
        del self._by_target[target]
        self.size -= _TARGET + len(target)

    @staticmethod
    def _indexed(kept: Kept) -> Sequence[str]:
        # Most answers rest on their own name alone, which finds them already.
        return [key for key in kept.rests_on if key != kept.name]

    def _size_of(self, kept: Kept) -> int:
        keys = sum(_KEY + len(key) for key in self._indexed(kept))
        return _ENTRY + len(kept.name) + len(kept.answer.body) + keys
