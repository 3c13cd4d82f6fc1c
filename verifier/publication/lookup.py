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
    :param urls: candidate profile URLs and actor ids, the most exact first
    """

    handle: Handle | None
    urls: tuple[str, ...] = ()


def parse(text: str) -> Question:
    """Read a handle, a profile or post URL, a remote view or an actor id.

    :raises BadInput: neither a handle nor such a URL, with the parser's own code
    """
    if "://" not in text:
        return Question(Handle.parse(text))
    url = HttpsUrl.parse(text)
    spelled = _PROFILE.fullmatch(url.path)
    if not spelled:
        return Question(None, (str(url),))
    style, user, home = spelled.groups()
    try:
        handle = Handle.parse(f"{user}@{home or url.host}")
    except BadInput:
        return Question(None, (str(url),))
    if home:
        return Question(handle)  # a remote view: the page shown lives elsewhere, the account at `home`
    # Of a post, whose profile it is, spelled as it was: what stands after /users/ may be an id that says nothing, and a
    # stranger may take it for a name, and be at /@ID (T32).
    return Question(handle, (str(url), f"{url.origin}{style}{user}"))


async def answer(reader: Reader, question: Question, hints: Hints | None = None) -> tuple[bytes, str]:
    """The verdict's JSON and its entity tag: stored bytes when we know the account, else that nothing attests it.

    :param hints: which attested account it resembles
    """
    handle = question.handle
    for url in question.urls:
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
