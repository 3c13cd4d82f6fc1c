"""What becomes of a request that people must examine: one fact, whether this service gives them a way to."""

from collections.abc import Mapping

from .deployment import deployed
from .languages import Lang
from .phrases import N_, Phrase, say

EXAMINED: Mapping[bool, str] = {
    True: N_("Two people examine such a request before anything is published, within five working days."),
    False: N_(
        "Two people must examine such a request before anything is published. This service gives them no way to do it"
        " yet: the request waits."
    ),
}
"""Whether people can examine requests here → what becomes of one."""


def examination(lang: Lang) -> Phrase:
    """What becomes here of a request that people must examine."""
    return say(lang, EXAMINED[deployed().reviews])
