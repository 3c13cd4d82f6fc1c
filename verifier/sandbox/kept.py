"""What the toys keep over a restart: small JSON files beside the service's data."""

import json
from pathlib import Path

from ..core.strict_json import Json


def save(path: Path | None, value: Json) -> None:
    """Replace the file, whole or not at all; nothing is written without a path."""
    if path is None:
        return
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
    draft.replace(path)
