"""Links to networks that this service does not cover, and what to do with one."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from .phrases import N_

_THREADS = "Threads"

NETWORKS: Mapping[str, str] = {
    "bsky.app": "Bluesky",
    "facebook.com": "Facebook",
    "instagram.com": "Instagram",
    "linkedin.com": "LinkedIn",
    "t.me": "Telegram",
    "threads.com": _THREADS,
    "threads.net": _THREADS,
    "tiktok.com": "TikTok",
    "twitter.com": "X",
    "x.com": "X",
    "youtube.com": "YouTube",
}
"""Host → how its readers call it."""

NOT_COVERED = N_("This service covers no account of %(network)s")
COVERED = N_("This service answers for accounts of the fediverse alone, such as those of Mastodon.")
ASK_THE_SITE = N_("To know whether that account is official, look for it on the website of the organisation.")
THROUGH_THREADS = N_(
    "An account of Threads that its holder shares with the fediverse can be asked for by its identifier there, which"
    " ends in @threads.net."
)


def network_of(typed: str) -> str | None:
    """The network that a pasted link leads to, if it is one that is not covered."""
    if "://" not in typed:
        return None
    try:
        host = (urlsplit(typed).hostname or "").lower()
    except ValueError:
        return None
    return next((name for own, name in NETWORKS.items() if host == own or host.endswith(f".{own}")), None)


def sentences(network: str) -> tuple[str, ...]:
    """What is covered, and what to do."""
    return (COVERED, THROUGH_THREADS if network == _THREADS else ASK_THE_SITE)
