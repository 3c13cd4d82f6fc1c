"""Times of credentials: XSD dateTimeStamp (XML Schema 1.1, part 2), which has fractions and offsets."""

import re
from datetime import UTC, datetime, timedelta

from ...core.errors import ProofError
from ...core.strict_json import Json

_STAMP = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]|24:00:00)"
    r"(?P<fraction>\.[0-9]+)?(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
)


def parse(value: Json, pointer: str, *, zone: bool = True) -> datetime:
    """The instant that a dateTimeStamp names, from the year 1 to 9999.

    :param zone: an offset is asked for; otherwise a time without one is UTC (Data Integrity, 2.1)
    :raises ProofError: ``time-malformed``
    """
    found = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None or (zone and not found["zone"]):
        raise ProofError("time-malformed", pointer=pointer)
    midnight = found["time"].startswith("24")
    if midnight and (found["fraction"] or ".").strip(".0"):
        raise ProofError("time-malformed", pointer=pointer)
    time = "00:00:00" if midnight else found["time"] + (found["fraction"] or "")
    try:
        instant = datetime.fromisoformat(f"{found['day']}T{time}{found['zone'] or 'Z'}")
        return (instant + timedelta(days=midnight)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ProofError("time-malformed", pointer=pointer) from None
