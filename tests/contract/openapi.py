"""``openapi.json`` as the tests ask it: which answers a door may give."""

import copy
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

ROOT = Path(__file__).parent.parent.parent
DOCUMENT: dict[str, Any] = json.loads((ROOT / "schemas" / "openapi.json").read_bytes())


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or what its ``$ref`` names."""
    if "$ref" not in node:
        return node
    found: Any = DOCUMENT
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolve(found)


def check(value: Any, schema: dict[str, Any], *, closed: bool = True) -> None:  # noqa: ANN401 - any JSON
    """Hold `value` to a schema of the document.

    :param closed: refuse the members that it does not name: readers must bear them, but here they would be forgotten
    :raises jsonschema.ValidationError: it does not hold
    """
    whole: dict[str, Any] = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(_closed(copy.deepcopy(whole)) if closed else whole, format_checker=FormatChecker()).validate(
        value
    )


def _closed(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        for key, item in node.items():
            if key != "examples":
                _closed(item)
        if "properties" in node:
            node.setdefault("additionalProperties", False)
    elif isinstance(node, list):
        for item in node:
            _closed(item)
    return node


def answer_schema(method: str, path: str, status: int, media: str) -> dict[str, Any]:
    """The schema of an answer; a status that is not named apart is the default's."""
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    response = responses.get(str(status)) or responses["default"]
    found: dict[str, Any] = response["content"][media]["schema"]
    return found
