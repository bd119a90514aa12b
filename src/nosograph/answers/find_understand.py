"""From words to concepts: the condition, sites, side, cause and encounter of a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nosograph.answers.find_model import Concept, Question, Understood
from nosograph.answers.find_terms import SOFT, Terms
from nosograph.build.axes_words import phrase

__all__ = ["Meaning", "understand"]

_SIDES = {"left": "left", "right": "right", "bilateral": "bilateral", "bilaterally": "bilateral", "both": "bilateral"}
_ENCOUNTERS = {
    ("initial", "encounter"): "initial",
    ("subsequent", "encounter"): "subsequent",
    ("follow", "up"): "subsequent",
    ("sequela",): "sequela",
    ("sequelae",): "sequela",
}


@dataclass(slots=True)
class Meaning:
    """A question as concepts, with the words of its condition and what was not understood.

    `implied` are the causes that the words of the condition name, whether or not the cause is stated.
    """

    condition_words: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    site_words: frozenset[str] = frozenset()
    sides: tuple[str, ...] = ()
    cause: str | None = None
    implied: frozenset[str] = frozenset()
    encounter: str | None = None
    unknown: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)

    @property
    def side(self) -> str | None:
        """The one side stated, None if none is or more than one."""
        return self.sides[0] if len(self.sides) == 1 else None

    def as_understood(self) -> Understood:
        return Understood(
            tuple(Concept(c, self.labels.get(c, "")) for c in self.conditions),
            tuple(Concept(s, self.labels.get(s, ""), self.within.get(s)) for s in self.sites),
            self.side,
            Concept(self.cause, self.labels.get(self.cause, "")) if self.cause else None,
            self.encounter,
        )


class _Row:
    """A row of words of which some are taken by what they stand for."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)

    def take(self, start: int, end: int) -> None:
        self.words[start:end] = [""] * (end - start)

    def left(self) -> tuple[str, ...]:
        return tuple(w for w in self.words if w)


def _sides(row: _Row) -> list[str]:
    found = []
    for place, word in enumerate(row.words):
        if side := _SIDES.get(word):
            found.append(side)
            row.take(place, place + 1)
    return found


def _encounter(row: _Row) -> str | None:
    for words, encounter in _ENCOUNTERS.items():
        for place in range(len(row.words)):
            if tuple(row.words[place : place + len(words)]) == words:
                row.take(place, place + len(words))
                return encounter
    return None


def _site_field(question: Question, terms: Terms, meaning: Meaning, sides: list[str]) -> None:
    found = []
    for text in question.site:
        row = _Row(phrase(text))
        matches = list(terms.sites.find(row.words))
        for match in matches:
            row.take(match.start, match.end)
        sides += _sides(row)
        plain = _Row([w for w in phrase(text) if w not in _SIDES])
        again = list(terms.sites.find(plain.words))
        if len(again) != len(matches):
            matches = again
        if not matches and set(row.left()) - SOFT:
            meaning.unknown["site"] = text
        found += matches
    meaning.sites = tuple(terms.finest(found))


def _cause_field(question: Question, terms: Terms, meaning: Meaning) -> None:
    if not question.cause:
        return
    found = terms.finest(terms.causes.find(phrase(question.cause)))
    if found:
        meaning.cause = found[0]
    else:
        meaning.unknown["cause"] = question.cause


def _rest(row: _Row, terms: Terms, meaning: Meaning, is_text: bool) -> None:
    """Read the words of the condition; what is site or cause among them serves if the fields do not say it."""
    meaning.condition_words = row.left()
    matches = list(terms.conditions.find(row.words))
    concepts = []
    inner = _Row(row.words)
    for match in matches:
        if match.end - match.start > 1 or match.end - match.start == len(row.left()):
            concepts.append(match.value)
            inner.take(match.start, match.end)
    meaning.conditions = tuple(dict.fromkeys(concepts))
    meaning.implied = frozenset(m.value for m in terms.causes.find(row.words))
    if not meaning.cause and "cause" not in meaning.unknown:
        found = list(terms.causes.find(inner.words))
        causes = terms.finest(found)
        if causes and not any(" ".join(inner.words[m.start : m.end]) in SOFT for m in found):
            meaning.cause = causes[0]
            if is_text:
                for match in found:
                    inner.take(match.start, match.end)
    if not meaning.sites and "site" not in meaning.unknown:
        lexicon, words = (terms.sites, inner.words) if is_text else (terms.title_sites, row.words)
        sites = list(lexicon.find(words))
        meaning.sites = tuple(terms.finest(sites))
        meaning.site_words = frozenset(w for m in sites for w in words[m.start : m.end])
        if is_text:
            for match in sites:
                inner.take(match.start, match.end)
    if is_text:
        taken = {w for w, i in zip(row.words, inner.words, strict=True) if w and not i}
        kept = {w for m in matches for w in row.words[m.start : m.end]}
        meaning.condition_words = tuple(w for w in row.left() if w not in taken or w in kept)


def understand(question: Question, terms: Terms) -> Meaning:
    """Return what the words of a question stand for."""
    meaning = Meaning(labels=terms.labels)
    sides = [question.side] if question.side else []
    _site_field(question, terms, meaning, sides)
    _cause_field(question, terms, meaning)
    meaning.encounter = question.encounter
    is_text = not question.condition
    row = _Row(phrase(question.condition or question.text or ""))
    stated = _sides(row)
    sides += stated if not sides else []
    if meaning.encounter is None:
        meaning.encounter = _encounter(row)
    _rest(row, terms, meaning, is_text)
    if question.side and any(s not in (question.side, "bilateral") for s in stated):
        sides += stated
    sides = list(dict.fromkeys(sides))
    if question.side is None and {"left", "right"} <= set(sides) and len(meaning.sites) < 2:
        sides = ["bilateral"]
    meaning.sides = tuple(sides)
    for site in meaning.sites:
        above = terms.above.get(site)
        if above:
            meaning.within[site] = terms.labels.get(above[0], "")
    return meaning
