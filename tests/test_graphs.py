"""The same store for users of rdflib and networkx."""

from __future__ import annotations

import networkx as nx
import pytest
from rdflib import RDF, Literal, Namespace, URIRef
from rdflib.namespace import SKOS

from nosograph.answers.graphs import to_networkx, to_rdflib
from nosograph.store.oxigraph import OxigraphStore

ICD = Namespace("http://purl.bioontology.org/ontology/ICD10CM/")
NG = Namespace("https://w3id.org/nosograph/vocab#")


def test_rdflib_sees_the_same_triples(store: OxigraphStore) -> None:
    graph = to_rdflib(store)
    code = ICD["M61.08"]
    assert (code, RDF.type, NG.Code) in graph
    assert graph.value(code, SKOS.prefLabel) == Literal("Myositis ossificans traumatica, other site", lang="en")
    assert {str(o) for o in graph.transitive_objects(code, SKOS.broader)} >= {str(ICD["M61"]), str(ICD["M00-M99"])}
    rows = list(graph.query("SELECT (COUNT(?c) AS ?n) WHERE { ?c <https://w3id.org/nosograph/vocab#reportable> true }"))
    assert int(rows[0][0]) == 74_719


def test_rdflib_view_is_for_reading(store: OxigraphStore) -> None:
    graph = to_rdflib(store)
    with pytest.raises(Exception, match="only possible on read-write"):
        graph.add((URIRef("http://example.org/s"), RDF.type, NG.Code))


@pytest.fixture(scope="module")
def whole(store: OxigraphStore) -> nx.DiGraph:
    return to_networkx(store)


def test_networkx_has_the_hierarchy(whole: nx.DiGraph) -> None:
    assert whole.number_of_nodes() == 98_505
    assert whole.nodes["M61.08"] == {"title": "Myositis ossificans traumatica, other site", "reportable": True}
    hierarchy = nx.DiGraph((a, b) for a, b, r in whole.edges(data="relation") if "broader" in r.split())
    assert nx.is_directed_acyclic_graph(hierarchy)
    assert nx.shortest_path(hierarchy, "M61.08", "M00-M99") == ["M61.08", "M61.0", "M61", "M60-M63", "M00-M99"]
    assert {n for n in hierarchy if hierarchy.out_degree(n) == 0} == {
        n for n in hierarchy if n.count("-") and n in CHAPTERS
    }


CHAPTERS = set(
    "A00-B99 C00-D49 D50-D89 E00-E89 F01-F99 G00-G99 H00-H59 H60-H95 I00-I99 J00-J99 K00-K95 L00-L99 M00-M99 N00-N99 "
    "O00-O9A P00-P96 Q00-QA0 R00-R99 S00-T88 V00-Y99 Z00-Z99 U00-U85".split()
)


def test_networkx_has_the_notes(whole: nx.DiGraph) -> None:
    assert whole.edges["M60-M63", "M33"]["relation"] == "excludes1"
    assert whole.edges["M61.4", "M65.2"]["relation"] == "excludes1"


def test_networkx_of_a_part(store: OxigraphStore) -> None:
    part = to_networkx(store, "m61.0")
    assert sum(1 for _, d in part.nodes(data=True) if d["reportable"]) == 24
    assert "M61.08" in part
    assert "M61" not in part
