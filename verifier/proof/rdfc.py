"""RDF Dataset Canonicalization of JSON-LD: pyld makes the quads, with the safe mode that pyld lacks.

JSON-LD drops what it does not know, and what is dropped is not signed (T43): here an undefined term or
type, a relative IRI or a null is an error, told by JSON pointer. A blank node bears no label: it would be
neither an absolute IRI nor a fact, and labels are what a poison graph needs (T44).
The work on look-alike blank nodes is bounded (``proof.dataset``); that on contexts is not: the document of
a stranger belongs in a process that may be killed (``proof.strangers.bounded``).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pyld import jsonld
from pyld.context_resolver import ContextResolver

from ..core.attestation import escape
from ..core.errors import ProofError
from ..core.strict_json import Json
from . import dataset
from .contexts import Contexts

# RFC 3987 asks more; this is what N-Quads can carry and what two readers split alike.
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_RESOLVED_MAX = 256


def canonicalize(document: Mapping[str, Json], contexts: Contexts) -> bytes:
    """Canonical N-Quads, UTF-8, each line ended by a newline.

    :raises ProofError: ``term-undefined``, ``type-undefined``, ``iri-relative``, ``member-dropped``,
        ``context-unknown``, ``json-ld-refused``, ``graph-too-complex``
    """

    def load(url: str, _: object) -> dict[str, Json]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.load(url), "tag": "static"}

    if len(contexts.resolved) > _RESOLVED_MAX:
        contexts.resolved.clear()  # contexts written inside strangers' documents are kept there too
    options = {
        "documentLoader": load,
        "contextResolver": ContextResolver(contexts.resolved, load),
        "base": "",
        "rdfDirection": "i18n-datatype",  # else the direction of a text would be dropped
    }
    try:
        graphs = _SafeProcessor().to_rdf(dict(document), options)
    except jsonld.JsonLdError as error:
        raise _cause(error) from None
    except RecursionError:
        raise ProofError("json-ld-refused", reason="nesting") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProofError("json-ld-refused", reason="unexpected form") from None  # pyld stumbles over some
    return dataset.canonicalize(_quads(graphs))[0].encode()


def _quads(graphs: Mapping[str, list[dict[str, dict[str, str]]]]) -> Iterator[dataset.Quad]:
    for name, triples in graphs.items():
        graph = "" if name == "@default" else _resource(name)
        for triple in triples:
            subject, predicate, object_ = triple["subject"], triple["predicate"], triple["object"]
            yield dataset.Quad(
                _resource(subject["value"]),
                _resource(predicate["value"]),
                _literal(object_) if object_["type"] == "literal" else _resource(object_["value"]),
                graph,
            )


def _resource(value: str) -> str:
    if value.startswith("_:"):
        return value
    if not _ABSOLUTE.fullmatch(value):  # from a context, where no pointer leads
        raise ProofError("json-ld-refused", reason="invalid IRI")
    return f"<{value}>"


def _literal(term: Mapping[str, str]) -> str:
    datatype = term["datatype"]
    if datatype == _LANG_STRING:
        if not _LANGUAGE.fullmatch(term["language"]):
            raise ProofError("json-ld-refused", reason="invalid language tag")
        return dataset.literal(term["value"], f"@{term['language']}")
    return dataset.literal(term["value"], "" if datatype == _XSD_STRING else f"^^{_resource(datatype)}")


def _cause(error: BaseException) -> ProofError:
    """Our own error at the bottom of a chain of pyld's, or its code."""
    reason = "syntax"
    step: BaseException | None = error
    while step is not None:
        if isinstance(step, ProofError):
            return step
        reason = getattr(step, "code", None) or reason
        step = step.__cause__
    return ProofError("json-ld-refused", reason=reason)


