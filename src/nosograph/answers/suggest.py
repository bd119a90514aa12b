"""Suggestions while someone types: codes by their beginning, entries by words of their titles and other names.

Answered out of memory, from the search index of the store; the first call prepares it, which takes a second or two.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_store import index_of
from nosograph.notation import undotted
from nosograph.store import Store

__all__ = ["Suggestion", "suggest"]

_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[A-Za-z][0-9A][0-9A-Za-z.]{0,6}")
#: beyond every real character: the end of what begins with a text
_LAST = "\U0010ffff"
#: how many of the best are looked at closely, and how long a text may be
_LOOKED_AT, _LONGEST, _MOST_WORDS = 400, 200, 12
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry; `also` is the other name that fitted, with its kind (`inclusion-term`, `lay` ...), None where the title did."""

    code: str
    title: str
    reportable: bool
    also: str | None = None
    kind: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "title": self.title,
            "reportable": self.reportable,
            "also": self.also,
            "kind": self.kind,
        }


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


class _Names:
    """Every name of every entry, by words; places of names in arrays of numbers."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index
        self.title_count = len(index.titles)
        others = [k for k, line in enumerate(index.name_lines) if line]
        self.others = [(int(index.arrays.name_node[k]), k) for k in others]
        texts = [*index.titles, *(index.name_lines[k].rsplit("\t", 1)[-1] for k in others)]
        postings: dict[str, list[int]] = {}
        lengths = np.zeros(len(texts), np.int32)
        for place, text in enumerate(texts):
            words = _words(text)
            lengths[place] = len(words)
            for word in set(words):
                postings.setdefault(word, []).append(place)
        self.vocabulary = sorted(postings)
        self.starts = np.concatenate([[0], np.cumsum([len(postings[w]) for w in self.vocabulary])])
        self.places = np.concatenate([np.array(postings[w], np.int32) for w in self.vocabulary])
        # Short names first, titles before other names of the same length.
        self.rank = lengths * 2 + (np.arange(len(texts)) >= self.title_count)

    @cached_property
    def codes(self) -> list[tuple[str, str, str, bool]]:
        """Every entry and code without its dot, with notation, title, and whether it is reportable; in order."""
        found: dict[str, tuple[str, str, str, bool]] = {}
        for notation, title in zip(self.index.notations, self.index.titles, strict=True):
            if "-" not in notation:
                found[notation] = (undotted(notation), notation, title, False)
        lines = self.index.codes.lines
        for place in range(len(lines)):
            notation, title = lines[place].split("\t", 2)[:2]
            found[notation] = (undotted(notation), notation, title, True)
        return sorted(found.values())

    @cached_property
    def reportable(self) -> frozenset[str]:
        return frozenset(notation for _, notation, _, is_reportable in self.codes if is_reportable)

    def text(self, place: int) -> tuple[int, str | None, str | None]:
        """Return the entry of a name, and the name with its kind if it is no title."""
        if place < self.title_count:
            return place, None, None
        node, k = self.others[place - self.title_count]
        kind, *_, text = self.index.name_lines[k].split("\t")
        return node, text, kind

    def span(self, start: str) -> Array:
        """Return the places of names with a word that begins so."""
        low, high = bisect_left(self.vocabulary, start), bisect_left(self.vocabulary, start + _LAST)
        return self.places[self.starts[low] : self.starts[high]]

    def best(self, words: list[str]) -> Array:
        """Return the places of the names that hold the most of the words, at least half of them; the shortest first."""
        held = np.zeros(len(self.rank), np.int16)
        for word in words:
            mask = np.zeros(len(self.rank), bool)
            mask[self.span(word)] = True
            held += mask
        most = int(held.max(initial=0))
        if most * 2 < len(words) or not most:
            return np.empty(0, np.int64)
        places = np.flatnonzero(held == most)
        if len(places) > _LOOKED_AT:
            places = places[np.argpartition(self.rank[places], _LOOKED_AT)[:_LOOKED_AT]]
        return places[np.lexsort((places, self.rank[places]))]


_known: WeakKeyDictionary[Store, _Names] = WeakKeyDictionary()
_making = threading.Lock()


def _names(store: Store) -> _Names:
    if store not in _known:
        with _making:
            if store not in _known:
                names = _Names(index_of(store))
                assert names.reportable is not None
                _known[store] = names
    return _known[store]


def _by_code(names: _Names, typed: str, limit: int) -> list[Suggestion]:
    start = undotted(typed).upper()
    low = bisect_left(names.codes, (start,))
    found = []
    for plain, notation, title, is_reportable in names.codes[low : low + limit]:
        if not plain.startswith(start):
            break
        found.append(Suggestion(notation, title, is_reportable))
    return found


def _by_words(names: _Names, words: list[str], limit: int) -> list[Suggestion]:
    found: dict[str, Suggestion] = {}
    ranked = []
    for place in names.best(words):
        node, also, kind = names.text(int(place))
        told = _words(also or names.index.titles[node])
        # A name that begins as typed, whole words before beginnings of words.
        beginning = 0 if told and told[0].startswith(words[0]) else 1
        ranked.append((beginning, len(words) - len(set(words) & set(told)), int(names.rank[place]), node, also, kind))
    for *_, node, also, kind in sorted(ranked, key=lambda r: r[:4]):
        notation = names.index.notations[node]
        is_reportable = notation in names.reportable
        found.setdefault(notation, Suggestion(notation, names.index.titles[node], is_reportable, also, kind))
        if len(found) == limit:
            break
    return list(found.values())


def suggest(store: Store, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
    """Return what someone may mean who has typed so much; of words the last ones may be unfinished.

    Nothing is corrected or guessed at: the names hold all words, or at least half of them.
    """
    typed = " ".join(text[:_LONGEST].split())
    if not typed:
        return ()
    names = _names(store)
    found = _by_code(names, typed, limit) if _CODE.fullmatch(typed) else []
    words = list(dict.fromkeys(_words(typed)))[:_MOST_WORDS]
    return tuple(found or (_by_words(names, words, limit) if words else ()))
