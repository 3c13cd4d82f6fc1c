"""A holder who signs in at their own instance: what the tests of ``oauth-01`` share."""

from urllib.parse import parse_qsl, urlsplit

from tests.doubles.mastodon_api import Api
from tests.doubles.tools import METHODS
from verifier.core.identifiers import Handle
from verifier.core.models import Record, Subject
from verifier.validation import State, Tools

METHOD = METHODS["oauth-01"]
MARIANNE = Handle.parse("@marianne@social.example")
HOST = "social.example"


def subject(handle: Handle = MARIANNE, order: str = "abcdefghij234567") -> Subject:
    page = f"https://verifier.example/v/{order}"
    return Subject(order_id=order, handle=handle, page=page, mailbox=None, domain=None, locale="en")


async def begin(ways_out: Tools, state: State | None = None, handle: Handle = MARIANNE) -> State:
    return await METHOD.prepare(subject(handle), state or {}, ways_out)


def asked(state: State) -> dict[str, str]:
    """The members of the authorization request."""
    return dict(parse_qsl(urlsplit(METHOD.instructions(state)["authorize"]).query, strict_parsing=True))


async def check(ways_out: Tools, state: State, answer: State) -> Record:
    record, kept = await METHOD.check(subject(), state, answer, ways_out)
    assert not METHOD.instructions(kept)  # the sign-in is over, whatever came of it
    return record


async def signed_in(ways_out: Tools, api: Api, **more: str) -> Record:
    state = await begin(ways_out)
    return await check(ways_out, state, api.sign_in(state["authorize"], **more))
