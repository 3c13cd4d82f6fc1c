"""Everybody whom the service meets in the sandbox, started and stopped together."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from aiohttp import web

from ..core.clock import Chance, Clock
from ..fetch import Fetcher, Resolver
from ..validation.html.pages import Pages
from . import loopback, openid
from .accounts import Accounts
from .editor import Editor
from .guide import Guide
from .instance import instance_app
from .links import Links
from .mailbox import Mailbox
from .names import Names
from .pages import add_headers, static
from .signin import SignIn

PORT = 8081
SMTP_PORT = 8025
_FORM_BYTES = 16_384


class Neighbours:
    """A toy fediverse, a mailbox, a DNS, an OpenID provider and a guide on loopback: an async context manager.

    :param service: base URL of the service, ``http://localhost:8080``; the only plain-http origin that a profile's
        link may name and still turn green
    :param folder: where the toy accounts and DNS records are kept; None keeps them in memory
    :param port: of the pages and of every toy host; 0 lets the system choose
    :raises ConfigError: what is kept cannot be read; on entering, a port cannot be had
    """

    def __init__(
        self, service: str, *, clock: Clock, folder: Path | None = None, port: int = PORT, smtp_port: int = SMTP_PORT
    ) -> None:
        self._service = service
        self._clock = clock
        self._port = port
        self.accounts = Accounts(folder)
        self.mailbox = Mailbox(clock, smtp_port)
        self.names = Names(folder)
        self._openid = openid.OpenIdToy(service, clock)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.mailbox)
            await stack.enter_async_context(self.names)
            listening = stack.enter_context(loopback.listen(self._port))
            self._port = listening.getsockname()[1]
            fetcher = await stack.enter_async_context(
                Fetcher(Resolver(), user_agent="sandbox-instance", overrides=self.overrides, own_origin=self._service)
            )
            pages = await stack.enter_async_context(Pages())
            runner = web.AppRunner(
                self._site(Links(fetcher, pages, self._service, self._clock)), access_log=None, shutdown_timeout=1
            )
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.SockSite(runner, listening).start()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def overrides(self) -> Mapping[str, str]:
        """Toy host → where it really is, as ``VERIFIER_HOST_OVERRIDES`` takes it."""
        return {str(host): self.origin for host in (*self.accounts.hosts, openid.HOST)}

    @property
    def openid(self) -> Mapping[str, str]:
        """What a service must be set to, to sign people in there."""
        return {
            "oidc_issuer": openid.ISSUER,
            "oidc_client_id": openid.CLIENT_ID,
            "oidc_client_secret": openid.CLIENT_SECRET,
            "oidc_name": "Connexion",
        }

    @property
    def smtp_url(self) -> str:
        return self.mailbox.smtp_url

    @property
    def origin(self) -> str:
        return f"http://{loopback.ADDRESS}:{self._port}"

    @property
    def guide_url(self) -> str:
        return f"{self.origin}/"

    def _site(self, links: Links) -> web.Application:
        # By Host header: the names that strangers ask for, then this machine's own; nothing else is served, so
        # that a name of the Internet that points at loopback (DNS rebinding) reads and changes nothing.
        pages = web.Application()
        pages.on_response_prepare.append(add_headers)
        editor = Editor(self.origin, self.accounts, links)
        editor.add_to(pages)
        self._openid.add_to(pages)
        sign_in = SignIn(self._service, self.origin, self.accounts, Chance())
        sign_in.add_to(pages)
        self.names.add_to(pages)
        Guide(self._service, self.mailbox).add_to(pages)
        pages.router.add_get("/static/{name}", static)
        site = web.Application(client_max_size=_FORM_BYTES)
        for host in self.accounts.hosts:
            instance = instance_app(host, self.accounts, editor.show)
            sign_in.add_api(instance, host)
            site.add_domain(str(host), instance)
        site.add_domain(str(openid.HOST), self._openid.app(self.origin))
        site.add_domain(self.origin.removeprefix("http://"), pages)
        return site
