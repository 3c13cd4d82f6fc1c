from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import outside
from tests.doubles import postgres
from tests.doubles.postgres import Postgres

# The same examples in every run: a gate that says no says it again. No deadline: tests never time anything.
settings.register_profile("house", deadline=None, derandomize=True)
# For a night: other examples in each run, and many (pytest --hypothesis-profile long --timeout 0 tests/property).
settings.register_profile("long", deadline=None, max_examples=10_000)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _no_signature_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signs while a transaction of theirs is open fails, in every test (T00i)."""
    outside.enforce(monkeypatch)


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL; it starts for the first test that asks for it."""
    with postgres.running() as server:
        yield server
