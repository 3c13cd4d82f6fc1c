"""Signatures, validations and withdrawals: each is counted, and has a line in the log before and after it.

The lines are JSON, of the one logger ``verifier.audit``. They hold ids and codes: no mailbox, no handle, no name of a
person. A line that begins an act and has none that ends it tells of a crash, or of a change that was rolled back.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import metrics
from .strict_json import Json

log = logging.getLogger("verifier.audit")


@dataclass(slots=True)
class Outcome:
    """:ivar result: to be set by who does the act; what stays ``failed`` was our own fault"""

    result: str = "failed"


def line(act: str, state: str, **about: Json) -> None:
    """One line.

    :param about: ids, domains of bodies, codes; nothing that names a person
    """
    log.info("%s", json.dumps({"act": act, "state": state, **about}, ensure_ascii=True))


@contextmanager
def _act(act: str, **about: Json) -> Iterator[Outcome]:
    outcome = Outcome()
    line(act, "begins", **about)
    try:
        yield outcome
    finally:
        line(act, "ends", **about, result=outcome.result)


@contextmanager
def validation(method: str, purpose: str, **about: Json) -> Iterator[Outcome]:
    """A check of one end of an order, or of what was proved before.

    :param purpose: ``proof``, ``last-look`` or ``recheck``
    """
    with (
        metrics.VALIDATION_SECONDS.labels(method).time(),
        _act("validation", method=method, purpose=purpose, **about) as outcome,
    ):
        try:
            yield outcome
        finally:
            metrics.VALIDATIONS.labels(method, purpose, outcome.result).inc()


@contextmanager
def signature(purpose: str, **about: Json) -> Iterator[None]:
    """A document is signed.

    :param purpose: of the key
    """
    with _act("signature", purpose=purpose, **about) as outcome:
        try:
            yield
            outcome.result = "done"
        finally:
            metrics.SIGNATURES.labels(purpose, outcome.result).inc()
