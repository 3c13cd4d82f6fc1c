"""The service with its neighbours, and a holder who walks through it: what the tests of the doors share."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, CookieJar, DummyCookieJar
from yarl import URL

from tests.doubles import openid, rdap
from tests.doubles.dns import DnsDouble
from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person, property_value
from tests.doubles.smtp import SmtpDouble
from tests.ports import free_port
from verifier.app import Service, compose
from verifier.app.serving import Place
from verifier.app.serving import listening as opened
from verifier.core import strict_json
from verifier.core.clock import Chance, Clock
from verifier.core.strict_json import Json
from verifier.fetch import Pace
from verifier.settings import Settings
from verifier.signer import store
from verifier.signer.http_key import RSA_FILE, ActorKeys

NOW = 1_795_428_000  # 2026-11-23T10:00:00Z
HOST = "social.example"
NAMES = "names.example"  # whose accounts live at HOST
ALICE = f"@alice@{HOST}"
MAILBOX = "alice.martin@numerique.gouv.fr"
VC = "application/vc"
OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a request that a page of ours makes, beside its Origin."""

_CODE = re.compile(rb"^[2-9A-HJ-NP-Z]{8}$", re.MULTILINE)


@dataclass
class Time:
    """The service's clock, moved by hand."""

    at: int = NOW

    def pass_(self, seconds: int) -> None:
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at)


@dataclass
class Beat:
    """The time by which a pace is kept: it passes when somebody waits."""

    at: float = 0.0

    async def pause(self, seconds: float) -> None:
        self.at += seconds

    @property
    def pace(self) -> Pace:
        return Pace(1, lambda: self.at, self.pause)


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - a test knows what it asked for
        return strict_json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str:
        """The code of a problem, from its type."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text[:300]
        kind, _, code = self.json["type"].partition("#")
        assert kind == "https://w3id.org/fediverse-account/problems"
        return str(code)


@dataclass
class Visitor:
    """An HTTP client of the service; with `cookies`, a browser."""

    base: str
    session: ClientSession

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Json = None,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`path` may be a whole URL of this service, and is sent as it is written.

        :param form: sent as by a page of ours in a browser, unless `headers` say from where
        """
        given = dict(headers or {})
        if form is not None and not given.keys() & {"Sec-Fetch-Site", "Origin"}:
            given |= OURS | {"Origin": self.base}
        if json is not None:
            body = strict_json.dumps(json)
            given.setdefault("Content-Type", "application/json")
        url = URL(path if path.startswith(self.base) else self.base + path, encoded=True)
        async with self.session.request(
            method, url, data=form if form is not None else body, headers=given, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def post(self, path: str, json: Json) -> Answer:
        return await self.ask("POST", path, json=json)

    async def lookup(self, handle: str) -> Any:  # noqa: ANN401
        return (await self.get(f"/api/v1/lookup?handle={handle}")).json


@dataclass
class Holder:
    """Somebody with an order, who knows its token."""

    house: "House"
    order: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.order["id"])

    @property
    def page(self) -> str:
        return str(self.order["page"])

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.order['token']}"}

    async def show(self) -> Answer:
        return await self.house.ask("GET", f"/api/v1/orders/{self.id}", headers=self.bearer)

    async def challenge(self, type_: str, answer: Json = None) -> Answer:
        path = f"/api/v1/orders/{self.id}/challenges/{type_}"
        return await self.house.ask("POST", path, json=answer or {}, headers=self.bearer)

    async def finalize(self) -> Answer:
        return await self.house.ask("POST", f"/api/v1/orders/{self.id}/finalize", json={}, headers=self.bearer)

    def link(self) -> None:
        """Put the page of this order in the profile, beside what is there."""
        person = self.house.person(self.order["handle"])
        person.actor["attachment"].append(property_value(f'<a href="{self.page}" rel="me">{self.page}</a>'))

    async def prove(self) -> None:
        """Both ends."""
        self.link()
        assert (await self.challenge("rel-me-01")).json["status"] == "valid"
        await self.challenge("email-01")
        assert (await self.challenge("email-01", {"code": self.house.code()})).json["status"] == "valid"

    async def publish(self) -> Any:  # noqa: ANN401
        """Both ends, then the attestation; the finalize answer."""
        await self.prove()
        answer = await self.finalize()
        assert (answer.status, answer.json["status"]) == (200, "issued"), answer.text
        return answer.json


