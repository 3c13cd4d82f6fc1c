"""RDF Dataset Canonicalization (W3C RDFC-1.0) of quads, with a bound on its work.

A term is its canonical N-Quads text: ``<iri>``, ``_:b0``, ``"text"@fr``. Blank nodes that look alike are told
apart by trying their orders, and a graph can be built so that this never ends (RDFC-1.0, 7.1; T44): the work
is counted, and what needs more than it may is refused.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..core.errors import ProofError

Algorithm = Literal["sha256", "sha384"]

# Related nodes looked at, in all the steps of 4.8. Documents need few; the hardest published test, that is
# built to be hard, 6,168; this many take a few hundredths of a second.
MOST_WORK = 8_192


class Quad(NamedTuple):
    """:param graph: "" for the default graph"""

    subject: str
    predicate: str
    object: str
    graph: str

    @property
    def line(self) -> str:
        return f"{self.subject} {self.predicate} {self.object} {self.graph}{' ' if self.graph else ''}.\n"


_ESCAPES = {
    **{code: f"\\u{code:04X}" for code in [*range(0x20), 0x7F]},
    **{ord(char): f"\\{name}" for char, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)},
}


def literal(text: str, suffix: str = "") -> str:
    """A literal in canonical N-Quads (RDF 1.2 N-Quads, 3).

    :param suffix: ``@fr`` or ``^^<iri>``; none for a plain string
    """
    return f'"{text.translate(_ESCAPES)}"{suffix}'


@dataclass(slots=True)
class _Issuer:
    """Names for blank nodes, in the order in which they are first asked for (4.3)."""

    prefix: str
    issued: dict[str, str] = field(default_factory=dict)

    def issue(self, node: str) -> str:
        return self.issued.setdefault(node, f"_:{self.prefix}{len(self.issued)}")

    def copy(self) -> "_Issuer":
        return _Issuer(self.prefix, self.issued.copy())


def canonicalize(quads: Iterable[Quad], *, algorithm: Algorithm = "sha256") -> tuple[str, Mapping[str, str]]:
    """The canonical N-Quads, each line ended by a newline, and the canonical name of each blank node.

    :raises ProofError: ``graph-too-complex``
    """
    return _Canonicalization(dict.fromkeys(quads), algorithm).run()


class _Canonicalization:
    """The state of 4.2."""

    def __init__(self, quads: Iterable[Quad], algorithm: Algorithm) -> None:
        self._quads = list(quads)
        self._digest: Callable[[bytes], hashlib._Hash] = getattr(hashlib, algorithm)
        self._work_left = MOST_WORK
        self._canonical = _Issuer("c14n")
        self._quads_of: dict[str, list[Quad]] = {}
        for quad in self._quads:
            for node in {term for term in (quad.subject, quad.object, quad.graph) if term.startswith("_:")}:
                self._quads_of.setdefault(node, []).append(quad)
        self._first_degree = {node: self._hash_first_degree(node) for node in self._quads_of}

    def run(self) -> tuple[str, Mapping[str, str]]:
        """4.4"""
        alike: dict[str, list[str]] = {}
        for node, digest in self._first_degree.items():
            alike.setdefault(digest, []).append(node)
        for _, nodes in sorted(alike.items()):
            if len(nodes) == 1:
                self._canonical.issue(nodes[0])
        for _, nodes in sorted(alike.items()):
            if len(nodes) > 1:
                self._name_alike(nodes)
        names = self._canonical.issued
        lines = [Quad(names.get(s, s), p, names.get(o, o), names.get(g, g)).line for s, p, o, g in self._quads]
        return "".join(sorted(lines)), names

    def _name_alike(self, nodes: list[str]) -> None:
        paths = []
        for node in nodes:
            if node not in self._canonical.issued:
                issuer = _Issuer("b")
                issuer.issue(node)
                paths.append(self._hash_n_degree(node, issuer))
        for _, issuer in sorted(paths, key=lambda path: path[0]):
            for node in issuer.issued:
                self._canonical.issue(node)

    def _hash(self, text: str) -> str:
        return self._digest(text.encode()).hexdigest()

    def _hash_first_degree(self, node: str) -> str:
        """4.6"""

        def masked(term: str) -> str:
            return term if not term.startswith("_:") else "_:a" if term == node else "_:z"

        lines = [Quad(masked(s), p, masked(o), masked(g)).line for s, p, o, g in self._quads_of[node]]
        return self._hash("".join(sorted(lines)))

    def _hash_related(self, node: str, quad: Quad, issuer: _Issuer, position: str) -> str:
        """4.7"""
        name = self._canonical.issued.get(node) or issuer.issued.get(node) or self._first_degree[node]
        return self._hash(position + (quad.predicate if position != "g" else "") + name)

    def _hash_n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """4.8"""
        related: dict[str, list[str]] = {}
        for quad in self._quads_of[node]:
            for position, term in (("s", quad.subject), ("o", quad.object), ("g", quad.graph)):
                if term.startswith("_:") and term != node:
                    self._spend(1)
                    related.setdefault(self._hash_related(term, quad, issuer, position), []).append(term)
        text = ""
        for digest, nodes in sorted(related.items()):
            chosen: tuple[str, _Issuer] | None = None
            for order in itertools.permutations(nodes):
                tried = self._follow(order, issuer.copy(), chosen[0] if chosen else None)
                if tried is not None and (chosen is None or tried[0] < chosen[0]):
                    chosen = tried
            path, issuer = chosen  # type: ignore[misc] # the first order is never given up
            text += digest + path
        return self._hash(text), issuer

    def _follow(self, order: tuple[str, ...], issuer: _Issuer, best: str | None) -> tuple[str, _Issuer] | None:
        """The path of one order (4.8, 5.4); none as soon as it cannot be the least."""
        self._spend(len(order))
        path = ""
        to_visit = []
        for node in order:
            if node in self._canonical.issued:
                path += self._canonical.issued[node]
            else:
                if node not in issuer.issued:
                    to_visit.append(node)
                path += issuer.issue(node)
            if best is not None and len(path) >= len(best) and path > best:
                return None
        for node in to_visit:
            digest, seen = self._hash_n_degree(node, issuer)
            path += f"{issuer.issue(node)}<{digest}>"
            issuer = seen
            if best is not None and len(path) >= len(best) and path > best:
                return None
        return path, issuer

    def _spend(self, work: int) -> None:
        self._work_left -= work
        if self._work_left < 0:
            raise ProofError("graph-too-complex", limit=MOST_WORK)
