"""An error told where its cause was written."""

import pytest

from verifier.core import errors
from verifier.core.errors import BadInput, ConfigError, TooMany, VerifierError, located

KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, VerifierError)
]  # fmt: skip


def made(kind: type[VerifierError]) -> VerifierError:
    if kind is ConfigError:
        return ConfigError("A sentence.")
    if kind is TooMany:
        return TooMany("bad-request", pointer="/inside", retry_after=7, name="x")
    return kind("bad-request", pointer="/inside", name="x")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_located_by_a_copy(kind: type[VerifierError]) -> None:
    raised = made(kind)
    before = vars(raised).copy()
    with pytest.raises(VerifierError) as told, located("/identity/email"):
        raise raised
    assert type(told.value) is kind
    assert vars(told.value) == before | {"pointer": "/identity/email"}
    assert told.value is not raised
    assert vars(raised) == before
    assert told.value.args == raised.args


def test_a_kept_error_is_told_in_two_places() -> None:
    kept = BadInput("host-malformed")
    pointers = []
    for place in ("/a", "/b"):
        with pytest.raises(BadInput) as told, located(place):
            raise kept
        pointers.append(told.value.pointer)
    assert pointers == ["/a", "/b"]
    assert kept.pointer is None


def test_a_bug_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), located("/a"):
        1 // 0  # noqa: B018 - raises
