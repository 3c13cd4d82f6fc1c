"""The frozen files that the service publishes, and those that are exported from code."""

import json
from pathlib import Path

from ..core.attestation import json_schema
from ..signer import SignedRegistry

_PACKAGE = Path(__file__).parent.parent
# A wheel carries the folder inside the package; a checkout has it beside.
_FOLDER = _PACKAGE / "_schemas" if (_PACKAGE / "_schemas").is_dir() else _PACKAGE.parent / "schemas"


def read(name: str) -> bytes:
    """A file of ``schemas/``, by its path there."""
    return (_FOLDER / name).read_bytes()


def exports() -> dict[str, bytes]:
    """What the code says that these files of the repository must be, by path from its root."""
    models = {
        "schemas/fediverse-account-attestation-v1.json": json_schema(),
        "keys/registry.schema.json": json_schema(SignedRegistry),
    }
    return {path: (json.dumps(schema, indent=2) + "\n").encode() for path, schema in models.items()}
