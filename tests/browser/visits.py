"""Browser sessions under watch: what no page of ours may do, whatever a test is about."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, WebError

from verifier.words import Lang

SHOTS = Path(__file__).parent / "screenshots"  # written by the tests, for people to look at
CSP = "default-src 'none';"
_LOCALES: dict[Lang, str] = {"fr": "fr-FR", "en": "en-GB"}


@dataclass  # no slots: Playwright keeps its wrappers on the instance
class Visits:
    """Opens sessions; ``faults`` is what their pages did wrong."""

    browser: Browser
    faults: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def open(self, lang: Lang = "fr", *, width: int = 1280, **options: Any) -> Page:  # noqa: ANN401 - Playwright's
        """A page in a session of its own: no cookie, nothing cached."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800}, locale=_LOCALES[lang], **options
        )
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", self._error)
        self._contexts.append(context)
        return await context.new_page()

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("localhost", "127.0.0.1"):
            self.faults.append(f"a request left this machine: {request.url}")

    def _response(self, response: Response) -> None:
        if response.request.resource_type != "document":
            if response.status != 200:
                self.faults.append(f"{response.url} answered {response.status}")
        elif not 300 <= response.status < 400 and not response.headers.get("content-security-policy", "").startswith(
            CSP
        ):
            self.faults.append(f"{response.url} has no strict policy")

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium repeats there the status of each error page; the tests read the pages themselves.
        if message.type in ("error", "warning") and "responded with a status of 4" not in message.text:
            self.faults.append(f"{message.location['url']}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(str(error.error))
