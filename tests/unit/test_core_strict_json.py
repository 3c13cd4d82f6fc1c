import pytest

from verifier.core.errors import BadInput
from verifier.core.strict_json import MAX_DEPTH, Json, dumps, loads, loads_object


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"null", None),
        (b' {"a": [1, -1.5e3, "\\u00e9", true]}\r\n', {"a": [1, -1500.0, "é", True]}),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'{"\\"": "\\\\"}', {'"': "\\"}),
        (b'{"__proto__": 1}', {"__proto__": 1}),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", 1 - 2**53),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
        (b'["' + b'\\"[' * 100 + b'"]', ['"[' * 100]),
    ],
)
def test_what_has_one_reading_is_read(text: bytes, value: Json) -> None:
    read = loads(text)
    assert value is None or read == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "json-malformed"),
        (b"{", "json-malformed"),
        (b'{"a": 1,}', "json-malformed"),
        (b"{'a': 1}", "json-malformed"),
        (b"[1] 2", "json-malformed"),
        (b"// no\n1", "json-malformed"),
        (b"01", "json-malformed"),
        (b'"\t"', "json-malformed"),
        (b'"\\x"', "json-malformed"),
        (b'"open', "json-malformed"),
        (b'"open\\', "json-malformed"),
        (b"\xef\xbb\xbf{}", "json-bom"),
        (b"\xff\xfe{\x00}\x00", "json-encoding"),
        (b'"\xe9"', "json-encoding"),
        (b'"\xed\xa0\x80"', "json-encoding"),
        (b'{"a": 1, "a": 1}', "json-duplicate-name"),
        (b'{"a": 1, "\\u0061": 2}', "json-duplicate-name"),
        (b'[{"b": {"a": 1, "a": 2}}]', "json-duplicate-name"),
        (b"NaN", "json-number"),
        (b"[-Infinity]", "json-number"),
        (b"1e400", "json-number"),
        (b"9007199254740992", "json-number"),
        (b"-9007199254740992", "json-number"),
        (b"1" * 5000, "json-number"),
        (b'"\\ud800"', "json-surrogate"),
        (b'{"\\udc00": 1}', "json-surrogate"),
        (b'[["\\ude00\\ud83d"]]', "json-surrogate"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "json-depth"),
        (b'{"a":' * 100_000, "json-depth"),
        (b"[" * 100_000, "json-depth"),
        (b"]" * 50 + b"[" * 100, "json-depth"),
    ],
)
def test_t42_what_has_two_readings_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(BadInput) as problem:
        loads(text)
    assert problem.value.code == code


def test_depth_is_the_callers() -> None:
    assert loads(b"[[1]]", max_depth=2) == [[1]]
    with pytest.raises(BadInput, match="json-depth"):
        loads(b"[[[1]]]", max_depth=2)


@pytest.mark.parametrize("text", [b"[]", b"1", b"null", b'"a"'])
def test_object_is_asked(text: bytes) -> None:
    with pytest.raises(BadInput) as problem:
        loads_object(text)
    assert (problem.value.code, problem.value.pointer) == ("json-not-object", "")


def test_object_is_read() -> None:
    assert loads_object(b'{"a": {}}') == {"a": {}}


def test_dumps_keeps_order_and_characters() -> None:
    assert dumps({"b": "é", "a": [1, None]}) == '{"b":"é","a":[1,null]}'.encode()


def test_where_a_text_stops_being_json_is_told() -> None:
    with pytest.raises(BadInput) as problem:
        loads(b'{"a": 1,\n  // no\n}')
    assert problem.value.values == {"line": 2, "column": 3}
