"""``verifier --sandbox …`` beside a sandbox that runs, or that does not: whom it asks, and what it then says."""

import json
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.initiators import OPERATOR
from tests.integration.house import ALICE, HOST, House
from tests.integration.institution import CHILD, DOMAIN, attest, hosted, name_children, order
from verifier.cli.common import tell
from verifier.core.clock import DAY, to_rfc3339
from verifier.core.errors import ConfigError, VerifierError
from verifier.core.models import Reason
from verifier.registration.monitoring.consequences import GRACE
from verifier.sandbox import running

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def folder(house: House) -> Path:
    return Path(house.service.settings.database_url.removeprefix("sqlite:///")).parent


@pytest.fixture
def beside(away: Run, house: House, folder: Path) -> Iterator[Run]:
    """The same beside a sandbox that runs."""
    settings = house.service.settings
    ways = {
        "host_overrides": dict(settings.host_overrides),
        "smtp_url": settings.smtp_url,
        "dns_servers": ",".join(settings.dns_servers),
    }
    with running.recorded(folder, ways):
        yield away


def why(result: Result) -> str:
    assert isinstance(result.exception, VerifierError), result.output
    return tell(result.exception)


def told(result: Result) -> Any:  # noqa: ANN401
    assert result.exit_code == 0, result.output + repr(result.exception)
    return json.loads(result.stdout)


async def test_the_settings_are_those_of_the_sandbox_that_runs(beside: Run, house: House) -> None:
    values = {row["name"]: row["value"] for row in told(await beside("settings", "--json"))}
    assert json.loads(values["VERIFIER_HOST_OVERRIDES"]) == house.service.settings.host_overrides
    assert values["VERIFIER_DNS_SERVERS"] == ",".join(house.service.settings.dns_servers)


def test_what_a_sandbox_says_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    with running.recorded(tmp_path, {"dns_servers": "127.0.0.1:1"}):
        left = file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert running.addresses(tmp_path) == {"dns_servers": "127.0.0.1:1"}
    assert list(tmp_path.iterdir()) == []
    assert running.addresses(tmp_path) is None
    file.write_bytes(left)  # as a crash leaves it: nobody holds it
    assert running.addresses(tmp_path) is None
    with running.recorded(tmp_path, {"dns_servers": "127.0.0.1:2"}):
        assert running.addresses(tmp_path) == {"dns_servers": "127.0.0.1:2"}


def test_a_file_that_says_something_else_is_refused(tmp_path: Path) -> None:
    with running.recorded(tmp_path, {}):
        with (tmp_path / "sandbox.json").open("w") as file:
            file.write("[]")
        with pytest.raises(ConfigError, match="Start the sandbox again"):
            running.addresses(tmp_path)


async def test_without_a_sandbox_nobody_outside_is_asked(away: Run, house: House) -> None:
    await hosted(house)
    for arguments in (
        ("recheck",),
        ("recheck", ALICE),
        ("recheck", "--body", DOMAIN),
        ("recheck", "--instance", HOST),
        ("bodies", "host", DOMAIN, HOST),
    ):
        assert "No sandbox runs on port" in why(await away(*arguments))
    assert told(await away("bodies", "show", DOMAIN, "--json"))["state"] == "proved"


async def test_a_body_is_looked_at_now(beside: Run, house: House) -> None:
    await attest(house)
    house.time.pass_(DAY)
    seen = told(await beside("recheck", "--body", DOMAIN, "--json"))
    assert (seen["state"], seen["checked"]) == ("proved", to_rfc3339(house.time.at))
    del house.dns.zone[f"_official-account.{DOMAIN}", "TXT"]
    assert (await beside("recheck", "--body", DOMAIN)).exit_code == 0
    assert (await house.lookup("@dinum@social.example"))["status"] == "degraded"


async def test_an_instance_is_looked_at_now(beside: Run, house: House) -> None:
    await hosted(house)
    assert (await beside("recheck", "--instance", HOST)).stdout == f"{HOST}: as attested.\n"
    house.instance.registration(api=True, nodeinfo=True)
    ended = await beside("recheck", "--instance", HOST)
    assert ended.stdout == f"{HOST}: ended, identity-lost.\n"
    assert "not attested" in why(await beside("recheck", "--instance", HOST))


async def test_all_is_looked_at_bodies_and_instances_that_are_due_too(beside: Run, house: House) -> None:
    await hosted(house)
    await beside("recheck")
    seen = told(await beside("recheck", "--json"))
    assert (seen["bodies"], seen["instances"]) == (0, 0)
    house.time.pass_(DAY)
    again = told(await beside("recheck", "--json"))
    assert (again["bodies"], again["instances"]) == (1, 1)


async def test_one_thing_is_looked_at_at_once(beside: Run) -> None:
    assert (await beside("recheck", ALICE, "--body", DOMAIN)).exit_code == 2


