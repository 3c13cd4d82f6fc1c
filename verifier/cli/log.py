"""log fsck, witness."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import click
import uvloop

from ..app.serving import Place, listening
from ..core.clock import Chance, to_rfc3339
from ..core.errors import BadInput, ConfigError
from ..core.strict_json import Json
from ..tlog.audit import Audit
from ..tlog.keys import VerifierKey
from ..tlog.lines import encode
from ..tlog.policy import MOST_BYTES, Policy
from ..tlog.report import MOST_FINDINGS, Fault, Report
from ..witness import Witness, application, open_witness
from .common import Choice, as_json, counted, log_to_stderr, show_json, visible
from .log_files import opened
from .run import say, stopped

_CONNECTIONS = 100  # a witness is asked by logs, one request each in a second at most

_FAULTS = {
    Fault.MISSING: "it is not there",
    Fault.UNREAD: "the server did not send it",
    Fault.MALFORMED: "it is not of the form that C2SP writes down",
    Fault.SIGNATURE: "the log of that key did not sign it",
    Fault.QUORUM: "the witnesses that the policy asks for did not cosign it, or one of their cosignatures is wrong",
    Fault.ROOT: "the partial tiles do not make the root that it signs",
    Fault.PARENT: "its hashes are not those that the tile above it stands on",
    Fault.LEAVES: "its entries are not those that the tile of their hashes stands on",
    Fault.HEADERS: "its headers are not those of docs/log.md",
}


@click.group()
def log() -> None:
    """Transparency logs: audit one from its public files, or run a witness for some."""


@log.command()
@click.argument("location", metavar="URL|FOLDER")
@click.option("--vkey", required=True, help="The verifier key of the log: NAME+ID+KEY, from whom you trust.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A tlog-policy file: its quorum of witnesses must have cosigned the checkpoint.",
)
@as_json
@click.pass_obj
def fsck(choice: Choice, location: str, vkey: str, policy_file: Path | None, *, json_output: bool) -> None:
    """Check every public file of a log, from the checkpoint down to each entry.

    Give the URL of the log, https://…, or a folder that holds a copy of its files. Progress is on stderr. Exit code 0
    only if every file is what the checkpoint signs.
    """
    key = _key(vkey, "--vkey")
    policy = None
    if policy_file is not None:
        with policy_file.open("rb") as file:
            policy = Policy.parse(file.read(MOST_BYTES + 1))

    async def run(progress: _Progress) -> Report:
        async with opened(location, choice.clock) as source:
            return await Audit(source, key, policy, progress.tell).run()

    try:
        with _Progress() as progress:
            report = uvloop.run(run(progress))
    except BadInput:
        raise click.UsageError(f"{visible(location)!r} is neither the https:// URL of a log nor a folder.") from None
    if json_output:
        show_json(_document(report))
    else:
        _show(report)
    sys.exit(1 if report.findings else 0)


@log.command()
@click.option("--name", required=True, help="The name of its key: a URL of yours without https://, never changed.")
@click.option("--log", "logs", multiple=True, required=True, help="The verifier key of a log that it knows; repeat it.")
@click.option(
    "--data",
    default="witness",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of its key and its SQLite file.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address where it listens.")
@click.option("--port", default=8089, show_default=True, type=click.IntRange(1, 65_535), help="The port.")
@click.pass_obj
def witness(choice: Choice, name: str, logs: Sequence[str], data: Path, host: str, port: int) -> None:
    """Run a witness until SIGTERM or Ctrl-C: it cosigns what goes on from what it cosigned before.

    At its first start it makes its key, and each time it writes its verifier key on stdout. Put a reverse proxy with
    TLS before it; logs send to https://…/add-checkpoint. Never restore its folder from a backup (docs/log.md).
    """
    log_to_stderr()
    keys = [_key(text, "--log") for text in logs]
    try:
        with open_witness(data, name, keys, choice.clock, Chance()) as opened_witness:
            say(opened_witness.key.text)
            uvloop.run(_serve(opened_witness, Place(host, port, "--port")))
    except BadInput:
        raise click.UsageError(f"--name {visible(name)!r}: a name has no blank and no plus.") from None


async def _serve(served: Witness, place: Place) -> None:
    async with listening(application(served), place, most=_CONNECTIONS):
        say(f"Ready on http://{place.host}:{place.port}/add-checkpoint")
        await stopped()


def _key(text: str, option: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except BadInput:
        raise ConfigError(f"{option}: {visible(text)!r} is no verifier key (NAME+ID+KEY, Ed25519).") from None


class _Progress(ExitStack):
    """A bar on stderr, from when it is known how many files there are."""

    def __init__(self) -> None:
        super().__init__()
        self._advance: Callable[[int], None] | None = None
        self._told = 0

    def tell(self, read: int, files: int) -> None:
        if self._advance is None and files > 1:
            self._advance = self.enter_context(click.progressbar(length=files, label="Files", file=sys.stderr)).update
        if self._advance is not None:
            self._advance(read - self._told)
            self._told = read


def _document(report: Report) -> dict[str, Json]:
    checkpoint = report.checkpoint
    return {
        "whole": not report.findings,
        "origin": checkpoint and checkpoint.origin,
        "size": checkpoint and checkpoint.size,
        "root": checkpoint and encode(checkpoint.root),
        "witnesses": {name: to_rfc3339(time) for name, time in report.witnesses.items()},
        "files": report.files,
        "findings": [{"path": each.path, "fault": str(each.fault)} for each in report.findings],
    }


def _show(report: Report) -> None:
    checkpoint = report.checkpoint
    if checkpoint is not None:
        root = encode(checkpoint.root)
        click.echo(f"{visible(checkpoint.origin)}: {counted(checkpoint.size, 'entry', 'entries')}, root {root}")
    for name, time in report.witnesses.items():
        click.echo(f"Cosigned by {visible(name)} at {to_rfc3339(time)}")
    for finding in report.findings:
        click.echo(f"{finding.path}: {_FAULTS[finding.fault]}.")
    if len(report.findings) == MOST_FINDINGS:
        click.echo(f"After {MOST_FINDINGS} faults the rest was not looked at.")
    if not report.findings:
        click.echo(f"{counted(report.files, 'file')} read: all are what the checkpoint signs.")
