"""The records of ``_official-account``, read strictly (T40)."""

import pytest

from verifier.validation.domains.owner_record import NOTHING, Policy, Proof, Records, parse

US = "comptes.example.gouv.fr"
OTHER = "comptes.example.org"


def read(*texts: str, authority: str = US) -> Records:
    return parse(texts, authority)


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        (f"{US}; token=abc", Proof("abc", None)),
        (f"{US};token=a-B_9", Proof("a-B_9", None)),
        (f"{US}; token=abc; persistUntil=1795428000", Proof("abc", 1_795_428_000)),
        (f"{US}; persistUntil=0;token=abc", Proof("abc", 0)),
    ],
)
def test_a_proof(text: str, proof: Proof) -> None:
    assert read(text) == Records((proof,), None, False, ())


def test_a_port_is_part_of_the_name() -> None:
    assert read("127.0.0.1:8080; token=abc", authority="127.0.0.1:8080").proofs == (Proof("abc", None),)
    assert read(f"{US}:8080; token=abc").proofs == ()


@pytest.mark.parametrize(
    "text",
    [
        US,
        f"{US};",
        f"{US}; token=",
        f"{US}; token=abc;",
        f"{US}; token=abc; ",
        f"{US}; token=abc ",
        f" {US}; token=abc",
        f"{US} ; token=abc",
        f"{US};  token=abc",
        f"{US}; token =abc",
        f"{US}; token= abc",
        f"{US}; token=abc; token=abc",
        f"{US}; token=abc; persistUntil=1; persistUntil=1",
        f"{US}; token=abc; extra=1",
        f"{US}; token=abc; extra",
        f"{US}; Token=abc",
        f"{US}; token=abc; persistuntil=1",
        f"{US}; persistUntil=1",
        f"{US}; token=abc; persistUntil=",
        f"{US}; token=abc; persistUntil=01",
        f"{US}; token=abc; persistUntil=+1",
        f"{US}; token=abc; persistUntil=1e9",
        f"{US}; token=abc; persistUntil=" + "9" * 12,
        f"{US.upper()}; token=abc",
        f"{US}; token=ab c",
        rf"{US}; token=ab\233",
        f"{US}; token=" + "a" * 129,
        f"{US}; token=abc; agents=no",
    ],
)
def test_t40_what_is_ours_and_malformed(text: str) -> None:
    assert read(text) == Records((), None, False, (text,))


@pytest.mark.parametrize(
    "text",
    [
        f"{OTHER}; token=abc",
        f"{US}.evil.example; token=abc",
        "v=spf1 -all",
        "",
        ";",
        f"x{US}; token=abc",
        "policyx; a=b",
    ],
)
def test_t40_what_is_another_s_is_left_alone(text: str) -> None:
    assert read(text) == Records((), None, False, ())


def test_t40_two_proofs_are_both_seen() -> None:
    assert len(read(f"{US}; token=abc", f"{US}; token=def", f"{OTHER}; token=x").proofs) == 2


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("policy", Policy()),
        ("policy; agents=no", Policy(agents=False)),
        ("policy; issuer=", Policy(issuers=())),
        (f"policy; issuer={US}", Policy(issuers=(US,))),
        (f"policy; issuer={US} {OTHER}:8443", Policy(issuers=(US, f"{OTHER}:8443"))),
        ("policy;report=mailto:ssi@numerique.gouv.fr", Policy(report="mailto:ssi@numerique.gouv.fr")),
        (
            f"policy; report=mailto:ssi@example.fr; issuer={US}; agents=no",
            Policy(False, (US,), "mailto:ssi@example.fr"),
        ),
    ],
)
def test_a_policy(text: str, policy: Policy) -> None:
    assert read(text, f"{US}; token=abc") == Records((Proof("abc", None),), policy, False, ())


@pytest.mark.parametrize(
    "text",
    [
        "Policy; agents=no",
        "policy;",
        "policy; agents=yes",
        "policy; agents=",
        "policy; agents=no;",
        "policy; agents=no; agents=no",
        "policy agents=no",
        "policy ; agents=no",
        " policy; agents=no",
        "policy; agents = no",
        "policy; noagents",
        "policy; unknown=1",
        f"policy; issuer={US}  {OTHER}",
        f"policy; issuer={US},{OTHER}",
        f"policy; issuer={US} {US}",
        f"policy; issuer=https://{US}",
        f"policy; issuer={US.upper()}",
        "policy; report=ssi@example.fr",
        "policy; report=mailto:",
        "policy; report=mailto:A@example.fr",
        "policy; report=https://example.fr/",
        "policy; report=mailto:a@example.fr?bcc=b@example.fr",
        r"policy; agents=no\194\160",
        "policy; issuer=" + " ".join(f"{n}.example" for n in range(200)),
    ],
)
def test_t40_a_policy_that_cannot_be_read_forbids(text: str) -> None:
    assert read(text) == Records((), NOTHING, True, (text,))


def test_t40_two_policies_forbid() -> None:
    assert read("policy", "policy") == Records((), NOTHING, True, ())
    assert read("policy; agents=no", "policy; x").policy == NOTHING


def test_whom_a_policy_allows() -> None:
    assert Policy().allows(US)
    assert Policy(issuers=(US,)).allows(US)
    assert not Policy(issuers=(OTHER,)).allows(US)
    assert not NOTHING.allows(US)
    assert not NOTHING.agents