class _SafeProcessor(jsonld.JsonLdProcessor):  # type: ignore[misc] # pyld has no types
    """Looks at each object, under the very context that pyld is about to expand it with."""

    def __init__(self) -> None:
        super().__init__()
        self._pointers: dict[int, str] = {}

    def _expand(self, active_ctx: Any, active_property: str | None, element: Json, *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        if active_property is None and not self._pointers:
            for value, pointer in _objects(element):
                if "@import" in value:
                    # pyld writes what imports into what is imported: one would change what others signed under
                    raise ProofError("json-ld-refused", pointer=pointer, reason="@import")
                self._pointers[id(value)] = pointer
        expanded = super()._expand(active_ctx, active_property, element, *rest, **named)
        if expanded is None and element is not None:  # a value of nothing, or an object that says nothing
            raise ProofError("member-dropped", pointer=self._pointers.get(id(element)))
        return expanded

    def _expand_object(  # noqa: PLR0913, PLR0917 - pyld's signature
        self,
        active_ctx: Any,  # noqa: ANN401
        active_property: str | None,
        expanded_active_property: str | None,
        element: dict[str, Json],
        expanded_parent: dict[str, Json],
        options: dict[str, Any],
        inside_list: bool = False,  # noqa: FBT001, FBT002
        type_key: str | None = None,
        type_scoped_ctx: Any = None,  # noqa: ANN401
    ) -> None:
        here = self._pointers.get(id(element), "")
        for name, value in element.items():
            if name != "@context":
                self._check(active_ctx, type_scoped_ctx, name, value, f"{here}/{escape(name)}", options)
        super()._expand_object(
            active_ctx,
            active_property,
            expanded_active_property,
            element,
            expanded_parent,
            options,
            inside_list=inside_list,
            type_key=type_key,
            type_scoped_ctx=type_scoped_ctx,
        )

    def _check(self, ctx: Any, type_ctx: Any, name: str, value: Json, at: str, options: dict[str, Any]) -> None:  # noqa: ANN401
        iri = self._expand_iri(ctx, name, vocab=True)
        if iri is None or not (iri.startswith("@") or _ABSOLUTE.fullmatch(iri)):
            raise ProofError("term-undefined", pointer=at, term=name[:80])
        if value is None or iri == "@index" or self._is_index_map(ctx, name, value):
            raise ProofError("member-dropped", pointer=at)  # RDF has neither nulls nor indexes
        if iri == "@type":
            self._check_iris(type_ctx, value, at, "type-undefined", vocab=True)
        elif iri == "@id":
            self._check_iris(ctx, value, at, "iri-relative", vocab=False)
        elif not iri.startswith("@"):
            kind = self.get_context_value(ctx, name, "@type")
            if kind in ("@id", "@vocab"):
                scoped = self.get_context_value(ctx, name, "@context")
                if scoped is not None:
                    ctx = self._process_context(ctx, scoped, options, propagate=True, override_protected=True)
                self._check_iris(ctx, value, at, "iri-relative", vocab=kind == "@vocab")

    def _is_index_map(self, ctx: Any, name: str, value: Json) -> bool:  # noqa: ANN401
        container = self.get_context_value(ctx, name, "@container") or []
        return "@index" in container and isinstance(value, dict) and not self.get_context_value(ctx, name, "@index")

    def _check_iris(self, ctx: Any, value: Json, at: str, code: str, *, vocab: bool) -> None:  # noqa: ANN401
        many = isinstance(value, list)
        for place, item in enumerate(value if many else [value]):
            if not isinstance(item, str):
                continue
            iri = self._expand_iri(ctx, item, vocab=vocab)
            if iri is None or not (_ABSOLUTE.fullmatch(iri) or (vocab and iri in ("@json", "@id", "@vocab", "@none"))):
                raise ProofError(code, pointer=f"{at}/{place}" if many else at, value=item[:80])


def _objects(value: Json, at: str = "") -> Iterator[tuple[Json, str]]:
    """Each object below `value`, with its pointer."""
    if isinstance(value, dict):
        yield value, at
        for name, item in value.items():
            yield from _objects(item, f"{at}/{escape(name)}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _objects(item, f"{at}/{place}")
