"""Guidelines, and the rules of guidance as resources, so that a query can tell what was asked and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from nosograph.build.ntriples import A, code, integer, iri, literal, ng, resource_iri, term, triple
from nosograph.namespaces import GUIDELINES
from nosograph.sources.guidance import GuidanceRule

__all__ = ["governing", "guidance_triples"]


def guidance_triples(rules: Iterable[GuidanceRule]) -> Iterator[str]:
    """Yield the lines that describe each rule, with the section of the guidelines that it rests on."""
    for rule in rules:
        me = resource_iri(f"rule/{rule.id}")
        yield triple(me, A, ng("GuidanceRule"))
        yield triple(me, term("dcterms:identifier"), literal(rule.id))
        yield triple(me, term("skos:prefLabel"), literal(rule.title, "en"))
        yield triple(me, ng("rationale"), literal(rule.rationale, "en"))
        yield triple(me, ng("guidanceKind"), literal(rule.kind))
        yield triple(me, ng("guidanceSeverity"), literal(rule.severity))
        yield triple(me, ng("guidanceAxis"), literal(rule.axis))
        yield triple(me, ng("template"), literal(rule.text, "en"))
        yield triple(me, ng("order"), integer(rule.rank))
        yield triple(me, term("dcterms:references"), iri(GUIDELINES + rule.guideline))
        for alternatives in rule.when:
            yield triple(me, ng("fires"), literal(" or ".join(sorted(alternatives))))


def governing(lines: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """Yield the lines of the guidelines, but none that speaks of an entry that no loaded edition has."""
    about, entries = {ng("governs"), ng("exempts")}, {code(notation) for notation in known}
    for line in lines:
        _, predicate, value = line.removesuffix(" .\n").split(" ", 2)
        if predicate not in about or value in entries:
            yield line
