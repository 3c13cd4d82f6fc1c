"""Two workers on SQLite under mixed requests, one killed (SIGKILL) again and again: what was acknowledged holds."""

import signal
from pathlib import Path

from tests.integration.crew import crew
from tests.integration.mixed import HOSTS, Mixed
from tests.integration.neighbours import neighbours
from tests.integration.wholeness import faults
from verifier.app import compose
from verifier.settings import Settings

KILLS = 4


async def test_t00c_nothing_acknowledged_is_lost_when_workers_are_killed(tmp_path: Path) -> None:
    off = {"VERIFIER_WORKERS": "2", "VERIFIER_RATE_LIMITS": "off"}
    async with neighbours(tmp_path, *HOSTS, **off) as near, crew(near.variables, tmp_path) as all_:
        path = tmp_path / "verifier" / f"sandbox-{near.variables['VERIFIER_PORT']}" / "verifier.sqlite3"
        known = Settings(sandbox=True, port=int(near.variables["VERIFIER_PORT"]), database_url=f"sqlite:///{path}")
        async with compose(known) as service, Mixed.people(near.base, near.http, near.smtp, service) as mixed:
            async with mixed.busy():
                for number in range(KILLS):
                    await all_.end(all_.workers[number % 2], signal.SIGKILL)
            assert await mixed.faults() == []
            assert faults(path) == []
            # Else nothing was seen.
            assert len(mixed.issued) > KILLS
            assert mixed.withdrawn
            assert len(mixed.followed) >= len(mixed.issued) + len(mixed.withdrawn)
            assert mixed.lookups > 100
            assert sum("(-9)" in line for line in all_.log) == KILLS
