"""What payers do with a code beside its medical MS-DRGs: payment categories, classes, levels, exclusions and edits."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

from nosograph.build.ntriples import A, boolean, code, date, integer, literal, ng, resource_iri, term, triple
from nosograph.sources.payers import Categorised, DrgHistory, DrgSpan, HccTables, Mce, SecondaryTables

__all__ = ["ccsr_triples", "drg_history_triples", "hcc_triples", "mce_triples", "secondary_triples"]


def _named(it: str, cls: str, notation: str) -> Iterator[str]:
    yield triple(it, A, ng(cls))
    yield triple(it, term("skos:notation"), literal(notation))


def hcc_triples(tables: HccTables, codes: Collection[str]) -> Iterator[str]:
    """Yield the lines of the payment categories: a code's link leads to a category within its payment years."""
    wanted = frozenset(codes)
    links: dict[tuple[str, str, str, str], str] = {}
    for mapping in tables.mappings:
        if mapping.code not in wanted:
            continue
        key = (mapping.model, mapping.number, mapping.first, mapping.last)
        if key not in links:
            links[key] = resource_iri(f"hcc/{mapping.model}/{mapping.number}/{mapping.first}-{mapping.last}")
        yield triple(code(mapping.code), ng("paymentHcc"), links[key])
    for (model, number, first, last), it in sorted(links.items()):
        yield triple(it, A, ng("HccInYears"))
        yield triple(it, ng("hcc"), resource_iri(f"hcc/{model}/{number}"))
        yield triple(it, ng("firstPaymentYear"), integer(int(first)))
        yield triple(it, ng("lastPaymentYear"), integer(int(last)))
    described = {key[:2] for key in links}
    for category in tables.categories:
        if (category.model, category.number) not in described:
            continue
        it = resource_iri(f"hcc/{category.model}/{category.number}")
        yield from _named(it, "Hcc", category.number)
        yield triple(it, term("skos:prefLabel"), literal(category.label, "en"))
        yield triple(it, ng("hccModel"), literal(category.model))
        for other in category.drops:
            if (category.model, other) in described:
                yield triple(it, ng("drops"), resource_iri(f"hcc/{category.model}/{other}"))


def ccsr_triples(rows: Iterable[Categorised], codes: Collection[str]) -> Iterator[str]:
    """Yield the lines of the CCSR categories and chronic condition indicators."""
    wanted = frozenset(codes)
    used: dict[str, str] = {}
    category, chronic = ng("ccsrCategory"), ng("chronic")
    values = {value: literal(value) for value in ("yes", "no", "undetermined")}
    for row in rows:
        if row.code not in wanted:
            continue
        if row.category not in used:
            used[row.category] = resource_iri(f"ccsr/{row.category}")
        subject = code(row.code)
        yield triple(subject, category, used[row.category])
        yield triple(subject, chronic, values[row.chronic])
    for notation, it in sorted(used.items()):
        yield from _named(it, "CcsrCategory", notation)


def mce_triples(mce: Mce, codes: Collection[str]) -> Iterator[str]:
    """Yield the lines of the edits that the Medicare Code Editor applies to a code alone."""
    wanted = frozenset(codes)
    links = {edit.name: resource_iri(f"mce/{edit.name}") for edit in mce.edits}
    used: set[str] = set()
    for row in mce.diagnoses:
        if row.code not in wanted:
            continue
        used.update(row.edits)
        for name in row.edits:
            yield triple(code(row.code), ng("claimEdit"), links[name])
        if row.ages:
            yield triple(code(row.code), ng("expectedAge"), literal(row.ages))
    for edit in mce.edits:
        if edit.name in used:
            yield from _named(links[edit.name], "ClaimEdit", edit.name)
            yield triple(links[edit.name], term("skos:prefLabel"), literal(edit.label, "en"))
            yield triple(links[edit.name], term("skos:definition"), literal(edit.definition, "en"))


def _span(span: DrgSpan) -> str:
    parts = [f"{span.first}-{span.last}", "-".join(span.mdcs), "-".join(span.family) or span.left_out or ""]
    return resource_iri("ms-drg-span/" + "/".join(parts))


def drg_history_triples(history: DrgHistory, codes: Collection[str]) -> Iterator[str]:
    """Yield the lines of the versions, and of the codes that do not lead to one family in every one of them."""
    wanted = frozenset(codes)
    for version, day in history.versions:
        it = resource_iri(f"ms-drg/{version}")
        yield triple(it, A, ng("DrgVersion"))
        yield triple(it, ng("drgVersion"), literal(version))
        yield triple(it, ng("inForceFrom"), date(day))
    described: dict[str, DrgSpan] = {}
    for span in history.spans:
        if span.code in wanted:
            it = _span(span)
            described.setdefault(it, span)
            yield triple(code(span.code), ng("drgSpan"), it)
    for it, span in sorted(described.items()):
        yield triple(it, A, ng("DrgSpan"))
        yield triple(it, ng("fromVersion"), resource_iri(f"ms-drg/{span.first}"))
        yield triple(it, ng("toVersion"), resource_iri(f"ms-drg/{span.last}"))
        for number in span.mdcs:
            yield triple(it, ng("mdcNumber"), literal(number))
        for number in span.family:
            yield triple(it, ng("drgNumber"), literal(number))
        if span.left_out:
            yield triple(it, ng("noFamilyBecause"), literal(span.left_out))
        led = f"MS-DRG {'-'.join(span.family)}" if span.family else f"no one family ({span.left_out})"
        yield triple(it, term("rdfs:label"), literal(f"MDC {' '.join(span.mdcs)}, {led}", "en"))


def _size(ranges: str, order: Sequence[str]) -> int:
    """Count the codes of a sorted list that lie in ranges such as 'A00.0~A00.9 B99.8'."""
    total = 0
    for part in ranges.split():
        first, _, last = part.partition("~")
        total += bisect_right(order, last or first) - bisect_left(order, first)
    return total


def secondary_triples(tables: SecondaryTables, version: str, codes: Collection[str]) -> Iterator[str]:
    """Yield the lines of what a code counts for as secondary diagnosis, and beside which principal ones it does not."""
    wanted = frozenset(codes)
    used: dict[str, str] = {}
    conditions: dict[str, str] = {}
    for row in tables.diagnoses:
        if row.code not in wanted:
            continue
        it = code(row.code)
        yield triple(it, ng("complicationLevel"), literal(row.level))
        if row.alive_only:
            yield triple(it, ng("countsOnlyIfAlive"), boolean(True))
        if row.changed:
            yield triple(it, ng("levelSince"), resource_iri(f"ms-drg/{row.changed}"))
        if row.collection:
            used.setdefault(row.collection, resource_iri(f"ms-drg/{version}/collection/{row.collection}"))
            yield triple(it, ng("excludedBeside"), used[row.collection])
        if row.hac:
            conditions.setdefault(row.hac, resource_iri(f"hac/{row.hac}"))
            yield triple(it, ng("hospitalAcquired"), conditions[row.hac])
    order = sorted(wanted)
    for number, it in sorted(used.items()):
        yield from _named(it, "ExclusionCollection", number)
        yield triple(it, ng("drgVersion"), literal(version))
        yield triple(it, ng("principalDiagnoses"), literal(tables.collections[number]))
        yield triple(it, ng("principalCount"), integer(_size(tables.collections[number], order)))
    for number, it in sorted(conditions.items()):
        yield from _named(it, "HospitalAcquiredCondition", number)
        if title := tables.acquired.get(number):
            yield triple(it, term("skos:prefLabel"), literal(title, "en"))
