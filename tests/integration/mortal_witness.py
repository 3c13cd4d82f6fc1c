"""A witness in a process of its own that kills itself (SIGKILL) at one step, as a power cut would.

``python -m tests.integration.mortal_witness STEP ARGUMENT…``, where the arguments are those of `verifier log witness`.
"""

import os
import signal
import sys
from typing import Any

from verifier import cli
from verifier.signer.signers import MemorySigner
from verifier.witness import State

STEPS = ("before move", "after move", "before sign", "after sign", "never")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fated(step: str) -> None:
    """Seen from outside the production code: at the state, and at the signer."""
    move, sign = State.move, MemorySigner.sign

    def moved(state: State, *values: Any) -> bool:  # noqa: ANN401 - as they come
        if step == "before move":
            die()
        done = move(state, *values)
        if step == "after move":
            die()
        return done

    async def signed(signer: MemorySigner, data: bytes) -> bytes:
        if step == "before sign":
            die()
        signature = await sign(signer, data)
        if step == "after sign":
            die()
        return signature

    State.move = moved  # type: ignore[method-assign,assignment]
    MemorySigner.sign = signed  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    fated(sys.argv[1])
    sys.argv = ["verifier", "log", "witness", *sys.argv[2:]]
    cli.main()
