"""The child's end of :mod:`.bounded`: a small process that stays, and forks for each job.

What a job breaks, in time, in memory or in the parser itself, is gone with its fork: the next one starts from the
same clean state. A program of its own (``python -I -m``), which loads the file it is given: a table ``JOBS``, and
``BOUND`` if the usual one does not do.
"""

import gc
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any, cast

from .errors import VerifierError
from .strict_json import Json

Job = Callable[..., Json]


@dataclass(frozen=True, slots=True)
class Bound:
    """What one job may use.

    :param seconds: of processor time
    :param memory: bytes of address space
    """

    seconds: int = 5
    memory: int = 768 * 1_048_576


def serve(jobs: Mapping[str, Job], bound: Bound | None = None) -> None:
    """Answers until its input ends: with the parent, at the latest. A job raises a VerifierError, or is a bug."""
    bound = bound or Bound()
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (bound.memory, bound.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()  # a collection would touch, and so copy, every page that is shared with the forks
    _write({"ready": True})
    for line in sys.stdin.buffer:
        job = os.fork()
        if not job:
            _do(jobs, line, bound)
        if os.waitpid(job, 0)[1]:
            _write({"overrun": True})


def _do(jobs: Mapping[str, Job], line: bytes, bound: Bound) -> None:
    """In the fork, which ends here."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (bound.seconds, bound.seconds))
        name, *arguments = json.loads(line)
        try:
            answer: dict[str, Json] = {"result": jobs[name](*arguments)}
        except VerifierError as error:
            answer = {"error": {"code": error.code, "pointer": error.pointer, "values": error.values}}
        _write(answer)
        status = 0
    except MemoryError:
        pass  # the bound at work
    except Exception:  # noqa: BLE001 - whatever it is, the fork must not return into the loop of its parent
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)  # exit() would flush the buffers of the parent


def _write(answer: dict[str, Json]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    spec = spec_from_file_location("jobs", sys.argv[1])
    module = cast("Any", module_from_spec(cast("Any", spec)))
    sys.modules["jobs"] = module
    cast("Any", spec).loader.exec_module(module)
    serve(module.JOBS, Bound(**module.BOUND))


if __name__ == "__main__":
    main()
