"""Dates as people read them: absolute, with their zone, since pages are cached and printed."""

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime

from ..core.clock import from_rfc3339, to_rfc3339
from .deployment import deployed
from .phrases import N_, Lang, Moment, say

Precision = Literal["zone", "minute", "day"]

_LOCALES: dict[Lang, Locale] = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}
_HOURS: dict[Lang, str] = {"fr": "H\u00a0'h'\u00a0mm", "en": "HH:mm"}


def when(moment: int | str, lang: Lang, *, precision: Precision = "zone", zone: ZoneInfo | None = None) -> Moment:
    """``5 février 2027 à 14 h 05 (heure de Paris)``, by default in the time zone of the deployment.

    :param moment: Unix seconds, or RFC 3339 as we write it
    :raises BadInput: ``time-malformed``
    """
    seconds = from_rfc3339(moment) if isinstance(moment, str) else moment
    zone = zone or deployed().zone
    local = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    locale = _LOCALES[lang]
    text = format_datetime(local, "d\u00a0MMMM\u00a0y", locale=locale)
    if lang == "fr" and local.day == 1:
        text = text.replace("1\u00a0", "1er\u00a0", 1)
    if precision != "day":
        text = say(lang, N_("%(day)s at %(time)s"), day=text, time=format_datetime(local, _HOURS[lang], locale=locale))
    if precision == "zone":
        text = f"{text} ({_zone_name(zone, lang)})"
    return Moment(text, to_rfc3339(seconds))


def _zone_name(zone: ZoneInfo, lang: Lang) -> str:
    if zone.key == "UTC":
        return "UTC"
    city = _LOCALES[lang].time_zones.get(zone.key, {}).get("city") or zone.key.rpartition("/")[2].replace("_", " ")
    return say(lang, N_("%(city)s time"), city=city)
