"""What the suites refer to, from bytes at hand: contexts, related resources, a schema."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from jsonschema import Draft202012Validator

from verifier.core.strict_json import Json
from verifier.proof.contexts import Contexts

CONTEXTS = Path(__file__).parents[1] / "vectors" / "w3c" / "contexts"

SCHEMAS: Mapping[str, Json] = {
    "https://example.org/schemas/named-subject.json": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"credentialSubject": {"required": ["name"]}},
    }
}


def resources() -> Mapping[str, Sequence[bytes]]:
    """The bytes of every revision, by URL; the current one first."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for path, entry in json.loads((CONTEXTS / "index.json").read_bytes()).items():
        found[entry["url"]].append((CONTEXTS / Path(path).name).read_bytes())
    return found


def contexts() -> Contexts:
    return Contexts({url: revisions[0] for url, revisions in resources().items()})


def fits(schema: str, document: Mapping[str, Json]) -> bool | None:
    """Whether the document fits the JSON Schema at that URL; none when it is not known."""
    if schema not in SCHEMAS:
        return None
    return Draft202012Validator(SCHEMAS[schema]).is_valid(document)
