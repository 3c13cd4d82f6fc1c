"""Orders that a crash leaves half way."""

from tests.integration.house import Holder, House


async def begun(house: House, holder: Holder) -> None:
    """As a crash leaves it right after `finalize` began: in ``issuing``, and nobody at work on it."""
    kept = await house.service.storage.read.orders.get(holder.id)
    assert kept is not None
    await house.service.registration.finalizer._start(kept)
    assert (await holder.show()).json["status"] == "issuing"
