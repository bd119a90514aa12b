"""Validity by date of service as intervals, one resource for each distinct span."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from nosograph.build.ntriples import A, code, date, literal, ng, resource_iri, term, triple
from nosograph.sources.validity import KNOWN_FROM, KNOWN_TO, Interval

__all__ = ["validity_triples"]


def _span(interval: Interval) -> str:
    return resource_iri(f"validity/{interval.start}/{interval.end or 'open'}")


def validity_triples(
    intervals: Iterable[Interval], in_text: Collection[str], newest_from: str | None, entries: Collection[str] = ()
) -> Iterator[str]:
    """Yield the lines of the layer.

    `in_text` are the reportable codes of the newest list; a code outside it is said to have left, or, if it became valid
    after `newest_from` (the day that list came into force), to be newer than the text. `entries` are all that list prints:
    its layer gives their notation, and no triple stands in two layers of it.
    """
    layer = resource_iri("validity")
    yield triple(layer, ng("knownFrom"), date(KNOWN_FROM))
    yield triple(layer, ng("knownTo"), date(KNOWN_TO))
    spans: set[str] = set()
    for interval in intervals:
        me, span = code(interval.code), _span(interval)
        yield triple(me, ng("validity"), span)
        if span not in spans:
            spans.add(span)
            yield triple(span, A, ng("Validity"))
            yield triple(span, ng("validFrom"), date(interval.start))
            if interval.end:
                yield triple(span, ng("validTo"), date(interval.end))
        if interval.code not in in_text:
            newer = newest_from is not None and interval.start > newest_from
            yield triple(me, A, ng("NewerCode" if newer else "FormerCode"))
            if interval.code not in entries:
                yield triple(me, term("skos:notation"), literal(interval.code))
