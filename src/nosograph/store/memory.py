"""rdflib in memory: the reference for what a query means, and a store for small graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nosograph.errors import QueryError, UnknownNameError
from nosograph.store.base import Rows, Store, Term, Triple
from nosograph.store.bind import bind
from nosograph.store.guard import guard, names_graphs

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Identifier

    from nosograph.store.oxigraph import OxigraphStore

__all__ = ["MemoryStore"]


def _term(value: Identifier | None) -> Term | None:
    from rdflib import BNode, Literal, URIRef

    if value is None:
        return None
    if isinstance(value, URIRef):
        return Term("uri", str(value))
    if isinstance(value, Literal):
        return Term("literal", str(value), str(value.datatype) if value.datatype else None, value.language)
    if isinstance(value, BNode):
        return Term("bnode", str(value))
    raise QueryError(f"a term of a kind that SPARQL results do not have: {value!r}")


def _native(term: Term) -> Identifier:
    from rdflib import Literal, URIRef

    if term.kind == "uri":
        return URIRef(term.value)
    return Literal(term.value, lang=term.language, datatype=URIRef(term.datatype) if term.datatype else None)


def _triple(found: Any) -> Triple:
    s, p, o = (_term(part) or Term("bnode", "") for part in found)
    return s, p, o


class MemoryStore:
    """An rdflib Graph with the merged layers of one edition. It has no named graphs."""

    name = "rdflib"

    def __init__(self, graph: Graph, edition: str, graphs: Sequence[str]) -> None:
        self.graph = graph
        self.edition = edition
        self._graphs = list(graphs)

    @classmethod
    def load(cls, source: OxigraphStore) -> MemoryStore:
        """Copy what an embedded store's queries see into one graph in memory; the whole takes a minute and gigabytes."""
        from rdflib import Graph

        from nosograph.store.oxigraph import as_term

        graph = Graph()
        parts = ((as_term(q.subject), as_term(q.predicate), as_term(q.object)) for q in source.native)
        graph.addN((_native(s), _native(p), _native(o), graph) for s, p, o in parts)
        return cls(graph, source.edition, source.graphs())

    def at(self, edition: str) -> Store:
        if edition != self.edition:
            raise UnknownNameError("edition in memory", edition, [self.edition])
        return self

    def graphs(self) -> Sequence[str]:
        return self._graphs

    def query(
        self, text: str, bindings: Mapping[str, Term | list[Term]] | None = None
    ) -> Rows | bool | Iterator[Triple]:
        import rdflib.plugins.sparql

        given = bindings or {}
        text = bind(text, {n: t for n, t in given.items() if isinstance(t, list)})
        fixed = {n: _native(t) for n, t in given.items() if not isinstance(t, list)}
        guard(text)
        if names_graphs(text):
            raise QueryError("the store in memory has one graph: GRAPH and FROM find nothing in it")
        rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False  # FROM must not fetch
        try:
            found = self.graph.query(text, initBindings=fixed)
        except Exception as error:  # rdflib's parser raises whatever pyparsing does
            raise QueryError(f"this is not a SPARQL query: {error}") from error
        if found.type == "ASK":
            return bool(found.askAnswer)
        if found.type == "SELECT":
            names = tuple(str(v) for v in found.vars or ())
            rows: Any = found
            return Rows(names, (tuple(_term(row[n]) if n in row.labels else None for n in names) for row in rows))
        return (_triple(t) for t in found)

    def close(self) -> None:
        self.graph.close()
