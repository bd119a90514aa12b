"""Follow the names of entries downward: how each leaf of some categories is best named in the words of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nosograph.answers.find_clauses import OTHER, UNSPECIFIED
from nosograph.answers.find_index import SCOPE_NAMES
from nosograph.answers.find_likeness import SCALE, directions
from nosograph.answers.find_reading import apart, joined

if TYPE_CHECKING:
    from nosograph.answers.find_rank import Ranker

__all__ = ["BETA", "Descent"]

Array = npt.NDArray[Any]
#: how many ways to name an entry are followed downward
STATES = 6
#: what an unexplained word of a name costs, and of what a title adds to its parent's
BETA, BETA_DIFF = 0.35, 0.20
#: what the words of the entries above are worth below a name of an entry's own
KAPPA = 0.85
#: what the words of an entry's title are worth beside another name of it: 'ruptured appendix' is one without abscess
TITLE = 0.7
#: residual entries take what their siblings do not name
OTHER_GAIN, OTHER_COST, UNSPECIFIED_COST = 0.03, 0.03, 0.12
#: a name that covers this much of a question, and adds no more than that, is the question
_EXACT, _NOTHING = 0.9, 0.05
#: how far 'other site' and 'multiple sites' cover a site that they do not name
OTHER_SITE, MULTIPLE_SITES = 0.55, 0.95
#: what an entry loses by how much less its category, and it itself, are alike the question than the best
ALIKE_CATEGORY, ALIKE_ENTRY = 0.3, 0.25
#: categories further behind the best than this cannot make it up
ALIKE_WITHIN = 0.4
_FAR = 9.0
_CONTENT = ("condition", "text", "site", "detail")


class Descent:
    """Follows the best ways to name each entry from its category downward."""

    def __init__(self, ranker: Ranker, roots: Sequence[int]) -> None:
        arrays = ranker.arrays
        self.ranker, self.arrays = ranker, arrays
        self.nodes = np.concatenate([np.arange(r, arrays.category_end[r]) for r in roots])
        self.place = np.full(len(arrays.parents), -1, np.int64)
        self.place[self.nodes] = np.arange(len(self.nodes))
        names = np.concatenate(
            [np.arange(arrays.node_start[r], arrays.node_start[arrays.category_end[r]]) for r in roots]
        )
        at = arrays.name_node[names]
        covered, self.name_cost = ranker.cover(arrays.name_start, arrays.items, arrays.item_weight, names, at)
        self.covered = covered * arrays.name_worth[names][:, None]
        self.added, self.added_cost = ranker.cover(
            arrays.diff_start, arrays.diff_items, arrays.diff_weight, self.nodes, self.nodes
        )
        is_title = np.searchsorted(names, arrays.node_start[self.nodes])
        self.titles = TITLE * self.covered[is_title]
        self.title_cost, self.title_gain = self.name_cost[is_title], self.covered[is_title] @ ranker.weight
        self.name_place = self.place[at]
        self.best_names = self._best_names(self.name_place)
        self.residual_cover = np.zeros_like(self.added)
        self._cover_sites()
        # what follows 'from' or 'after' tells how it came about, and no kind that 'other' would be for
        content = np.array(
            [s.field in _CONTENT and not (s.denied or s.is_seventh or s.is_caused) for s in ranker.reading.slots]
        )
        self.content = np.where(content, ranker.weight, 0).astype(np.float32)

    def alike(self, said: Sequence[str], score: Array) -> Array:
        """Return what each node is behind the one whose names are most alike the words said, by its category and itself.

        Categories that are too far behind by `score` to come first are not looked into.
        """
        index, arrays = self.ranker.index, self.arrays
        (wanted,) = directions([said]).astype(np.float32) / SCALE**2
        depth = arrays.depths[self.nodes]
        tops = np.flatnonzero(depth == 0)
        sizes = np.diff(np.append(tops, len(self.nodes)))
        lags = score.max() - np.maximum.reduceat(score, tops)
        near = np.repeat(lags < ALIKE_WITHIN, sizes)
        places = np.flatnonzero(near)
        own = np.full(len(self.nodes), -1.0, np.float32)
        roots = self.nodes[tops[lags < ALIKE_WITHIN]]
        rows = [slice(arrays.node_start[r], arrays.node_start[arrays.category_end[r]]) for r in roots]
        # A product of matrices would start the threads of the library for too little.
        each = np.einsum("ij,j->i", np.concatenate([index.directions[row] for row in rows]).astype(np.float32), wanted)
        own[places] = np.maximum.reduceat(each, np.searchsorted(self.name_place[near[self.name_place]], places))
        above = self.place[arrays.parents[self.nodes]]
        for level in range(1, int(depth.max()) + 1):
            here = np.flatnonzero(depth == level)
            own[here] = np.maximum(own[here], own[above[here]])
        whole = np.repeat(np.maximum.reduceat(own, tops), sizes)
        behind: Array = ALIKE_CATEGORY * (whole - own.max()) + ALIKE_ENTRY * (own - own.max())
        return behind

    def exact(self) -> Array:
        """Tell which nodes, or those above them, have a name that is the question and nothing beyond it."""
        weight = self.ranker.weight
        found = np.zeros(len(self.nodes), bool)
        is_whole = (self.covered @ weight >= _EXACT * weight.sum()) & (self.name_cost < _NOTHING)
        found[self.name_place[is_whole]] = True
        above = self.arrays.parents[self.nodes]
        found |= np.where(above >= 0, found[self.place[above]], False)
        return found

    def _cover_sites(self) -> None:
        """Let 'other site' cover any site, and 'multiple sites' several."""
        reading = self.ranker.reading
        slots = sorted({s for places in reading.sites.values() for s in places})
        if not slots:
            return
        scope = self.arrays.scopes[self.nodes]
        covers = np.where(scope == SCOPE_NAMES.index("other"), OTHER_SITE, 0.0)
        if joined(reading, apart(self.ranker.index, reading)):
            several = (scope == SCOPE_NAMES.index("multiple")) | (self.arrays.residual[self.nodes] == 3)
            covers = np.where(several, MULTIPLE_SITES, covers)
        self.residual_cover[:, slots] = covers[:, None]
        self.added = np.maximum(self.added, self.residual_cover)

    def _best_names(self, place: Array) -> Array:
        """Return the best few names of each node, -1 where it has fewer."""
        own = self.covered @ self.ranker.weight - BETA * self.name_cost
        order = np.lexsort((-own, place))
        nth = np.arange(len(order)) - np.searchsorted(place[order], place[order])
        found = np.full((len(self.nodes), STATES), -1, np.int64)
        for k in range(STATES):
            pick = order[nth == k]
            found[place[pick], k] = pick
        return found

    def _residual_cost(self, cover: Array, kind: Array) -> Array:
        """Return what a residual entry costs by what of the question is left beside what is covered."""
        asked = self.ranker.reading.asked
        found = np.zeros(cover.shape[:2], np.float32)
        rows = np.flatnonzero((kind == 1) | (kind == 2))
        left = np.minimum(self.content.sum() - cover[rows] @ self.content, 1.5)
        # a cause said to be unknown asks for the unspecified entry as well
        gain = 0.0 if UNSPECIFIED in asked or "cause" in self.ranker.reading.unstated else 1.0
        other = np.zeros_like(left) if OTHER in asked else OTHER_COST - OTHER_GAIN * left * gain
        found[rows] = np.where(kind[rows, None] == 1, other, UNSPECIFIED_COST * left * gain)
        return found

    def run(self) -> tuple[Array, Array]:
        """Return, for each node, the coverage of its best way and its cost."""
        arrays, nodes, weight = self.arrays, self.nodes, self.ranker.weight
        cover = np.zeros((len(nodes), STATES, self.ranker.slots), np.float32)
        cost = np.full((len(nodes), STATES), _FAR, np.float32)
        above = np.where(arrays.parents[nodes] >= 0, self.place[arrays.parents[nodes]], -1)
        residual, depth = arrays.residual[nodes], arrays.depths[nodes]
        for level in range(int(depth.max()) + 1):
            here = np.flatnonzero(depth == level)
            up, has = above[here], above[here] >= 0
            before = np.where(has[:, None, None], cover[up], 0)
            names = self.best_names[here]
            kind = residual[here]
            extra = self._residual_cost(before, kind)
            # a name of the entry's own says itself what is left over
            own_extra = self._residual_cost(self.covered[names], kind)
            ways = np.concatenate(
                [
                    np.maximum(before, self.added[here][:, None, :]),
                    np.maximum(
                        self.covered[names],
                        np.maximum(
                            KAPPA * before[:, :1, :], np.maximum(self.residual_cover, self.titles)[here][:, None, :]
                        ),
                    ),
                ],
                axis=1,
            )
            costs = np.concatenate(
                [
                    np.where(has[:, None], cost[up], _FAR) + BETA_DIFF * self.added_cost[here][:, None] + extra,
                    np.where(names >= 0, BETA * self.name_cost[names] + own_extra, _FAR),
                ],
                axis=1,
            )
            best = np.argsort(costs - ways @ weight, axis=1, kind="stable")[:, :STATES]
            row = np.arange(len(here))[:, None]
            cover[here], cost[here] = ways[row, best], costs[row, best]
        return cover[:, 0], cost[:, 0]
