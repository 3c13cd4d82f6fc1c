"""People who register, look up, withdraw and follow at the same time, and note what they were told.

Whatever was acknowledged must hold afterwards, whoever was killed meanwhile: :meth:`Mixed.faults` says what does not.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, property_value
from tests.doubles.smtp import SmtpDouble
from tests.initiators import OPERATOR
from verifier.app import Service
from verifier.core.errors import Unavailable
from verifier.core.models import Reason

_CODE = re.compile(rb"^[2-9A-HJ-NP-Z]{8}$", re.MULTILINE)
_PATIENCE = ClientTimeout(total=30)
HOSTS = tuple(f"s{number}.example" for number in range(8))


class Lost(Exception):
    """No answer, or one that says to try again."""


@dataclass
class Mixed:
    """The people, and what they were told.

    :param service: a process of our own on the same database, which withdraws
    :param orders: their tokens, of every order that was acknowledged
    :param issued: of each handle that was told to be attested, its attestation
    :param withdrawn: handles whose withdrawal was acknowledged
    :param followed: what a reader of the events saw, in the order that it came
    :param longest: seconds from one answer to a lookup to the next, of somebody who asks all the time
    """

    base: str
    http: HttpDouble
    smtp: SmtpDouble
    service: Service
    session: ClientSession
    instances: dict[str, Instance] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    orders: dict[str, str] = field(default_factory=dict)
    issued: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    followed: list[int] = field(default_factory=list)
    lookups: int = 0
    lost: int = 0
    longest: float = 0.0

    @classmethod
    @asynccontextmanager
    async def people(cls, base: str, http: HttpDouble, smtp: SmtpDouble, service: Service) -> AsyncIterator["Mixed"]:
        # A connection for each request: none of them fails since another one's process was killed.
        connector = TCPConnector(force_close=True, limit=0)
        async with ClientSession(cookie_jar=DummyCookieJar(), connector=connector, timeout=_PATIENCE) as session:
            mixed = cls(base, http, smtp, service, session)
            mixed.instances = {host: Instance(http, host) for host in HOSTS}
            yield mixed

    async def ask(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:  # noqa: ANN401
        """:raises Lost: no answer"""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = URL(self.base + path, encoded=True)
        try:
            async with self.session.request(method, url, json=body, headers=headers) as response:
                if response.status >= 500:
                    self.lost += 1
                    raise Lost(response.status)
                return response.status, await response.json(content_type=None)
        except (ClientError, TimeoutError) as error:
            self.lost += 1
            raise Lost from error

    async def register(self) -> str:
        """One person goes the whole way; returns the handle.

        :raises Lost: somewhere on the way; what was acknowledged before is noted
        """
        number = next(self.numbers)
        host = HOSTS[number % len(HOSTS)]
        handle, mailbox = f"@u{number}@{host}", f"u.n{number}@numerique.gouv.fr"
        person = self.instances[host].person(f"u{number}")
        asked = {"handle": handle, "identity": {"type": "agent", "email": mailbox}, "listed": True}
        status, order = await self.ask("POST", "/api/v1/orders", asked)
        assert status == 201, order
        token, path = order["token"], f"/api/v1/orders/{order['id']}"
        self.orders[order["id"]] = token
        page = order["page"]
        assert isinstance(person.actor, dict)
        person.actor["attachment"].append(property_value(f'<a href="{page}" rel="me">{page}</a>'))
        await self._answer(f"{path}/challenges/rel-me-01", {}, token, "valid")
        await self._answer(f"{path}/challenges/email-01", {}, token, "pending")
        (letter,) = [each.content for each in self.smtp.received if mailbox in each.rcpt][-1:]
        (code,) = _CODE.findall(letter.replace(b"\r\n", b"\n"))
        await self._answer(f"{path}/challenges/email-01", {"code": code.decode()}, token, "valid")
        status, told = await self.ask("POST", f"{path}/finalize", {}, token)
        if status == 200:
            self.issued[handle] = told["attestation"]
        return handle

    async def _answer(self, path: str, body: Any, token: str, expected: str) -> None:  # noqa: ANN401
        _, challenge = await self.ask("POST", path, body, token)
        if challenge["status"] != expected:
            raise Lost(challenge)  # a process that was killed still has the lease

    async def withdraw(self, handle: str) -> None:
        """The operator does, by a process of its own."""
        name = self.issued[handle].rpartition("/")[2]
        await self.service.registration.publisher.suspend(name, Reason.HOLDER_REQUEST, OPERATOR)
        self.withdrawn.add(handle)

    async def keep_registering(self) -> None:
        """Every third one is withdrawn."""
        while True:
            try:
                handle = await self.register()
            except Lost:
                continue
            if len(self.issued) % 3 == 0 and handle in self.issued:
                with suppress(Unavailable):  # the database is away, and says so
                    await self.withdraw(handle)

    async def keep_looking_up(self) -> None:
        """Asks all the time, and again at once if there was no answer."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        for number in itertools.count():
            try:
                handle = f"@u{number % 100}@{HOSTS[number % len(HOSTS)]}"
                status, _ = await self.ask("GET", f"/api/v1/lookup?handle={handle}")
            except Lost:
                await asyncio.sleep(0.01)
                continue
            assert status == 200
            self.lookups += 1
            self.longest, last = max(self.longest, loop.time() - last), loop.time()
            await asyncio.sleep(0.002)

    async def keep_following(self) -> None:
        """Reads the events as somebody who keeps a copy: each time, what comes after the last one."""
        while True:
            with suppress(Lost):
                await self.follow()
            await asyncio.sleep(0.05)

    async def follow(self) -> None:
        last = self.followed[-1] if self.followed else 0
        _, page = await self.ask("GET", f"/api/v1/events?after={last}&limit=100")
        self.followed += [event["seq"] for event in page["events"]]

    @asynccontextmanager
    async def busy(self, registering: int = 2) -> AsyncIterator[None]:
        """All of them at once, as long as this lasts. A fault in one of them ends the test."""
        people = [
            *(asyncio.create_task(self.keep_registering()) for _ in range(registering)),
            asyncio.create_task(self.keep_looking_up()),
            asyncio.create_task(self.keep_following()),
        ]
        try:
            yield
        finally:
            for each in people:
                each.cancel()
            ended = await asyncio.gather(*people, return_exceptions=True)
        assert [each for each in ended if not isinstance(each, asyncio.CancelledError)] == []

    async def insist(self, path: str, token: str = "") -> tuple[int, Any]:
        """Asks until there is an answer: whoever was killed last is about to come back."""
        while True:
            with suppress(Lost):
                return await self.ask("GET", path, token=token)
            await asyncio.sleep(0.1)

    async def faults(self) -> list[str]:
        """What was acknowledged and does not hold; empty when all does."""
        await self.insist("/readyz")
        before = -1
        while before < len(self.followed):
            before = len(self.followed)
            await self.follow()
        return [fault async for fault in self._faults()]

    async def _faults(self) -> AsyncIterator[str]:
        if self.followed != list(range(1, len(self.followed) + 1)):
            yield f"whoever follows the events saw {self.followed}"
        for name, token in self.orders.items():
            status, order = await self.insist(f"/api/v1/orders/{name}", token)
            if (status, order.get("id")) != (200, name):
                yield f"order {name}: {status}"
        for handle, attestation in self.issued.items():
            status, _ = await self.insist(URL(attestation).path)
            _, verdict = await self.insist(f"/api/v1/lookup?handle={handle}")
            expected = "suspended" if handle in self.withdrawn else "verified"
            if (status, verdict["status"]) != (200, expected):
                yield f"{handle}: {status}, {verdict['status']} in the place of {expected}"
