"""Every problem that the code can raise has its words, in both languages, and the values that they name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import verifier
from verifier import words
from verifier.core import errors, strict_json
from verifier.words.problems import PROBLEMS

SOURCES = Path(verifier.__file__).parent
# Problem and Finding are problems that are recorded rather than raised.
RAISED = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.VerifierError)
} - {"ConfigError", "VerifierError"} | {"Problem", "Finding"}
_VALUE = re.compile(r"%\((\w+)\)s")


def sites() -> Iterator[tuple[str, str, set[str] | None]]:
    """Place, code and names of the values (None if not written out) of each problem in the code."""
    for path in sorted(SOURCES.rglob("*.py")):
        if "strangers" in path.parts:
            continue  # no door shows what is found there (tests/unit/proof/test_strangers.py)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in RAISED:
                place = f"{path.relative_to(SOURCES)}:{node.lineno}"
                composed = isinstance(node.args[0], ast.JoinedStr)  # its pattern fits codes with other values, too
                for code in _codes(node.args[0]):
                    yield place, code, None if composed else _values(node)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _codes(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from _codes(argument.body)
        yield from _codes(argument.orelse)
    elif isinstance(argument, ast.BoolOp):
        for value in argument.values:
            yield from _codes(value)
    elif isinstance(argument, ast.JoinedStr):
        pattern = "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in argument.values)
        found = [code for code in PROBLEMS if re.fullmatch(pattern, code)]
        yield from found or [ast.unparse(argument)]


def _values(call: ast.Call) -> set[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    if "retry_after" in names and _name(call.func) == "TooMany":
        names.add("minutes")  # it makes them of the seconds
    for argument in call.args[1:]:
        if isinstance(argument, ast.Dict):
            names |= {key.value if isinstance(key, ast.Constant) else None for key in argument.keys}  # type: ignore[misc]
    return None if None in names else {name for name in names if name}


SITES = list(sites())


def test_every_problem_of_the_code_is_in_the_table(subtests: pytest.Subtests) -> None:
    for place, code, values in SITES:
        with subtests.test(f"{place} {code}"):
            assert code in PROBLEMS
            named = set(_VALUE.findall(" ".join(PROBLEMS[code])))
            assert values is None or named <= values


def test_the_scan_finds_the_code() -> None:
    codes = {code for _, code, _ in SITES}
    assert {"handle-malformed", "json-depth"} <= codes
    assert len(codes) > 15


def test_codes_of_the_policy_are_in_the_table() -> None:
    policies = SOURCES / "policy" / "policies"
    codes = {code for path in policies.rglob("*.toml") for code in re.findall(r'code = "([^"]+)"', path.read_text())}
    assert codes
    assert codes <= set(PROBLEMS)


def test_a_problem_says_what_why_and_what_to_do(subtests: pytest.Subtests) -> None:
    for code in PROBLEMS:
        for lang in words.LANGUAGES:
            with subtests.test(f"{code} {lang}"):
                told = words.explain(code, {}, lang)
                assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
                assert all((told.title, told.detail, told.remedy))


def test_sentences_end_with_a_point_except_after_what_people_copy() -> None:
    for problem in PROBLEMS.values():
        for sentence in problem[1:]:
            assert sentence.endswith((".", ")s", ")s?", "@name@instance.example"))


def test_values_are_told_and_a_missing_one_does_not_hide_the_problem() -> None:
    assert "social.example" in words.explain("fetch-timeout", {"host": "social.example"}, "fr").detail
    assert "…" in words.explain("fetch-timeout", {}, "fr").detail


def test_t63_an_unknown_code_says_nothing() -> None:
    assert words.explain("database-locked", {"path": "/srv/x"}, "en") == words.explain("internal", {}, "en")


def test_t60_values_are_inert_and_isolated() -> None:
    told = words.explain("fetch-timeout", {"host": "<script>\u202eevil"}, "en")
    assert told.detail.__html__() == "<bdi>&lt;script&gt;\u202eevil</bdi> did not answer in time."


def test_no_sentence_is_left_unfinished_by_an_empty_value() -> None:
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in RAISED:
                empty = [
                    each.arg for each in node.keywords if isinstance(each.value, ast.Constant) and not each.value.value
                ]
                assert set(empty) <= {"pointer", "retry_after"}, f"{path}:{node.lineno}"
    assert "…" in words.explain("actor-malformed", {"host": "social.example", "member": ""}, "en").detail


BROKEN = (
    b"// x\n{}", b"\xef\xbb\xbf{}", b'{"id":9007199254740993}', b'{"a":1,"a":2}', b"[]", b"\xff", b'"\\ud800"',
)  # fmt: skip


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("code", ["actor-not-json", "webfinger-malformed", "oauth-not-json"])
def test_what_is_wrong_with_json_is_told_where_it_was_met(code: str, lang: words.Lang) -> None:
    told = set()
    for text in BROKEN:
        with pytest.raises(errors.BadInput) as raised:
            strict_json.loads_object(text)
        values = {"host": "social.example", "fault": raised.value.code, **raised.value.values}
        detail = words.explain(code, values, lang).detail
        assert words.explain(raised.value.code, raised.value.values, lang).detail in detail
        assert "…" not in detail
        told.add(detail)
    assert len(told) == len(BROKEN)
