"""Rank the printed entries by how well their names cover a question.

Every name of an entry, alone or with what the titles below add to it, is held against the question: the words of the
question that it covers count for it, those of its own that nothing in the question explains count against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nosograph.answers.find_asked import kind_gain, late_gain, late_keys
from nosograph.answers.find_descent import BETA, Descent
from nosograph.answers.find_index import SCOPE_NAMES, SearchIndex
from nosograph.answers.find_read import NARROWER
from nosograph.answers.find_reading import Alternative, Reading, apart, is_everywhere, joined
from nosograph.answers.find_told import NEAREST, as_told
from nosograph.answers.find_words import is_cause_asked, is_external_asked, tokens

__all__ = ["Ranked", "Ranker", "rank"]

Array = npt.NDArray[Any]
#: how many categories are looked into
CATEGORIES = 40
#: as many more as share as much with the question as the last of them
MOST_CATEGORIES = 100
#: the same where only the best entry is wanted, which has to fit well
FOR_ONE = 15, 100
#: a category whose names cover less than this of what the best one's cover is not looked into
SHARE_OF_BEST = 0.55
#: of entries that fit equally, the one whose own title says least beyond the question
TITLE_COST = 0.005
#: of those that are covered equally, the one whose own title says most of it
TITLE_GAIN = 0.02
#: how much of what a wording says it explains, as power of its quality
FREED = 0.4
#: a word that speaks against a name costs this much of its weight
AGAINST = 0.7
#: entries that stand second on a claim are asked for seldom
SECONDARY_COST = 0.12
#: and others where such an entry is asked for
NOT_ASKED = 0.3
#: an encounter that is stated is of entries whose codes name it
TIMED_GAIN = 0.06
#: an entry of the scope of site that is asked
SCOPE_GAIN = 0.08
#: what the side of a code (column) costs by the side asked (row): none, left, right, both, one
SIDE_COST = np.array(
    [
        [0.0, 0.02, 0.02, 0.03, 0.0, 0.01],
        [0.03, 0.0, 0.6, 0.3, 0.1, 0.005],
        [0.03, 0.6, 0.0, 0.3, 0.1, 0.005],
        [0.05, 0.1, 0.1, -0.02, 0.1, 0.1],
        [0.01, 0.05, 0.05, 0.4, 0.0, -0.02],
    ],
    np.float32,
)
#: an entry for several sites where no more than one is stated
MULTIPLE_COST = 0.04
#: a site said in the words of the title outdoes one that holds it or is a part of it
LITERAL = 0.1
_ROWS = {None: 0, "left": 1, "right": 2, "bilateral": 3}
_MISSING_WEIGHT = 0.6
#: of the nearest entries, those not further than this from the best are told apart by the order of words
_AS_WORDED = 0.04
#: words of which the order says nothing
_LOOSE = frozenset({"of", "the", "a", "an"})


@dataclass(frozen=True, slots=True)
class Ranked:
    """A printed entry without others below it.

    `coverage` is how far each slot of the question is covered, 0 to 1; `fit` how well names cover the question, and
    `score` that with how alike they are in meaning.
    """

    place: int
    score: float
    fit: float
    coverage: Array


class Ranker:
    """What the words of a question cover of names, and what they leave unexplained."""

    def __init__(self, index: SearchIndex, reading: Reading) -> None:
        self.index, self.arrays, self.reading = index, index.arrays, reading
        self.slots = len(reading.slots)
        self.weight = np.array([s.weight for s in reading.slots], np.float32)
        known = (k for a in reading.alternatives for k in a.keys if k in index.vocabulary)
        self.columns = {key: column for column, key in enumerate(dict.fromkeys(known))}
        self.column = np.full(len(index.vocabulary), -1, np.int32)
        self.against = np.zeros(len(index.vocabulary), np.float32)
        for key, column in self.columns.items():
            self.column[index.vocabulary[key]] = column
        for key, weight in reading.against.items():
            if key in index.vocabulary:
                self.against[index.vocabulary[key]] = weight * AGAINST
        self._weigh(reading.alternatives)
        self.places = [self._qualities(place.qualities) for place in reading.places]
        self.untold = np.ones(len(index.vocabulary), np.float32)
        self.untold[late_keys(index, reading)] = 0.0
        # A part of the stated site explains a name but half: the question does not say it.
        for place in self.places:
            self.untold = np.minimum(self.untold, np.where(place > NARROWER, 0.0, np.where(place > 0, 0.5, 1.0)))

    def _weigh(self, alternatives: Sequence[Alternative]) -> None:
        """Weigh the keys of each alternative, and note where it holds and what it stands for."""
        index, size = self.index, len(alternatives)
        #: the column and weight of the first known key of each, and those of the others of several
        self.first_column, self.first_weight = np.zeros(size, np.int64), np.zeros(size, np.float32)
        self.long: list[tuple[int, list[int], list[float]]] = []
        self.quality = np.array([a.quality for a in alternatives], np.float32)
        self.scoped = [
            (n, a.scope) for n, a in enumerate(alternatives) if a.scope and not is_everywhere(index, a.scope)
        ]
        # Keys that stand alone and everywhere for words of the question are explained wherever they occur.
        self.freed = np.zeros(len(self.columns), np.float32)
        self.whole: list[tuple[int, list[int]]] = []
        self.by_slot: dict[int, list[int]] = {}
        for number, one in enumerate(alternatives):
            have = [self.columns[k] for k in one.keys if k in self.columns]
            weights = [index.weight(k) or 0.0 for k in one.keys if k in self.columns]
            whole = sum(weights) + _MISSING_WEIGHT * (len(one.keys) - len(have))
            if whole and have:
                self.first_column[number], self.first_weight[number] = have[0], weights[0] / whole
            if whole and len(one.keys) > 1:
                self.long.append((number, have[1:], [w / whole for w in weights[1:]]))
            for slot in one.slots:
                self.by_slot.setdefault(slot, []).append(number)
            if len(have) == 1 == len(one.keys) and is_everywhere(index, one.scope):
                self.freed[have] = np.maximum(self.freed[have], one.quality**FREED)
            elif len(have) == len(one.keys):
                self.whole.append((number, have))

    def _qualities(self, qualities: Mapping[str, float]) -> Array:
        found = np.zeros(len(self.index.vocabulary), np.float32)
        for key, quality in qualities.items():
            found[self.index.vocabulary[key]] = quality
        return found

    def categories(self, most: int, ties: int) -> list[int]:
        """Return the categories whose leaves share most with the question, and as many more as share as much as the last."""
        arrays = self.arrays
        shares = self._leaf_shares()
        for site in self.reading.places:
            share = np.zeros(len(arrays.leaf_nodes), np.float32)
            for key, quality in sorted(site.qualities.items(), key=lambda item: item[1]):
                share[self._leaves(self.index.vocabulary[key])] = quality
            for slot in site.slots:
                shares[slot] = share if slot not in shares else np.maximum(shares[slot], share)
        total = np.zeros(len(arrays.leaf_nodes), np.float32)
        for slot, share in shares.items():
            total += self.weight[slot] * share
        begins = np.searchsorted(arrays.leaf_category, np.arange(len(arrays.category_nodes)))
        best = np.maximum.reduceat(total, begins)
        order = np.argsort(-best, kind="stable")
        least = max(best[order[0]] * SHARE_OF_BEST, best[order[min(most, len(order)) - 1]] - 1e-6)
        return sorted(int(arrays.category_nodes[c]) for c in order[:ties] if best[c] > 0 and best[c] >= least)

    def _leaves(self, key: int) -> Array:
        """Return the places of the leaves that have a key."""
        start, end = self.arrays.posting_start[key : key + 2]
        found: Array = self.arrays.posting_leaf[start:end]
        return found

    def _leaf_shares(self) -> dict[int, Array]:
        """Return, for each slot, how far the names above each leaf have what may stand for it."""
        size = len(self.arrays.leaf_nodes)
        places = [self.index.vocabulary[key] for key in self.columns]
        several = {number: (columns, weights) for number, columns, weights in self.long}
        ends = np.searchsorted(self.arrays.leaf_nodes, [scope for _, scope in self.scoped] or [(0, 0)]).tolist()
        scopes = {number: (low, high) for (number, _), (low, high) in zip(self.scoped, ends, strict=False)}
        found: dict[int, Array] = {}
        for slot, ones in self.by_slot.items():
            share = found[slot] = np.zeros(size, np.float32)
            for number in ones:
                first, weight = int(self.first_column[number]), float(self.first_weight[number] * self.quality[number])
                low, high = scopes.get(number, (0, size))
                if not weight:
                    continue
                leaves = self._leaves(places[first])
                if number in several and several[number][0]:
                    part = np.zeros(size, np.float32)
                    part[leaves] = weight
                    for column, more in zip(*several[number], strict=True):
                        part[self._leaves(places[column])] += more * self.quality[number]
                    np.maximum(share[low:high], part[low:high], out=share[low:high])
                    continue
                if number in scopes:
                    leaves = leaves[np.searchsorted(leaves, low) : np.searchsorted(leaves, high)]
                share[leaves] = np.maximum(share[leaves], weight)
        return found

    def cover(self, start: Array, items: Array, weights: Array, which: Array, nodes: Array) -> tuple[Array, Array]:
        """Return how far rows of keys cover each slot, and what of each row nothing explains."""
        counts = start[which + 1] - start[which]
        flat = np.arange(int(counts.sum())) + np.repeat(start[which] - (np.cumsum(counts) - counts), counts)
        row = np.repeat(np.arange(len(which)), counts)
        key = items[flat]
        column = self.column[key]
        worth = weights[flat]
        cost = np.bincount(row, worth * self.untold[key] + self.against[key] / BETA, minlength=len(which))
        # Only rows that share a key with the question are looked at closely.
        told = np.flatnonzero(column >= 0)
        is_shared = np.zeros(len(which), bool)
        is_shared[row[told]] = True
        shared, at = np.flatnonzero(is_shared), (np.cumsum(is_shared) - 1)[row[told]]
        present = np.zeros((max(len(self.columns), 1), len(shared)), np.float32)
        present[column[told], at] = 1
        share = self._shares(present, nodes[shared])
        free = np.repeat(self.freed[:, None], len(shared), axis=1)
        for one, columns in self.whole:
            # The keys of a wording are explained where a name has all of them, as well as the wording says.
            here = np.flatnonzero(share[one] >= self.quality[one] - 1e-4)
            if len(here):
                for key_column in columns:
                    free[key_column, here] = np.maximum(free[key_column, here], self.quality[one] ** FREED)
        saved = worth[told] * self.untold[key[told]] * free[column[told], at]
        cost -= np.bincount(row[told], saved, minlength=len(which))
        covered = np.zeros((self.slots, len(which)), np.float32)
        for slot, ones in self.by_slot.items():
            covered[slot, shared] = share[ones].max(0)
        for site, qualities in zip(self.reading.places, self.places, strict=True):
            found = qualities[key]
            held = np.flatnonzero(found)
            part = np.zeros(len(which), np.float32)
            np.maximum.at(part, row[held], found[held])
            for slot in site.slots:
                np.minimum(np.maximum(covered[slot], part) + LITERAL * covered[slot], 1.0, out=covered[slot])
        return covered.T, cost.astype(np.float32)

    def _shares(self, present: Array, nodes: Array) -> Array:
        """Return how well each alternative (row) is met by each name (column), given the keys that the names have."""
        # Most alternatives are one key; a product of matrices would start the threads of the library for too little.
        share = present[self.first_column] * self.first_weight[:, None]
        for one, columns, weights in self.long:
            for column, weight in zip(columns, weights, strict=True):
                share[one] += present[column] * weight
            share[one] *= np.sqrt(share[one])  # part of a phrase is worth less than its share
        share *= self.quality[:, None]
        for one, (low, high) in self.scoped:
            share[one] *= (nodes >= low) & (nodes < high)
        return share


def _is_seldom(descent: Descent, told: Array) -> Array:
    """Tell which entries stand second on a claim, but for those that say the question and those that cover no less of it."""
    secondary = descent.arrays.secondary[descent.nodes]
    if is_cause_asked(descent.ranker.reading.spoken):
        return np.zeros_like(secondary)
    exact = descent.exact() & secondary
    least = told[exact].max() - 1e-4 if exact.any() else np.inf
    found: Array = secondary & ~exact & (told < least)
    return found


def _is_below(depths: Array, nodes: Array, top: int) -> Array:
    """Tell which entries of a category are one or stand below it: those that follow it down to the next as high."""
    later = nodes[(nodes > top) & (depths[nodes] <= depths[top])]
    found: Array = (nodes >= top) & (nodes < (later[0] if len(later) else nodes[-1] + 1))
    return found


def _as_worded(index: SearchIndex, reading: Reading, found: list[Ranked]) -> list[Ranked]:
    """Return the best entries with those first whose titles have the question's words in its order, 'other' and all."""
    pairs = set(pairwise(reading.spoken))
    telling = {pair for pair in pairs if _LOOSE.isdisjoint(pair)}
    if not telling or not found:
        return found
    near = [r for r in found[:NEAREST] if r.score > found[0].score - _AS_WORDED]

    def share(one: Ranked) -> float:
        said = set(pairwise(tokens(index.titles[one.place].lower())))
        return (len(pairs & said) / len(pairs) + len(telling & said) / len(telling)) / 2

    near = [replace(r, score=r.score + _AS_WORDED * share(r)) for r in near]
    return [*sorted(near, key=lambda r: -r.score), *found[len(near) :]]


