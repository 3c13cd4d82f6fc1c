"""Every row of docs/software.md is what a run says: software × check × verdict."""

import pytest

from tests.doubles.software import SOFTWARE
from tests.integration import software
from tests.integration.real import REAL


def written() -> dict[str, list[str]]:
    """Software → what ran, what differs, its verdicts, as the page has them."""
    rows = [line.strip("|").split(" | ") for line in software.DOCUMENT.read_text().splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows[2:]}


WRITTEN = written()


def test_the_page_has_a_row_for_each_software_and_says_what_ran() -> None:
    ran = {name: cells[0] for name, cells in WRITTEN.items()}
    imitated = dict.fromkeys(SOFTWARE, "imitation")
    assert ran == imitated | {name: f"real, {real.version}" for name, real in REAL.items()}


@pytest.mark.parametrize("name", software.ROWS)
async def test_verdicts(name: str) -> None:
    found = await software.verdicts(name)
    assert [found[check] for check in software.CHECKS] == WRITTEN[name][2:], "run python -m tests.integration.software"


async def test_the_page_is_what_a_run_writes() -> None:
    assert software.DOCUMENT.read_text() == await software.page(), "run python -m tests.integration.software"


def test_every_software_with_fields_can_prove_an_account_in_both_ways() -> None:
    for name, (_, _, _, handle, link, token, _) in WRITTEN.items():
        assert handle == "✓", name
        assert (link, token) == (("✓ actor", "✓") if name != "Pixelfed" else ("`backlink-missing`", "`token-missing`"))
