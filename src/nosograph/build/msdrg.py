"""Medical MS-DRGs: from a principal diagnosis to the family of DRGs that it leads to without procedures."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nosograph.build.ntriples import A, code, literal, ng, resource_iri, term, triple
from nosograph.sources.msdrg import MsDrgTables, severity_condition

__all__ = ["msdrg_triples"]


def _described(tables: MsDrgTables, families: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Yield what families are, their DRGs and MDCs; each is described once."""
    base = f"ms-drg/{tables.version}"
    version = literal(tables.version)
    for numbers in sorted(families):
        family = resource_iri(f"{base}/family/{'-'.join(numbers)}")
        yield triple(family, A, ng("DrgFamily"))
        yield triple(family, ng("drgVersion"), version)
        for mdc in sorted({tables.drgs[number].mdc for number in numbers}):
            yield triple(family, ng("mdc"), resource_iri(f"{base}/mdc/{mdc}"))
        for number in numbers:
            yield triple(family, ng("drg"), resource_iri(f"{base}/{number}"))
    members = sorted({number for numbers in families for number in numbers})
    for drg in (tables.drgs[number] for number in members):
        me = resource_iri(f"{base}/{drg.number}")
        yield triple(me, A, ng("MsDrg"))
        yield triple(me, term("skos:notation"), literal(drg.number))
        yield triple(me, term("skos:prefLabel"), literal(drg.title, "en"))
        yield triple(me, ng("drgVersion"), version)
        if condition := severity_condition(drg.title):
            yield triple(me, ng("severityCondition"), literal(condition))
    for mdc in sorted({tables.drgs[number].mdc for number in members}):
        me = resource_iri(f"{base}/mdc/{mdc}")
        yield triple(me, A, ng("Mdc"))
        yield triple(me, term("skos:notation"), literal(mdc))
        yield triple(me, term("skos:prefLabel"), literal(tables.mdcs[mdc], "en"))
        yield triple(me, ng("drgVersion"), version)


def msdrg_triples(tables: MsDrgTables, codes: Collection[str]) -> Iterator[str]:
    """Yield the lines of the layer of one version, for those of the codes that have a family in it.

    A code without one gets no line, and a family, DRG or MDC that no code leads to is not described.
    """
    wanted = frozenset(codes)
    links: dict[tuple[str, ...], str] = {}
    predicate = ng("medicalDrgFamily")
    for assignment in tables.assignments:
        numbers = assignment.family
        if not numbers or assignment.code not in wanted:
            continue
        if numbers not in links:
            links[numbers] = resource_iri(f"ms-drg/{tables.version}/family/{'-'.join(numbers)}")
        yield triple(code(assignment.code), predicate, links[numbers])
    yield from _described(tables, links.keys())
