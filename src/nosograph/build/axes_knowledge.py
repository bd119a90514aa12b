"""The curated knowledge that titles are read with: sites, causes, conditions and phrases, from `data/`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nosograph.build.axes_words import Lexicon, phrase
from nosograph.errors import SourceError
from nosograph.namespaces import BASE, NG, PREFIXES
from nosograph.notation import CODE_NAMESPACE, iri_notation
from nosograph.resources import resource

__all__ = ["KNOWLEDGE_FILES", "FamilyFacts", "Knowledge", "load_knowledge"]

#: Turtle files of curated concepts
KNOWLEDGE_FILES = (
    "data/sites.ttl",
    "data/sites-regions.ttl",
    "data/sites-musculoskeletal.ttl",
    "data/sites-organs.ttl",
    "data/causes.ttl",
    "data/conditions.ttl",
)
_PHRASES = "data/title-phrases.tsv"
_TYPE = PREFIXES["rdf"] + "type"
_PREF, _ALT = PREFIXES["skos"] + "prefLabel", PREFIXES["skos"] + "altLabel"
_BROADER = PREFIXES["skos"] + "broader"
_PART_OF, _CONDITION, _CAUSE, _RESIDUAL = NG + "partOf", NG + "condition", NG + "cause", NG + "residual"


@dataclass(slots=True)
class FamilyFacts:
    """What is curated for an entry and all below it."""

    conditions: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)


@dataclass
class Knowledge:
    """Curated concepts by label, what holds them, and the phrases that stand for scope and side in a title.

    `labels` are (words, IRI) of preferred and alternative labels, `alternative` the alternative ones alone; hidden labels are
    for questions, not for titles. `residual` are the causes that stand for whatever siblings do not name.
    """

    kinds: dict[str, str]
    labels: list[tuple[str, str]]
    above: dict[str, list[str]]
    families: dict[str, FamilyFacts]
    phrases: list[tuple[str, str, str]]
    alternative: set[tuple[str, str]] = field(default_factory=set)
    residual: set[str] = field(default_factory=set)

    def _lexicon(self, kind: str) -> Lexicon:
        return Lexicon((phrase(text), iri) for text, iri in self.labels if self.kinds.get(iri) == NG + kind)

    @cached_property
    def sites(self) -> Lexicon:
        return self._lexicon("Site")

    @cached_property
    def causes(self) -> Lexicon:
        return self._lexicon("Cause")

    @cached_property
    def cause_adjectives(self) -> frozenset[tuple[str, ...]]:
        """Alternative labels of causes, which are what titles say (`diabetic`): the first name may be a disease too."""
        return frozenset(phrase(text) for text, iri in self.alternative if self.kinds.get(iri) == NG + "Cause")

    @cached_property
    def conditions(self) -> frozenset[str]:
        """The IRIs of curated conditions."""
        return frozenset(iri for iri, kind in self.kinds.items() if kind == NG + "Condition")

    @cached_property
    def marks(self) -> Lexicon:
        """Phrases that are no site: values are `axis:value` (`scope:other`, `side:left`, `ignore:`)."""
        return Lexicon((phrase(text), f"{axis}:{value}") for text, axis, value in self.phrases)

    @cached_property
    def _ancestors(self) -> dict[str, frozenset[str]]:
        return {}

    def holders(self, iri: str) -> frozenset[str]:
        """Return all concepts above this one, by part-of or broader, without itself."""
        known = self._ancestors.get(iri)
        if known is None:
            found: set[str] = set()
            todo = list(self.above.get(iri, ()))
            while todo:
                here = todo.pop()
                if here not in found:
                    found.add(here)
                    todo += self.above.get(here, ())
            known = self._ancestors[iri] = frozenset(found)
        return known

    def finest(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Return the concepts, without those that hold another of them, in the order given."""
        given = dict.fromkeys(iris)
        return tuple(i for i in given if not any(i in self.holders(other) for other in given))


def _read_phrases(path: Path) -> Iterator[tuple[str, str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            yield row["phrase"], row["axis"], row["value"] or ""


def _family(families: dict[str, FamilyFacts], code: str, relation: str, value: str) -> None:
    facts = families.setdefault(iri_notation(code), FamilyFacts())
    (facts.conditions if relation == _CONDITION else facts.causes).append(value)


def load_knowledge() -> Knowledge:
    """Read the curated Turtle files and the table of phrases.

    Raises SourceError if one of them is not what it should be.
    """
    from pyoxigraph import RdfFormat, parse

    knowledge = Knowledge({}, [], {}, {}, list(_read_phrases(resource(_PHRASES))))
    for name in KNOWLEDGE_FILES:
        try:
            for quad in parse(path=str(resource(name)), format=RdfFormat.TURTLE):
                subject, relation, value = (
                    str(getattr(t, "value", t)) for t in (quad.subject, quad.predicate, quad.object)
                )
                if relation == _TYPE and value.startswith(NG):
                    knowledge.kinds[subject] = value
                elif relation in (_PREF, _ALT):
                    knowledge.labels.append((value, subject))
                    if relation == _ALT:
                        knowledge.alternative.add((value, subject))
                elif relation == _RESIDUAL and value == "true":
                    knowledge.residual.add(subject)
                elif relation in (_PART_OF, _BROADER):
                    knowledge.above.setdefault(subject, []).append(value)
                elif relation in (_CONDITION, _CAUSE) and subject.startswith(CODE_NAMESPACE):
                    _family(knowledge.families, subject, relation, value)
        except (SyntaxError, ValueError) as error:
            raise SourceError(f"{name} is not valid Turtle: {error}") from error
    unknown = sorted({h for hs in knowledge.above.values() for h in hs if h not in knowledge.kinds})
    if unknown:
        raise SourceError(
            f"{', '.join(KNOWLEDGE_FILES)}: no concept {unknown[0].removeprefix(BASE)}, though another is below it"
        )
    return knowledge
