"""Read out of a title what is neither site nor side: typed details, clauses (`with X`, `due to X`), residual kinds.

`data/details.tsv` holds the phrases. In a phrase, words in brackets at its start or end must stand there and are not taken
away; `*` stands for the words up to the next comma or clause; a lone word for a residual kind counts only where a part of
the title begins or ends. What remains of the title when all that is taken away is the condition.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nosograph.build.axes_titles import Reading
from nosograph.build.axes_words import Lexicon, Word, phrase, slug, split_words
from nosograph.resources import resource

__all__ = ["CauseWords", "Detail", "DetailReader", "Seventh", "Told", "kept_text", "load_details"]

_DETAILS = "data/details.tsv"
_KIND_SCOPE, _CAUSE, _ANY = "kind-scope", "cause", "*"
_OTHER, _UNSPECIFIED = "other", "unspecified"
_ENCOUNTERS = ("initial", "subsequent", "sequela")
#: kind of a detail that a seventh character states and no phrase is known for
_SEVENTH = "seventh-character"
#: a phrase of so many words, or one that states what stands beside it, may run over a site or side: `without damage to nail`
_LONG = 3
#: words that say where, and name nothing once the site is taken away
_PLACING = frozenset({"level", "side", "region", "part", "parts", "area"})
_CONTEXT = re.compile(r"^(?:\((?P<before>[^()]+)\))?\s*(?P<words>.*?)\s*(?:\((?P<after>[^()]+)\))?$")
_JOINING = frozenset("of in to at on the and or a an with by for from as affecting involving".split())


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
_PART = {v: Detail("part", v, f"{v} part of the site") for v in (_OTHER, _UNSPECIFIED)}


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

    `condition` is what remains; `closed` are the places of details and clauses, where a word for a site names none;
    `causes` are curated causes, at `cause_places`; the scopes are `other` or `unspecified`.
    """

    condition: str
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


def kept_text(title: str, words: Sequence[Word], kept: Collection[int]) -> str:
    """Return the words at these places as a text, without joining words at the ends and at gaps.

    >>> from nosograph.build.axes_words import split_words
    >>> title = "Injury of the neck with pain"
    >>> kept_text(title, split_words(title), {0, 1, 2, 4})
    'Injury'
    """
    out: list[str] = []
    last: int | None = None
    for place in sorted(kept):
        if last is not None and place == last + 1:
            out.append(title[words[last].end : words[place].start])
        else:
            _strip(out)
            out.append(" ")
        out.append(title[words[place].start : words[place].end])
        last = place
    _strip(out)
    while out and _is_loose(out[0]):
        del out[0]
    text = re.sub(r"\s+", " ", "".join(out))
    for pair in ("()", "[]"):
        if text.count(pair[0]) != text.count(pair[1]):
            text = text.replace(pair[0], " ").replace(pair[1], " ")
    return re.sub(r"\s+", " ", text).strip(" ,;-/")


def _is_loose(text: str) -> bool:
    return text.lower() in _JOINING or not text.strip(" ,;-/()[]")


def _strip(out: list[str]) -> None:
    while out and (_is_loose(out[-1]) or (len(out) > 1 and out[-1].lower() in _PLACING)):
        del out[-1]


class DetailReader:
    """Reads details with the table of phrases."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._firsts = frozenset(first for first, _ in table)

    @cached_property
    def _clause_words(self) -> frozenset[str]:
        """The first words of clauses: a phrase that begins with one ends the clause before it."""
        return frozenset(p.words[0] for known in self._table.values() for p in known if p.is_clause and p.words)

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
                end = self._clause_end(norms, place, match, starts)
                if end == place + len(match.words):
                    place += 1
                    continue
                hidden = taken if keep_sites else reading.dropped
                label = kept_text(title, words, [p for p in range(place + len(match.words), end) if p not in hidden])
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
            if before >= 0 and norms[before] in _PART and before not in taken and before not in closed:
                details.append(_PART[norms[before]])
                closed.add(before)
        named = [
            c
            for c in known_causes
            if tuple(norms[c.start : c.end]) in causes.adjectives or cause_places.issuperset(range(c.start, c.end))
        ]
        of_causes = {p for c in named for p in range(c.start, c.end)} - said
        return Told(
            self._condition(title, reading, closed, of_causes),
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

    def _clause_end(self, norms: list[str], place: int, clause: _Phrase, starts: frozenset[int]) -> int:
        if clause.after:
            return self._tail(norms, place, clause.after)
        end = place + len(clause.words)
        while end < len(norms) and end not in starts:
            if norms[end] in self._clause_words and self._at(norms, end, frozenset(), starts, []) is not None:
                break
            end += 1
        return end

    @staticmethod
    def _condition(title: str, reading: Reading, closed: set[int], of_causes: set[int]) -> str:
        """Return what remains; where nothing does, causes stay, then sites, then all."""
        places = frozenset(range(len(reading.words)))
        for gone in (
            reading.dropped | reading.site_places | of_causes | closed,
            reading.dropped | reading.site_places | closed,
            reading.dropped | closed,
            reading.dropped,
        ):
            if text := kept_text(title, reading.words, places - gone):
                return text[0].upper() + text[1:]
        return title
