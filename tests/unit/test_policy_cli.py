"""verifier policy: what it says, and a change that takes two people."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration import house as houses
from tests.integration.house import NOW
from verifier.cli import group
from verifier.cli.common import tell
from verifier.core.clock import Clock
from verifier.core.errors import VerifierError
from verifier.policy import policy as policies

Run = Callable[..., Result]
WHY = ("--source", "Note 12", "--reason", "It was asked.")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VERIFIER_CONFIG", raising=False)
    monkeypatch.delenv("VERIFIER_POLICY_DIR", raising=False)

    def call(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(group, ["policy", *arguments], obj=Clock(lambda: NOW), input=answer)

    return call


def why(result: Result) -> str:
    """The sentence with which a command refused."""
    assert isinstance(result.exception, VerifierError), result.output
    return tell(result.exception)


def told(result: Result) -> Any:  # noqa: ANN401
    assert result.exit_code == 0, result.output or why(result)
    return json.loads(result.stdout)


@pytest.fixture
def folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own that anne.pem and bruno.pem signed; eve.pem is nobody's."""
    assert run("copy", "own").exit_code == 0
    lines = {}
    for name in ("anne", "bruno", "eve"):
        result = run("editors", "generate", f"{name}.pem")
        assert result.exit_code == 0
        lines[name] = result.stdout.replace("YOUR NAME", name.title())
    head = tmp_path / "own" / "policy.toml"
    plain, mark, rest = head.read_text().partition("# Names below these")
    head.write_text(plain + lines["anne"] + lines["bruno"] + mark + rest)
    monkeypatch.setenv("VERIFIER_POLICY_DIR", "own")
    assert run("propose", "files", *WHY, "--key", "anne.pem").exit_code == 0
    assert run("approve", waiting(run), "--key", "bruno.pem", "--yes").exit_code == 0
    return tmp_path / "own"


def waiting(run: Run) -> str:
    (only,) = told(run("proposals", "--json"))
    return str(only["id"])


def test_show_the_packaged_policy(run: Run) -> None:
    shown = run("show")
    assert shown.exit_code == 0
    assert policies.load().version in shown.stdout
    assert "No editors, no sign-off: it came with this release." in shown.stdout
    assert told(run("show", "--json"))["editors"] == []


@pytest.mark.parametrize(
    ("name", "class_", "decision", "rule"),
    [
        ("contact@numerique.gouv.fr", "shared", "review", "shared.txt: contact"),
        ("numerique.gouv.fr", "state", "issue", "state.txt: numerique.gouv.fr (exact)"),
        ("a.b@gmail.com", "free", "refuse", "free.txt: gmail.com (suffix)"),
        ("notgouv.fr", "unknown", "refuse", "no rule"),
    ],
)
def test_show_what_it_says_of_a_name(run: Run, name: str, class_: str, decision: str, rule: str) -> None:
    answer = told(run("show", name, "--json"))
    assert (answer["class"], answer["decision"], answer["rule"]) == (class_, decision, rule)
    plain = run("show", name)
    assert plain.exit_code == 0
    assert f"class        {class_}\n" in plain.stdout


@pytest.mark.parametrize("name", ["a b", "été.gouv.fr", "a@b@gouv.fr"])
def test_show_of_what_is_no_name(run: Run, name: str) -> None:
    assert run("show", name).exit_code == 2


def test_check(run: Run, folder: Path) -> None:
    good = run("check", "own")
    assert (good.exit_code, good.stdout.strip().endswith("signed off as version 1")) == (0, True)
    with (folder / "state.txt").open("a") as text:
        text.write("été.gouv.fr\n")
    assert "state.txt:226" in why(run("check", "own"))