@dataclass
class House(Visitor):
    """The service and everybody it meets."""

    service: Service
    time: Time
    http: HttpDouble
    instance: Instance
    smtp: SmtpDouble
    dns: DnsDouble
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)
    beat: Beat = field(default_factory=Beat)

    def person(self, handle: str) -> Person:
        """The account of that handle on the instance, made if it is new; in any spelling if the instance folds."""
        user = handle.removeprefix("@").partition("@")[0]
        if self.instance.folds:
            user = next((known for known in self.people if known.lower() == user.lower()), user)
        if user not in self.people:
            self.people[user] = self.instance.person(user)
        return self.people[user]

    def code(self) -> str:
        """The code of the last letter."""
        (code,) = _CODE.findall(self.smtp.received[-1].content.replace(b"\r\n", b"\n"))
        return str(code.decode())

    async def new_order(self, handle: str = ALICE, email: str = MAILBOX, **members: Json) -> Answer:
        self.person(handle)
        asked = {"handle": handle, "identity": {"type": "agent", "email": email}} | members
        return await self.post("/api/v1/orders", asked)

    async def order(self, handle: str = ALICE, email: str = MAILBOX, **members: Json) -> Holder:
        answer = await self.new_order(handle, email, **members)
        assert answer.status == 201, answer.text
        return Holder(self, answer.json)

    async def attest(self, handle: str = ALICE, email: str = MAILBOX, **members: Json) -> Holder:
        """An account that went the whole way; ``order["attestation"]`` is its URL."""
        holder = await self.order(handle, email, **members)
        holder.order["attestation"] = (await holder.publish())["attestation"]
        return holder

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Visitor]:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Visitor(self.base, session)


@cache
def _rsa_key() -> bytes:
    with TemporaryDirectory() as folder:
        ActorKeys.ensure(Path(folder))
        return (Path(folder) / RSA_FILE).read_bytes()


def lend_rsa_key(folder: Path) -> None:
    """Give a new folder the actor's RSA key of this process: drawing one takes longer than the rest of a start."""
    folder.mkdir(exist_ok=True)
    if not (folder / RSA_FILE).exists():
        store.write_new(folder / RSA_FILE, _rsa_key(), mode=0o600)


def settings(folder: Path, port: int, **given: Any) -> Settings:  # noqa: ANN401
    """A sandbox of its own."""
    plain: dict[str, Any] = {
        "sandbox": True,
        "port": port,
        "base_url": f"http://localhost:{port}",
        "database_url": f"sqlite:///{folder / 'verifier.sqlite3'}",
        "rate_limits": False,
    }
    return Settings(**(plain | given))


@asynccontextmanager
async def listening(service: Service) -> AsyncIterator[None]:
    """The port is open, and nothing happens by itself: tests move the clockwork by hand (``run_due``)."""
    async with opened(service.web, Place(service.settings.host, service.settings.port), patience=1):
        yield


@asynccontextmanager
async def running(
    folder: Path,
    *,
    chance: Chance | None = None,
    now: int = NOW,
    port: int | None = None,
    strangers: Mapping[str, str] | None = None,
    **given: Any,  # noqa: ANN401
) -> AsyncIterator[House]:
    """A house whose service keeps its data in `folder`.

    :param strangers: hosts that are not doubles, and their origins
    :param given: settings
    """
    time, port = Time(now), port or free_port()
    lend_rsa_key(folder)
    async with (
        HttpDouble.running() as http,
        SmtpDouble.running() as smtp,
        DnsDouble.running({("numerique.gouv.fr", "MX"): ["10 mx.numerique.gouv.fr."]}) as dns,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        hosts = http.overrides(HOST, NAMES, openid.HOST, *rdap.HOSTS) | dict(strangers or {})
        ways = {"host_overrides": hosts, "smtp_url": smtp.url(), "dns_servers": dns.server}
        known = settings(folder, port, **(ways | given))
        beat = Beat()
        async with (
            compose(known, clock=time.clock, chance=chance, pace=beat.pace) as service,
            listening(service),
        ):
            neighbours = http, Instance(http, HOST), smtp, dns
            yield House(known.base_url, session, service, time, *neighbours, folder, beat=beat)
