"""The walk of README.md, line for line, against the sandbox that ``make run`` starts."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import parts
from tests.contract.openapi import DOCUMENT, ROOT, answer_schema, check
from tests.ports import free_port

CLI = Path(sys.executable).parent / "verifier"
HANDLE = "@camille@social.numerique.gouv.fr"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sandbox:
    service: str
    neighbours: str
    environment: dict[str, str]

    def get(self, target: str, accept: str = "*/*") -> tuple[int, str, str]:
        """Status, content type without parameters, body."""
        request = urllib.request.Request(self.service + target, headers={"Accept": accept})  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, answer.headers.get_content_type(), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get_content_type(), error.read().decode()

    def lookup(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get(f"/api/v1/lookup?handle={HANDLE}")[2])
        return found

    def run(self, script: str, *, fails: bool = False) -> str:
        """What a script of the README prints. It stops at the first command that fails."""
        bash = shutil.which("bash")
        assert bash, "bash is needed"
        parts.curl()
        done = subprocess.run(
            (bash, "-euo", "pipefail", "-c", script),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """``verifier sandbox``, the program itself, on ports of its own."""
    port, neighbours, smtp = (free_port() for _ in range(3))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VERIFIER_", "COV"))}
    environment = {**clean, "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")), "PYTHONUNBUFFERED": "1"}
    command = (CLI, "sandbox", f"--port={port}", f"--neighbours-port={neighbours}", f"--smtp-port={smtp}")
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:  # ready when it says so; ends if the program does
            said.append(line)
            if line.startswith("The service:"):
                break
        assert process.poll() is None, "".join(said)
        service, around = f"http://localhost:{port}", f"http://127.0.0.1:{neighbours}"
        walk = {"SERVICE": service, "NEIGHBOURS": around, "CLI": str(CLI), "VERIFIER_PORT": str(port)}
        try:
            yield Sandbox(service, around, environment | walk)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.fixture(scope="module")
def before(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.lookup()


@pytest.fixture(scope="module")
def attested(sandbox: Sandbox, before: dict[str, Any]) -> str:
    """What the steps print, up to the last but one."""
    assert before["status"] == "not_attested"
    return sandbox.run("\n".join(BLOCKS[:-1]))


def test_there_are_eight_steps_without_jq() -> None:
    assert len(BLOCKS) == 8
    assert not any(re.search(r"\bjq\b", block) for block in BLOCKS)


def test_the_steps_lead_to_a_published_attestation(sandbox: Sandbox, attested: str) -> None:
    assert '"status":"invalid"' in attested
    assert '"verified":true,"proof":"ok"' in attested
    verdict = sandbox.lookup()
    assert (verdict["status"], verdict["handle"]) == ("verified", HANDLE)
    assert verdict["attestation"] in attested


def test_the_link_is_green_at_home_once_the_profile_is_saved_again(sandbox: Sandbox, attested: str) -> None:
    assert attested
    with urllib.request.urlopen(f"{sandbox.neighbours}/social.numerique.gouv.fr/@camille") as answer:  # noqa: S310
        assert 'class="green"' in answer.read().decode()


def example_targets(verdict: dict[str, Any]) -> list[tuple[str, str]]:
    """Paths of the description, and a target for each that needs no token."""
    attestation = verdict["attestation"].split("/", 3)[3]
    return [
        ("/api/v1/lookup", f"/api/v1/lookup?handle={HANDLE}"),
        ("/api/v1/lookup", "/api/v1/lookup?handle=@nobody@social.example"),
        ("/api/v1/lookup", "/api/v1/lookup?handle=nobody"),
        ("/api/v1/lookup", "/api/v1/lookup"),
        ("/api/v1/accounts/{handle}", f"/api/v1/accounts/{HANDLE[1:]}"),
        ("/api/v1/events", "/api/v1/events"),
        ("/api/v1/events", "/api/v1/events?limit=many"),
        ("/api/v1/checks/webfinger", f"/api/v1/checks/webfinger?handle={HANDLE}"),
        ("/api/v1/checks/webfinger", "/api/v1/checks/webfinger?handle=@nobody@social.example"),
        (
            "/api/v1/checks/rel-me",
            "/api/v1/checks/rel-me?page=https://social.example/@eleve&profile=https://x.example/",
        ),
        ("/api/v1/orders/{id}", "/api/v1/orders/none"),
        ("/api/v1/orders/{id}/children", "/api/v1/orders/none/children"),
        ("/api/v1/orders/{id}/instance", "/api/v1/orders/none/instance"),
        ("/attestations/{id}", f"/{attestation}"),
        ("/attestations/{id}", "/attestations/none"),
        ("/status/{purpose}/{n}", "/status/revocation/1"),
        ("/status/{purpose}/{n}", "/status/revocation/2"),
        ("/.well-known/did.json", "/.well-known/did.json"),
        ("/.well-known/webfinger", f"/.well-known/webfinger?resource=acct:{HANDLE[1:]}"),
        ("/.well-known/webfinger", "/.well-known/webfinger?resource=acct:nobody@social.example"),
    ]


def test_the_doors_answer_as_the_description_says(sandbox: Sandbox, attested: str) -> None:
    assert attested
    seen = set()
    for path, target in example_targets(sandbox.lookup()):
        status, media, body = sandbox.get(target)
        check(json.loads(body), answer_schema("get", path, status, media))
        seen.add(path)
    programs = {path for path, item in DOCUMENT["paths"].items() if path.startswith("/api/") and "get" in item}
    assert programs <= seen


def test_the_description_is_served(sandbox: Sandbox) -> None:
    assert json.loads(sandbox.get("/openapi.json")[2]) == DOCUMENT


def test_a_command_asks_the_toys_while_the_sandbox_runs(sandbox: Sandbox, attested: str) -> None:
    assert attested
    assert sandbox.run(f'"$CLI" --sandbox recheck {HANDLE}') == f"{HANDLE}: as-pinned, verified.\n"


def test_the_last_step_withdraws_it_everywhere(sandbox: Sandbox, attested: str) -> None:
    assert attested
    page = sandbox.lookup()["page"].removeprefix(sandbox.service)
    assert 'rel="me"' in sandbox.get(page)[2]
    printed = sandbox.run("\n".join((BLOCKS[0], BLOCKS[-1])))
    assert '"status":"suspended"' in printed
    assert sandbox.lookup()["reason"] == "account-compromised"
    assert 'rel="me"' not in sandbox.get(page)[2]
    # What says that it looks or verifies now says no.
    known = f"{BLOCKS[0]}\nATTESTATION={sandbox.lookup()['attestation']}\n"
    for step in (*BLOCKS[5].splitlines()[:2], BLOCKS[6]):
        assert "grep" in step
        sandbox.run(known + step, fails=True)
