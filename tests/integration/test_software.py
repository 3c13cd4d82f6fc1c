"""Every row of docs/software.md is what a run says: software × check × verdict."""

import pytest

from tests.doubles.software import SOFTWARE
from tests.integration import software


def written() -> dict[str, list[str]]:
    """Software → its verdicts, as the page has them."""
    rows = [line.strip("|").split(" | ") for line in software.DOCUMENT.read_text().splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[2:]] for cells in rows[2:]}


WRITTEN = written()


def test_the_page_has_a_row_for_each_software() -> None:
    assert list(WRITTEN) == list(SOFTWARE)


@pytest.mark.parametrize("check", software.CHECKS)
@pytest.mark.parametrize("name", SOFTWARE)
async def test_verdict(name: str, check: str) -> None:
    found = await software.verdict(name, check)
    assert found == WRITTEN[name][list(software.CHECKS).index(check)], "run python -m tests.integration.software"


async def test_the_page_is_what_a_run_writes() -> None:
    assert software.DOCUMENT.read_text() == await software.page(), "run python -m tests.integration.software"


def test_every_software_with_fields_can_prove_an_account_in_both_ways() -> None:
    for name, (_, handle, link, token, _) in WRITTEN.items():
        assert handle == "✓", name
        assert (link, token) == (("✓ actor", "✓") if name != "Pixelfed" else ("`backlink-missing`", "`token-missing`"))
