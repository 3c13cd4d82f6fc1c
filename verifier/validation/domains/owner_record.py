"""The records that a domain publishes at ``_official-account.DOMAIN``, read strictly (syntax of CAA, RFC 8659, 4.2).

    AUTHORITY; token=TOKEN[; persistUntil=SECONDS]
        a proof: this service may attest accounts for the domain
    policy; agents=no; issuer=AUTHORITY AUTHORITY…; report=mailto:ADDRESS
        the owner's policy, any of the three tags

Nothing is repaired (T40): a record that is ours and has another form proves nothing, and a policy that cannot be read
forbids. What is somebody else's is listed, and left alone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...core.errors import BadInput
from ...core.identifiers import MailAddress

LABEL = "_official-account"

_POLICY = "policy"
_LONGEST = 1024
_AUTHORITY = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SECONDS = re.compile(r"0|[1-9][0-9]{0,10}")


@dataclass(frozen=True, slots=True)
class Proof:
    """:param until: Unix seconds up to which it holds, or None"""

    token: str
    until: int | None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner of a domain allows.

    :param agents: whether agents with a mailbox of the domain may be attested
    :param issuers: the services that may attest for it; None: any
    :param report: where to tell the owner, a ``mailto:``
    """

    agents: bool = True
    issuers: tuple[str, ...] | None = None
    report: str | None = None

    def allows(self, authority: str) -> bool:
        return self.issuers is None or authority in self.issuers


NOTHING = Policy(agents=False, issuers=())
"""What is allowed where a policy cannot be known."""


@dataclass(frozen=True, slots=True)
class Records:
    """What stands at the name.

    :param proofs: those that name this service
    :param policy: :data:`NOTHING` if it is malformed, None if there is none
    :param malformed: texts that are ours, or a policy, and cannot be read
    """

    proofs: tuple[Proof, ...]
    policy: Policy | None
    policy_malformed: bool
    malformed: tuple[str, ...]


class _Malformed(Exception):
    pass


def parse(texts: Iterable[str], authority: str) -> Records:
    """Read the records of a name.

    :param authority: host, and port if it is not the usual one, of this service's base URL
    """
    proofs, policies, malformed = list[Proof](), list[Policy | None](), list[str]()
    for text in texts:
        # Loosely first: what was meant for us is told as malformed, and a policy is never overlooked.
        head = text.partition(";")[0].strip().lower()
        meant = head.partition(" ")[0]
        try:
            if meant == _POLICY:
                policies.append(None)
                policies[-1] = _policy(text)
            elif meant == authority:
                proofs.append(_proof(text, authority))
        except _Malformed:
            malformed.append(text)
    sound = policies[0] if len(policies) == 1 else None
    broken = bool(policies) and sound is None
    return Records(tuple(proofs), NOTHING if broken else sound, broken, tuple(malformed))


def _proof(text: str, authority: str) -> Proof:
    tags = _tags(text, authority, {"token", "persistUntil"})
    until = tags.get("persistUntil")
    if not _TOKEN.fullmatch(tags.get("token", "")) or (until is not None and not _SECONDS.fullmatch(until)):
        raise _Malformed
    return Proof(tags["token"], None if until is None else int(until))


def _policy(text: str) -> Policy:
    tags = _tags(text, _POLICY, {"agents", "issuer", "report"})
    if tags.get("agents", "no") != "no":
        raise _Malformed
    issuers = _issuers(tags["issuer"]) if "issuer" in tags else None
    report = tags.get("report")
    if report is not None:
        _check_mailto(report)
    return Policy("agents" not in tags, issuers, report)


def _issuers(value: str) -> tuple[str, ...]:
    """The empty value names none (RFC 8659, 4.2)."""
    issuers = value.split(" ") if value else []
    if len(set(issuers)) < len(issuers) or not all(map(_AUTHORITY.fullmatch, issuers)):
        raise _Malformed
    return tuple(issuers)


def _check_mailto(value: str) -> None:
    scheme, _, address = value.partition(":")
    try:
        if scheme != "mailto" or str(MailAddress.parse(address)) != address:
            raise _Malformed
    except BadInput:
        raise _Malformed from None


def _tags(text: str, head: str, known: set[str]) -> Mapping[str, str]:
    first, *parts = text.split(";")
    if first != head or len(text) > _LONGEST:
        raise _Malformed
    tags: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.removeprefix(" ").partition("=")
        if not equals or name not in known or name in tags:
            raise _Malformed
        tags[name] = value
    return tags
