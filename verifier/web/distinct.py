"""How many different things each client has asked for, in bounded memory."""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

POPULAR = 20
"""What so many clients asked for within the period costs nobody anything."""

_MOST = 200_000  # pairs of a client and a thing; about 200 bytes each at worst


@dataclass(slots=True)
class _Asked:
    """What one client asked for: digest → when, the oldest first.

    :param last: when it asked for anything
    """

    last: int = 0
    counted: dict[int, int] = field(default_factory=dict)
    popular: dict[int, int] = field(default_factory=dict)


class Distinct:
    """At most `amount` different keys for each client in any `seconds`; one that it has asked for already is free.

    So is a popular one, whatever it names: else those who share an address with thousands find a famous account
    refused. Nothing here depends on what a key leads to (T63). Keys are known by 64 bits of Python's keyed hash. Beyond
    :data:`_MOST` pairs, the client that has been silent for longest is forgotten, as a restart does.
    """

    def __init__(self, amount: int, seconds: int) -> None:
        self._amount = amount
        self._seconds = seconds
        self._clients: OrderedDict[str, _Asked] = OrderedDict()  # who asked last is last
        self._askers: Counter[int] = Counter()  # of each digest
        self._size = 0
        self._forgot_at = 0

    def use(self, client: str, key: str, now: int) -> int:
        """Count `key` for that client, and return 0; or count nothing, and return in how many seconds there is room."""
        if self._forgot_at != now or self._size > _MOST:
            self._forgot_at = now
            self._forget(now)
        asked = self._clients.get(client)
        if asked is None:
            asked = self._clients[client] = _Asked()
        else:
            self._clients.move_to_end(client)
            if asked.last != now:  # what passes with time passes once a second
                self._expire(asked, now - self._seconds)
        asked.last = now
        mark = hash(key)
        if mark in asked.counted or mark in asked.popular:
            return 0
        if self._askers.get(mark, 0) >= POPULAR:
            asked.popular[mark] = now
        elif len(asked.counted) < self._amount:
            asked.counted[mark] = now
        else:
            return next(iter(asked.counted.values())) + self._seconds - now
        self._askers[mark] += 1
        self._size += 1
        return 0

    def _forget(self, now: int) -> None:
        while self._clients:
            client, oldest = next(iter(self._clients.items()))
            if self._size <= _MOST and oldest.last > now - self._seconds:
                break
            self._expire(oldest, now)
            del self._clients[client]

    def _expire(self, asked: _Asked, until: int) -> None:
        for marks in (asked.counted, asked.popular):
            while marks:
                mark, at = next(iter(marks.items()))
                if at > until:
                    break
                del marks[mark]
                self._size -= 1
                self._askers[mark] -= 1
                if not self._askers[mark]:
                    del self._askers[mark]