def test_check_of_a_folder_that_is_no_policy(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "there is no policy.toml in this folder" in why(run("check", "empty"))


def test_what_an_editor_is_told_to_do(run: Run, folder: Path) -> None:
    change = ("propose", "domain", "culture.gouv.fr", "--class", "operator", *WHY, "--key")
    assert "`verifier policy editors generate`" in why(run(*change, "nobody.pem"))
    assert "verifier policy approve {} --policy own --key FILE" in run(*change, "anne.pem").stdout.replace(
        waiting(run), "{}"
    )


def test_a_refusal_has_a_code_that_the_pages_know(run: Run, folder: Path) -> None:
    change = ("propose", "class", "justice", *WHY, "--key", "anne.pem")
    for wrong in (("--decision", "refuse"), ("--decision", "issue", "--code", "mailbox-free")):
        refused = run(*change, *wrong)
        assert (refused.exit_code, "Give --code with --decision refuse" in refused.stderr) == (2, True)
    answer = why(run(*change, "--decision", "refuse", "--code", "mailbox-nonsense"))
    assert "no problem has the code mailbox-nonsense; known are mailbox-armed-forces, " in answer
    assert run(*change, "--decision", "refuse", "--code", "mailbox-refused").exit_code == 0


def test_effects_of_a_proposal_of_no_folder(run: Run) -> None:
    assert run("effects", "--proposal", "1-0123456789ab").exit_code == 2


def test_the_folder_is_that_of_the_settings_file(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = ("propose", "domain", "culture.gouv.fr", "--class", "operator", *WHY, "--key", "anne.pem")
    monkeypatch.delenv("VERIFIER_POLICY_DIR")
    for command in (("proposals",), change, ("effects", "--proposal", "1-0123456789ab")):
        asked = run(*command)
        assert (asked.exit_code, "policy_dir in the file of VERIFIER_CONFIG" in asked.stderr) == (2, True)
    file = folder.parent / "verifier.toml"
    monkeypatch.setenv("VERIFIER_CONFIG", str(file))
    file.write_text('sandbox = true\npolicy_dir = "nowhere"\n')
    assert why(run("proposals")) == "VERIFIER_POLICY_DIR: there is no folder nowhere."
    file.write_text('sandbox = true\npolicy_dir = "own"\n')
    assert run(*change).exit_code == 0
    assert run("proposals").stderr == "1 proposal\n"
    assert run("approve", waiting(run), "--key", "bruno.pem", "--yes").exit_code == 0
    assert told(run("show", "culture.gouv.fr", "--json"))["class"] == "operator"
    assert run("copy", "other").exit_code == 0
    assert told(run("show", "culture.gouv.fr", "--policy", "other", "--json"))["class"] == "state"


def test_who_may_not_sign_is_told_before_the_question(run: Run, folder: Path) -> None:
    assert run("propose", "domain", "culture.gouv.fr", "--class", "operator", *WHY, "--key", "anne.pem").exit_code == 0
    for key, said in (("anne.pem", "you proposed it"), ("eve.pem", "not the key of an editor")):
        refused = run("approve", waiting(run), "--key", key, answer="y\n")
        assert said in why(refused)
        assert "Sign this?" not in refused.stdout


def test_copy_overwrites_nothing(run: Run, folder: Path) -> None:
    assert "Nothing was changed" in why(run("copy", str(folder)))
    assert "Nothing was changed" in why(run("editors", "generate", "anne.pem"))


def test_a_change_takes_two_people(run: Run, folder: Path) -> None:
    change = ("propose", "domain", "culture.gouv.fr", "--class", "operator", *WHY, "--key")
    assert "not the key of an editor" in why(run(*change, "eve.pem"))
    proposed = run(*change, "anne.pem")
    assert proposed.exit_code == 0
    assert "Nothing is changed yet." in proposed.stdout
    assert told(run("show", "culture.gouv.fr", "--json"))["class"] == "state"
    for key in ("anne.pem", "eve.pem"):
        assert why(run("approve", waiting(run), "--key", key, "--yes"))
    refused = run("approve", waiting(run), "--key", "bruno.pem", answer="n\n")
    assert (refused.exit_code, told(run("show", "culture.gouv.fr", "--json"))["class"]) == (1, "state")
    approved = run("approve", waiting(run), "--key", "bruno.pem", answer="y\n")
    assert approved.exit_code == 0
    assert "  +culture.gouv.fr,exact,operator,Note 12" in approved.stdout
    assert told(run("show", "culture.gouv.fr", "--json"))["class"] == "operator"
    last = told(run("show", "--json"))["signOff"]
    assert (last["signed"]["version"], len(last["signatures"])) == (2, 2)
    assert "version 2 at 2026-11-23T10:00:00Z: It was asked. (Note 12)" in run("show").stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("domain", "beta.gouv.fr", "--remove"), "-beta.gouv.fr,suffix,mixed"),
        (("body", "culture.gouv.fr", "--name", "Culture", "--parent", "gouv.fr"), "+culture.gouv.fr,Culture,gouv.fr"),
        (("body", "senat.fr", "--remove"), "-senat.fr,Sénat,"),
        (("alias", "mail.culture.gouv.fr", "--body", "culture.gouv.fr"), "+mail.culture.gouv.fr,culture.gouv.fr"),
        (("alias", "gendarmerie.gouv.fr", "--remove"), "-gendarmerie.gouv.fr"),
        (("class", "justice", "--decision", "issue"), '+justice = { decision = "issue", body = true }'),
    ],
)
def test_each_change_is_proposed_and_rejected(run: Run, folder: Path, arguments: tuple[str, ...], line: str) -> None:
    before = policies.load(folder).version
    proposed = run("propose", *arguments, *WHY, "--key", "bruno.pem")
    assert proposed.exit_code == 0, proposed.output
    assert f"  {line}" in proposed.stdout
    assert waiting(run) in run("proposals").stdout
    assert run("reject", waiting(run)).exit_code == 0
    assert told(run("proposals", "--json")) == []
    assert policies.load(folder).version == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("domain", "culture.gouv.fr"),
        ("domain", "culture.gouv.fr", "--class", "state", "--remove"),
        ("domain", "not a domain", "--class", "state"),
        ("body", "culture.gouv.fr"),
        ("alias", "culture.gouv.fr"),
        ("class", "state", "--decision", "perhaps"),
    ],
)
def test_a_change_that_is_none(run: Run, folder: Path, arguments: tuple[str, ...]) -> None:
    assert run("propose", *arguments, *WHY, "--key", "anne.pem").exit_code == 2
    assert not (folder / "proposals" / "2-").exists()


