"""policy propose, proposals, approve, reject, editors: a change of the policy takes two people."""

import asyncio
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import click

from ..core.clock import Chance
from ..core.errors import BadInput, ConfigError
from ..core.identifiers import Host
from ..core.strict_json import Json
from ..policy import changes
from ..policy import proposals as proposals_of
from ..policy.files import Decision, Match
from ..policy.proposals import Proposal
from ..signer import Signer, offline, open_signer
from .common import Choice, as_json, counted, record_act, show_json, visible

_Folder = click.Path(exists=True, file_okay=False, path_type=Path)


class _HostName(click.ParamType[Host]):
    name = "domain"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Host:
        try:
            return value if isinstance(value, Host) else Host.parse(str(value))
        except BadInput as error:
            self.fail(f"{value}: not a domain ({error.code}).", param, ctx)


folder = click.option(
    "--policy", "directory", type=_Folder, envvar="VERIFIER_POLICY_DIR", show_envvar=True, help="Folder of the policy."
)


def folder_in_force(choice: Choice, option: Path | None) -> Path | None:
    """The folder that the options or the settings name; None for the packaged policy.

    :raises ConfigError: the settings file cannot be used
    """
    # No other setting is needed to read a policy: who edits one elsewhere has none.
    return option or (choice.settings().policy_dir if "VERIFIER_CONFIG" in os.environ else None)


def editable_folder(choice: Choice, option: Path | None) -> Path:
    """The folder as :func:`folder_in_force`, which people may change.

    :raises ConfigError: the settings file cannot be used, or names a folder that is not there
    """
    directory = folder_in_force(choice, option)
    if directory is None:
        raise click.UsageError(
            "Which policy? Give --policy, or set VERIFIER_POLICY_DIR (policy_dir in the file of VERIFIER_CONFIG). "
            "`verifier policy copy DIR` makes a folder of your own."
        )
    if not directory.is_dir():
        raise ConfigError(f"VERIFIER_POLICY_DIR: there is no folder {directory}.")
    return directory


_key = click.option("--key", required=True, help="Your private key: PATH, or a URI (file:PATH, pkcs11:…).")
_remove = click.option("--remove", is_flag=True, help="Take it out.")
_domain = click.argument("domain", type=_HostName())


@dataclass(frozen=True, slots=True)
class Author:
    """The first editor, who proposes."""

    choice: Choice
    directory: Path
    source: str
    reason: str
    signer: Signer

    def propose(self, texts: Mapping[str, str]) -> None:
        proposal = asyncio.run(
            proposals_of.propose(
                self.directory,
                texts,
                source=self.source,
                reason=self.reason,
                signer=self.signer,
                now=self.choice.clock.now(),
            )
        )
        record_act(self.choice, "policy.propose", proposal=proposal.id)
        _show(proposal)
        where = shlex.quote(str(self.directory))
        click.echo(
            f"Nothing is changed yet. Another editor: verifier policy approve {proposal.id} --policy {where} --key FILE"
        )


