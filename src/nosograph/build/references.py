"""Find the codes that a note names, and what they stand for.

A note names single codes (`M05.4`), subtrees (`M33.-`), ranges (`A00-B99`, `S12.0--S12.6.-`), lists of these, and any of
them narrowed by characters (`T36-T50 with fifth or sixth character 5`). What looks like a code but stands for something
else (vitamin B12, the C2-C3 disc) is not taken for one: two characters never are, other phrases are listed in data.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from nosograph.build.seventh import ExtendedCode
from nosograph.notation import undotted
from nosograph.sources.tabular import Entry

__all__ = ["CodeIndex", "Reference", "parse_references"]

_CODE = r"[A-Z](?:[0-9][0-9A-Z]|A[0-9])(?:\.[0-9A-Z]{1,4})?"
_REFERENCE = re.compile(
    rf"(?<![A-Za-z0-9.])(?P<first>{_CODE})(?:(?P<dash>\.?-)(?=\s*[-–]|[^A-Z0-9]|$)|(?![A-Za-z0-9]))"
    rf"(?:\s*[-–]\s*(?P<last>{_CODE})(?P<lastdash>\.?-(?!\s*{_CODE}))?(?![A-Za-z0-9]))?"
)
_ORDINAL = {
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "six": 6,
    "seventh": 7,
    "4th": 4,
    "5th": 5,
    "6th": 6,
    "7th": 7,
}
_PLACE = "|".join(_ORDINAL)
_WITH = re.compile(
    rf"[\s,.)]*with\s+(?:(?P<final>final)|(?P<phrase>[a-z ]+?)\s+(?=7th)|)"
    rf"(?:(?P<place>{_PLACE})(?:\s+(?P<joint>or|to)\s+(?P<place2>{_PLACE}))?)?"
    r"[\s-]+characters?(?:\s+(?P<values>[-.]*[0-9A-Z]{1,2}\b(?:(?:-|,\s*|\s+or\s+)\.?[0-9A-Z]{1,2}\b)*)(?! - ))?"
)
_BETWEEN = re.compile(r"[\s,;.()]*(?:and|or)?[\s,;(]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference within a note.

    `targets` are the notations it resolves to: the code or root of the subtree, or the least set of nodes that covers a
    range. `narrowed` are, where characters narrow it, the codes that have them. `missing` are named codes that do not exist.
    """

    text: str
    kind: str
    targets: tuple[str, ...]
    narrowed: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Characters:
    text: str
    places: tuple[int, ...]
    joint: str
    values: tuple[str, ...]
    phrase: str


class CodeIndex:
    """The names of one edition in printed order, with what lies below each."""

    def __init__(self, entries: dict[str, Entry], extended: dict[str, list[ExtendedCode]]) -> None:
        self.entries = entries
        self.extended = extended
        self.extended_codes = {c.notation: c for codes in extended.values() for c in codes}
        self.order: dict[str, int] = {}
        self.last: dict[str, int] = {}
        for notation in entries:
            if entries[notation].kind == "chapter":
                self._number(notation)

    def _number(self, notation: str) -> None:
        self.order[notation] = len(self.order)
        for child in self.entries[notation].children:
            self._number(child)
        for code in self.extended.get(notation, ()):
            self.order[code.notation] = self.last[code.notation] = len(self.order)
        self.last[notation] = len(self.order) - 1

    @cached_property
    def notations(self) -> list[str]:
        return list(self.order)

    @cached_property
    def _diagnoses(self) -> list[str]:
        return sorted(n for n in self.entries if self.entries[n].kind == "diagnosis")

    def __contains__(self, notation: str) -> bool:
        return notation in self.order

    def is_heading(self, notation: str) -> bool:
        """Tell whether this is a block printed only as the heading of a group of blocks."""
        entry = self.entries.get(notation)
        return entry is not None and entry.kind == "block" and not entry.children

    @cached_property
    def groups(self) -> dict[str, str]:
        """For each block printed under a heading whose range holds its own: the narrowest such heading."""
        blocks = [n for n, e in self.entries.items() if e.kind == "block"]
        found: dict[str, str] = {}
        for block in blocks:
            above = [
                h for h in blocks if h != block and self.is_heading(h) and h[:3] <= block[:3] and block[4:] <= h[4:]
            ]
            if above:
                found[block] = max(above, key=lambda h: (h[:3], [-ord(c) for c in h[4:]]))
        return found

    def below(self, notation: str) -> list[str]:
        """Return the name and all names below it, in printed order; below a heading is the group it heads."""
        if self.is_heading(notation) and (span := self.span(notation[:3], notation[4:])):
            return [notation, *self.notations[span[0] : span[1] + 1]]
        return self.notations[self.order[notation] : self.last[notation] + 1]

    def span(self, first: str, last: str) -> tuple[int, int] | None:
        """Return the places of a range's ends; an end that does not exist is moved to its nearest neighbour inside."""
        if first not in self.order:
            at = bisect_left(self._diagnoses, first)
            first = self._diagnoses[min(at, len(self._diagnoses) - 1)]
        if last not in self.order:
            last = self._diagnoses[max(bisect_left(self._diagnoses, last) - 1, 0)]
        start, end = self.order[first], self.last[last]
        return (start, end) if start <= end else None

    def cover(self, start: int, end: int) -> tuple[str, ...]:
        """Return the least set of names whose subtrees fill the span of places."""
        found: list[str] = []
        at = start
        while at <= end:
            name = self.notations[at]
            if self.last[name] > end or self.is_heading(name):  # only a part of it is meant, or it holds nothing itself
                at += 1
                continue
            while (above := self._parent(name)) and start <= self.order[above] and self.last[above] <= end:
                name = above
            while (above := self._parent(name)) and self._fills(above, at, end):
                name = above
            found.append(name)
            at = self.last[name] + 1
        return tuple(found)

    def _fills(self, above: str, at: int, end: int) -> bool:
        """Tell whether a range from this place fills the block or chapter above, whose own place is just before."""
        first = above
        while self.order[first] < at and self.entries[first].kind != "diagnosis":
            inner = [c for c in self.entries[first].children if not self.is_heading(c)]
            if not inner:
                return False
            first = inner[0]
        return self.order[first] == at and self.last[above] <= end

    def _parent(self, name: str) -> str | None:
        if name in self.extended_codes:
            return self.extended_codes[name].base
        return self.entries[name].parent


