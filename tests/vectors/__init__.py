"""Cases from outside, with what each must lead to."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def lines(name: str) -> list[Any]:
    """The rows of a JSON Lines file below this folder."""
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]
