"""What somebody asks for, and what the policy rules on it."""

from dataclasses import dataclass, field

from ...core.attestation import LONGEST_LABEL, is_label
from ...core.errors import BadInput, Refused, located
from ...core.identifiers import Handle, Host, MailAddress
from ...core.models import IdentityType
from ...policy.policy import Body, Policy
from ...words import deployed


@dataclass(frozen=True, slots=True)
class Request:
    """An account to attest.

    :param mailbox: of the agent, or of the contact who acts for the body
    :param domain: of the body, whose account it is; None for an agent
    :param name: what the body is called, as whoever asks says; it counts while nobody else has named it
    :param listed: shown in directories and feeds; unlisted is found by exact handle alone. A body's always is
    :param affiliation: ``body`` shows the mailbox's domain, ``state`` only that the holder serves the State
    :param locale: the language of the mails
    """

    handle: Handle
    mailbox: MailAddress
    listed: bool = False
    affiliation: str = "body"
    locale: str = field(default_factory=lambda: deployed().locale)
    domain: Host | None = None
    name: str | None = None


def name_of_body(text: str) -> str:
    """That text, if an attestation may bear it as a name.

    :raises BadInput: ``name-malformed``
    """
    if not is_label(text):
        raise BadInput("name-malformed", limit=LONGEST_LABEL)
    return text


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy says of a request that it accepts.

    :param decision: ``issue`` or ``review``
    :param rule: the line of the policy that decided; it is kept with the proofs
    """

    identity: IdentityType
    body: Body
    decision: str
    class_: str
    rule: str


def rule_on(policy: Policy, request: Request) -> Ruling:
    """What the policy says of a request.

    :raises Refused: the policy does not accept that mailbox, or that domain, or that name for it
    """
    if request.domain is not None:
        body = policy.institution(request.domain, request.mailbox)
        if request.name is not None and not body.body.is_named:
            with located("/identity/name"):
                policy.check_name(body.body.domain, request.name)
        return Ruling(IdentityType.INSTITUTION, body.body, body.decision, body.class_, body.rule)
    mailbox = policy.mailbox(request.mailbox)
    if mailbox.decision == "refuse":
        code = mailbox.code or "mailbox-refused"
        raise Refused(code, pointer="/identity/email", domain=str(request.mailbox.domain))
    return Ruling(IdentityType.AGENT, mailbox.body, mailbox.decision, mailbox.class_, mailbox.rule)
