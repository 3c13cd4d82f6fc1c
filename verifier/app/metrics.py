"""What the private port answers: ``/metrics``, for Prometheus."""

from aiohttp import web

from ..core import metrics
from ..core.clock import MINUTE
from ..core.models import OrderStatus
from ..publication.status_lists import due_lists
from ..storage import Reader
from .composition import Service


def application(service: Service) -> web.Application:
    """The one door of the private port."""

    async def answer(_: web.Request) -> web.Response:
        await _measure(service.storage.read, service.clock.now())
        return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    built = web.Application()
    built.router.add_get("/metrics", answer)
    return built


async def _measure(read: Reader, now: int) -> None:
    """What waits now, as the store has it."""
    for queue, waiting in (
        ("letters", await read.letters.count_due(now)),
        ("accounts", await read.accounts.count_due(now)),
        ("lists", len(await due_lists(read, now))),
        ("issuing", await read.orders.count(OrderStatus.ISSUING)),
        ("in-review", await read.orders.count(OrderStatus.IN_REVIEW)),
        ("jobs", await read.jobs.count_late(now - MINUTE)),
    ):
        metrics.QUEUE.labels(queue).set(waiting)
