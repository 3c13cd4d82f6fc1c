"""How each part of a deployment is asked whether it works."""

import shutil

from ..core.clock import HOUR, MINUTE, Clock
from ..core.errors import Unavailable
from ..core.models import Purpose
from ..publication.status_lists import waiting_since
from ..settings import Settings
from ..storage import Storage
from ..validation import Tools
from ..web.health import Health, Probe
from .signing import Keys

SPARE = 4 * 2**20  # bytes free, below which the next writes may fail
_SIGNED_WITHIN = 10  # seconds
_AHEAD = 5  # seconds that a list may be dated after now


def health(settings: Settings, storage: Storage, keys: Keys, tools: Tools, clock: Clock) -> Health:
    """What `/readyz` asks."""
    folder = settings.folder

    async def database() -> bool:
        try:
            await storage.read.facts.get("base_url")
        except Unavailable:
            return False
        return not storage.write.failing

    async def signer() -> bool:
        # A list that has waited for longer than a signature takes tells of an HSM that fails while signing.
        since = await waiting_since(storage.read, clock.now())
        return bool(keys.by(Purpose.ISSUING)(clock.now())) and (since is None or since + _SIGNED_WITHIN > clock.now())

    async def resolver() -> bool:
        return await tools.dns.ailment() is None

    async def disk() -> bool:
        return shutil.disk_usage(folder).free >= SPARE

    async def mail() -> bool:
        if settings.smtp_url:
            await tools.mailer.greet()
        return True

    async def jobs() -> bool:
        # Signed each hour: what has waited for another one says that the clockwork stands still.
        since = await waiting_since(storage.read, clock.now())
        return since is None or since + HOUR > clock.now()

    async def on_time() -> bool:
        return await storage.read.status_lists.last_signed() <= clock.now() + _AHEAD

    return Health(
        (
            Probe("database", 0, database),
            Probe("signer", 0, signer),
            Probe("resolver", MINUTE, resolver),
            Probe("disk", 0, disk),
            Probe("mail", 5 * MINUTE, mail),
            Probe("jobs", 0, jobs),
            Probe("clock", 0, on_time),
        ),
        clock,
    )
