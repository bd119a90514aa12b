"""The named sites of a family that a stated site leads to, as the index has their hierarchy from the graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_reading import above, below

__all__ = ["FINER", "GROUPED", "HOLDING", "Reach", "reach"]

#: ranks of the rules of site; 2 is that of other parts of what holds the site
HOLDING, GROUPED, FINER = 1, 3, 4
_RULES = {HOLDING: "named-site", GROUPED: "site-group", FINER: "finer-site"}


@dataclass(frozen=True, slots=True)
class Reach:
    """A site that a family names and how the stated one stands to it; `depth` counts the site and all that hold it."""

    named: str
    label: str
    rank: int
    depth: int

    @property
    def rule(self) -> str:
        return _RULES[self.rank]


def reach(index: SearchIndex, entry: int, named: Iterable[str], site: str) -> list[Reach]:
    """Return which of the named sites of the family of an entry a stated site leads to, best first.

    That is the most specific one that holds it, the region that the chapter groups it with, else finer sites than the one
    stated. Sites are local names.
    """
    family, up = set(named), above(index, site)
    ranks = {(s, HOLDING) for s in up} | {(s, FINER) for s in below(index, site)}
    for group, low, high, members in index.groups:
        if low <= entry < high and not up.keys().isdisjoint(members):
            ranks.add((group, GROUPED))
    found = [Reach(s, index.labels.get(s, s), rank, len(above(index, s))) for s, rank in ranks if s in family]
    # The region that the chapter means is nearer than what holds that region: a thumb is a finger before it is an upper limb.
    wider = {up for r in found if r.rank == GROUPED for up, steps in above(index, r.named).items() if steps}
    found = [r for r in found if r.rank != HOLDING or r.named not in wider]
    return sorted(found, key=lambda r: (r.rank, -r.depth, r.named))
