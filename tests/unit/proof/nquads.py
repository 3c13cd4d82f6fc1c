"""Reads N-Quads (W3C RDF 1.1 N-Quads), for the vectors of canonicalisation."""

import re

from verifier.proof.dataset import Quad, literal

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([tbnrf\"'\\]))")
_PLAIN = dict(zip("tbnrf\"'\\", "\t\b\n\r\f\"'\\", strict=True))
_IRI = r"<[^<>\s]*>"
_NODE = rf"{_IRI}|_:[^\s<>\"]+"
_LITERAL = rf'"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^{_IRI})?'
_LINE = re.compile(rf"\s*({_NODE})\s*({_IRI})\s*({_NODE}|{_LITERAL})\s*({_NODE})?\s*\.\s*(?:#.*)?")
_STRING = "^^<http://www.w3.org/2001/XMLSchema#string>"


def parse(text: str) -> list[Quad]:
    """The quads of a document, their terms in canonical form."""
    quads = []
    for line in text.split("\n"):
        if line.strip() and not line.strip().startswith("#"):
            found = _LINE.fullmatch(line)
            assert found, line
            subject, predicate, object_, graph = found.groups()
            quads.append(Quad(_term(subject), _term(predicate), _term(object_), _term(graph or "")))
    return quads


def _term(text: str) -> str:
    if not text.startswith('"'):
        return _unescaped(text)
    value, _, suffix = text[1:].rpartition('"')
    suffix = _unescaped(suffix)
    return literal(_unescaped(value), "" if suffix == _STRING else suffix)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _PLAIN[found[3]] if found[3] else chr(int(found[1] or found[2], 16)), text)
