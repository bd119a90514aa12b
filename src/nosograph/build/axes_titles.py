"""Read the axes out of a title: which sites, which scope of site, which side, and what remains.

A title is read by phrase, longest first, never by the digits of its code. `unspecified` is a side where the same title
with a side in its place stands in the same category (`unspecified shoulder` beside `right shoulder`), otherwise it stays
part of what remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from nosograph.build.axes_knowledge import Knowledge
from nosograph.build.axes_words import Lexicon, Word, split_words

__all__ = ["TISSUES", "Reading", "TitleReader", "sided_template"]

#: words that stand beside a site or for what it is made of
TISSUES = frozenset({"skin", "region", "level", "bone", "joint", "side"})
#: words that join phrases and say nothing by themselves once a site is taken out
_JOINING = frozenset({"of", "in", "the", "and", "to", "at", "on", "a", "an"}) | TISSUES
_SIDE_WORDS = frozenset({"right", "left", "bilateral"})
_UNSPECIFIED = "unspecified"
_GAP = "§"
_BARRIER = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a title says. `side` and `scope` are local names of the vocabulary.

    `dropped` are the places of the words that stand for side and scope, `site_places` of those that stand for sites.
    """

    words: tuple[Word, ...]
    sites: tuple[str, ...]
    scope: str | None
    side: str | None
    remainder: tuple[str, ...]
    dropped: frozenset[int]
    site_places: frozenset[int]


def sided_template(words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the words with a gap for each side, or None if there is no side among them.

    >>> sided_template(["pain", "in", "right", "hip"])
    ('pain', 'in', '§', 'hip')
    """
    if _SIDE_WORDS.isdisjoint(words):
        return None
    return tuple(_GAP if w in _SIDE_WORDS else w for w in words)


@cache
def _split(title: str) -> tuple[Word, ...]:
    return tuple(split_words(title))


class TitleReader:
    """Reads titles with the curated knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.marks = knowledge.marks
        self.sites = knowledge.sites
        self.sided_sites = Lexicon(
            (words, iri) for words, iri in knowledge.sites.entries if not _SIDE_WORDS.isdisjoint(words)
        )

    def words(self, title: str) -> tuple[Word, ...]:
        """Return the words of a title; titles recur, so they are kept."""
        return _split(title)

    def read(self, title: str, templates: set[tuple[str, ...]]) -> Reading:
        """Read a title; `templates` are the sided templates of its category."""
        words = _split(title)
        norms = [w.norm for w in words]
        marks: list[str | None] = [None] * len(norms)
        sides: set[str] = set()
        scopes: list[str] = []
        for match in self.marks.find(norms):
            axis, _, value = match.value.partition(":")
            places = range(match.start, match.end)
            if axis == "side":
                sides.add(value)
                marks[match.start] = "side"  # 'both eyes', 'unspecified ear': the noun after it is the site
                continue
            if axis == "scope":
                scopes.append(value)
            for place in places:
                marks[place] = axis
        for place in self._unspecified_sides(norms, marks, templates):
            sides.add("unspecifiedSide")
            marks[place] = "side"
        sites, site_places = self._sites(norms, marks)
        remainder = tuple(
            n
            for p, n in enumerate(norms)
            if marks[p] in (None, "ignore") and p not in site_places and n not in _JOINING
        )
        dropped = frozenset(p for p, mark in enumerate(marks) if mark in ("side", "scope"))
        return Reading(
            words,
            sites,
            scopes[0] if scopes else None,
            _side(sides),
            remainder,
            dropped,
            frozenset(site_places),
        )

    def _unspecified_sides(
        self, norms: list[str], marks: list[str | None], templates: set[tuple[str, ...]]
    ) -> Iterable[int]:
        if _UNSPECIFIED not in norms or not templates:
            return ()
        places = [p for p, n in enumerate(norms) if n == _UNSPECIFIED and marks[p] is None]
        for choice in [[p] for p in reversed(places)] + [places]:
            if choice and tuple(_GAP if p in choice else n for p, n in enumerate(norms)) in templates:
                return choice
        return ()

    def _sites(self, norms: list[str], marks: list[str | None]) -> tuple[tuple[str, ...], set[int]]:
        found: list[tuple[int, str]] = []
        places: set[int] = set()
        if not _SIDE_WORDS.isdisjoint(norms):
            for match in self.sided_sites.find(norms):
                found.append((match.start, match.value))
                places.update(range(match.start, match.end))
        kept = [p for p in range(len(norms)) if marks[p] != "side"]
        row = [_BARRIER if marks[p] is not None or p in places else norms[p] for p in kept]
        for match in self.sites.find(row):
            found.append((kept[match.start], match.value))
            places.update(kept[match.start : match.end])
        found.sort()
        return self.knowledge.finest(iri for _, iri in found), places

    def sites_outside(self, reading: Reading, closed: frozenset[int]) -> tuple[str, ...]:
        """Return the sites that a title names outside these places."""
        if closed.isdisjoint(reading.site_places):
            return reading.sites
        hidden = closed | reading.dropped
        row = [_BARRIER if p in hidden or p not in reading.site_places else w.norm for p, w in enumerate(reading.words)]
        return self.knowledge.finest(m.value for m in self.sites.find(row))


def _side(sides: set[str]) -> str | None:
    """Return the one side that a title names; a title that names right and left is about both.

    >>> _side({"right", "left"}), _side({"unilateral", "right"}), _side({"unilateral", "unspecifiedSide"}), _side(set())
    ('bilateral', 'right', 'unspecifiedSide', None)
    """
    if "bilateral" in sides or {"right", "left"} <= sides:
        return "bilateral"
    return next((s for s in ("right", "left", "unspecifiedSide", "unilateral") if s in sides), None)
