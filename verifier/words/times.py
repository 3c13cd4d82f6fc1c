"""Dates as people read them: absolute, with their zone, since pages are cached and printed."""

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from ..core.clock import from_rfc3339, to_rfc3339
from .deployment import deployed
from .languages import Lang, particulars
from .phrases import N_, Moment, say

Precision = Literal["zone", "minute", "day"]


def when(moment: int | str, lang: Lang, *, precision: Precision = "zone", zone: ZoneInfo | None = None) -> Moment:
    """``5 février 2027 à 14 h 05 (heure de Paris)``, by default in the time zone of the deployment.

    :param moment: Unix seconds, or RFC 3339 as we write it
    :raises BadInput: ``time-malformed``
    """
    seconds = from_rfc3339(moment) if isinstance(moment, str) else moment
    zone = zone or deployed().zone
    local = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    language = particulars(lang)
    text = format_datetime(local, "d\u00a0MMMM\u00a0y", locale=language.locale)
    if language.first_day is not None and local.day == 1:
        text = text.replace("1\u00a0", f"{language.first_day}\u00a0", 1)
    if precision != "day":
        text = say(
            lang,
            N_("%(day)s at %(time)s"),
            day=text,
            time=format_datetime(local, language.hours, locale=language.locale),
        )
    offset = _offset(local) if precision != "day" and _comes_twice(local) else None
    if precision == "zone":
        name = _zone_name(zone, lang)
        text = f"{text} ({name}, {offset})" if offset else f"{text} ({name})"
    elif offset:
        text = f"{text} ({offset})"
    return Moment(text, to_rfc3339(seconds))


def _comes_twice(local: datetime) -> bool:
    """Whether it is in the hour of an autumn night that a clock shows twice."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _offset(local: datetime) -> str:
    text = local.strftime("%z")
    hours, minutes = text[:3].replace("+0", "+").replace("-0", "-"), text[3:]
    return f"UTC{hours}" + (f":{minutes}" if minutes != "00" else "")


def _zone_name(zone: ZoneInfo, lang: Lang) -> str:
    if zone.key == "UTC":
        return "UTC"
    names = particulars(lang).locale.time_zones.get(zone.key, {})
    city = names.get("city") or zone.key.rpartition("/")[2].replace("_", " ")
    return say(lang, N_("%(city)s time"), city=city)
