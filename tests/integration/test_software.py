"""Every row of docs/software.md is what a run says: software × check × verdict."""

import pytest

from tests.doubles.mastodon_api import TOKEN
from tests.doubles.software import SOFTWARE, USER
from tests.integration import software
from tests.integration.house import HOST
from tests.integration.real import REAL
from verifier.core.identifiers import Handle, Host


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
    for name, (_, _, _, handle, link, token, *_) in WRITTEN.items():
        assert handle == "✓", name
        assert (link, token) == (("✓ actor", "✓") if name != "Pixelfed" else ("`backlink-missing`", "`token-missing`"))


def test_t00g_a_suspension_that_we_know_of_ends_the_attestation() -> None:
    known = {name: cells[-1] for name, cells in WRITTEN.items() if cells[-1]}
    assert known.keys() == {name for name, each in SOFTWARE.items() if each.suspends}
    assert (known["Mastodon"], known["GoToSocial"]) == (
        "`account-suspended`, at once",
        "`profile-missing`, at the second look",
    )


@pytest.mark.parametrize("name", [name for name, each in SOFTWARE.items() if each.api])
async def test_t28_whoever_else_signs_in_there_proves_nothing(name: str) -> None:
    handle = Handle.parse(f"{USER}@{SOFTWARE[name].names or HOST}")
    for member in ("username", "url"):
        async with software.instance(name, "") as there, software.ways_out(there) as tools:
            assert there.api is not None
            said = str(there.api.account[member])
            there.api.account |= {member: said.replace(USER, "impostor"), "uri": None}
            assert await software.signed_in(handle, tools, there.api) == "`oauth-other-account`"
            assert there.api.live is (not there.api.revokes)
            assert all("code_verifier" in form for path, form in there.api.posted if path == TOKEN)


@pytest.mark.parametrize("name", [name for name, each in SOFTWARE.items() if not each.names])
async def test_t41_an_instance_where_anybody_may_register_is_open(name: str) -> None:
    async with software.instance(name, "", anybody=True) as there, software.ways_out(there) as tools:
        record = await software.closed(Host.parse(HOST), tools)
    assert record.problem is not None
    assert record.problem.code == "instance-open"
