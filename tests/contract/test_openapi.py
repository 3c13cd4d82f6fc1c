"""``schemas/openapi.json`` says what the doors are: all of them, as the code has them, with examples that hold."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from tests.contract.openapi import DOCUMENT, ROOT, check, resolve
from verifier import words
from verifier.core.attestation import parse
from verifier.proof import schemas as documents
from verifier.web import openapi

OPERATIONS = [
    (method, path, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]
EXAMPLES = DOCUMENT["components"]["examples"]


@pytest.mark.parametrize("exports", [openapi.exports, documents.exports])
def test_the_files_are_what_the_code_says(exports: Callable[[], dict[str, bytes]]) -> None:
    for path, content in exports().items():
        assert (ROOT / path).read_bytes() == content, f"{path} is stale: run .venv/bin/verifier schemas export"


def test_every_door_is_described_and_nothing_else() -> None:
    doors = {(door.method.lower(), openapi.plain_path(door.path)[0]) for door in openapi.described_doors()}
    assert {(method, path) for method, path, _ in OPERATIONS} == doors


def test_every_door_says_what_it_takes_and_answers() -> None:
    for door in openapi.described_doors():
        assert door.about.summary, door.path
        assert door.about.answers, door.path
        assert bool(door.about.body) <= (door.method == "POST")


def test_static_files_are_all_under_the_path_described() -> None:
    assert {path.rpartition("/")[0] for path in words.ASSETS} == {"/static"}


def nodes(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        yield value
        for key, item in value.items():
            if key != "value":  # an example's own members are no part of the description
                yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    references = [node for node in nodes(DOCUMENT) if "$ref" in node]
    assert references
    assert all(resolve(node) for node in references)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_an_operation_is_whole(subtests: pytest.Subtests) -> None:
    for method, path, operation in OPERATIONS:
        with subtests.test(f"{method} {path}"):
            in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))
            assert operation["summary"]
            assert operation["responses"]
            assert all(response["description"] for response in operation["responses"].values())
            assert ("requestBody" in operation) == (method == "post" and path.startswith("/api/"))
            assert ("security" in operation) == ("orders/{id}" in path)
            for answer in operation["responses"].values():
                for media in answer.get("content", {}).values():
                    Draft202012Validator.check_schema(media["schema"])


def test_every_operation_has_its_own_name() -> None:
    assert len({operation["operationId"] for _, _, operation in OPERATIONS}) == len(OPERATIONS)


def shown() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each example, with the schema of the place that shows it."""
    for _, _, operation in OPERATIONS:
        for answer in (*operation["responses"].values(), operation.get("requestBody", {})):
            for media in answer.get("content", {}).values():
                for name in media.get("examples", ()):
                    yield name, media["schema"]


def test_an_example_is_what_its_door_takes_or_answers(subtests: pytest.Subtests) -> None:
    for name, schema in shown():
        with subtests.test(name):
            check(EXAMPLES[name]["value"], schema)


def test_the_example_of_a_problem_is_one() -> None:
    check(EXAMPLES["problem"]["value"], {"$ref": "#/components/schemas/Problem"})


def test_every_example_is_shown() -> None:
    assert {name for name, _ in shown()} | {"problem"} == set(EXAMPLES)


def test_the_attestation_shown_has_the_form_of_attestations() -> None:
    assert parse(EXAMPLES["attestation"]["value"]).document() == EXAMPLES["attestation"]["value"]


@pytest.mark.parametrize("spoil", [{"verified": "yes"}, {"status": "fake"}, {"more": 1}, {"asOf": "now"}])
def test_the_check_sees_what_is_wrong(spoil: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(EXAMPLES["verdict"]["value"] | spoil, {"$ref": "#/components/schemas/Verdict"})
