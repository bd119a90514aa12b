"""Make the search index from what the graph says: weights, costs, names and the leaves that each key leads to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from math import log

import numpy as np

from nosograph.answers.find_codes import Lines
from nosograph.answers.find_index import (
    KIND_NAMES,
    SCOPE_NAMES,
    SIDE_NAMES,
    Array,
    Arrays,
    Listed,
    SearchIndex,
    Wording,
)
from nosograph.answers.find_keys import Phrases, keys_of
from nosograph.answers.find_likeness import directions, words
from nosograph.answers.find_ranges import ranges_of
from nosograph.answers.find_words import bare, meant_by_ending, roles, stem, tokens

__all__ = ["IndexInput", "Name", "make_index"]

#: how much a name of each kind is worth where it fits as well as a title
_WORTH = {
    "title": 1.0,
    "seventh": 1.0,
    "inclusion-term": 1.0,
    "default": 1.0,
    "index": 0.98,
    "clinical": 0.97,
    "abbreviation": 0.97,
    "lay": 0.97,
    "agent": 0.95,
    "ontology": 0.93,
    "sent": 0.93,
    "includes": 0.9,
}
#: kinds of residual entries, in the order of their numbers
_OTHER, _UNSPECIFIED, _MULTIPLE = 1, 2, 3
_WHERE = re.compile(r" (?:of|at|in|by|due|with|following)\b")
_LEAST_WEIGHT = 0.15
#: what the commonest word costs where nothing explains it, against the rarest
_LEAST_COST = 0.4
#: words that change the chapter or the category cost more where nothing explains them
_WEIGHTY_COST = 2.0
#: wordings that mean the same as what they stand for
_SAYING = ("says", "told", "concept")


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the entry at a place; `owner`, `iri`, `source` and `shown` are its evidence and the whole text of it."""

    entry: int
    text: str
    kind: str
    owner: str = ""
    iri: str = ""
    source: str = ""
    shown: str = ""

    def line(self) -> str:
        """Return the evidence as the index keeps it; a title needs none."""
        return "\t".join((self.kind, self.owner, self.iri, self.source, self.shown or self.text)) if self.iri else ""


@dataclass
class IndexInput(Listed):
    """What an index is made of. `parents` are places, -1 above the top; `secondary` entries stand second on a claim,
    `symptom` ones in the chapter of symptoms, and codes of `timed` ones name the encounter."""

    parents: list[int]
    sides: list[str]
    scopes: list[str]
    kinds: list[str]
    secondary: list[bool]
    symptom: list[bool]
    timed: list[bool]
    names: list[Name]
    wordings: list[Wording]


def _residual(title: str) -> int:
    """Return what is left over for an entry: nothing, 'other', 'unspecified' or 'multiple sites'."""
    low = f" {title.lower()} "
    if " other " in low or "not elsewhere classified" in low:
        return _OTHER
    if "unspecified" in low or " nos " in low:
        return _UNSPECIFIED
    return _MULTIPLE if " multiple " in low or "overlapping" in low else 0


def _starts(rows: Sequence[Sequence[object]]) -> Array:
    return np.concatenate([[0], np.cumsum([len(r) for r in rows], dtype=np.int64)])


