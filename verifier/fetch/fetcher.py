"""HTTPS GET, HEAD and POST of strangers' servers.

The name is resolved once, every address is checked, and the URL that is requested holds the checked address itself,
with the name in ``Host`` and in the TLS handshake: no second resolution can answer otherwise (T24). The HTTP library
resolves, follows, decompresses, remembers and reads from the environment nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from copy import copy
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from yarl import URL

from ..core import metrics
from ..core.errors import OutsideError, Unavailable
from ..core.identifiers import HttpsUrl
from .allowance import in_time
from .breaker import FAILURES, breaker
from .dns import Resolver
from .guard import Guard
from .limits import Limits, Turns
from .redirects import STATUSES, follow
from .response import Response
from .sandbox import parse_host, parse_origin
from .signatures import Sign
from .wire import Ask, NotConnected, Wire

BODY = 262_144
"""Bytes of a body, unless the caller says otherwise: the largest actor documents seen are a tenth of it."""

_NOT_UNDERSTOOD = (400, 401)  # statuses of those who cannot read a signature


@dataclass(slots=True)
class _Budget:
    """Seconds that a fetch has left; waiting for its turn costs none.

    :param heard: the head of the answer under way has come
    """

    seconds: float
    heard: bool = False

    def hear(self) -> None:
        self.heard = True

    @asynccontextmanager
    async def spend(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.timeout(self.seconds):
            yield
        self.seconds -= loop.time() - started


class Fetcher:
    """The way out over HTTP: one per process, an async context manager.

    :param user_agent: the ``User-Agent`` of every request
    :param overrides: sandbox only: host → ``http://ADDRESS:PORT``. These hosts alone escape the guard and TLS;
        URLs, ``Host`` and redirects stay as if the host were real
    :param own_origin: sandbox only: where :meth:`get_own` asks
    :param proxy: ``http://HOST:PORT`` of an egress proxy: asked to CONNECT to the checked address, never to a name
    :param sign: the signatures that a signed request is sent with: the next one where one is not understood
    :raises ConfigError: an override or an origin of the wrong form
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        user_agent: str,
        overrides: Mapping[str, str] | None = None,
        own_origin: str | None = None,
        proxy: str | None = None,
        sign: Sequence[Sign] = (),
        limits: Limits | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._resolver = resolver
        self._user_agent = user_agent
        self._overrides = {parse_host(host): parse_origin(place) for host, place in (overrides or {}).items()}
        self._own = parse_origin(own_origin) if own_origin is not None else None
        self._proxy = proxy
        self._sign = sign
        self._limits = limits or Limits()
        self._guard = guard or Guard()
        self._turns = Turns(self._limits)
        self._breaker = breaker(self._limits, "own")
        self._public = breaker(self._limits, "public")
        self._count: Callable[[str], None] | None = None

    async def __aenter__(self) -> Self:
        self._outside = Wire(self._limits, trust=self._guard.trust, proxy=self._proxy)
        self._inside = Wire(self._limits, guarded=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._outside.close()
        await self._inside.close()

    def counted(self, count: Callable[[str], None]) -> Self:
        """The same way out and its turns, for the public, who may ask each host so often.

        What they see of a host rests it for them alone: a page that one of them picks says nothing of it to others.

        :param count: told the host before each request to it: redirects and second attempts too; what it raises ends
            the fetch, and passes through (T65)
        """
        other = copy(self)
        other._count = count  # noqa: SLF001 - a copy of ourselves
        other._breaker = self._public  # noqa: SLF001
        return other

    async def get(
        self,
        url: HttpsUrl,
        *,
        accept: str,
        max_bytes: int = BODY,
        cut: bool = False,
        redirects: int = 0,
        same_host: bool = True,
        head: bool = False,
        signed: bool = False,
    ) -> Response:
        """The final answer, whatever its status.

        :param max_bytes: a longer body is refused, or cut if `cut`
        :param redirects: how many are followed
        :param same_host: refuse a redirect to another host
        :param signed: say who asks, if we can
        :param head: HEAD; a redirect is then the answer, its ``location`` among the headers
        :raises OutsideError: ``fetch-name``, ``fetch-unreachable``, ``fetch-timeout``, ``fetch-tls``,
            ``fetch-headers``, ``fetch-malformed``, ``fetch-too-large``, ``fetch-encoded``, ``fetch-redirect``,
            ``fetch-redirect-refused``,
            ``fetch-resting``, ``check-too-long``, ``dns-too-many``; each names the `host` at fault
        :raises Unavailable: ``fetch-busy``, ``fetch-egress``, ``fetch-exhausted``, ``dns-resolver``: the fault is ours
        """
        method = "HEAD" if head else "GET"
        budget = _Budget(self._limits.total)
        trail: list[str] = []
        while True:
            ask = Ask(method, str(url), URL(), url.target, None, self._host_headers(url, accept, None), max_bytes, cut)
            response = await self._signed_exchange(url, ask, budget, self._sign if signed else ())
            if head or response.status not in STATUSES:
                return replace(response, redirects=tuple(trail))
            if len(trail) == redirects:
                raise OutsideError("fetch-redirect", host=str(url.host))
            trail.append(str(url))
            url = follow(url, response.headers.get("location", ""), same_host=same_host)

    async def get_with(
        self, url: HttpsUrl, headers: Mapping[str, str], *, accept: str, max_bytes: int = BODY
    ) -> Response:
        """The answer to a GET that tells this URL alone more, such as ``Authorization``: not signed.

        :raises OutsideError: as :meth:`get`; ``fetch-redirect`` for any redirect, which could tell it elsewhere (T25)
        :raises Unavailable: as :meth:`get`
        """
        sent = self._host_headers(url, accept, headers)
        return await self._once(url, Ask("GET", str(url), URL(), url.target, None, sent, max_bytes, cut=False))

    async def post(
        self,
        url: HttpsUrl,
        *,
        form: Mapping[str, str],
        accept: str = "application/json",
        max_bytes: int = BODY,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a form, whatever its status; sent once, to this URL alone, and not signed.

        :param headers: more of them, such as ``Authorization``
        :raises OutsideError: as :meth:`get`; ``fetch-redirect`` for any redirect
        :raises Unavailable: as :meth:`get`
        """
        sent = self._host_headers(url, accept, headers) | {"Content-Type": "application/x-www-form-urlencoded"}
        ask = Ask("POST", str(url), URL(), url.target, None, sent, max_bytes, cut=False, body=urlencode(form).encode())
        return await self._once(url, ask)

    async def _once(self, url: HttpsUrl, ask: Ask) -> Response:
        response = await self._signed_exchange(url, ask, _Budget(self._limits.total), ())
        if response.status in STATUSES:
            raise OutsideError("fetch-redirect", host=str(url.host))
        return response

    async def get_own(self, path: str, *, accept: str, max_bytes: int = BODY, cut: bool = False) -> Response:
        """A page of the sandbox's own service, over plain HTTP; a redirect is returned, not followed.

        :param path: path and query, from ``/``
        :raises OutsideError: as :meth:`get`
        """
        if self._own is None or not path.startswith("/"):
            raise ValueError("get_own needs own_origin and a path")
        ask = Ask("GET", f"{self._own}{path}", self._own, path, None, self._headers(accept), max_bytes, cut)
        return await self._in_turn(self._own.authority, _Budget(self._limits.total), self._inside.exchange(ask))

    def _host_headers(self, url: HttpsUrl, accept: str, more: Mapping[str, str] | None) -> dict[str, str]:
        return {**(more or {}), "Host": str(url.host), **self._headers(accept)}

    def _headers(self, accept: str) -> dict[str, str]:
        return {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": self._user_agent}

    async def _signed_exchange(self, url: HttpsUrl, ask: Ask, budget: _Budget, signs: Sequence[Sign]) -> Response:
        """The answer to the first signature that is understood, or to the last."""
        ask = replace(ask, heard=budget.hear)
        for sign in signs[:-1]:
            signed = replace(ask, headers={**ask.headers, **sign(ask.method, url)})
            response = await self._in_turn(str(url.host), budget, self._exchange(url, signed))
            if response.status not in _NOT_UNDERSTOOD:
                return response
        for sign in signs[-1:]:
            ask = replace(ask, headers={**ask.headers, **sign(ask.method, url)})
        return await self._in_turn(str(url.host), budget, self._exchange(url, ask))

    async def _in_turn(self, host: str, budget: _Budget, exchange: Coroutine[None, None, Response]) -> Response:
        """The answer, counted."""
        try:
            response = await self._guarded(host, budget, exchange)
        except (OutsideError, Unavailable) as error:
            metrics.OUTGOING.labels(error.code).inc()
            raise
        metrics.OUTGOING.labels(f"{response.status // 100}xx").inc()
        return response

    async def _guarded(self, host: str, budget: _Budget, exchange: Coroutine[None, None, Response]) -> Response:
        with closing(exchange):  # it may never be awaited
            if self._count is not None:
                self._count(host)
            async with in_time(host), self._turns.take(host):
                self._breaker.check(host)
                # Who redirects slowly to another host leaves it no time: that is no failure of the other's.
                fair = budget.seconds > self._limits.total / 2
                budget.heard = False
                try:
                    async with budget.spend():
                        response = await exchange
                except TimeoutError as error:
                    if fair and not budget.heard:
                        self._breaker.failed(host)
                    raise OutsideError("fetch-timeout", host=host) from error
                except OutsideError as error:
                    if error.code in FAILURES:
                        self._breaker.failed(host)
                    # The host and nothing else: an address may be one of a network that only we can see.
                    raise OutsideError(error.code, host=host) from error
                self._breaker.answered(host, response)
                return response

    async def _exchange(self, url: HttpsUrl, ask: Ask) -> Response:
        override = self._overrides.get(str(url.host))
        if override is not None:
            return await self._inside.exchange(replace(ask, place=override))
        addresses = await self._resolver.addresses(url.host)
        for address in addresses:
            self._guard.check(address)  # one bad address refuses all: who mixes them in is at work (T24)
        missed = NotConnected("fetch-unreachable")
        for address in addresses[: self._limits.addresses]:
            place = URL.build(scheme="https", host=str(address), port=self._guard.port)
            try:
                return await self._outside.exchange(replace(ask, place=place, server_name=str(url.host)))
            except NotConnected as error:
                missed = error
        raise missed
