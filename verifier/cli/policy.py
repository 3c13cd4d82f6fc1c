"""policy show, check, copy, effects: what the policy says, and what another would change."""

import shutil
from pathlib import Path

import click

from ..app import Service
from ..core.errors import BadInput, ConfigError, Refused
from ..core.identifiers import Host, MailAddress
from ..core.strict_json import Json
from ..policy import policy as policies
from ..policy import proposals as proposals_of
from ..policy.policy import MailboxRuling, Policy
from ..registration.monitoring.policy_effects import Effect, effects
from .common import Choice, as_json, counted, show_json, with_service
from .policy_editing import editable_folder, editors, folder, folder_in_force, proposal_commands, propose


@click.group()
def policy() -> None:
    """Which mailboxes and domains are accepted: read it, check it, change it with a second person.

    The folder is --policy, or the setting VERIFIER_POLICY_DIR (policy_dir in the file of VERIFIER_CONFIG). Without
    them, what only reads takes the policy that comes with the package; to change one, `verifier policy copy` it first.
    """


policy.add_command(editors)
policy.add_command(propose)
for _command in proposal_commands:
    policy.add_command(_command)


@policy.command()
@click.argument("name", required=False, metavar="[DOMAIN|MAILBOX]")
@folder
@as_json
@click.pass_obj
def show(choice: Choice, name: str | None, directory: Path | None, *, json_output: bool) -> None:
    """Show the policy: version, country, editors, last sign-off; or what it says of DOMAIN or MAILBOX, and why."""
    directory = folder_in_force(choice, directory)
    loaded = policies.load(directory)
    answer = _policy(directory, loaded) if name is None else _answer(loaded, name)
    if json_output:
        show_json(answer)
        return
    for key, value in answer.items():
        lines = value if isinstance(value, list) else [value]
        for line in lines or ["none"]:
            click.echo(f"{key:12} {_plain(line)}")
    if name is None and not loaded.signoffs:
        whose = "it came with this release" if directory is None else "whoever writes in the folder changes it alone"
        click.echo(f"No editors, no sign-off: {whose}.")


@policy.command()
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(directory: Path) -> None:
    """Say whether the service would start with the policy in DIR; exit code 0 if so."""
    loaded = policies.load(directory)
    signed = f"signed off as version {len(loaded.signoffs)}" if loaded.signoffs else "without editors"
    click.echo(f"{loaded.version}: {len(loaded.rules)} names, {len(loaded.classes)} classes, {signed}")


@policy.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def copy(directory: Path) -> None:
    """Copy the policy of this release to the new folder DIR, to go on from there."""
    if directory.exists():
        raise ConfigError(f"{directory}: it is there already. Nothing was changed.")
    shutil.copytree(policies.PACKAGED, directory)
    click.echo(f"{directory}: set VERIFIER_POLICY_DIR to it; name your editors in its policy.toml before you use it.")


@policy.command("effects")
@folder
@click.option("--proposal", "proposal_id", metavar="PROPOSAL", help="As if this one that waits were approved.")
@as_json
@click.pass_obj
def effects_(choice: Choice, directory: Path | None, proposal_id: str | None, *, json_output: bool) -> None:
    """List what a policy would change for the accounts attested now. Nothing is changed.

    Each is assessed by its mail domain: the local part of a mailbox is not kept. A service that starts with this policy
    suspends what is listed as suspended.
    """
    if proposal_id is None:
        wanted = policies.load(folder_in_force(choice, directory))
    else:
        directory = editable_folder(choice, directory)
        wanted = proposals_of.check(directory, proposals_of.find(directory, proposal_id))

    async def work(service: Service) -> list[Effect]:
        return [each async for each in effects(service.storage.read, wanted) if each.why != "same"]

    changes = with_service(choice, work)
    if json_output:
        show_json([_effect(each) for each in changes])
        return
    for each in changes:
        act = f"suspended: {each.why}" if each.suspends else "kept"
        click.echo(f"{each.handle:40} {each.domain:32} {each.before} → {each.after}  {act}")
    suspended = counted(sum(each.suspends for each in changes), "suspension")
    click.echo(f"{counted(len(changes), 'change')}, {suspended}", err=True)


def _policy(directory: Path | None, loaded: Policy) -> dict[str, Json]:
    last = loaded.signoffs[-1] if loaded.signoffs else None
    return {
        "folder": str(directory or policies.PACKAGED),
        "version": loaded.version,
        "country": loaded.country,
        "locale": loaded.locale,
        "timezone": loaded.timezone,
        "suffixes": [str(suffix) for suffix in loaded.suffixes],
        "editors": [{"name": editor.name, "key": editor.key} for editor in loaded.editors],
        "signOff": last.model_dump(mode="json", by_alias=True, exclude_none=True) if last else None,
    }


def _answer(loaded: Policy, name: str) -> dict[str, Json]:
    try:
        if "@" in name:
            ruling = loaded.mailbox(MailAddress.parse(name))
            return {"mailbox": name, **_ruling_json(ruling)}
        host = Host.parse(name)
    except BadInput as error:
        raise click.UsageError(f"{name}: not a domain, nor a mailbox ({error.code}).") from None
    try:
        loaded.body_domain(host)
        owns = True
    except Refused:
        owns = False
    return {"domain": name, **_ruling_json(loaded.mail_domain(host)), "bodyDomain": owns}


def _ruling_json(ruling: MailboxRuling) -> dict[str, Json]:
    return {
        "class": ruling.class_,
        "decision": ruling.decision,
        "problem": ruling.code,
        "rule": ruling.rule,
        "source": ruling.source,
        "body": {"domain": str(ruling.body.domain), "name": ruling.body.name},
    }


def _effect(effect: Effect) -> dict[str, Json]:
    return {
        "attestation": effect.attestation_id,
        "handle": effect.handle,
        "domain": effect.domain,
        "before": effect.before,
        "after": effect.after,
        "why": effect.why,
        "suspended": effect.suspends,
    }


def _plain(value: Json) -> str:
    if isinstance(value, dict) and "signed" in value:
        signed = value["signed"]
        return f"version {signed['version']} at {signed['at']}: {signed['reason']} ({signed['source']})"
    if isinstance(value, dict):
        return "  ".join(str(each) for each in value.values())
    return {None: "none", True: "yes", False: "no"}.get(value, str(value)) if not isinstance(value, list) else ""
