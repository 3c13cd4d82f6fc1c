"""What a sign-in is worth, by the tables of the policy (T14, T15)."""

from dataclasses import replace

import pytest

from verifier.core.identifiers import Host
from verifier.core.strict_json import Json
from verifier.policy import policy as policies
from verifier.policy.providers import SignInRuling, rule_on_sign_in

OWN = Host("numerique.gouv.fr")
POLICY = replace(policies.load(), providers={"idp-1": frozenset({OWN}), "idp-2": frozenset({Host("elysee.fr")})})
STATE = SignInRuling("issue", "state", "suffix gouv.fr")


def evidence(**changed: Json) -> dict[str, Json]:
    return {"idp": "idp-1", "domain": str(OWN), "population": "agent"} | changed


def test_an_agent_of_a_known_provider_is_what_the_mailbox_says() -> None:
    assert rule_on_sign_in(POLICY, STATE, evidence()) is STATE


@pytest.mark.parametrize(
    "pair",
    [
        {"idp": "idp-2"},
        {"idp": "unheard-of"},
        {"idp": "IDP-1"},
        {"domain": "elysee.fr"},
        {"domain": "x.numerique.gouv.fr"},
        {"domain": "gouv.fr"},
    ],
    ids=str,
)
def test_t14_a_pair_that_nobody_wrote_down_is_reviewed(pair: dict[str, Json]) -> None:
    ruling = rule_on_sign_in(POLICY, STATE, evidence(**pair))
    assert (ruling.decision, ruling.class_, ruling.alert) == ("review", "state", True)


def test_t14_such_a_provider_decides_no_class() -> None:
    assert rule_on_sign_in(POLICY, STATE, evidence(idp="idp-2", population="prestataire")).class_ == "state"


@pytest.mark.parametrize(
    ("population", "class_"),
    [
        ("prestataire", "contractor"),
        ("stagiaire", "trainee"),
        ("apprenti", "trainee"),
        ("Agent", "state"),
        (None, "state"),
    ],
)
def test_t15_who_is_no_agent_is_reviewed(population: str | None, class_: str) -> None:
    ruling = rule_on_sign_in(POLICY, STATE, evidence(population=population))
    assert (ruling.decision, ruling.class_, ruling.alert) == ("review", class_, False)


@pytest.mark.parametrize("population", ["agent", "prestataire", None])
@pytest.mark.parametrize("class_", ["shared", "contractor", "parliament"])
def test_t15_what_the_mailbox_did_not_earn_no_sign_in_gives(class_: str, population: str | None) -> None:
    earned = SignInRuling("review", class_, "a line")
    assert rule_on_sign_in(POLICY, earned, evidence(population=population)).decision == "review"


def test_t15_a_class_that_is_issued_at_once_makes_no_review_disappear() -> None:
    lenient = replace(POLICY, populations={"agent": "state"})
    assert rule_on_sign_in(lenient, STATE, evidence()).decision == "issue"
    assert rule_on_sign_in(lenient, SignInRuling("review", "shared", "a line"), evidence()).decision == "review"
