"""The IRIs that the project writes and reads."""

from __future__ import annotations

from nosograph.notation import CODE_NAMESPACE

__all__ = ["BASE", "GUIDELINES", "NG", "PREFIXES", "graph_iri"]

BASE = "https://w3id.org/nosograph/"
NG = BASE + "vocab#"
#: the sections of the guidelines that rules rest on stand below it, by number
GUIDELINES = BASE + "guideline/FY2026/"

#: prefixes of every Turtle, JSON-LD and SPARQL text the project writes
PREFIXES = {
    "icd": CODE_NAMESPACE,
    "ng": NG,
    "fact": BASE + "fact/",
    "rule": BASE + "rule/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "xkos": "http://rdf-vocabulary.ddialliance.org/xkos#",
    "dcterms": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "void": "http://rdfs.org/ns/void#",
    "prov": "http://www.w3.org/ns/prov#",
    "sh": "http://www.w3.org/ns/shacl#",
    "cito": "http://purl.org/spar/cito/",
}


def graph_iri(layer: str) -> str:
    """Return the IRI of a layer's named graph.

    >>> graph_iri("tabular/2026-04")
    'https://w3id.org/nosograph/graph/tabular/2026-04'
    """
    return f"{BASE}graph/{layer}"
