"""The comparison of the packaged address registries with newer ones (T23)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.iana import changes, main
from verifier.fetch.guard import registry

HEAD = registry(4).partition("\n")[0]


@pytest.mark.parametrize("version", [4, 6])
def test_t23_a_registry_that_is_ours_holds_nothing_new(version: int) -> None:
    assert list(changes(registry(version))) == []


def test_t23_blocks_that_came_went_or_changed() -> None:
    newer = registry(4).replace("10.0.0.0/8,", "11.0.0.0/8,")
    newer += '"198.18.0.0/15, 203.0.113.0/24 [2]",Renamed,[RFC1],2030-01,N/A,True,True,True,True,False\n'
    assert list(changes(newer)) == [
        "- 10.0.0.0/8 (globally reachable: False)",
        "+ 11.0.0.0/8 (globally reachable: False)",
        "~ 198.18.0.0/15 (globally reachable: False, now True)",
        "~ 203.0.113.0/24 (globally reachable: False, now True)",
    ]


def test_t23_a_new_block_of_ipv6() -> None:
    newer = registry(6) + "4000::/16,Invented,[RFC1],2030-01,N/A,True,True,True,False,False\n"
    assert list(changes(newer)) == ["+ 4000::/16 (globally reachable: False)"]


@pytest.mark.parametrize(
    "text", ["", HEAD, "a,b\n1,2\n", f"{HEAD}\nbanana,x,x,x,x,x,x,x,True,x\n", registry(4) + registry(6)]
)
def test_what_is_no_registry(text: str) -> None:
    with pytest.raises(ValueError, match="no special-purpose address registry"):
        list(changes(text))


def run(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.iana", *map(str, paths)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2])


def test_the_command(tmp_path: Path) -> None:
    same, other = tmp_path / "same.csv", tmp_path / "other.csv"
    same.write_text(registry(6))
    other.write_text(registry(4).replace("10.0.0.0/8,", "11.0.0.0/8,"))
    nothing = run(same)
    assert (nothing.returncode, nothing.stdout) == (0, f"{same}: nothing new\n")
    told = run(same, other, tmp_path / "none.csv")
    assert told.returncode == 1
    assert "  + 11.0.0.0/8 (globally reachable: False)\n" in told.stdout
    assert "none.csv: 1 to look at" in told.stdout
    assert main([]) == 1
