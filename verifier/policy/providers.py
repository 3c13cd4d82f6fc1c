"""What a sign-in means for an order: may the provider speak for the domain, and who is the holder? (T14, T15)"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.identifiers import Host
from ..core.strict_json import Json
from .policy import Policy


@dataclass(frozen=True, slots=True)
class SignInRuling:
    """The ruling on an order, never milder than the one on its mailbox.

    :param rule: what decided; it is kept with the proof
    :param alert: the provider spoke for a domain that the policy does not give it: somebody should look at it today
    """

    decision: str
    class_: str
    rule: str
    alert: bool = False


def rule_on_sign_in(policy: Policy, mailbox: SignInRuling, evidence: Mapping[str, Json]) -> SignInRuling:
    """What the policy says of a valid ``oidc-01``.

    :param mailbox: the ruling on the mailbox alone
    :param evidence: of the record
    """
    idp, domain, population = evidence["idp"], Host.parse(evidence["domain"]), evidence["population"]
    if domain not in policy.providers.get(idp, frozenset()):
        # The federation does not prevent it: one provider could sign anybody in as an agent of any ministry (T14).
        return SignInRuling("review", mailbox.class_, f"sign-in: {idp} is not known to speak for {domain}", alert=True)
    class_ = policy.populations.get(population or "")
    if class_ is None:
        return SignInRuling("review", mailbox.class_, f"sign-in: population {population or 'not told'}")
    if not class_:
        return mailbox
    at_once = mailbox.decision == policy.classes[class_].decision == "issue"
    return SignInRuling("issue" if at_once else "review", class_, f"sign-in: population {population}")
