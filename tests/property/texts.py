"""Texts that are almost right: noise alone is refused at its first character, and shows nothing."""

from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

FEWEST = 10


@st.composite
def edited(draw: st.DrawFn, texts: st.SearchStrategy[str], marks: st.SearchStrategy[str]) -> str:
    """One of `texts`, in which a mark or two are put, replaced or taken away, or none."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.just("") | marks) + text[at + draw(st.integers(0, 1)) :]
    return text


def each_way(check: Callable[[str], bool], texts: st.SearchStrategy[str]) -> None:
    """Run `check`, which says whether a text was read, on many texts.

    :raises AssertionError: hardly any was read, or hardly any was refused: the property was not tried
    """
    read: Counter[bool] = Counter()

    @given(texts)
    def run(text: str) -> None:
        read[check(text)] += 1

    run()
    assert min(read[True], read[False]) >= FEWEST, read
