"""Codes that are mailed and typed back (T09)."""

import pytest

from verifier.core import codes


@pytest.mark.parametrize("text", ["abcd2345", " ABCD 2345\r\n", "ABCD-2345", "\tabcd - 2345"])
def test_a_code_is_read_however_it_is_written(text: str) -> None:
    assert codes.typed(text) == "ABCD2345"


@pytest.mark.parametrize("sign", ["\u017f", "\u0131", "\uff21"])  # upper() makes S and I of the first two
def test_signs_of_other_alphabets_become_none_of_ours(sign: str) -> None:
    assert not set(codes.typed(f"BCDE234{sign}")) <= set(codes.ALPHABET)


def test_t09_the_last_try_locks() -> None:
    right, wrong = "aa", "bb"
    tries, told = 0, []
    for _ in range(codes.TRIES + 1):
        problem, tries = codes.compare(wrong, codes.Sent(right, 0, tries), 1)
        assert problem is not None
        told.append(problem.code)
    assert told == ["code-wrong"] * 4 + ["code-locked"] * 2
    assert codes.compare(right, codes.Sent(right, 0, 4), 1) == (None, 4)
    assert codes.compare(right, codes.Sent(right, 0, 4), codes.LIFETIME)[0] is not None
