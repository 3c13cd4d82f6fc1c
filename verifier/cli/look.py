"""lookup, verify."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import uvloop

from .. import words
from ..app import Service
from ..appraisal import Appraisal
from ..core import strict_json
from ..core.attestation import parse as parse_attestation
from ..core.errors import ConfigError, TooLarge, VerifierError
from ..core.strict_json import Json
from ..publication import lookup as questions
from ..web.keys import APPRAISER
from ..web.pages import documents
from ..web.pages.verification import circumstances
from ..web.payloads import MAX_BODY
from ..web.withdrawals import withdrawal_of
from ..words import Circumstances, Lang
from .common import Choice, as_json, show_json, tell, with_service
from .offline import Anchor, Offline, did_document_anchor, read_lists, registry_anchor, state_read_at

_MOST_LIST = 8 * 2**20  # bytes of a status list
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("account")
@as_json
@click.pass_obj
def lookup(choice: Choice, account: str, *, json_output: bool) -> None:
    """Say what this service knows of ACCOUNT: a handle, or a profile or post URL."""

    async def work(service: Service) -> tuple[dict[str, Json], words.Withdrawal | None]:
        answer = await questions.answer(service.storage.read, questions.parse(account), service.clock.now())
        found = strict_json.loads_object(answer.body)
        return found, await withdrawal_of(service.storage.read, found)

    verdict, withdrawal = with_service(choice, work)
    if json_output:
        show_json(verdict)
        return
    view = words.verdict_view(verdict, words.SOURCE, typed=account, withdrawal=withdrawal)
    click.echo(f"{view.handle or account}: {view.title}")
    for sentence in view.lead:
        click.echo(str(sentence))
    for line in (view.reason, view.remedy, view.as_of, view.note):
        if line:
            click.echo(str(line))


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--did-document",
    type=_FILE,
    help="Work offline, without a store: trust the keys in this copy of a service's /.well-known/did.json.",
)
@click.option(
    "--trust-anchor",
    type=_FILE,
    help="Offline, and for years: the root that you pinned (root.json). It vouches for the keys in --registry.",
)
@click.option(
    "--registry", type=_FILE, help="With --trust-anchor: a copy of the service's /keys/registry.json, of any day since."
)
@click.option(
    "--status",
    type=_FILE,
    multiple=True,
    help="Offline: a copy of a status list that FILE names. Without both lists, the status is unknown.",
)
@click.option(
    "--lang", type=click.Choice(words.LANGUAGES), default=words.SOURCE, show_default=True, help="The language."
)
@as_json
@click.pass_obj
def verify(
    choice: Choice,
    file: Path,
    did_document: Path | None,
    trust_anchor: Path | None,
    registry: Path | None,
    status: Sequence[Path],
    lang: Lang,
    *,
    json_output: bool,
) -> None:
    """Say what the attestation in FILE is worth, axis by axis. Exit code 0 only if all are ok."""
    if (trust_anchor is None) != (registry is None):
        raise click.UsageError("--trust-anchor and --registry go together.")
    if did_document is not None and trust_anchor is not None:
        raise click.UsageError("Choose one: --did-document, or --trust-anchor with --registry.")
    if status and did_document is None and trust_anchor is None:
        raise click.UsageError("--status works offline: name whom you trust, with --did-document or --trust-anchor.")
    if did_document is None and trust_anchor is None and not _serves(choice):
        raise click.UsageError(
            "No service is set up here. To verify away from it, give copies of its keys, --did-document did.json, and "
            "of the two lists that credentialStatus in FILE names, --status revocation.json --status suspension.json. "
            "Take the keys from the service that you trust, not from an address in FILE: docs/integration.md says how."
        )
    try:
        document = documents.document(_read(file, MAX_BODY))
        now = choice.clock.now()
        if trust_anchor is not None and registry is not None:
            anchor = registry_anchor(trust_anchor, registry, document, now)
            appraisal, context = uvloop.run(_appraise_offline(document, anchor, status, lang, now))
        elif did_document is not None:
            anchor = did_document_anchor(_read(did_document, MAX_BODY))
            appraisal, context = uvloop.run(_appraise_offline(document, anchor, status, lang, now))
        else:
            appraisal, context = with_service(choice, lambda service: _appraise(service, document))
    except ConfigError:
        raise
    except VerifierError as error:
        click.echo(tell(error, lang), err=True)
        sys.exit(1)
    if json_output:
        show_json(appraisal.document())
    else:
        view = words.appraisal_view(document, appraisal.document()["axes"], context, lang)
        click.echo(words.appraisal_text(view, lang))
    sys.exit(0 if appraisal.verified else 1)


def _serves(choice: Choice) -> bool:
    """Whether anything says that this machine is one of a service."""
    return choice.sandbox or any(f"VERIFIER_{name}" in os.environ for name in ("CONFIG", "BASE_URL", "SANDBOX"))


async def _appraise(service: Service, document: dict[str, Json]) -> tuple[Appraisal, Circumstances]:
    appraisal = await service.web[APPRAISER].appraise(document)
    return appraisal, await circumstances(service.storage.read, document, appraisal, service.clock.now())


async def _appraise_offline(
    document: dict[str, Json], anchor: Anchor, status: Sequence[Path], lang: Lang, now: int
) -> tuple[Appraisal, Circumstances]:
    offline = Offline.of(anchor, document, now)
    lists, refused = read_lists(offline, [(str(path), _read(path, _MOST_LIST)) for path in status])
    for name, error in refused.items():
        click.echo(f"{name}: {tell(error, lang)}", err=True)
    appraisal = await offline.appraise(document, lists)
    if appraisal.axes["schema"].result != "ok":
        return appraisal, Circumstances(now)
    return appraisal, Circumstances(now, lists_at=state_read_at(parse_attestation(document), lists))


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TooLarge("document-too-large", limit=most // 1024)
    return data
