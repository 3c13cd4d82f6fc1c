"""The tools of validation over real ways out that lead to doubles."""

from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

from verifier.core.clock import Chance, Clock
from verifier.core.identifiers import MailAddress
from verifier.core.models import Record
from verifier.core.sealing import DeploymentSecret
from verifier.core.site import Site
from verifier.fetch import Fetcher, Resolver
from verifier.mail import Mailer, Relay
from verifier.validation import MethodContext, Tools, build_methods
from verifier.validation.html import markup
from verifier.validation.html.pages import Pages

NOW = 1_795_428_000
ORIGIN = "https://verifier.example"
SITE = Site(ORIGIN)
OWN_SECRET = DeploymentSecret.of(b"a key of the tests", Chance())
METHODS = build_methods(MethodContext(SITE, OWN_SECRET))
"""The challenges of a deployment without an OpenID provider."""


def tools(
    fetcher: Fetcher,
    *,
    pages: Pages | None = None,
    smtp: str = "smtp://127.0.0.1:9",
    nameservers: Sequence[str] = (),
    now: Callable[[], int] = lambda: NOW,
    below: Callable[[int], int] | None = None,
) -> Tools:
    """:param pages: by default a parser whose processes do not outlive a page
    :param smtp: by default a port where nobody listens; the same for DNS, which then knows nothing
    """
    clock, chance = Clock(now), Chance(below=below) if below else Chance()
    return Tools(
        fetcher=fetcher,
        mailer=Mailer(Relay.parse(smtp), MailAddress.parse("no-reply@verifier.example"), clock, chance),
        dns=Resolver(nameservers, timeout=1),
        pages=pages or Pages(),
        clock=clock,
        chance=chance,
    )


def slow_pages(folder: Path, times: int = 20) -> Pages:
    """The parser as on a slow machine, under its usual limits: it reads fields that many times over.

    :param folder: where its program is written
    """
    program = folder / "slow_markup.py"
    again = f'JOBS["read"] = lambda texts: read(texts * {times})[: len(texts)]'
    program.write_text(f"{Path(markup.__file__).read_text()}\n{again}\n")
    with patch.object(markup, "__file__", str(program)):
        return Pages()


def why(record: Record) -> str:
    """The code of a check that failed."""
    assert not record.valid
    assert record.problem is not None
    return record.problem.code
