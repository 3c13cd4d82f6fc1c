"""Every sentence of ``verifier/words``, with the facts that lead to it: read from the code and the templates."""

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

from tests.contract.openapi import ROOT

WORDS = ROOT / "verifier" / "words"
_SAID = ("_", "ngettext", "say_in")


def found() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """File after file, its sentences in order, each with the facts that lead to it."""
    for path in sorted([*WORDS.rglob("*.py"), *(WORDS / "templates").rglob("*.html")]):
        rows = list(_of_template(path) if path.suffix == ".html" else _of_code(path))
        if rows:
            yield str(path.relative_to(WORDS)), rows


def listed() -> str:
    """The same as tables."""
    parts = []
    for name, rows in found():
        body = "\n".join(f"| {_cell(text)} | {_cell(facts)} |" for text, facts in rows)
        parts.append(f"### {name}\n\n| sentence | facts |\n|---|---|\n{body}")
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _of_code(path: Path) -> Iterator[tuple[str, str]]:
    yield from _walk(ast.parse(path.read_text()), ())


def _walk(node: ast.AST, facts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
        yield ast.literal_eval(node.args[0]), _told(facts)
        return
    for child, fact in _children(node):
        yield from _walk(child, facts if fact is None else (*facts, fact))


def _children(node: ast.AST) -> Iterator[tuple[ast.AST, str | None]]:
    """What is inside, each with the fact that it stands for, if any."""
    match node:
        case ast.Assign() | ast.AnnAssign() if node.value is not None:
            yield node.value, ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        case ast.FunctionDef() | ast.ClassDef():
            yield from ((each, node.name) for each in node.body)
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                yield value, ast.unparse(key) if key else None
        case ast.If() | ast.IfExp():
            test = ast.unparse(node.test)
            yes = node.body if isinstance(node, ast.If) else [node.body]
            no = node.orelse if isinstance(node, ast.If) else [node.orelse]
            yield from ((each, f"if {test}") for each in yes)
            yield from ((each, f"unless {test}") for each in no)
        case _:
            yield from ((each, None) for each in ast.iter_child_nodes(node))


def _told(facts: tuple[str, ...]) -> str:
    return " · ".join(f"`{fact}`" for fact in facts) or "always"


def _of_template(path: Path) -> Iterator[tuple[str, str]]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    yield from _climb(environment.parse(path.read_text()), ())


def _climb(node: nodes.Node, facts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _SAID:
        text = node.args[1 if node.node.name == "say_in" else 0]
        if isinstance(text, nodes.Const):
            yield text.value, _told(facts)
    for child, fact in _inside(node):
        yield from _climb(child, facts if fact is None else (*facts, fact))


def _inside(node: nodes.Node) -> Iterator[tuple[nodes.Node, str | None]]:
    """The same of a template. What stands after an ``elif`` is told by the first condition alone."""
    match node:
        case nodes.If():
            test = _spelled(node.test)
            yield from ((each, f"if {test}") for each in node.body)
            yield from ((each, f"unless {test}") for each in (*node.elif_, *node.else_))
        case nodes.CondExpr():
            test = _spelled(node.test)
            yield node.expr1, f"if {test}"
            if node.expr2 is not None:
                yield node.expr2, f"unless {test}"
        case nodes.For():
            yield from ((each, f"each of {_spelled(node.iter)}") for each in node.body)
        case _:
            name = node.name if isinstance(node, nodes.Macro | nodes.Block) else None
            yield from ((each, name) for each in node.iter_child_nodes())


def _spelled(node: Any) -> str:  # noqa: ANN401 - a node of any kind
    """A condition as its template spells it, near enough."""
    spell = _SPELLINGS.get(type(node).__name__)
    return spell(node) if spell else "…"


_SIGNS = {"eq": "==", "ne": "!=", "in": "in", "notin": "not in", "lt": "<", "gt": ">", "lteq": "<=", "gteq": ">="}
_SPELLINGS: Mapping[str, Callable[[Any], str]] = {
    "Name": lambda node: str(node.name),
    "Const": lambda node: repr(node.value),
    "Getattr": lambda node: f"{_spelled(node.node)}.{node.attr}",
    "Getitem": lambda node: f"{_spelled(node.node)}[{_spelled(node.arg)}]",
    "Not": lambda node: f"not {_spelled(node.node)}",
    "And": lambda node: f"({_spelled(node.left)} and {_spelled(node.right)})",
    "Or": lambda node: f"({_spelled(node.left)} or {_spelled(node.right)})",
    "Compare": lambda node: " ".join((_spelled(node.expr), *map(_spelled, node.ops))),
    "Operand": lambda node: f"{_SIGNS[node.op]} {_spelled(node.expr)}",
    "Test": lambda node: f"{_spelled(node.node)} is {node.name}",
    "Filter": lambda node: f"{_spelled(node.node)}|{node.name}",
    "Call": lambda node: f"{_spelled(node.node)}(…)",
    "Tuple": lambda node: f"({', '.join(map(_spelled, node.items))})",
    "List": lambda node: f"({', '.join(map(_spelled, node.items))})",
}