async def test_a_body_that_only_another_names_has_no_record(beside: Run, house: House, tmp_path: Path) -> None:
    await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    file = tmp_path / "children.csv"
    text = f"domain,name\n{CHILD['domain']},{CHILD['name']}\n"
    file.write_bytes(text.encode("utf-8-sig"))  # as a spreadsheet saves it
    named = await beside("bodies", "vouch", "pm.gouv.fr", str(file), "--json")
    assert told(named) == [CHILD | {"examined": "contact"}]
    plain = await beside("bodies", "vouch", "pm.gouv.fr", str(file))
    assert f"{CHILD['domain']}: its first request will be examined (contact)\n" in plain.stdout
    shown = await beside("bodies", "show", CHILD["domain"])
    assert shown.stdout.endswith("\nno record yet: each request shows the one to publish\n")
    assert told(await beside("bodies", "show", CHILD["domain"], "--json"))["record"] is None
    assert "is not proved" in why(await beside("recheck", "--body", CHILD["domain"]))
    assert "do not know" in why(await beside("recheck", "--body", "culture.gouv.fr"))


async def test_a_renewed_record_is_told_with_its_deadline_and_a_look_says_what_it_saw(
    beside: Run, house: House
) -> None:
    await attest(house)
    renewed = await beside("bodies", "renew", DOMAIN)
    by = to_rfc3339(house.time.at + GRACE)
    assert f"1 attested account rests on it. Publish it by {by}" in renewed.stdout
    seen = await beside("recheck", "--body", DOMAIN)
    old = house.base.partition("://")[2]
    assert seen.stdout.startswith(f"{DOMAIN}: missing (dns-record-other-token); TXT records seen: 1\n  {old}; token=")
    row = told(await beside("recheck", "--body", DOMAIN, "--json"))
    assert (row["why"], row["failing"], row["deadline"]) == ("dns-record-other-token", to_rfc3339(house.time.at), by)
    failed = await beside("bodies", "host", DOMAIN, HOST)
    assert failed.exit_code == 1
    assert row["record"]["value"] in failed.stderr


async def test_the_record_of_an_instance_is_told_with_its_error(beside: Run, house: House) -> None:
    await attest(house)
    failed = await beside("bodies", "host", DOMAIN, HOST)
    assert failed.exit_code == 1
    assert f"_official-account.{HOST}\n" in failed.stderr


async def test_an_operator_takes_back_what_a_body_named(beside: Run, house: House) -> None:
    parent = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    contact = f"presse@{CHILD['domain']}"
    await name_children(parent, CHILD | {"contact": contact})
    await (await order(house, f"@sgg@{HOST}", CHILD["domain"], contact)).publish()
    above = told(await beside("bodies", "show", "pm.gouv.fr", "--json"))
    (named,) = above["children"]
    assert (above["parent"], named["domain"], named["accounts"]) == (None, CHILD["domain"], [f"@sgg@{HOST}"])
    assert contact not in str(above)
    assert f"names    {CHILD['domain']}" in (await beside("bodies", "show", "pm.gouv.fr")).stdout
    assert told(await beside("bodies", "show", CHILD["domain"], "--json"))["parent"] == "pm.gouv.fr"
    listed = (await beside("bodies", "list")).stdout
    assert "(names 1)" in listed
    assert "(named by pm.gouv.fr)" in listed
    assert "not among those" in why(await beside("bodies", "unvouch", "pm.gouv.fr", "culture.gouv.fr"))
    assert "do not know" in why(await beside("bodies", "unvouch", "culture.gouv.fr", CHILD["domain"]))
    done = await beside("bodies", "unvouch", "pm.gouv.fr", CHILD["domain"], "--json")
    assert told(done) == {"domain": CHILD["domain"], "suspended": 1}
    assert (await house.lookup(f"@sgg@{HOST}"))["status"] == "suspended"
    again = await beside("bodies", "unvouch", "pm.gouv.fr", CHILD["domain"])
    assert again.stdout == f"{CHILD['domain']} is no longer named by pm.gouv.fr; attestations suspended: 0\n"
    assert told(await beside("bodies", "show", "pm.gouv.fr", "--json"))["children"] == []


async def test_the_instances_of_a_body_are_listed(beside: Run, house: House) -> None:
    await hosted(house)
    (instance,) = told(await beside("bodies", "show", DOMAIN, "--json"))["instances"]
    assert (instance["host"], instance["status"]) == (HOST, "hosted")
    assert f"(runs {HOST})" in (await beside("bodies", "list")).stdout
    assert f"instance {HOST}  hosted" in (await beside("bodies", "show", DOMAIN)).stdout
    await beside("bodies", "unhost", HOST)
    assert HOST not in (await beside("bodies", "list")).stdout


async def test_the_end_of_an_instance_is_told_to_programs(beside: Run, house: House) -> None:
    await hosted(house)
    assert told(await beside("bodies", "unhost", HOST, "--json")) == {"host": HOST, "hosted": False}


@pytest.mark.parametrize("state", ["suspended", "revoked"])
async def test_recheck_says_in_which_state_an_attestation_is(beside: Run, house: House, state: str) -> None:
    holder = await house.attest()
    name = holder.order["attestation"].rpartition("/")[2]
    act = (
        house.service.registration.publisher.suspend
        if state == "suspended"
        else house.service.registration.publisher.revoke
    )
    await act(name, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert f"It is {state}." in why(await beside("recheck", ALICE))
    again = await beside("attestations", "suspend", ALICE, "--reason", "account-lost")
    assert f"It is {state}." in why(again)
