"""The page that says what to try, and the mailbox's pages."""

from urllib.parse import urlsplit

from aiohttp import web

from ..core.clock import to_rfc3339
from ..core.identifiers import Handle
from .editor import local_path
from .mailbox import Mail, Mailbox
from .pages import add_page, page, prefix_of

_OFFICIAL = Handle.parse("@camille@social.numerique.gouv.fr")
_BODY = Handle.parse("@dinum@social.numerique.gouv.fr")
_IMPOSTOR = Handle.parse("@camille@social-numerique.example")
_PUPIL = Handle.parse("@eleve@social.example")
_SUSPEND = f".venv/bin/verifier --sandbox attestations suspend {_OFFICIAL} --reason account-compromised"
_USUAL_PORT = 8080


class Guide:
    """What to try, and what was mailed.

    :param service: the service's base URL: the pages' header leads there
    """

    def __init__(self, service: str, mailbox: Mailbox) -> None:
        self._service = service
        self._mailbox = mailbox

    def add_to(self, app: web.Application) -> None:
        add_page(app, "/", self._steps)
        add_page(app, "/mail", self._list)
        add_page(app, r"/mail/{id:\d{1,9}}", self._read)
        app.router.add_get("/messages.json", self._json)
        for door in ("/openapi.json", "/.well-known/did.json"):  # what the common footer links to is the service's
            app.router.add_get(door, self._to_service)

    def _page(self, request: web.Request, template: str, **context: object) -> web.Response:
        return page(request, template, prefix=f"{self._service}{prefix_of(request)}", **context)

    async def _to_service(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{self._service}{request.path}")

    async def _steps(self, request: web.Request) -> web.Response:
        prefix = prefix_of(request)

        def attempt(handle: Handle, mailbox: str) -> dict[str, str]:
            return {"handle": str(handle), "email": mailbox, "edit": prefix + local_path(handle)}

        return self._page(
            request,
            "guide.html",
            instance={"host": str(_OFFICIAL.host), "url": f"{prefix}/{_OFFICIAL.host}/"},
            mailbox={"url": f"{prefix}/mail"},
            dns={"url": f"{prefix}/dns"},
            body=attempt(_BODY, "presse@numerique.gouv.fr"),
            official=attempt(_OFFICIAL, "camille.martin@numerique.gouv.fr"),
            impostor=attempt(_IMPOSTOR, "contact@gouvf.fr"),
            pupil=attempt(_PUPIL, "leo@eleve.insp.gouv.fr"),
            suspend=self._suspend(),
        )

    def _suspend(self) -> str:
        # Which sandbox a command works on follows from its port, as its database does.
        port = urlsplit(self._service).port
        return _SUSPEND if port == _USUAL_PORT else f"VERIFIER_PORT={port} {_SUSPEND}"

    async def _list(self, request: web.Request) -> web.Response:
        prefix = prefix_of(request)
        mails = [{**_shown(mail), "url": f"{prefix}/mail/{mail.id}"} for mail in self._mailbox.mails]
        return self._page(request, "mailbox.html", mails=mails, here=request.path, guide=f"{prefix}/")

    async def _read(self, request: web.Request) -> web.Response:
        mail = self._mailbox.get(int(request.match_info["id"]))
        if mail is None:
            raise web.HTTPNotFound
        return self._page(request, "mail.html", mail=_shown(mail), mailbox=f"{prefix_of(request)}/mail")

    async def _json(self, _: web.Request) -> web.Response:
        """For scripts: ``{"messages": [{"id", "to", "sender", "subject", "at", "text"}]}``, newest first."""
        messages = [{"id": mail.id, **_shown(mail), "at": to_rfc3339(mail.at)} for mail in self._mailbox.mails]
        return web.json_response({"messages": messages})


def _shown(mail: Mail) -> dict[str, object]:
    return {
        "to": ", ".join(mail.to),
        "sender": mail.sender,
        "subject": mail.subject,
        "at": mail.at,
        "text": mail.text,
    }
