"""Read out of a title what is neither site nor side: typed details, clauses (`with X`, `due to X`), residual kinds.

`data/details.tsv` holds the phrases. In a phrase, words in brackets at its start or end must stand there and are not taken
away; `*` stands for the words up to the next comma or clause; a lone word for a residual kind counts only where a part of
the title begins or ends. What remains of the title when all that is taken away is the condition.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nosograph.build.axes_labels import Taken, clause_text, kept_text, remaining
from nosograph.build.axes_titles import Reading
from nosograph.build.axes_words import Lexicon, Word, phrase, slug, split_words
from nosograph.resources import resource

__all__ = ["CauseWords", "Detail", "DetailReader", "Seventh", "Told", "load_details"]

_DETAILS = "data/details.tsv"
_KIND_SCOPE, _CAUSE, _ANY = "kind-scope", "cause", "*"
_OTHER, _UNSPECIFIED = "other", "unspecified"
_ENCOUNTERS = ("initial", "subsequent", "sequela")
#: kind of a detail that a seventh character states and no phrase is known for
_SEVENTH = "seventh-character"
#: a phrase of so many words, or one that states what stands beside it, may run over a site or side: `without damage to nail`
_LONG = 3
_CONTEXT = re.compile(r"^(?:\((?P<before>[^()]+)\))?\s*(?P<words>.*?)\s*(?:\((?P<after>[^()]+)\))?$")
#: words that go on with a list, and words that end it
_LISTING = frozenset({"and", "or", "nor"})
_TURNING = frozenset({"not", "but", "unspecified", "other"})


@dataclass(frozen=True, slots=True, order=True)
class Detail:
    """A typed detail: its kind and its value are the last parts of its IRI."""

    kind: str
    value: str
    label: str = ""
    is_default: bool = False

    @property
    def path(self) -> str:
        return f"detail/{self.kind}/{self.value}"


#: `other` and `unspecified` before a site are of its parts, not of the condition: `unspecified lateral meniscus`
_PART = "part"


@dataclass(frozen=True, slots=True)
class _Phrase:
    before: tuple[str, ...]
    words: tuple[str, ...]
    after: tuple[str, ...]
    is_clause: bool
    details: tuple[Detail, ...]

    @property
    def is_bold(self) -> bool:
        return bool(self.before or self.after) or len(self.words) >= _LONG

    def at(self, norms: Sequence[str], place: int) -> bool:
        end = place + len(self.words)
        return (
            tuple(norms[place:end]) == self.words
            and tuple(norms[max(0, place - len(self.before)) : place]) == self.before
            and (self.is_clause or tuple(norms[end : end + len(self.after)]) == self.after)
        )


@dataclass(frozen=True, slots=True)
class Seventh:
    """What a seventh character says: a phase of care, if any, and details."""

    encounter: str | None = None
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class CauseWords:
    """Words for causes: all names, and those that name a cause wherever they stand (`diabetic`, not `diabetes`)."""

    names: Lexicon
    adjectives: frozenset[tuple[str, ...]]


_NO_CAUSES = CauseWords(Lexicon(()), frozenset())


@dataclass(frozen=True, slots=True)
class Told:
    """What a title says beside site and side.

    `condition` is what remains, `name` the same with words for causes; `closed` are the places of details and clauses, where a word for a site names none;
    `causes` are curated causes, at `cause_places`; the scopes are `other` or `unspecified`.
    """

    condition: str
    name: str
    details: tuple[Detail, ...]
    causes: tuple[str, ...]
    kind_scopes: tuple[str, ...]
    cause_scope: str | None
    closed: frozenset[int]
    cause_places: frozenset[int]


#: phrases by their first two words, those of one word by that word alone
_Table = dict[tuple[str, str | None], list[_Phrase]]


def _phrases(path: Path) -> _Table:
    found: dict[tuple[str, bool], list[Detail]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            detail = Detail(row["kind"], row["value"], row["label"], row["default"] == "yes")
            found.setdefault((row["phrase"], row["value"] == _ANY), []).append(detail)
    table: _Table = {}
    for (text, is_clause), details in found.items():
        one = _phrase(text, is_clause, tuple(details))
        words = one.words or one.before
        table.setdefault((words[0], words[1] if len(words) > 1 else None), []).append(one)
    for known in table.values():
        known.sort(key=lambda p: (p.is_clause, -len(p.words), -len(p.before) - len(p.after)))
    return table


def _phrase(text: str, is_clause: bool, details: tuple[Detail, ...]) -> _Phrase:
    if is_clause:
        text, _, tail = text.partition(_ANY)
        match = _CONTEXT.match(text.strip())
        return _Phrase(phrase(match["before"] or ""), phrase(match["words"]), phrase(tail), True, details)  # type: ignore[index]
    match = _CONTEXT.match(text)
    assert match is not None
    return _Phrase(phrase(match["before"] or ""), phrase(match["words"]), phrase(match["after"] or ""), False, details)


def load_details() -> DetailReader:
    """Read the table of phrases."""
    return DetailReader(_phrases(resource(_DETAILS)))


def _segments(title: str, words: Sequence[Word]) -> frozenset[int]:
    """Return the places of words before which a part of the title begins: after a comma that is in no brackets."""
    found, depth, last = {0}, 0, 0
    for place, word in enumerate(words):
        for sign in title[last : word.start]:
            depth += (sign in "([") - (sign in ")]")
            if sign in ",;" and depth <= 0:
                found.add(place)
        last = word.end
    return frozenset(found)


def _run(place: int, places: Collection[int]) -> Iterator[int]:
    """Yield a place and those that follow it among others."""
    while place in places:
        yield place
        place += 1


def _residual_runs(norms: Sequence[str], places: Collection[int], dropped: Collection[int]) -> set[int]:
    """Return the places of sites that `other` or `unspecified` stands before."""
    starts = [p for p in places if p and p - 1 not in dropped and norms[p - 1] in (_OTHER, _UNSPECIFIED)]
    return {p for start in starts for p in _run(start, places)}


class DetailReader:
    """Reads details with the table of phrases."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._firsts = frozenset(first for first, _ in table)

    @cached_property
    def _openers(self) -> frozenset[str]:
        return frozenset(p.words[0] for known in self._table.values() for p in known if p.is_clause and p.words)

    @cached_property
    def _clause_words(self) -> frozenset[str]:
        """The first words of clauses and of long phrases: a phrase that begins with one ends the clause before it."""
        bold = (p.words[0] for known in self._table.values() for p in known if len(p.words) >= _LONG)
        return self._openers.union(bold)

    @cached_property
    def kind_words(self) -> frozenset[str]:
        """The words of which each phrase for a residual kind has one at least."""
        kinds = [p for known in self._table.values() for p in known if p.details[0].kind == _KIND_SCOPE]
        return frozenset(p.words[0] if len(p.words) == 1 else max(p.words, key=len) for p in kinds)

    def seventh(self, label: str) -> Seventh:
        """Return what the label of a seventh character says.

        >>> load_details().seventh("subsequent encounter for closed fracture with nonunion").encounter
        'subsequent'
        """
        encounter = next((word for word in _ENCOUNTERS if label.lower().startswith(word)), None)
        words = tuple(split_words(label))
        told = self.read(label, Reading(words, (), None, None, (), frozenset(), frozenset()), _NO_CAUSES)
        details = told.details or (() if encounter else (Detail(_SEVENTH, slug(label), label),))
        return Seventh(encounter, details)

    def read(self, title: str, reading: Reading, causes: CauseWords, *, keep_sites: bool = False) -> Told:
        """Read the details of a title.

        With `keep_sites`, sites are an axis wherever they stand, in clauses too.
        """
        words, norms = reading.words, [w.norm for w in reading.words]
        starts = _segments(title, words)
        taken = reading.dropped | reading.site_places
        details: list[Detail] = []
        closed: set[int] = set()
        scopes: list[str] = []
        known_causes = list(causes.names.find(norms))
        cause_places: set[int] = set()
        said: set[int] = set()
        cause_scope: str | None = None
        place = 0
        while place < len(norms):
            match = self._at(norms, place, taken, starts, details)
            if match is None:
                place += 1
                continue
            end = place + len(match.words)
            if match.is_clause:
                end = self._clause_end(norms, place, match, starts, reading.dropped)
                if end == place + len(match.words):
                    place += 1
                    continue
                # 'due to streptococcus, group B'
                end = max([end, *(c.end for c in known_causes if place < c.start < end)])
                inside = range(place + len(match.words), end)
                sites = (
                    reading.site_places - _residual_runs(norms, reading.site_places, reading.dropped)
                    if keep_sites
                    else ()
                )
                label = clause_text(title, words, inside, Taken(reading.dropped, sites))
                kind = match.details[0].kind
                covered = any(c.start <= place + len(match.words) and c.end == end for c in known_causes)
                if label and not (kind == _CAUSE and covered):
                    opener = title[words[place].start : words[place + len(match.words) - 1].end]
                    details.append(Detail(kind, slug(label), f"{opener.lower()} {label}"))
                if kind == _CAUSE:
                    cause_scope = next((s for s in (_OTHER, _UNSPECIFIED) if slug(label).startswith(s)), cause_scope)
                    cause_places.update(range(place, end))
                closed.update(range(place, end))
            else:
                for detail in match.details:
                    if detail.kind == _KIND_SCOPE:
                        scopes.append(detail.value)
                    else:
                        details.append(detail)
                closed.update(range(place, end))
            said.update(range(place - len(match.before), place))
            place = end
        for place in reading.site_places:
            before = place - 1
            if before >= 0 and norms[before] in (_OTHER, _UNSPECIFIED) and before not in taken and before not in closed:
                text = kept_text(title, words, [before, *_run(place, reading.site_places)]).lower()
                details.append(Detail(_PART, slug(text), text))
                closed.add(before)
        named = [
            c
            for c in known_causes
            if tuple(norms[c.start : c.end]) in causes.adjectives or cause_places.issuperset(range(c.start, c.end))
        ]
        of_causes = {p for c in named for p in range(c.start, c.end)} - said
        condition, name = self._names(title, reading, closed, of_causes, keep_sites)
        return Told(
            condition,
            name,
            tuple(dict.fromkeys(details)),
            tuple(dict.fromkeys(c.value for c in named)),
            tuple(sorted(set(scopes))),
            cause_scope,
            frozenset(closed),
            frozenset(p for c in named for p in range(c.start, c.end)),
        )

    def _at(
        self, norms: list[str], place: int, taken: frozenset[int], starts: frozenset[int], details: list[Detail]
    ) -> _Phrase | None:
        first = norms[place]
        if first not in self._firsts:
            return None
        second = norms[place + 1] if place + 1 < len(norms) else ""
        candidates: list[_Phrase] = [*self._table.get((first, second), []), *self._table.get((first, None), [])]
        for known in candidates:
            if not known.words:
                if tuple(norms[place : place + len(known.before)]) == known.before:
                    details.extend(known.details)
                    return None
                continue
            if not known.at(norms, place):
                continue
            end = place + len(known.words)
            if known.is_clause:
                if not known.after or self._tail(norms, place, known.after):
                    return known
                continue
            if not known.is_bold and not taken.isdisjoint(range(place, end)):
                continue
            if first in self._openers and self._goes_on(norms, end, starts, taken):
                continue  # 'without perforation or gangrene'
            is_lone = known.details[0].kind == _KIND_SCOPE and len(known.words) == 1
            # `other` before a site is of the site, unless the title begins with it: `other lateral meniscus`
            of_site = place and end in taken and end not in starts
            if not is_lone or (not of_site and (place in starts or end in starts or end == len(norms))):
                return known
        return None

    @staticmethod
    def _tail(norms: list[str], place: int, after: tuple[str, ...]) -> int:
        """Return the place after the words that end the clause, 0 if there are none before another clause begins."""
        for end in range(place + 2, len(norms) + 1):
            if tuple(norms[end - len(after) : end]) == after:
                return end
            if norms[end - 1] == norms[place]:
                return 0
        return 0

    def _clause_end(
        self, norms: list[str], place: int, clause: _Phrase, starts: frozenset[int], taken: Collection[int]
    ) -> int:
        if clause.after:
            return self._tail(norms, place, clause.after)
        end = place + len(clause.words)
        while end < len(norms) and (end not in starts or self._is_list(norms, end, starts, taken)):
            # a long phrase at its start is what the clause says
            is_first = end == place + len(clause.words) and norms[end] not in self._openers
            if not is_first and self._ends_clause(norms, end, starts):
                break
            end += 1
        return end

    def _ends_clause(self, norms: list[str], place: int, starts: frozenset[int]) -> bool:
        if norms[place] not in self._clause_words:
            return False
        found = self._at(norms, place, frozenset(), starts, [])
        return found is not None and (found.is_clause or len(found.words) >= _LONG or norms[place] in self._openers)

    def _goes_on(self, norms: list[str], end: int, starts: frozenset[int], taken: Collection[int]) -> bool:
        """Tell whether a list goes on after a phrase."""
        if end == len(norms):
            return False
        return norms[end] in _LISTING or (end in starts and self._is_list(norms, end, starts, taken))

    def _is_list(self, norms: list[str], start: int, starts: frozenset[int], taken: Collection[int]) -> bool:
        """Tell whether a clause goes on after a comma: `due to devices, implants and grafts`."""
        for place in range(start, len(norms)):
            if place in taken or self._ends_clause(norms, place, starts) or norms[place] in _TURNING:
                return False
            found = self._at(norms, place, frozenset(), starts, []) if place in starts else None
            if found is not None and (found.is_clause or found.details[0].kind == _KIND_SCOPE):
                return False
            if norms[place] in _LISTING:
                return True
        return False

    @staticmethod
    def _names(title: str, reading: Reading, closed: set[int], of_causes: set[int], is_varied: bool) -> Iterator[str]:
        """Yield the names of the condition, without and with its causes; where nothing remains, sites stay, then all."""
        causes = closed | of_causes
        for order in ((causes, closed), (closed,)):
            ways = [*((reading.site_places, said) for said in order), (frozenset(), closed), (frozenset(), frozenset())]
            texts = (remaining(title, reading.words, Taken(reading.dropped, s, said, is_varied)) for s, said in ways)
            yield next(filter(None, texts), title)
