"""Every length of time of the service, written out.

Other tests move the clock by the constant itself, and would not see 71 hours in the place of 72: the lengths that the
contract promises stand here as people say them, and a constant that is added must be added here.
"""

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest

import verifier
from verifier.fetch import Limits
from verifier.fetch.dnssec import Budget
from verifier.web.limits import RATES

UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}

TIMES = {
    "app.probes._SIGNED_WITHIN": "10 s",
    "app.serving.RESUME_WAIT": "10 s",
    "jobs.status_lists.LATE": "5 min",
    "jobs.status_lists.RETRY": "5 s",
    "jobs.status_lists._TELL_EVERY": "1 min",
    "publication.status_lists.SIGNED_EVERY": "1 h",
    "registration.monitoring.spelling._AGAIN": "30 d",
    "registration.monitoring.spelling._PATIENCE": "72 h",
    "app.probes._AHEAD": "5 s",
    "cli.doctor._BEHIND": "5 s",
    "cli.doctor._SOON": "30 d",
    "core.attestation.LIFETIME": "90 d",
    "core.bounded.SECONDS": "5 s",
    "core.codes.LIFETIME": "15 min",
    "core.clock.DAY": "24 h",
    "core.clock.HOUR": "60 min",
    "fetch.allowance.CHECK": "25 s",
    "fetch.chain._LONGEST": "1 h",
    "issuance.issuer.INTENT_LIFETIME": "10 min",
    "app.serving.LAST_REQUESTS": "1 s",
    "app.serving._LOOK_AGAIN": "0.01 s",
    "app.supervisor.FIRST_PAUSE": "1 s",
    "app.supervisor.LONGEST_PAUSE": "30 s",
    "app.supervisor.STOP": "20 s",
    "core.shared._PATIENCE": "5 s",
    "fetch.limits._LOOK_AGAIN": "0.05 s",
    "jobs.clockwork.LEASE": "5 min",
    "jobs.clockwork.TICK": "1 s",
    "jobs.forgetting.KEPT": "30 d",
    "jobs.letters.GIVEN_UP": "5 d",
    "jobs.letters._FIRST_RETRY": "1 min",
    "jobs.letters._LEASE": "5 min",
    "jobs.letters._LONGEST_RETRY": "6 h",
    "publication.status_lists.CACHE_SECONDS": "1 min",
    "publication.status_lists.VALIDITY": "24 h",
    "registration.bodies._PROOF_AGE": "48 h",
    "registration.notices._WEEK": "7 d",
    "registration.orders.awaited._LONGEST": "3 h",
    "registration.orders.awaited._SHORTEST": "5 min",
    "registration.monitoring.accounts._ALERT_AFTER": "1 h",
    "registration.monitoring.accounts._GATHER": "1 s",
    "registration.monitoring.accounts._LEASE": "5 min",
    "registration.monitoring.accounts._PUT_OFF": "10 min",
    "registration.monitoring.accounts._TURN": "2 min",
    "registration.monitoring.bodies._NEXT": "20 h",
    "registration.monitoring.bodies._PUT_OFF": "1 h",
    "registration.monitoring.consequences.CONFIRM": "60 min",
    "registration.monitoring.consequences.GRACE": "72 h",
    "registration.monitoring.consequences._DAILY": "20 h",
    "registration.monitoring.consequences._LATE": "12 h",
    "registration.monitoring.consequences._LETTER_AFTER": "60 min",
    "registration.monitoring.consequences._LONGEST_PAUSE": "6 h",
    "registration.monitoring.consequences._SPREAD": "3 h",
    "registration.monitoring.domains._PUT_OFF": "1 h",
    "registration.monitoring.domains._TURN": "200 s",
    "registration.monitoring.instances._RETRY": "1 h",
    "registration.orders.finalizing.FINALIZE_WAIT": "10 s",
    "registration.orders.last_look.FRESH": "10 min",
    "registration.orders.last_look._PATIENCE": "10 s",
    "registration.orders.owner_consent._PATIENCE": "3 s",
    "registration.orders.registrar.CHALLENGE_LEASE": "60 s",
    "registration.orders.registrar.ORDER_LIFETIME": "48 h",
    "registration.orders.registrar.ORDER_LIFETIME_OF_BODY": "7 d",
    "registration.publishing.MAIL_PROOF_LIFETIME": "180 d",
    "registration.sign_in.KEPT": "1 h",
    "registration.sign_in.SESSION_LIFETIME": "30 min",
    "sandbox.openid._LIFETIME": "60 s",
    "signer.keystore.REGISTRY_LIFE": "365 d",
    "signer.keystore.SANDBOX_LIFE": "3650 d",
    "storage.accounts.FIRST_CHECK": "12 h",
    "storage.examination.server._SLOW": "0.02 s",
    "storage.postgres._BEAT": "0.5 s",
    "storage.postgres._CONNECT": "5 s",
    "storage.postgres._DEAF": "1 s",
    "storage.postgres._GRACE": "2 s",
    "storage.postgres._IDLE": "10 s",
    "storage.postgres._LOCK": "10 s",
    "storage.postgres._STATEMENT": "10 s",
    "storage.sqlite.SNAPSHOT_SECONDS": "0.005 s",
    "storage.sqlite._BUSY_SECONDS": "10 s",
    "storage.sqlite._READ_BUSY_SECONDS": "0.1 s",
    "validation.domains.anomalies._REMIND": "30 d",
    "validation.domains.anomalies._SOON": "14 d",
    "validation.domains.anomalies._STALE": "7 d",
    "validation.sign_in.authorization_code.LIFETIME": "10 min",
    "validation.sign_in.openid_provider.FRESH": "1 h",
    "validation.sign_in.openid_provider.REFRESH": "1 min",
    "validation.sign_in.openid_tokens.LEEWAY": "60 s",
    "web.actions.checks.CHECK_SECONDS": "5 min",
    "web.answers.AWAY": "60 s",
    "web.answers._EACH": "1 s",
    "web.answers._PATIENCE": "2 s",
    "web.actions.checks.FAILED_SECONDS": "1 min",
    "web.counts._TO_ALL": "60 s",
    "web.limits.MINUTE": "60 s",
    "web.limits._SOON": "10 s",
    "web.problems._PATIENCE": "30 s",
    "web.protocol.IDLE_SECONDS": "75 s",
    "web.session._OVER": "7 d",
}

