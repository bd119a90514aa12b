"""What the graph says of itself: editions, sources and layers, as PROV-O, DCAT and VoID."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nosograph.build.ntriples import A, Layer, date, integer, iri, literal, ng, resource_iri, term, triple
from nosograph.sources.editions import Edition, sources

__all__ = ["LayerNote", "catalog_triples"]

#: the day the description of the data set was last revised: fixed, so that the same input gives the same graph
_MODIFIED = "2026-11-22"


@dataclass(frozen=True, slots=True)
class LayerNote:
    """A written layer with what it is made from."""

    layer: Layer
    title: str
    source: str
    edition: Edition | None = None


def _source(name: str) -> Iterator[str]:
    source = sources()[name]
    it = resource_iri(f"source/{name}")
    yield triple(it, A, term("prov:Entity"))
    yield triple(it, term("dcterms:title"), literal(source.title, "en"))
    yield triple(it, term("dcterms:publisher"), literal(source.publisher))
    yield triple(it, term("dcterms:license"), iri(source.licence))
    yield triple(it, term("dcterms:source"), iri(source.url))
    yield triple(it, term("dcterms:provenance"), literal(source.obtained_from, "en"))


def _edition(edition: Edition, remainder: Counter[str]) -> Iterator[str]:
    it = resource_iri(f"edition/{edition.name}")
    yield triple(it, A, ng("Edition"))
    yield triple(it, A, term("dcat:Dataset"))
    yield triple(it, A, term("prov:Entity"))
    yield triple(it, term("dcterms:title"), literal(edition.title, "en"))
    yield triple(it, term("dcterms:identifier"), literal(edition.name))
    yield triple(it, term("prov:wasDerivedFrom"), resource_iri("source/tabular-list"))
    if edition.sha256:
        yield triple(it, ng("sha256"), literal(edition.sha256))
    if edition.package:
        yield triple(it, term("dcterms:provenance"), literal(edition.package))
    if edition.in_force_from:
        yield triple(it, term("dcterms:issued"), date(edition.in_force_from))
        yield triple(it, ng("validFrom"), date(edition.in_force_from))
    if edition.in_force_to:
        yield triple(it, ng("validTo"), date(edition.in_force_to))
    for place, (path, count) in enumerate(sorted(remainder.items()), 1):
        rest = resource_iri(f"remainder/{edition.name}/{place}")
        yield triple(rest, A, ng("Remainder"))
        yield triple(rest, ng("edition"), it)
        yield triple(rest, ng("elementPath"), literal(path))
        yield triple(rest, ng("count"), integer(count))


def _layer(note: LayerNote) -> Iterator[str]:
    it = iri(note.layer.graph)
    yield triple(it, A, ng("Layer"))
    yield triple(it, A, term("void:Dataset"))
    yield triple(it, term("dcterms:title"), literal(note.title, "en"))
    yield triple(it, term("dcterms:license"), iri(sources()[note.source].licence))
    yield triple(it, term("prov:wasDerivedFrom"), resource_iri(f"source/{note.source}"))
    yield triple(it, term("void:triples"), integer(note.layer.triples))
    yield triple(it, ng("sha256"), literal(note.layer.sha256))
    yield triple(it, term("dcterms:modified"), date(_MODIFIED))
    if note.edition:
        yield triple(it, ng("edition"), resource_iri(f"edition/{note.edition.name}"))
        yield triple(it, term("prov:wasDerivedFrom"), resource_iri(f"edition/{note.edition.name}"))


def catalog_triples(graph: str, notes: Iterable[LayerNote], remainders: dict[Edition, Counter[str]]) -> Iterator[str]:
    """Yield the lines that describe the layers (the one these lines are for, too), the editions and the sources."""
    lines = list(_catalog(notes, remainders))
    yield from lines
    yield from _itself(graph, lines)


def _catalog(notes: Iterable[LayerNote], remainders: dict[Edition, Counter[str]]) -> Iterator[str]:
    me = resource_iri("dataset")
    listed = list(notes)
    yield triple(me, A, term("dcat:Catalog"))
    yield triple(me, A, term("void:Dataset"))
    yield triple(me, term("dcterms:title"), literal("nosograph: ICD-10-CM as a knowledge graph", "en"))
    yield triple(me, term("dcterms:modified"), date(_MODIFIED))
    for name in sources():
        yield from _source(name)
    for edition, remainder in remainders.items():
        yield triple(me, term("dcat:dataset"), resource_iri(f"edition/{edition.name}"))
        yield from _edition(edition, remainder)
    for note in listed:
        yield triple(me, term("void:subset"), iri(note.layer.graph))
        yield from _layer(note)


def _itself(graph: str, others: list[str]) -> Iterator[str]:
    """Describe the layer that holds the descriptions; its digest is of all its lines but the one that states it."""
    it = iri(graph)
    own = [
        triple(resource_iri("dataset"), term("void:subset"), it),
        triple(it, A, ng("Layer")),
        triple(it, A, term("void:Dataset")),
        triple(it, term("dcterms:title"), literal("Editions, layers and sources", "en")),
        triple(it, term("dcterms:license"), iri(sources()["ontology"].licence)),
        triple(it, term("prov:wasDerivedFrom"), resource_iri("source/ontology")),
        triple(it, term("dcterms:modified"), date(_MODIFIED)),
    ]
    own.append(triple(it, term("void:triples"), integer(len(others) + len(own) + 2)))
    yield from own
    yield triple(it, ng("sha256"), literal(hashlib.sha256("".join([*others, *own]).encode()).hexdigest()))