class _Maker:
    def __init__(self, given: IndexInput) -> None:
        self.given = given
        self.sites = Phrases(given.site_labels)
        self.phrases = Phrases((w[0], w) for w in given.wordings)
        self.said: dict[str, dict[int, float]] = {}
        self.title_keys: dict[int, frozenset[int]] = {}
        self.vocabulary: dict[str, int] = {}
        self.rows: dict[str, list[tuple[int, float]]] = {}
        self.names: list[Name] = []

    def row(self, text: str) -> list[tuple[int, float]]:
        if text not in self.rows:
            known, keys = self.vocabulary, dict(keys_of(text, self.sites))
            # 'inflammation of the retina' is said by 'retinitis', which costs no more for it
            for token in tokens(text):
                for word in meant_by_ending(token) if stem(token) in keys else ():
                    keys.setdefault(word, 0.0)
            self.rows[text] = [(known.setdefault(k, len(known)), w) for k, w in keys.items()]
        return self.rows[text]

    def _title_keys(self, entry: int) -> frozenset[int]:
        """Return the keys of an entry's title and of those above it."""
        if entry < 0:
            return frozenset()
        if entry not in self.title_keys:
            mine = {k for k, _ in self.row(self.given.titles[entry])}
            self.title_keys[entry] = self._title_keys(self.given.parents[entry]) | mine
        return self.title_keys[entry]

    def _known(self, says: str) -> dict[int, float]:
        """Return the keys of a wording with their shares, -1 for one that no title has."""
        if says not in self.said:
            self.said[says] = {self.vocabulary.get(k, -1): share for k, share in keys_of(says, self.sites)}
        return self.said[says]

    def _named(self, name: Name) -> list[list[tuple[int, float]]]:
        """Return the keys of a further name as it stands, and with those of the title that words of it stand for, at their cost.

        'Cancer of the Bartholin gland' is found as malignant neoplasm as well.
        """
        row = self.row(name.text)
        told = self._title_keys(name.entry)
        found = dict(row)
        words = bare(name.text)
        for start, end, (_, kind, says, low, high) in self.phrases.every(words):
            if kind in _SAYING and low <= name.entry < high:
                keys = self._known(says)
                if keys and told.issuperset(keys):
                    for word in words[start:end]:
                        if (place := self.vocabulary.get(word)) in found and place not in keys:
                            found[place] = 0.0
                    for key, share in keys.items():
                        found.setdefault(key, share)
        return [row, list(found.items())] if len(found) > len(row) else [row]

    def arrays(self) -> Arrays:
        given, size = self.given, len(self.given.notations)
        titles = [Name(i, title, "title") for i, title in enumerate(given.titles)]
        further = {(n.entry, n.text, n.kind): n for n in sorted(given.names, key=lambda n: n.iri, reverse=True)}
        names = sorted([*titles, *further.values()], key=lambda n: (n.entry, n.kind != "title", n.kind, n.text))
        for title in given.titles:
            self.row(title)
        diff = self._differences()
        each = [[self._titled(n.entry)] if n.kind == "title" else self._named(n) for n in names]
        rows = [row for one in each for row in one]
        names = self.names = [name for name, one in zip(names, each, strict=True) for _ in one]
        own: list[set[int]] = [set() for _ in range(size)]
        for name, row in zip(names, rows, strict=True):
            own[name.entry].update(k for k, _ in row)
        frequency = Counter(k for keys in own for k in keys)
        weights = np.zeros(len(self.vocabulary), np.float32)
        for k, count in frequency.items():
            weights[k] = _LEAST_WEIGHT + (1 - _LEAST_WEIGHT) * (1 - log(count) / log(max(size, 2)))
        parents = np.array(given.parents, np.int32)
        depths, has_child = np.zeros(size, np.int8), np.zeros(size, bool)
        for place, parent in enumerate(given.parents):
            if parent >= 0:
                depths[place] = depths[parent] + 1
                has_child[parent] = True
        leaf_nodes = np.flatnonzero(~has_child).astype(np.int32)
        tops = np.flatnonzero(parents < 0).astype(np.int32)
        ends = np.zeros(size, np.int32)
        ends[tops] = np.append(tops[1:], size)
        posting_start, posting_leaf = self._postings(own, leaf_nodes)
        name_node = np.array([n.entry for n in names], np.int32)

        costs = _LEAST_COST + (1 - _LEAST_COST) * weights
        for token, role in roles().items():
            if role in ("weighty", "bearer") and (known := self.vocabulary.get(stem(token))) is not None:
                costs[known] *= _WEIGHTY_COST

        def weighed(rows: Sequence[Sequence[tuple[int, float]]]) -> tuple[Array, Array]:
            flat = [pair for row in rows for pair in row]
            keys = np.array([k for k, _ in flat], np.int32)
            return keys, np.array([w for _, w in flat], np.float32) * costs[keys]

        items, item_weight = weighed(rows)
        diff_items, diff_weight = weighed(diff)
        return Arrays(
            weights=weights,
            parents=parents,
            depths=depths,
            sides=np.array([SIDE_NAMES.index(s) for s in given.sides], np.int8),
            scopes=np.array([SCOPE_NAMES.index(s) for s in given.scopes], np.int8),
            secondary=np.array(given.secondary, bool),
            symptom=np.array(given.symptom, bool),
            timed=np.array(given.timed, bool),
            residual=np.array([_residual(t) for t in given.titles], np.int8),
            kinds=np.array([KIND_NAMES.index(k) for k in given.kinds], np.int8),
            is_leaf=~has_child,
            leaf_nodes=leaf_nodes,
            leaf_category=(np.searchsorted(tops, leaf_nodes, side="right") - 1).astype(np.int32),
            category_nodes=tops,
            category_end=ends,
            name_node=name_node,
            name_worth=np.array([_WORTH[n.kind] for n in names], np.float32),
            name_start=_starts(rows),
            node_start=np.searchsorted(name_node, np.arange(size + 1)),
            items=items,
            item_weight=item_weight,
            diff_start=_starts(diff),
            diff_items=diff_items,
            diff_weight=diff_weight,
            posting_start=posting_start,
            posting_leaf=posting_leaf,
        )

    def _differences(self) -> list[list[tuple[int, float]]]:
        """Return the title of each entry, at no cost for what its parent's title says already."""
        titles, found = self.given.titles, []
        for place, parent in enumerate(self.given.parents):
            above = {k for k, _ in self.row(titles[parent])} if parent >= 0 else set()
            found.append([(k, 0.0 if k in above else w) for k, w in self._titled(place)])
        return found

    def _titled(self, place: int) -> list[tuple[int, float]]:
        return [*self.row(self.given.titles[place]), *((k, 0.0) for k in self._not_meant(place))]

    def _not_meant(self, place: int) -> list[int]:
        """Return that an entry is not for the other conditions that its category joins: a sprain is no dislocation."""
        top = place
        while self.given.parents[top] >= 0:
            top = self.given.parents[top]
        joined = _joined(self.given.titles[top])
        mine = {self.vocabulary.get(k) for k in joined} & {k for k, _ in self.row(self.given.titles[place])}
        if top == place or not mine:
            return []
        return [
            self.vocabulary.setdefault("!" + k, len(self.vocabulary))
            for k in joined
            if self.vocabulary.get(k) not in mine
        ]

    def _postings(self, own: list[set[int]], leaf_nodes: Array) -> tuple[Array, Array]:
        """Return the leaves that each key leads to: those that have it in a name of their own or of an entry above."""
        keys: list[int] = []
        counts: list[int] = []
        parents = self.given.parents
        above: dict[int, set[int]] = {}

        def upward(place: int) -> set[int]:
            if place < 0:
                return set()
            if place not in above:
                above[place] = upward(parents[place]) | own[place]
            return above[place]

        for node in leaf_nodes:
            mine = own[node] | upward(parents[node])
            keys += mine
            counts.append(len(mine))
        key = np.array(keys, np.int32)
        leaf = np.repeat(np.arange(len(leaf_nodes), dtype=np.int32), counts)
        order = np.lexsort((leaf, key))
        return np.searchsorted(key[order], np.arange(len(self.vocabulary) + 1)), leaf[order]


