"""Who may touch an order: the bearer of its token, or the browser that holds it; and who signed in with a mailbox."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from ..core.attestation import LIFETIME
from ..core.clock import DAY
from ..core.errors import Unauthorized
from ..core.models import OrderStatus
from ..registration.orders.registrar import ORDER_LIFETIME
from ..registration.sign_in import KEPT, SESSION_LIFETIME, Purpose
from ..storage import Order
from ..words import Lang, lang_of
from . import keys

_ORDER = "order-"
_OVER = 7 * DAY  # seconds for which an order whose time is over can still be asked why it ended
_MOST = 40  # orders that a browser holds: 75 bytes each, in a header of 8 kB
_OPEN = (OrderStatus.PENDING, OrderStatus.READY)
_ENDED = (OrderStatus.EXPIRED, OrderStatus.REJECTED, OrderStatus.WITHDRAWN)


def keep_order(request: web.Request, answer: web.Response, order: Order, token: str | None) -> None:
    """Make this browser the holder of that order, or keep it so for longer."""
    if token is not None and order.status not in _ENDED:
        left = kept_until(request, order) - request.app[keys.CLOCK].now()
        _set(request, answer, _ORDER + order.id, token, left + (_OVER if order.status in _OPEN else 0))


def kept_until(request: web.Request, order: Order) -> int:
    """Until when this browser may come back to that order, in Unix seconds: from a visit, as long as an attestation."""
    return order.expires_at if order.status in _OPEN else request.app[keys.CLOCK].now() + LIFETIME


def is_over(request: web.Request, order: Order) -> bool:
    """Whether nothing can come of it any more, be it that the clockwork has not closed it yet."""
    return order.status in _ENDED or (order.status in _OPEN and order.expires_at <= request.app[keys.CLOCK].now())


def order_token(request: web.Request, order_id: str) -> str | None:
    """The token of that order, if this browser has one."""
    return _get(request, _ORDER + order_id)


@dataclass(frozen=True, slots=True)
class BrowserOrders:
    """The orders whose cookies a browser sends.

    :param orders: those that it holds: what goes on before what has ended, the newest first
    :param superfluous: ids of those that it need not send
    """

    orders: Sequence[Order]
    superfluous: Sequence[str]


async def browser_orders(request: web.Request) -> BrowserOrders:
    """What this browser holds, and nobody else's: each token is compared (T63)."""
    orders, ids = list[Order](), list[str]()
    start = _prefix(request) + _ORDER
    for name, token in request.cookies.items():
        order_id = name.removeprefix(start)
        if name.startswith(start) and len(order_id) == 16 and len(token) == 43:  # as we make them
            ids.append(order_id)
            with suppress(Unauthorized):
                orders.append(await request.app[keys.REGISTRAR].authorize(order_id, token))
    orders.sort(key=lambda order: (order.status not in _ENDED, order.created_at), reverse=True)
    needed = {order.id for order in orders[: _MOST - 1]}  # and the one that is opened now
    return BrowserOrders(orders, [each for each in ids if each not in needed])


def forget(request: web.Request, answer: web.Response, order_ids: Iterable[str]) -> None:
    """This browser need not send their tokens any more: one that sends too many is refused everything."""
    for order_id in order_ids:
        _set(request, answer, _ORDER + order_id, "", 0)


def keep_code(request: web.Request, answer: web.Response, purpose: Purpose, token: str) -> None:
    """A code is on its way for this browser: nowhere else is it worth anything (T08)."""
    _set(request, answer, f"code-{purpose}", token, KEPT)


def code_token(request: web.Request, purpose: Purpose) -> str | None:
    """By what this browser is known that has asked for a code."""
    return _get(request, f"code-{purpose}")


def sign_in(request: web.Request, answer: web.Response, purpose: Purpose, token: str) -> None:
    """This browser has shown that it holds a mailbox."""
    _set(request, answer, f"code-{purpose}", "", 0)
    _set(request, answer, f"session-{purpose}", token, SESSION_LIFETIME)


def session_token(request: web.Request, purpose: Purpose) -> str | None:
    """The token of the session that this browser says it has."""
    return _get(request, f"session-{purpose}")


def keep_language(request: web.Request, answer: web.Response, order_id: str, lang: Lang) -> None:
    """Remember the language that its holder reads, while they are elsewhere to sign in."""
    _set(request, answer, f"lang-{order_id}", lang, ORDER_LIFETIME)


def kept_language(request: web.Request, order: Order) -> Lang:
    """The language of the page from which its holder set out, else that of the order."""
    return lang_of(_get(request, f"lang-{order.id}") or order.locale)


def bearer(request: web.Request) -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def authorized(request: web.Request) -> Order:
    """The order of this address, for the bearer of its token.

    :raises Unauthorized: ``unauthorized``
    """
    return await request.app[keys.REGISTRAR].authorize(request.match_info["id"], bearer(request))


async def holder(request: web.Request) -> Order:
    """The order of this address, for the browser that opened it.

    :raises Unauthorized: ``order-not-yours``
    """
    order_id = request.match_info["id"]
    try:
        return await request.app[keys.REGISTRAR].authorize(order_id, order_token(request, order_id))
    except Unauthorized:
        raise Unauthorized("order-not-yours") from None


def _get(request: web.Request, name: str) -> str | None:
    return request.cookies.get(_prefix(request) + name)


def _set(request: web.Request, answer: web.Response, name: str, value: str, seconds: int) -> None:
    prefix = _prefix(request)
    answer.set_cookie(
        prefix + name, value, max_age=seconds, path="/", secure=bool(prefix), httponly=True, samesite="Lax"
    )


def _prefix(request: web.Request) -> str:
    """What no other host of our domain can set, by RFC 6265bis, 4.1.3.2; the sandbox has no TLS, which it needs."""
    return "__Host-" if urlsplit(request.app[keys.SITE].base_url).scheme == "https" else ""
