"""Citations, procedures and their links, as N-Triples."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from nosograph.build.ntriples import A, boolean, code, date, iri, literal, ng, resource_iri, term, triple
from nosograph.sources.evidence import Citation, Evidence, Link, Procedure

__all__ = ["citation_triples", "evidence_of", "procedure_triples"]

_LABEL, _BROADER = term("skos:prefLabel"), term("skos:broader")
_DEFINITION, _EDITORIAL_NOTE = term("skos:definition"), term("skos:editorialNote")
_CITES, _DERIVED = term("cito:citesAsEvidence"), term("prov:wasDerivedFrom")
_SECTION = re.compile(r"[IVX]+(?:\.[A-Za-z0-9]+)+")
_SIDES = {"": "number", "right": "numberRight", "left": "numberLeft"}


def evidence_of(me: str, citation: Citation, locator: str | None) -> Iterator[str]:
    """Yield what a statement rests on: its citation, the place in it, and the resource for each section it names."""
    cited = resource_iri(f"citation/{citation.id}")
    yield triple(me, _CITES, cited)
    yield triple(me, _DERIVED, cited)
    if locator:
        yield triple(me, ng("locator"), literal(locator))
        if citation.sections:
            for section in dict.fromkeys(_SECTION.findall(locator)):
                yield triple(me, ng("section"), iri(citation.sections + section))


def citation_triples(citations: Iterable[Citation]) -> Iterator[str]:
    """Yield the citations. One that nobody opened says so, and has no date of a check."""
    for cited in citations:
        me = resource_iri(f"citation/{cited.id}")
        yield triple(me, A, ng("Citation"))
        yield triple(me, A, term("prov:Entity"))
        yield triple(me, term("dcterms:identifier"), literal(cited.id))
        yield triple(me, term("dcterms:title"), literal(cited.title, "en"))
        yield triple(me, term("dcterms:publisher"), literal(cited.publisher))
        if cited.address:
            yield triple(me, ng("address"), f"{literal(cited.address)}^^{term('xsd:anyURI')}")
        yield triple(me, ng("addressKind"), literal(cited.address_kind))
        yield triple(me, ng("citationEdition"), literal(cited.edition))
        yield triple(me, ng("supports"), literal(cited.supports, "en"))
        yield triple(me, ng("evidenceRank"), resource_iri(f"rank/{cited.rank}"))
        yield triple(me, ng("checked"), boolean(cited.date_checked is not None))
        if cited.date_checked:
            yield triple(me, ng("dateChecked"), date(cited.date_checked))


def _procedure(procedure: Procedure) -> Iterator[str]:
    me = resource_iri(f"procedure/{procedure.id}")
    yield triple(me, A, ng("Procedure"))
    yield triple(me, _LABEL, literal(procedure.label, "en"))
    yield triple(me, _DEFINITION, literal(procedure.definition, "en"))
    yield triple(me, ng("procedureKind"), literal(procedure.kind))
    if procedure.broader:
        yield triple(me, _BROADER, resource_iri(f"procedure/{procedure.broader}"))
    if procedure.note:
        yield triple(me, _EDITORIAL_NOTE, literal(procedure.note, "en"))
    for system, side, number in procedure.numbers:
        yield triple(me, ng(_SIDES[side]), resource_iri(f"number/{system}/{number}"))


def _numbers(procedures: Iterable[Procedure]) -> Iterator[str]:
    for system, number in sorted({(s, n) for p in procedures for s, _, n in p.numbers}):
        me = resource_iri(f"number/{system}/{number}")
        yield triple(me, A, ng("ProcedureNumber"))
        yield triple(me, ng("numberSystem"), resource_iri(f"number-system/{system}"))
        yield triple(me, term("skos:notation"), literal(number))


def _link(link: Link, codes: Iterable[str], cited: Citation) -> Iterator[str]:
    me = resource_iri(f"procedure-link/{link.id}")
    yield triple(me, A, ng("ProcedureLink"))
    yield triple(me, A, term("prov:Entity"))
    for notation in codes:
        yield triple(me, ng("appliesTo"), code(notation))
    yield triple(me, ng("procedure"), resource_iri(f"procedure/{link.procedure}"))
    yield triple(me, ng("stance"), literal(link.stance))
    yield triple(me, ng("why"), literal(link.why, "en"))
    yield triple(me, ng("certainty"), literal(link.certainty))
    for name, folder, slugs in (
        ("onlySite", "site", link.sites),
        ("onlyCause", "cause", link.causes),
        ("onlyDetail", "detail", link.details),
    ):
        for slug in slugs:
            yield triple(me, ng(name), resource_iri(f"{folder}/{slug}"))
    for slug in link.encounters:
        yield triple(me, ng("onlyEncounter"), ng(slug))
    if link.circumstance:
        yield triple(me, ng("circumstance"), literal(link.circumstance, "en"))
    yield from evidence_of(me, cited, link.locator)


def procedure_triples(evidence: Evidence, known: Collection[str]) -> Iterator[str]:
    """Yield procedures, their numbers and the links; a link to no `known` entry of the list is left out."""
    for procedure in evidence.procedures.values():
        yield from _procedure(procedure)
    yield from _numbers(evidence.procedures.values())
    for link in evidence.links:
        if codes := [c for c in link.codes if c in known]:
            yield from _link(link, codes, evidence.citations[link.citation])
