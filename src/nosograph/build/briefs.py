"""Editorial statements, as N-Triples: each with its citation, its author and its date."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256

from nosograph.build.ntriples import A, code, date, iri, literal, ng, resource_iri, term, triple
from nosograph.build.procedures import evidence_of
from nosograph.errors import SourceError
from nosograph.sources.briefs import CLAIMS, Brief, Claim, Statement, problems, statements
from nosograph.sources.evidence import Citation

__all__ = ["brief_triples"]


class _Anything:
    """Holds whatever is asked for: a build of an older edition leaves out codes that it lacks."""

    def __contains__(self, _item: object) -> bool:
        return True


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _claim(me: str, claim: Claim, place: int) -> Iterator[str]:
    it = f"{me[:-1]}/claim/{place}>"
    folder = CLAIMS[claim.kind]
    value = resource_iri(f"{folder}/{claim.value}") if folder else literal(claim.value.lower())
    yield triple(me, ng("claim"), it)
    yield triple(it, A, ng("Claim"))
    yield triple(it, ng("aboutCode"), code(claim.code))
    yield triple(it, ng(f"claims{claim.kind.capitalize()}"), value)


def _statement(said: Statement, codes: Iterable[str], brief: str, agent: str, cited: Citation) -> Iterator[str]:
    key = "\0".join((said.kind, *said.codes, said.text))
    me = resource_iri(f"statement/{sha256(key.encode()).hexdigest()[:16]}")
    yield triple(me, A, ng("Statement"))
    yield triple(me, A, term("prov:Entity"))
    yield triple(me, ng("brief"), brief)
    yield triple(me, ng("statementKind"), literal(said.kind))
    for notation in codes:
        yield triple(me, ng("aboutEntry"), code(notation))
    yield triple(me, ng("statementText"), literal(said.text, "en"))
    yield triple(me, ng("severity"), literal(said.severity))
    yield triple(me, term("prov:wasAttributedTo"), agent)
    yield triple(me, term("prov:generatedAtTime"), date(said.date))
    if said.answer:
        yield triple(me, ng("answerText"), literal(said.answer, "en"))
    if said.query:
        yield triple(me, ng("answerQuery"), literal(said.query))
    if said.parameters:
        yield triple(me, ng("answerParameters"), literal(" ".join(f"{k}={v}" for k, v in said.parameters.items())))
    if said.contradicts:
        yield triple(me, ng("contradicts"), iri(said.contradicts))
        yield triple(me, ng("contradictionReason"), literal(said.reason or "", "en"))
    for place, claim in enumerate(said.claims, 1):
        yield from _claim(me, claim, place)
    yield from evidence_of(me, cited, said.locator)


def brief_triples(briefs: Iterable[Brief], citations: Mapping[str, Citation], known: Collection[str]) -> Iterator[str]:
    """Yield the statements about entries of the list that are `known`.

    Raises SourceError, which names file and statement, for a brief with anything else wrong.
    """
    authors: set[str] = set()
    for brief in briefs:
        if wrong := problems(brief, _Anything(), citations):
            raise SourceError("\n".join(str(w) for w in wrong))
        agent, it = resource_iri(f"agent/{_slug(brief.author)}"), resource_iri(f"brief/{_slug(brief.name)}")
        if agent not in authors:
            authors.add(agent)
            yield triple(agent, A, term("prov:Agent"))
            yield triple(agent, term("dcterms:title"), literal(brief.author))
        yield triple(it, A, ng("Brief"))
        yield triple(it, term("dcterms:identifier"), literal(brief.name))
        for said in statements(brief):
            codes = [c for c in said.codes if c in known]
            if codes and all(c.code in known for c in said.claims):
                yield from _statement(said, codes, it, agent, citations[said.citation])
