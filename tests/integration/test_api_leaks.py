"""Many requests leave nothing behind: no descriptor, no task."""

import asyncio
import gc
from pathlib import Path

from tests.integration.house import ALICE, House


async def some_of_everything(house: House, n: int) -> None:
    await house.get(f"/api/v1/lookup?handle=@u{n}@social.example")
    await house.get(f"/?handle=@u{n}@social.example")
    await house.get("/attestations/nonsense")
    await house.post("/api/v1/lookup", {"handles": [f"@u{n}@social.example"] * 5})
    await house.get(f"/api/v1/checks/rel-me?page=https://social.example/page{n}&profile=https://social.example/@alice")
    await house.get(f"/api/v1/checks/rel-me?page=https://nowhere{n}.example/&profile=https://social.example/@alice")
    await house.get(f"/api/v1/checks/webfinger?handle=@u{n}@social.example")
    await house.ask("POST", "/api/v1/verify", body=b"{", headers={"Content-Type": "application/json"})


def left() -> tuple[int, int]:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks())


async def test_three_hundred_lookups_and_checks_leave_nothing_behind(house: House) -> None:
    house.http.put("social.example", "/page0", b"<html>")
    house.person(ALICE)
    for n in range(3):
        await some_of_everything(house, n)
    before = left()
    for n in range(3, 43):
        await some_of_everything(house, n)
    assert left() == before


async def test_an_order_leaves_nothing_behind(house: House) -> None:
    await house.attest("@first@social.example", "first.x@numerique.gouv.fr")
    before = left()
    for n in range(10):
        await house.attest(f"@u{n}@social.example", f"u.n{n}@numerique.gouv.fr")
    assert left() == before
