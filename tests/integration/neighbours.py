"""Everybody whom a real process of the service meets: their servers, and its environment among them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.smtp import SmtpDouble
from tests.integration.process import environment
from tests.ports import free_port


@dataclass(frozen=True)
class Neighbours:
    """The servers, and the environment of a service among them."""

    http: HttpDouble
    smtp: SmtpDouble
    dns: DnsDouble
    variables: dict[str, str]

    @property
    def base(self) -> str:
        return f"http://localhost:{self.variables['VERIFIER_PORT']}"


@asynccontextmanager
async def neighbours(folder: Path, *hosts: str, **variables: str) -> AsyncIterator[Neighbours]:
    """:param hosts: of the fediverse"""
    async with HttpDouble.running() as http, SmtpDouble.running() as smtp, DnsDouble.running() as dns:
        known = environment(
            folder,
            VERIFIER_SANDBOX="1",
            VERIFIER_PORT=str(free_port()),
            VERIFIER_SMTP_URL=smtp.url(),
            VERIFIER_DNS_SERVERS=dns.server,
            VERIFIER_HOST_OVERRIDES=json.dumps(http.overrides(*hosts)),
        )
        yield Neighbours(http, smtp, dns, known | variables)