def _joined(title: str) -> list[str]:
    """Return the keys of the conditions that a title joins before it names where they are.

    >>> _joined("Dislocation and sprain of joints and ligaments of elbow"), _joined("Fracture of forearm")
    (['disloc', 'sprain'], [])
    """
    head = _WHERE.split(title.lower(), maxsplit=1)[0]
    words = [word.strip() for part in head.split(",") for word in part.split(" and ") if word.strip()]
    return [stem(w) for w in words] if len(words) > 1 and all(w.isalpha() for w in words) else []


def _sending(names: Sequence[Name]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name.kind == "sent" and "/excludes1/" in name.iri:
            found.setdefault(name.owner, []).append(place)
    return found


def make_index(given: IndexInput) -> SearchIndex:
    """Return the index of a list of entries with their names."""
    maker = _Maker(given)
    arrays = maker.arrays()
    return SearchIndex(
        **{field.name: getattr(given, field.name) for field in fields(Listed)},
        arrays=arrays,
        vocabulary=maker.vocabulary,
        phrases=maker.phrases,
        ranges=sorted({astuple(one) for title in given.titles for one in ranges_of(title)}),
        sending=_sending(maker.names),
        name_lines=Lines.of([name.line() for name in maker.names]),
        directions=directions([words(name.text) for name in maker.names]),
    )
