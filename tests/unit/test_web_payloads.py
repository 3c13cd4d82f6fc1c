"""Bodies with more that is wrong than is worth counting (T26)."""

import pytest
from pydantic import BaseModel, ValidationError

from verifier.core.strict_json import Json
from verifier.web import payloads as bodies

MANY = {str(number): 0 for number in range(10_000)}
FULL = {"handle": "@a@b.example", "identity": {"type": "agent", "email": "a@b.example"}}


@pytest.mark.parametrize(
    ("form", "body", "told"),
    [
        (bodies.VerifyBody, MANY, ("member-unknown", "/0")),
        (bodies.VerifyBody, {"attestation": {}} | MANY, ("member-unknown", "/0")),
        (bodies.EmptyBody, MANY, ("member-unknown", "/0")),
        (bodies.OrderBody, FULL | MANY, ("member-unknown", "/0")),
        (bodies.OrderBody, FULL | {"identity": MANY}, ("member-unknown", "/identity/0")),
        (bodies.ChildrenBody, {"children": [{}] * 10_000}, ("member-missing", "/children/0/domain")),
        (bodies.ChildrenBody, {"children": [MANY]}, ("member-unknown", "/children/0/0")),
        (bodies.BatchBody, {"handles": [1] * 10_000}, ("batch-size", "/handles")),
    ],
)
def test_t26_one_mistake_is_found_of_ten_thousand(form: type[BaseModel], body: Json, told: tuple[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        form.model_validate(body)
    assert caught.value.error_count() <= 3
    error = bodies._first(caught.value)
    assert (error.code, error.pointer) == told


def test_a_document_may_have_many_members() -> None:
    assert bodies.VerifyBody.model_validate({"attestation": MANY}).attestation == MANY