def rank(index: SearchIndex, reading: Reading, limit: int = 200, within: int | None = None) -> list[Ranked]:
    """Return the printed entries that a question may mean, best first; all of them, or those below an entry."""
    # OpenBLAS may raise the flag for numbers beside those that it multiplies.
    with np.errstate(invalid="ignore"):
        return _ranked(index, reading, limit, within)


def _ranked(index: SearchIndex, reading: Reading, limit: int, within: int | None) -> list[Ranked]:
    ranker = Ranker(index, reading)
    if within is not None:
        roots = [int(index.arrays.category_nodes[index.category(within)])]
    else:
        roots = ranker.categories(CATEGORIES, MOST_CATEGORIES) if limit > 1 else ranker.categories(*FOR_ONE)
    if not roots:
        return []
    descent = Descent(ranker, roots)
    cover, cost = descent.run()
    nodes, arrays = descent.nodes, index.arrays
    score = (cover @ ranker.weight - cost) / max(float(ranker.weight.sum()), 1e-6)
    score -= TITLE_COST * descent.title_cost - TITLE_GAIN * descent.title_gain / max(float(ranker.weight.sum()), 1e-6)
    asked = 4 if reading.is_one_sided else _ROWS[reading.side]
    score -= SIDE_COST[asked, arrays.sides[nodes]] + SECONDARY_COST * _is_seldom(descent, cover @ ranker.weight)
    if is_external_asked(reading.spoken):
        score -= NOT_ASKED * ~arrays.secondary[nodes]
    score += kind_gain(arrays, nodes, reading) + late_gain(index, nodes, reading)
    if not joined(reading, apart(index, reading)):
        score -= MULTIPLE_COST * (arrays.residual[nodes] == 3)
    if reading.encounter:
        score += TIMED_GAIN * arrays.timed[nodes]
    if reading.scope:
        score += SCOPE_GAIN * (arrays.scopes[nodes] == SCOPE_NAMES.index(reading.scope))
    leaves = np.flatnonzero(arrays.is_leaf[nodes])
    if within is not None:
        leaves = leaves[_is_below(arrays.depths, nodes, within)[leaves]]
    # a part of a question has no words of its own
    with_likeness = score + descent.alike(reading.spoken, score) if limit > 1 else score
    top = leaves[np.argsort(-with_likeness[leaves], kind="stable")[:limit]]
    found = list(map(Ranked, nodes[top].tolist(), with_likeness[top].tolist(), score[top].tolist(), cover[top]))
    return as_told(index, reading, _as_worded(index, reading, found))
