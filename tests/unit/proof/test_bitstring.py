import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.core.errors import ProofError
from verifier.proof import bitstring
from verifier.proof.bitstring import MIN_ENTRIES


def encoded(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.sets(st.integers(0, MIN_ENTRIES - 1), max_size=20), st.integers(0, MIN_ENTRIES - 1))
def test_a_list_says_what_was_set_and_nothing_else(indexes: set[int], other: int) -> None:
    bits = bitstring.decode(bitstring.encode(bitstring.of_indexes(indexes)))
    assert sum(byte.bit_count() for byte in bits) == len(indexes)
    assert all(bitstring.is_set(bits, index) for index in indexes)
    assert bitstring.is_set(bits, other) == (other in indexes)


def test_bit_zero_is_the_left_most() -> None:
    assert bitstring.of_indexes([0, 9])[:2] == b"\x80\x40"


def test_the_same_bits_give_the_same_text() -> None:
    assert bitstring.encode(bitstring.of_indexes([1])) == bitstring.encode(bitstring.of_indexes([1]))


@pytest.mark.parametrize("index", (-1, MIN_ENTRIES))
def test_a_place_beyond_the_list(index: int) -> None:
    with pytest.raises(ProofError, match="bitstring-index"):
        bitstring.is_set(bitstring.of_indexes([]), index)


GOOD = bitstring.encode(bitstring.of_indexes([]))


@pytest.mark.parametrize(
    ("code", "text"),
    (
        ("bitstring-malformed", ""),
        ("bitstring-malformed", GOOD[1:]),
        ("bitstring-malformed", GOOD + "="),
        ("bitstring-malformed", GOOD + "\n"),
        ("bitstring-malformed", "u+/"),
        ("bitstring-malformed", "u" + "A" * 5),
        ("bitstring-malformed", encoded(b"not gzip")),
        ("bitstring-malformed", encoded(gzip.compress(bytes(16_384), mtime=0)[:-9])),
        ("bitstring-malformed", encoded(gzip.compress(bytes(16_384), mtime=0) * 2)),
        ("bitstring-short", encoded(gzip.compress(bytes(16_383), mtime=0))),
        ("bitstring-large", encoded(gzip.compress(bytes(bitstring.MAX_BYTES + 1), mtime=0))),
    ),
)
def test_a_bad_list_is_refused(code: str, text: str) -> None:
    with pytest.raises(ProofError, match=code):
        bitstring.decode(text)
