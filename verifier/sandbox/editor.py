"""The toy instances as a person sees them in a browser, at ``/HOST/`` and ``/HOST/@user``: read and edit profiles.

There is no sign-in: whoever sits at this machine holds every account.
"""

from dataclasses import replace

from aiohttp import web

from ..core.errors import BadInput
from ..core.identifiers import Handle
from .accounts import FIELDS, Account, Accounts, Field
from .instance import is_link
from .links import Links
from .pages import add_page, page, prefix_of, refuse_posts_from_elsewhere

_HOST = r"{host:[a-z0-9-]+(?:\.[a-z0-9-]+)+}"


class Editor:
    """The toy instances' pages.

    :param origin: where the sandbox's pages are
    :param links: what turns the links of a saved profile green
    """

    def __init__(self, origin: str, accounts: Accounts, links: Links) -> None:
        self._origin = origin
        self._accounts = accounts
        self._links = links

    def add_to(self, app: web.Application) -> None:
        add_page(app, f"/{_HOST}/", self._home)
        add_page(app, f"/{_HOST}/@{{user}}", self._profile, self._save)

    def show(self, request: web.Request, account: Account, *, editable: bool = False) -> web.Response:
        """The profile page; with the form if `editable`."""
        root = f"{self._origin}{prefix_of(request)}"
        return page(
            request,
            "toy_profile.html",
            instance={"host": str(account.handle.host), "url": f"{root}/{account.handle.host}/"},
            account=_shown(account),
            action=f"{root}{local_path(account.handle)}",
            guide=f"{root}/",
            editable=editable,
            saved=editable and "saved" in request.query,
        )

    async def _home(self, request: web.Request) -> web.Response:
        host = request.match_info["host"]
        accounts = [account for account in self._accounts.all() if str(account.handle.host) == host]
        if not accounts:
            raise web.HTTPNotFound
        prefix = prefix_of(request)
        return page(
            request,
            "toy_home.html",
            instance={"host": host, "url": f"{prefix}/{host}/"},
            accounts=[{**_shown(account), "url": prefix + local_path(account.handle)} for account in accounts],
            guide=f"{prefix}/",
        )

    async def _profile(self, request: web.Request) -> web.Response:
        return self.show(request, self._find(request), editable=True)

    async def _save(self, request: web.Request) -> web.Response:
        refuse_posts_from_elsewhere(request)
        account = self._find(request)
        form = {name: str(value).strip() for name, value in (await request.post()).items()}
        draft = replace(
            account,
            name=form.get("name", ""),
            bio=form.get("bio", "").replace("\r\n", "\n"),  # a browser ends a textarea's lines with CRLF
            fields=_fields(form),
        )
        self._accounts.put(await self._links.checked(draft, before=account))
        raise web.HTTPSeeOther(f"{prefix_of(request)}{local_path(account.handle)}?saved=1")

    def _find(self, request: web.Request) -> Account:
        try:
            account = self._accounts.get(Handle.parse(f"{request.match_info['user']}@{request.match_info['host']}"))
        except BadInput:
            account = None
        if account is None:
            raise web.HTTPNotFound
        return account


def local_path(handle: Handle) -> str:
    """Where the pages have an account, without the language's prefix."""
    return f"/{handle.host}/@{handle.user}"


def _shown(account: Account) -> dict[str, object]:
    return {
        "user": account.handle.user,
        "name": account.name,
        "bio": account.bio,
        "actor": account.actor,
        "fields": [
            {
                "name": field.name,
                "value": field.value,
                "verified_at": field.verified_at,
                "link": is_link(field.value),
            }
            for field in account.fields
        ],
    }


def _fields(form: dict[str, str]) -> tuple[Field, ...]:
    pairs = [(form.get(f"field-{n}-name", ""), form.get(f"field-{n}-value", "")) for n in range(FIELDS)]
    return tuple(Field(name, value) for name, value in pairs if name or value)
