"""Some seconds of more than the service can do; ten minutes of it are a script (docs/reliability.md)."""

from pathlib import Path

from tests.load.overload import ANSWERS_MB, service, strain

DISTINCT_MB = 40  # what the limit of lookups may hold of so many clients


async def test_under_overload_all_are_answered_or_refused_and_memory_is_bounded(tmp_path: Path) -> None:
    async with service(tmp_path) as server:
        before = server.memory()
        seen = await strain(server, 6)
        after = server.memory()
    assert seen.answers.keys() == {200, 503}
    assert seen.answers[200] > seen.answers[503] > 0
    assert after - before < ANSWERS_MB * 2 + DISTINCT_MB