def _characters(match: re.Match[str]) -> _Characters:
    places = tuple(_ORDINAL[p] for p in (match["place"], match["place2"]) if p)
    values: list[str] = []
    for part in re.split(r",\s*|\s+or\s+", match["values"] or ""):
        if span := re.fullmatch(r"(\d)-(\d)", part):
            values += [str(n) for n in range(int(span[1]), int(span[2]) + 1)]
        elif part:
            values.append(part)
    return _Characters(
        match[0].lstrip(" ,.)"),
        places,
        match["joint"] or ("final" if match["final"] else ""),
        tuple(values),
        match["phrase"] or "",
    )


def _narrow(index: CodeIndex, targets: Iterable[str], rule: _Characters) -> tuple[str, ...]:
    names = [name for target in targets for name in index.below(target)]
    printed = [n for n in names if n in index.entries and index.entries[n].kind == "diagnosis"]
    values = tuple(v.lstrip(".") for v in rule.values)
    if rule.phrase:
        extended = [index.extended_codes[n] for n in names if n in index.extended_codes]
        return tuple(c.notation for c in extended if rule.phrase in c.title.removeprefix(index.entries[c.base].title))
    if not values:
        return tuple(targets)
    if rule.joint == "final":
        found = (n for n in printed if not index.entries[n].children)
        return tuple(n for n in found if any(_ends(n, value) for value in rule.values))
    if rule.joint == "or":
        found = (n for n in printed if not index.entries[n].children and len(undotted(n)) in rule.places)
        return tuple(n for n in found if n.endswith(values))
    length = max(rule.places)
    found = (n for n in names if len(undotted(n)) == length and "-" not in n)
    return tuple(n for n in found if undotted(n)[min(rule.places) - 1 :] in values)


def _ends(notation: str, value: str) -> bool:
    """Tell whether a code ends in the characters; a dash before them stands for one open character, a dot for none."""
    if value.startswith("-"):
        return len(notation) == len("A00.") + len(value) and notation.endswith(value[1:])
    return notation.endswith(value)


def _resolve(index: CodeIndex, match: re.Match[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    first, last = match["first"], match["last"]
    missing = tuple(c for c in (first, last) if c and c not in index)
    if not last:
        if missing:
            return "subtree" if match["dash"] else "code", (), missing
        return "subtree" if match["dash"] else "code", (first,), ()
    block = f"{first}-{last}"
    if block in index:
        return "range", (block,), ()
    if len(missing) > 1:
        return "range", (), missing
    span = index.span(first, last)
    return "range", index.cover(*span) if span else (), missing if span else (first, last)


def parse_references(text: str, index: CodeIndex, not_codes: re.Pattern[str] | None = None) -> tuple[Reference, ...]:
    """Return the references within a note's text, in order, each with what it resolves to."""
    plain = [m.span() for m in not_codes.finditer(text)] if not_codes else []
    matches = [m for m in _REFERENCE.finditer(text) if not any(a <= m.start() < b for a, b in plain)]
    return tuple(_references(text, matches, index))


def _references(text: str, matches: list[re.Match[str]], index: CodeIndex) -> Iterator[Reference]:
    for place, match in enumerate(matches):
        kind, targets, missing = _resolve(index, match)
        found = _rule_after(text, matches, place)
        if found is None:
            yield Reference(match[0], kind, targets, None, missing)
            continue
        last, words = found
        rule = _characters(words)
        own = text[match.start() : words.end()] if last == place else f"{match[0]} {rule.text}"
        yield Reference(own, f"{kind}-with-character", targets, _narrow(index, targets, rule), missing)


def _rule_after(text: str, matches: list[re.Match[str]], place: int) -> tuple[int, re.Match[str]] | None:
    """Return the words that narrow a reference, with the place of the reference they follow: it, or the last of its list."""
    while True:
        end = matches[place].end()
        if rule := _WITH.match(text, end):
            return place, rule
        if place + 1 == len(matches) or not _BETWEEN.fullmatch(text, end, matches[place + 1].start()):
            return None
        if ")" in text[end : matches[place + 1].start()]:
            return None
        place += 1
