import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.texts import each_way, edited
from verifier.core.errors import BadInput
from verifier.core.strict_json import MAX_INTEGER, Json, dumps, loads

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner)
)
marks = st.sampled_from(
    (*'{}[],:"\\', "\\u0061", "\\ud800", "0", "-1", "1e9", ".5", "true", "null", " ", "\n", "NaN", "\x00")
)
almost = edited(values.map(json.dumps), marks)


@given(values)
def test_what_is_written_is_read(value: Json) -> None:
    assert repr(loads(dumps(value))) == repr(value)
    assert repr(loads(json.dumps(value).encode())) == repr(value)


def test_what_is_read_is_what_every_reader_reads() -> None:
    def check(text: str) -> bool:
        try:
            value = loads(text.encode())
        except BadInput:
            return False
        assert repr(value) == repr(json.loads(text))
        return True

    each_way(check, almost)


@given(st.binary() | st.builds(lambda text, more: text.encode() + more, almost, st.binary(max_size=2)))
def test_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = loads(data)
    except BadInput:
        return
    assert repr(value) == repr(json.loads(data.decode()))


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), scalars, min_size=1), st.data())
def test_t42_a_name_said_twice_is_refused(members: dict[str, Json], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    text = json.dumps(members)[:-1] + f", {json.dumps(name)}: 0}}"
    with pytest.raises(BadInput, match="json-duplicate-name"):
        loads(text.encode())