def _authored(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command an :class:`Author`, made of the options of whoever proposes."""

    @folder
    @click.option("--source", required=True, help="Where this comes from: a document, a list, its date.")
    @click.option("--reason", required=True, help="Why: a sentence for those who will ask.")
    @_key
    @click.pass_obj
    def call(choice: Choice, /, directory: Path | None, source: str, reason: str, key: str, **rest: object) -> None:
        command(Author(choice, editable_folder(choice, directory), source, reason, _signer(key)), **rest)

    call.__doc__ = command.__doc__
    return call


@click.group()
def editors() -> None:
    """The people who may change a policy: [[editors]] in policy.toml, each with a name and a key."""


@editors.command()
@click.argument("file", type=click.Path(path_type=Path))
def generate(file: Path) -> None:
    """Make your private key in the new FILE, and print the lines for policy.toml. Show FILE to nobody."""
    key = offline.new_key(file, "ed25519", Chance())
    click.echo(f'[[editors]]\nname = "YOUR NAME"\nkey = "{key}"')


@click.group()
def propose() -> None:
    """Propose a change of the policy as its first editor. Nothing changes until another approves it."""


@propose.command("domain")
@_domain
@click.option("--class", "class_", help="Its class.")
@click.option("--match", type=click.Choice(get_args(Match)), default="exact", show_default=True, help="Below it too?")
@_remove
@_authored
def domain_(
    author: Author,
    domain: Host,
    class_: str | None,
    match: str,
    *,
    remove: bool,
) -> None:
    """Give DOMAIN a class, in the place of the line or list that names it; or take it out."""
    if (class_ is None) is not remove:
        raise click.UsageError("Give --class, or --remove.")
    row = (cast("Match", match), class_) if class_ is not None else None
    author.propose(changes.domain(author.directory, domain, row, author.source))


@propose.command("body")
@_domain
@click.option("--name", help="Its official name.")
@click.option("--parent", type=_HostName(), help="Domain of the body above it.")
@_remove
@_authored
def body_(
    author: Author,
    domain: Host,
    name: str | None,
    parent: Host | None,
    *,
    remove: bool,
) -> None:
    """Name the body of DOMAIN; or take its name out."""
    if (name is None) is not remove:
        raise click.UsageError("Give --name, or --remove.")
    row = (name, parent) if name is not None else None
    author.propose(changes.body(author.directory, domain, row))


@propose.command("alias")
@_domain
@click.option("--body", type=_HostName(), help="Domain of the body whose people have mailboxes there.")
@_remove
@_authored
def alias_(
    author: Author,
    domain: Host,
    body: Host | None,
    *,
    remove: bool,
) -> None:
    """Say that DOMAIN is a second mail domain of a body; or take it out."""
    if (body is None) is not remove:
        raise click.UsageError("Give --body, or --remove.")
    author.propose(changes.alias(author.directory, domain, body))


@propose.command("class")
@click.argument("class_", metavar="CLASS")
@click.option("--decision", required=True, type=click.Choice(get_args(Decision)), help="At once, by two people, never.")
@click.option("--code", help="The problem that a refusal tells (mailbox-…).")
@_authored
def class_decision(author: Author, class_: str, decision: str, code: str | None) -> None:
    """Decide otherwise on all mailboxes of CLASS."""
    if (decision == "refuse") is not (code is not None):
        raise click.UsageError("Give --code with --decision refuse, and only then: what those refused are told.")
    texts = changes.decision(author.directory, class_, cast("Decision", decision), code)
    author.propose(texts)


@propose.command("files")
@click.option("--from", "edited", type=_Folder, help="An edited copy of the folder; without it, the folder as it is.")
@_authored
def files_(author: Author, edited: Path | None) -> None:
    """Propose all that an edited copy says otherwise: lists, classes, editors; or the first sign-off of a folder."""
    texts = changes.files(author.directory, edited) if edited else {}
    author.propose(texts)


@click.command("proposals")
@folder
@as_json
@click.pass_obj
def proposals(choice: Choice, directory: Path | None, *, json_output: bool) -> None:
    """List what waits for a second editor."""
    waiting = proposals_of.pending(editable_folder(choice, directory))
    if json_output:
        show_json([_proposal_json(each) for each in waiting])
        return
    for each in waiting:
        author = each.editor(each.signatures[0].key)
        click.echo(visible(f"{each.id}  {each.statement.at}  {author}: {each.statement.reason}"))
    click.echo(counted(len(waiting), "proposal"), err=True)


@click.command("approve")
@click.argument("proposal_id", metavar="PROPOSAL")
@folder
@_key
@click.option("--yes", is_flag=True, help="Do not ask. For drills.")
@click.pass_obj
def approve(choice: Choice, proposal_id: str, directory: Path | None, key: str, *, yes: bool) -> None:
    """Show what PROPOSAL changes, sign it as the second editor, and put it in force.

    `policy effects --proposal` says what it would mean for attested accounts. A running service takes it at its next
    start. Refuse what you would not answer for yourself. After a crash, approve again.
    """
    directory = editable_folder(choice, directory)
    proposal = proposals_of.find(directory, proposal_id)
    proposals_of.check(directory, proposal)
    signer = _signer(key)
    proposals_of.check_second(directory, proposal, signer.public_key_multibase)
    _show(proposal)
    if not yes:
        click.confirm("Sign this?", abort=True)
    asyncio.run(proposals_of.approve(directory, proposal, signer))
    record_act(choice, "policy.approve", proposal=proposal.id, version=proposal.statement.version)
    click.echo(f"version {proposal.statement.version} is signed off")


@click.command("reject")
@click.argument("proposal_id", metavar="PROPOSAL")
@folder
@click.pass_obj
def reject(choice: Choice, proposal_id: str, directory: Path | None) -> None:
    """Take PROPOSAL away; the policy stays as it is."""
    proposals_of.reject(editable_folder(choice, directory), proposal_id)
    record_act(choice, "policy.reject", proposal=proposal_id)
    click.echo(f"{proposal_id} is gone; nothing was changed")


proposal_commands = (proposals, approve, reject)


def _show(proposal: Proposal) -> None:
    # What is signed is what is seen.
    statement = proposal.statement
    click.echo(visible(f"{proposal.id}: {statement.reason} ({statement.source})"))
    click.echo(visible(f"proposed by {proposal.editor(proposal.signatures[0].key)} at {statement.at}"))
    for line in proposal.difference():
        click.echo(f"  {visible(line)}")
    click.echo(f"digest {statement.digest}")


def _proposal_json(proposal: Proposal) -> dict[str, Json]:
    statement = proposal.statement
    return {
        "id": proposal.id,
        "version": statement.version,
        "at": statement.at,
        "reason": statement.reason,
        "source": statement.source,
        "by": proposal.editor(proposal.signatures[0].key),
        "difference": list(proposal.difference()),
    }


def _signer(key: str) -> Signer:
    uri = key if key.startswith(("file:", "pkcs11:")) else f"file:{key}"
    return open_signer(uri, "Make one with `verifier policy editors generate`")
