"""Which links of a profile turn green at home, by Mastodon's rule: checked on save, and never again while they stay."""

from dataclasses import replace

from ..core.clock import Clock
from ..core.errors import BadInput, OutsideError, Unavailable
from ..core.identifiers import HttpsUrl
from ..fetch import Fetcher
from ..validation.accounts import mastodon
from ..validation.html.pages import PAGE_BYTES, Pages
from .accounts import Account, Field


class Links:
    """Mastodon's rule for its own accounts.

    :param service: base URL of the service: the one origin that escapes Mastodon's https rule
    :param fetcher: made with that same origin as its own
    """

    def __init__(self, fetcher: Fetcher, pages: Pages, service: str, clock: Clock) -> None:
        self._fetcher = fetcher
        self._pages = pages
        self._service = service
        self._clock = clock

    async def checked(self, draft: Account, *, before: Account) -> Account:
        """The account to save: a link that was green keeps its time, each other one is asked for."""
        green = {field.value: field.verified_at for field in before.fields if field.verified_at is not None}
        fields = []
        for field in draft.fields:
            verified_at = green.get(field.value)
            if verified_at is None and await self._links_back(field, draft.url):
                verified_at = self._clock.now()
            fields.append(replace(field, verified_at=verified_at))
        return replace(draft, fields=tuple(fields))

    async def _links_back(self, field: Field, profile: str) -> bool:
        url = mastodon.field_url(field.value, self._service)
        if url is None:
            return False
        try:
            if url.startswith(f"{self._service}/"):
                return await self._own_page_links_back(url.removeprefix(self._service), profile)
            return (await mastodon.check_page(HttpsUrl.parse(url), profile, self._fetcher, self._pages)).linked
        except (BadInput, OutsideError, Unavailable):
            return False

    async def _own_page_links_back(self, path: str, profile: str) -> bool:
        # A field may hold a query with anything in it: it goes on a request line only if it is spelled as a URL.
        path = HttpsUrl.parse(f"https://service.invalid{path}").target
        page = await self._fetcher.get_own(path, accept=mastodon.ACCEPT_PAGE, max_bytes=PAGE_BYTES, cut=True)
        return (await mastodon.page_verdict(page, profile, self._fetcher, self._pages)).linked
