"""The same graph for users of rdflib and networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nosograph.errors import UsageError
from nosograph.query import run
from nosograph.store import Store

if TYPE_CHECKING:
    import networkx as nx
    import rdflib

__all__ = ["to_networkx", "to_rdflib"]


def to_rdflib(store: Store) -> rdflib.Graph:
    """Return an rdflib Graph over the very same store, for reading: nothing is copied.

    Its queries are answered by Oxigraph, except prepared ones, which rdflib itself evaluates: give it texts. `len` counts
    all triples, which takes seconds. Queries asked through rdflib are not guarded: do not give it texts from strangers, for
    SERVICE would fetch. Raises UsageError for a store that is not embedded.
    """
    from rdflib import Graph
    from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

    from nosograph.store.memory import MemoryStore
    from nosograph.store.oxigraph import OxigraphStore

    if isinstance(store, MemoryStore):
        return store.graph
    if not isinstance(store, OxigraphStore):
        raise UsageError("only an embedded store can be read as an rdflib graph")
    from oxrdflib import OxigraphStore as Adapter

    return Graph(store=Adapter(store=store.native), identifier=DATASET_DEFAULT_GRAPH_ID)


def to_networkx(store: Store, code: str | None = None) -> nx.DiGraph:
    """Return the hierarchy and the notes' references as a directed graph, of the whole edition or of what is below a code.

    Nodes are notations with `title` and `reportable`; an edge from child to parent has the relation `broader`, one from a
    note's owner to what the note names has its kind (`excludes1` ...). Two relations between the same nodes share an edge:
    `relation` then names both, with a space between.
    """
    import networkx as nx

    graph: nx.DiGraph = nx.DiGraph(edition=store.edition)
    for row in run(store, "concepts"):
        graph.add_node(row["notation"], title=row["title"], reportable=row["reportable"] == "true")
    for row in run(store, "hierarchy"):
        _relate(graph, row["notation"], row["parent"], "broader")
    for row in run(store, "note-edges"):
        _relate(graph, row["owner"], row["target"], row["kind"])
    if code is None:
        return graph
    from nosograph.answers.entries import entry

    hierarchy = nx.subgraph_view(graph, filter_edge=lambda a, b: "broader" in graph.edges[a, b]["relation"])
    root = entry(store, code).code
    return graph.subgraph({root} | nx.ancestors(hierarchy, root)).copy()


def _relate(graph: nx.DiGraph, start: str | None, end: str | None, relation: str | None) -> None:
    if graph.has_edge(start, end):
        known: list[str] = graph.edges[start, end]["relation"].split()
        graph.edges[start, end]["relation"] = " ".join(dict.fromkeys([*known, relation or ""]))
    else:
        graph.add_edge(start, end, relation=relation)
