"""From what a person typed or pasted to the stored verdict. Parsed, never fetched (T65)."""

import re
from dataclasses import dataclass

from ..core.entity_tag import entity_tag
from ..core.errors import BadInput
from ..core.identifiers import Handle, HttpsUrl
from ..storage import Reader
from . import verdicts
from .hints import Hints

# How the fediverse's software spells profiles and posts: /@user, /@user/123, /@user@home/123, /users/user/statuses/123.
_PROFILE = re.compile(r"(?:/web)?(/@|/users/|/u/|/profile/)([^/@]+)(?:@([^/@]+))?(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about.

    :param handle: the handle typed, or the one that the URL spells
    :param urls: the URL, in each way to write the same address
    :param profile: of a URL that reads like that of a post, where its author is
    """

    handle: Handle | None
    urls: tuple[str, ...] = ()
    profile: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """Profiles and actor ids to look for, byte for byte, before any name counts that a URL spells (T00f)."""
        return (*self.urls, self.profile) if self.profile else self.urls


def parse(text: str) -> Question:
    """Read a handle, a profile or post URL, a remote view or an actor id.

    :raises BadInput: neither a handle nor such a URL, with the parser's own code
    """
    if "://" not in text:
        return Question(Handle.parse(text))
    url = HttpsUrl.parse(text)
    urls = (str(url), url.origin) if url.target == "/" else (str(url),)  # an empty path is "/" (RFC 3986, 6.2.3)
    spelled = _PROFILE.fullmatch(url.path)
    if not spelled:
        return Question(None, urls)
    style, user, home = spelled.groups()
    try:
        handle = Handle.parse(f"{user}@{home or url.host}")
    except BadInput:
        return Question(None, urls)
    if home:
        return Question(handle, urls)  # a remote view: the page shown lives elsewhere, the account at `home`
    # Of a post, whose profile it is, spelled as it was: what stands after /users/ may be an id that says nothing, and a
    # stranger may take it for a name, and be at /@ID (T32).
    return Question(handle, urls, f"{url.origin}{style}{user}")


async def answer(reader: Reader, question: Question, hints: Hints | None = None) -> tuple[bytes, str]:
    """The verdict's JSON and its entity tag: stored bytes when we know the account, else that nothing attests it.

    :param hints: which attested account it resembles
    """
    handle = question.handle
    for url in question.places:
        # Split domains: the handle of https://web.example/@u may be u@example. Only the store knows.
        if acct := await reader.accounts.handle_of_url(url):
            handle = Handle.parse(acct)
            break
    stored = await reader.verdicts.answer(handle.acct) if handle else None
    if stored is not None:
        return stored
    host = await reader.instances.body_of(handle.host.name) if handle else None
    if handle and host:
        body = verdicts.hosted_body(handle, *host)
    else:
        lookalike = await hints.find(handle) if hints and handle else None
        body = verdicts.not_attested_body(handle, await reader.events.last_change(), lookalike)
    return body, entity_tag(body)
