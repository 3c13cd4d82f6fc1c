"""What a body is told of what is published in its name: its contact, and whom its DNS record names (``report=``)."""

from collections.abc import Iterable, Mapping

from ..core.clock import DAY
from ..core.strict_json import Json
from ..storage import Body, Order, Tx
from ..validation.domains.owner_record import LABEL
from ..words import deployed

_WEEK = 7 * DAY


async def tell_body(
    tx: Tx, body: Body, letter: str, values: Mapping[str, Json], at: int, also: Iterable[str] = ()
) -> None:
    """One letter to each address of those who answer for a body, within this transaction.

    :param also: addresses beside that of its contact
    :param at: when it may be sent, in Unix seconds
    """
    contact = await tx.identities.contact_of_body(body.id)
    for address in dict.fromkeys((contact, *also)):
        if address:
            await tx.letters.add(None, letter, deployed().locale, {"domain": body.domain, **values}, at, to=address)


async def tell_of_office(tx: Tx, body: Body, order: Order, handle: str, page: str, at: int) -> None:
    """An account is attested as the body's own: its contact so far learns it, whoever asks, and the body above."""
    about: Mapping[str, Json] = {"handle": handle, "page": page, "at": at}
    await tell_body(tx, body, "office-published", about, at, (order.mailbox or "", *(order.report or "").split()))
    above = await tx.bodies.by_id(body.parent_id) if body.vouched_at and body.parent_id else None
    if above is not None:
        await tell_body(tx, above, "office-published", {**about, "domain": body.domain}, at)


async def tell_of_agents(tx: Tx, body: Body, order: Order, now: int) -> None:
    """Attestations of people name the body: one letter a week, at its end, says neither whose nor how many (T00d).

    A letter at once would tell the body by its hour whom it is about: the code went to a mailbox of the body.
    """
    end = (now // _WEEK + 1) * _WEEK
    fact = f"agents-told:{body.domain}"
    if int(await tx.facts.get(fact) or 0) < end:
        await tx.facts.set(fact, str(end))
        record = {"name": f"{LABEL}.{body.domain}", "value": "policy; agents=no"}
        about: Mapping[str, Json] = {"first": end - _WEEK, "last": end, **record}
        await tell_body(tx, body, "agents-published", about, end, (order.report or "").split())
