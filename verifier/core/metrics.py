"""The metrics of every authority, for Prometheus: declared here, counted where things happen.

A label takes few values, all known beforehand, and none names anybody: no handle, mailbox, domain or address.
"""

import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own variable
_NUMBER = "VERIFIER_WORKER_NUMBER"


def environment(folder: Path, number: int) -> dict[str, str]:
    """What a process of several is started with, for its metrics to stand in files of `folder`, where all read them.

    By its number, not by its pid: the one that takes the place of a dead one counts on in the same files.
    """
    return {_FOLDER: str(folder), _NUMBER: str(number)}


_number = os.environ.get(_NUMBER, "")
_folder = Path(os.environ[_FOLDER]) if _number else None
if _folder:
    values.ValueClass = values.MultiProcessValue(lambda: _number)  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()

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
    return Gauge(name, meaning, labels, registry=REGISTRY, multiprocess_mode="mostrecent")


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

_SOURCES = ("remembered", "read")
_NUMBERS = 8 * len(_SOURCES)  # bytes of a file


class _Kept(dict[str, int]):
    """Numbers that stand in a file too, so that they outlive the process and others read them."""

    def __init__(self, path: Path) -> None:
        with path.open("a+b") as file:
            file.truncate(_NUMBERS)
            self._file = memoryview(mmap.mmap(file.fileno(), _NUMBERS)).cast("q")
        super().__init__(zip(_SOURCES, self._file, strict=True))

    def __setitem__(self, source: str, count: int) -> None:
        super().__setitem__(source, count)
        self._file[_SOURCES.index(source)] = count


lookups: dict[str, int] = _Kept(_folder / f"{_number}.lookups") if _folder else dict.fromkeys(_SOURCES, 0)
"""The busiest door adds to a plain number, on the event loop alone: a counter of the library takes a lock each time."""


class _Lookups(Collector):
    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(_LOOKUPS.name, _LOOKUPS.meaning, labels=_LOOKUPS.labels)
        for source, counts in zip(_SOURCES, zip(*self._of_each_process(), strict=True), strict=True):
            family.add_metric((source,), sum(counts))
        yield family

    def _of_each_process(self) -> Sequence[Sequence[int]]:
        if _folder is None:
            return [[*lookups.values()]]
        return [[*memoryview(path.read_bytes()).cast("q")] for path in sorted(_folder.glob("*.lookups"))]


class _Processes(Collector):
    """Memory, descriptors, seconds of CPU: of each process, by its number."""

    def collect(self) -> Iterator[Metric]:
        if _folder is None:
            yield from ProcessCollector(registry=None).collect()
            return
        families: dict[str, Metric] = {}
        for path in sorted(_folder.glob("*.pid")):
            for family in ProcessCollector(pid=partial(int, path.read_text()), registry=None).collect():
                known = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    known.add_sample(sample.name, {"worker": path.stem}, sample.value)
        yield from families.values()


REGISTRY.register(_Lookups())
REGISTRY.register(_Processes())
if _folder:
    (_folder / f"{_number}.pid").write_text(str(os.getpid()))


def exposition() -> bytes:
    """All of them now, of every process of the machine, in the text format of Prometheus."""
    if _folder is None:
        return generate_latest(REGISTRY)
    machine = CollectorRegistry()
    MultiProcessCollector(machine, str(_folder))  # type: ignore[no-untyped-call]
    machine.register(_Lookups())
    machine.register(_Processes())
    return generate_latest(machine)
