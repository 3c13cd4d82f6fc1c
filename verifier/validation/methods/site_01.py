"""``site-01``: the site of the domain links to the profile. Evidence that adds, never enough (T37, T38).

Only two pages count, those that visitors do not write: the front page, and one made for this. Only the head counts.
"""

from collections.abc import Mapping

from ...core.errors import OutsideError
from ...core.identifiers import Host, HttpsUrl
from ...core.models import AccountPin, End, IdentityType, Problem, Record, State, Subject
from ...core.strict_json import Json
from ..accounts.resolution import resolve
from ..html.pages import Pages, head_links
from ..method import ONE_VIEW, Declaration, Method, Need, OtherViews, Part, Recheck
from ..tools import Tools
from ..trail import Trail

PAGES = ("/", "/.well-known/official-account")

_ELSEWHERE = frozenset({"fetch-redirect", "page-unreadable"})
"""What a front page may well do, and the other page make good."""


class Site01(Method):
    """A link from the site of the body."""

    __slots__ = ()
    declaration = Declaration(
        name="site-01",
        end=End.IDENTITY,
        rank=50,
        recheck=Recheck.NEVER,
        offered={IdentityType.INSTITUTION: Need.ADDS},
        part=Part.SITE,
        actions={"site": ()},
        of_body=True,
        public=True,
    )

    async def check(
        self,
        subject: Subject,
        state: State,
        _answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """Resolve the handle both ways, then look for the link."""
        if subject.domain is None:
            raise ValueError("site-01 needs a domain")
        trail = Trail(tools.fetcher)
        evidence: dict[str, Json] = {"domain": str(subject.domain)}
        problem = None
        try:
            pin = (await resolve(subject.handle, trail)).pin
            evidence["found"] = await _find(subject.domain, pin, trail, tools.pages)
        except OutsideError as error:
            problem = Problem(error.code, error.values)
        evidence["trail"] = trail.items
        return Record.of(self.name, self.end, tools.clock.now(), problem, evidence), state


async def _find(domain: Host, pin: AccountPin, trail: Trail, pages: Pages) -> dict[str, Json]:
    """Where the link stands.

    :raises OutsideError: ``site-link-missing``, or the site is out of order
    """
    for path in PAGES:
        url = HttpsUrl(domain, path)
        try:
            # No redirect: who sends strangers on says nothing, and an open redirect says what anybody wants.
            _, linked = await head_links(url, trail, pages, redirects=0)
        except OutsideError as error:
            if error.code not in _ELSEWHERE:
                raise
            continue
        for wanted in (pin.profile, pin.actor):
            if wanted in linked:
                return {"url": str(url), "href": wanted}
    raise OutsideError("site-link-missing", host=str(domain), profile=pin.profile)