LIMITS = {
    "publications": (10, "1 min"),
    "lookups": (3000, "1 h"),
    "orders": (20, "1 h"),
    "answers": (30, "1 min"),
    "checks": (30, "1 min"),
    "appraisals": (60, "1 min"),
    "batches": (60, "1 min"),
    "mails": (10, "1 h"),
    "mails-by-one": (4, "1 h"),
    "mail-domains": (1000, "1 h"),
    "targets": (20, "1 min"),
    "targets-by-one": (8, "1 min"),
    "takings": (10, "1 min"),
    "takings-by-one": (4, "1 min"),
    "connections": (2000, "0 s"),
    "reads-at-once": (1000, "0 s"),
    "writes-at-once": (250, "0 s"),
    "answers-at-once": (4, "0 s"),
    "checks-at-once": (32, "0 s"),
    "checks-at-once-by-one": (4, "0 s"),
}

_OTHERS = {  # spoken of in seconds, and none
    "fetch.dns._PATIENCE",
    "fetch.dnssec._KEY_BYTES",
    "registration.monitoring.accounts._HOSTS_AT_ONCE",
    "signer.offline.ROOT_DAYS",
    "web.pages.diagnostic._MINUTES",
}


def seconds(text: str) -> float:
    number, unit = text.split()
    return float(number) * UNITS[unit]


def constant(name: str) -> Any:  # noqa: ANN401 - whatever stands there
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(f"verifier.{module}"), attribute)


@pytest.mark.parametrize("name", TIMES)
def test_a_time_is_as_long_as_it_is_said(name: str) -> None:
    assert constant(name) == seconds(TIMES[name])


def test_limits_are_as_they_are_said() -> None:
    assert {str(limit): (rate.amount, float(rate.seconds)) for limit, rate in RATES.items()} == {
        name: (amount, seconds(text)) for name, (amount, text) in LIMITS.items()
    }


def test_the_root_lives_five_years() -> None:
    assert constant("signer.offline.ROOT_DAYS") == 5 * 365


def test_one_validation_computes_so_much() -> None:
    assert Budget() == Budget(signatures=64, digests=64, hashes=64)


def test_a_fetch_waits_so_long() -> None:
    limits = Limits()
    assert (limits.total, limits.connect, limits.turn) == (10, 3, 10)
    assert (limits.failures, limits.rest, limits.longest_rest) == (5, 60, 15 * 60)


def _named_times() -> set[str]:
    """Constants of whole modules that are reckoned in days, hours or minutes, or said to be seconds."""
    root, found = Path(verifier.__file__).parent, set[str]()
    for path in sorted(root.rglob("*.py")):
        text = path.read_text()
        lines = text.splitlines()
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(text).body:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if not isinstance(target, ast.Name):
                continue
            reckoned = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
            below = lines[node.end_lineno or 0] if (node.end_lineno or 0) < len(lines) else ""
            said = lines[(node.end_lineno or 1) - 1] + (below if below.startswith('"""') else "")
            if reckoned & {"DAY", "HOUR", "MINUTE"} or "seconds" in said.lower():
                found.add(f"{module}.{target.id}")
    return {name for name in found if isinstance(constant(name), int | float)}


def test_no_time_is_left_out() -> None:
    assert sorted(_named_times() - TIMES.keys() - _OTHERS) == []
