"""From what a person typed or pasted to the stored verdict. Parsed, never fetched (T65)."""

import re
from dataclasses import dataclass

from ..core.clock import MINUTE
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

    @property
    def name(self) -> str:
        """What it is counted and kept under: a URL may lead to another account than the handle that it spells."""
        return " ".join(self.urls) or (self.handle.acct if self.handle else "")


@dataclass(frozen=True, slots=True)
class Found:
    """What is answered.

    :param body: the verdict's JSON
    :param tag: its entity tag
    :param rests_on: the keys of :class:`verifier.storage.Change` whose change makes it another
    :param until: it may be told until then, in Unix seconds; None: as long as nothing changes
    """

    body: bytes
    tag: str
    rests_on: tuple[str, ...]
    until: int | None = None


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


async def answer(reader: Reader, question: Question, now: int, hints: Hints | None = None) -> Found:
    """Stored bytes when we know the account, else that nothing attests it.

    :param now: Unix seconds: an absence is dated to the minute in which we looked, whatever others do
    :param hints: which attested account it resembles
    """
    handle, rests_on = question.handle, [*question.places]
    for url in question.places:
        # Split domains: the handle of https://web.example/@u may be u@example. Only the store knows.
        if acct := await reader.accounts.handle_of_url(url):
            handle = Handle.parse(acct)
            break
    minute = now - now % MINUTE
    if handle is None:
        body = verdicts.not_attested_body(None, minute)
        return Found(body, entity_tag(body), (*rests_on,), minute + MINUTE)
    rests_on.append(handle.folded.acct)
    stored = await reader.verdicts.answer(handle.acct)
    if stored is not None:
        return Found(*stored, (*rests_on,))
    rests_on.append(handle.host.name)
    host = await reader.instances.body_of(handle.host.name)
    if host:
        body = verdicts.hosted_body(handle, *host)
        return Found(body, entity_tag(body), (*rests_on,))
    lookalike = await hints.find(handle) if hints else None
    if lookalike:
        # Whom it resembles is named no more once that account is withdrawn (T00c).
        rests_on.append(Handle.parse(lookalike["handle"]).folded.acct)
    body = verdicts.not_attested_body(handle, minute, lookalike)
    return Found(body, entity_tag(body), (*rests_on,), minute + MINUTE)
