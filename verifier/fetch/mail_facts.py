"""What the DNS says of a domain that takes mail (T11). Nothing here is validated: it informs, and proves nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import dns.exception
import dns.name
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from ..core.identifiers import Host
from ..core.strict_json import Json

Ask = Callable[[str, str], Awaitable[dns.resolver.Answer]]
_LABELS = 7  # of a parent whose DMARC policy is asked, as in the walk of the next DMARC, whose most is 8 questions
_POLICIES = frozenset({"none", "quarantine", "reject"})


async def ask(domain: Host, question: Ask) -> Mapping[str, Json]:
    """Everything at once, so that a resolver that is away costs the wait for one question.

    ``mx``: ``present``; ``null`` (RFC 7505: takes no mail); ``none``, which is no refusal: mail then goes to the
    address of the domain itself, and it is for the relay to find one (RFC 5321, 5.1).
    ``spf`` (RFC 7208): ``present``, ``none``. ``dmarc`` (RFC 7489): ``none``, ``quarantine``, ``reject``,
    ``absent``; of the nearest parent if the domain has none. ``unknown`` for each: no answer to be had.
    """
    above = (name for name in domain.ancestry[1:] if len(name.labels) <= _LABELS)
    asked = [(str(domain), "MX"), (str(domain), "TXT"), *((f"_dmarc.{name}", "TXT") for name in (domain, *above))]
    mx, spf, *dmarc = await asyncio.gather(*(_answer(question, name, kind) for name, kind in asked))
    return {"mx": _mx(mx), "spf": _spf(spf), "dmarc": _dmarc(dmarc)}


Records = list[object] | None
"""None: no answer to be had."""


async def _answer(question: Ask, name: str, kind: str) -> Records:
    try:
        return list(await question(name, kind))
    except (dns.resolver.NXDOMAIN, dns.name.NameTooLong):
        return []
    except dns.exception.DNSException:
        return None


def _mx(records: Records) -> str:
    if records is None:
        return "unknown"
    exchanges = [record.exchange for record in records if isinstance(record, MX)]
    if not exchanges:
        return "none"
    return "null" if exchanges == [dns.name.root] else "present"


def _spf(records: Records) -> str:
    if records is None:
        return "unknown"
    # In any case (RFC 7208, 4.5 and 12; RFC 5234, 2.3).
    found = [text for text in map(str.lower, _texts(records)) if text == "v=spf1" or text.startswith("v=spf1 ")]
    return "present" if len(found) == 1 else "none"  # RFC 7208, 4.5: two are an error, and protect nothing


def _dmarc(answers: list[Records]) -> str:
    for above, records in enumerate(answers):
        if records is None:
            return "unknown"
        policies = [tags for tags in map(_tags, _texts(records)) if tags.get("v") == "DMARC1"]
        if len(policies) == 1:  # RFC 7489, 6.6.3: several are none
            policy = policies[0].get("p", "")
            policy = (policies[0].get("sp", policy) if above else policy).lower()  # RFC 7489, 6.4
            return policy if policy in _POLICIES else "absent"
    return "absent"


def _texts(records: list[object]) -> list[str]:
    return [b"".join(record.strings).decode("latin-1") for record in records if isinstance(record, TXT)]


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
