"""Codes that stand beside one in the list, under the same entry above, and differ from it in one fact."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nosograph.answers.find_codes import CodeFacts
from nosograph.answers.find_index import SearchIndex

__all__ = ["beside", "by_dominance", "without_side"]


def beside(index: SearchIndex, entry: int) -> Iterator[CodeFacts]:
    """Yield the codes of the printed entries that stand beside one, and its own."""
    for place in np.flatnonzero(index.arrays.parents == index.arrays.parents[entry]).tolist():
        yield from index.codes.of_entry(place)


def without_side(index: SearchIndex, entry: int) -> list[CodeFacts]:
    """Return the codes for an unspecified side beside an entry: 'affecting unspecified side'."""
    return [f for f in beside(index, entry) if f.side == "unspecifiedSide"]


def by_dominance(index: SearchIndex, code: CodeFacts, told: str) -> list[CodeFacts]:
    """Return the codes that say of the same side that it is 'dominant' or 'non-dominant', as told."""
    wanted = code.title.replace("non-dominant", "dominant").replace("dominant", told)
    return [f for f in beside(index, index.places[code.notation]) if f.title == wanted]