def test_what_is_signed_is_what_is_seen(run: Run, folder: Path) -> None:
    hidden = "Culture\u202e\x1b[2K"
    assert run("propose", "body", "culture.gouv.fr", "--name", hidden, *WHY, "--key", "anne.pem").exit_code == 1
    why = (*WHY[:3], hidden)
    shown = run("propose", "body", "culture.gouv.fr", "--name", "Culture", *why, "--key", "anne.pem").stdout
    assert r"Culture\u{202e}\u{001b}[2K" in shown
    assert not {"\u202e", "\x1b"} & set(shown)


def test_effects(run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"

    async def attest() -> str:
        async with houses.running(data) as house:
            await house.attest(listed=True)
            await house.attest("@bob@social.example", "bob.petit@culture.gouv.fr")
            return house.base

    base = asyncio.run(attest())
    for name, value in {
        "VERIFIER_SANDBOX": "1",
        "VERIFIER_BASE_URL": base,
        "VERIFIER_DATABASE_URL": f"sqlite:///{data / 'verifier.sqlite3'}",
    }.items():
        monkeypatch.setenv(name, value)
    assert told(run("effects", "--json")) == []
    run("propose", "domain", "culture.gouv.fr", "--class", "operator", *WHY, "--key", "anne.pem")
    assert told(run("effects", "--json")) == []
    (before,) = told(run("effects", "--proposal", waiting(run), "--json"))
    assert (before["handle"], before["after"]) == ("acct:bob@social.example", "operator")
    run("approve", waiting(run), "--key", "bruno.pem", "--yes")
    (effect,) = told(run("effects", "--json"))
    assert effect == before
    assert (effect["handle"], effect["domain"], effect["before"], effect["after"], effect["why"]) == (
        "acct:bob@social.example", "culture.gouv.fr", "state", "operator", "review"
    )  # fmt: skip
    monkeypatch.delenv("VERIFIER_POLICY_DIR")  # that of the service itself is another
    plain = run("effects", "--policy", str(folder))
    assert "state → operator  suspended: review" in plain.stdout
    assert "1 change, 1 suspension" in plain.stderr
