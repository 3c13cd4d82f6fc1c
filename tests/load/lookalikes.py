"""Look-alikes: what it costs to find that a handle resembles one of many, or none. In processor time."""

import resource
import time
from collections.abc import Iterator

from verifier.core.identifiers import Handle
from verifier.publication.lookalikes import Listed, Lookalikes, index_of

SIZES = (1_000, 100_000)
BODIES = 20  # one account in so many is a body's
ASKED = 5_000
_SYLLABLES = ("ba", "ce", "dri", "fon", "gau", "lu", "mar", "ni", "pre", "sau", "tel", "vi", "zo", "quin", "rou", "jo")


def measure() -> list[tuple[str, str]]:
    """Rows of the table."""
    rows: list[tuple[str, str]] = []
    costs: dict[int, float] = {}
    for count in SIZES:
        before, began = _memory(), time.process_time()
        index = index_of(_listed(at, name) for at, name in _names(count))
        made = time.process_time() - began
        strangers = [Handle.parse(f"{name}x@mastodon.example") for _, name in _names(ASKED)]
        imitations = [Handle.parse(f"{name}@s{at % 300}.g0uv.fr") for at, name in _names(ASKED) if at < count]
        slips = [Handle.parse(f"{_slipped(name)}@mastodon.example") for at, name in _names(ASKED) if at < count]
        costs[count] = _cost(index, strangers)
        rows += [
            (f"{count:,} listed accounts: index made", f"{made:.2f} s; {max(0, _memory() - before)} MB more"),
            (f"{count:,} listed accounts: a stranger's handle", _rate(costs[count])),
            (f"{count:,} listed accounts: a forged server", _rate(_cost(index, imitations))),
            (f"{count:,} listed accounts: a name with two slips", _rate(_cost(index, slips))),
        ]
    rows.append(
        (f"a stranger's handle, {SIZES[1]:,} against {SIZES[0]:,}", f"**{costs[SIZES[1]] / costs[SIZES[0]]:.2f}**")
    )
    return rows


def _listed(at: int, name: str) -> Listed:
    handle = Handle.parse(f"{name}@s{at % 300}.gouv.fr")
    if at % BODIES:
        return Listed(handle, is_body=False)
    first, _, last = name.partition(".")
    return Listed(handle, is_body=True, domain=f"{first}-{last}.gouv.fr", name=f"Direction de la {first} et du {last}")


def _rate(cost: float) -> str:
    return f"{cost:.0f} µs; {1_000_000 / cost:,.0f}/s"


def _slipped(name: str) -> str:
    """Two letters swapped, and one left out."""
    return f"{name[0]}{name[2]}{name[1]}{name[3:-2]}{name[-1]}"


def _cost(index: Lookalikes, handles: list[Handle]) -> float:
    """Microseconds for one handle: of three rounds, the best."""
    rounds = []
    for _ in range(3):
        began = time.process_time()
        for handle in handles:
            index.find(handle)
        rounds.append(time.process_time() - began)
    return min(rounds) / len(handles) * 1_000_000


def _names(count: int) -> Iterator[tuple[int, str]]:
    """Names as long as people's, each its own."""
    base = len(_SYLLABLES)
    for at in range(count):
        mixed, parts = at * 2_654_435_761 % base**5, []
        for _ in range(5):
            mixed, digit = divmod(mixed, base)
            parts.append(_SYLLABLES[digit])
        yield at, f"{''.join(parts[:2])}.{''.join(parts[2:])}"


def _memory() -> int:
    """Peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
