"""The metrics of every authority, for Prometheus: declared here, counted where things happen.

A label takes few values, all known beforehand, and none names anybody: no handle, mailbox, domain or address.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # memory, descriptors, seconds of CPU

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the documents say of a metric."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


DECLARATIONS: list[Declaration] = []


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    DECLARATIONS.append(Declaration(f"{name}_total", "counter", labels, meaning))
    return Counter(name, meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    DECLARATIONS.append(Declaration(name, "gauge", labels, meaning))
    return Gauge(name, meaning, labels, registry=REGISTRY)


def _histogram(name: str, meaning: str, *labels: str) -> Histogram:
    DECLARATIONS.append(Declaration(name, "histogram", labels, meaning))
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=(0.1, 0.3, 1, 3, 10, 30, 90))


VALIDATIONS = _counter(
    "verifier_validations",
    "Checks: by challenge; `proof`, `last-look` or `recheck`; and what came of it, `failed` when the fault is ours.",
    "method",
    "purpose",
    "result",
)
VALIDATION_SECONDS = _histogram("verifier_validation_seconds", "How long a check takes, in all its views.", "method")
ISSUANCE_STEPS = _counter("verifier_issuance_steps", "Steps of issuance that were done (issuance.md).", "step")
SIGNATURES = _counter(
    "verifier_signatures", "Documents signed, by the purpose of the key; `failed` or `done`.", "purpose", "result"
)
WITHDRAWALS = _counter(
    "verifier_withdrawals", "Attestations suspended or revoked: why, and by whom.", "status", "reason", "by"
)
OUTGOING = _counter(
    "verifier_outgoing_requests",
    "Requests to servers of others: the class of the status (`2xx`), or the code of the problem.",
    "result",
)
PROBLEMS = _counter("verifier_problems", "Refusals and faults that were answered.", "code", "status")
LIMITS = _counter("verifier_limits", "Requests refused since a limit was reached (api.md#limits).", "limit")
JOB_RUNS = _counter("verifier_job_runs", "Runs of the jobs: `done` or `failed`.", "job", "result")
QUEUE = _gauge(
    "verifier_queue",
    "What waits: `letters`, `accounts` and `lists` that are due, orders `issuing` and `in-review`, `jobs` over a"
    " minute late.",
    "queue",
)

_LOOKUPS = Declaration(
    "verifier_lookups_total", "counter", ("source",), "Answers to lookups: kept in memory (`remembered`), or `read`."
)
DECLARATIONS.append(_LOOKUPS)

lookups = {"remembered": 0, "read": 0}
"""The busiest door adds to a plain number, on the event loop alone: a counter of the library takes a lock each time."""


class _Lookups(Collector):
    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(_LOOKUPS.name, _LOOKUPS.meaning, labels=_LOOKUPS.labels)
        for source, count in lookups.items():
            family.add_metric((source,), count)
        yield family


REGISTRY.register(_Lookups())


def exposition() -> bytes:
    """All of them now, in the text format of Prometheus."""
    return generate_latest(REGISTRY)
