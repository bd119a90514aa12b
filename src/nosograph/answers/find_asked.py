"""What it is worth that an entry is of the residual kind that a question asks for, or for sequelae."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nosograph.answers.find_clauses import UNSPECIFIED
from nosograph.answers.find_index import KIND_NAMES, Arrays, SearchIndex
from nosograph.answers.find_reading import Reading
from nosograph.answers.find_words import stem

__all__ = ["kind_gain", "late_gain", "late_keys"]

Array = npt.NDArray[Any]
#: an entry of the kind that is asked as 'other' or 'unspecified', and what the opposite kind costs
RESIDUAL_GAIN, OPPOSITE_COST = 0.025, 0.005
#: the same where the question says 'other type' or 'unspecified type'
TYPE_GAIN, TYPE_COST = 0.045, 0.045
#: an entry for sequelae where the question names them: 'sequelae of leprosy' is no leprosy
LATE_GAIN = 0.15
#: words after which 'other' and 'unspecified' are of what follows, not of the condition
_OF = frozenset("of with due to in by at and or from following after".split())
_TYPE = frozenset({"type", "types", "kind", "kinds"})
_LATE = frozenset({"sequela", "sequelae"})


def _kinds_asked(reading: Reading) -> tuple[set[str], bool]:
    """Return the residual kinds that the question asks for, and whether it says so in as many words: 'other type'."""
    row = ["", *reading.spoken, ""]
    said = [(row[k - 1], row[k], row[k + 1]) for k in range(1, len(row) - 1) if row[k] in KIND_NAMES[1:]]
    typed = {word for _, word, after in said if after in _TYPE}
    if typed:
        return typed, True
    # 'strain of other extensor muscle' and 'other finger' are of no other kind
    sites = {reading.slots[s].token for slots in reading.sites.values() for s in slots}
    asked = reading.asked & {word for before, word, after in said if before not in _OF and after not in sites}
    is_open = reading.is_fact_unstated or "cause" in reading.unstated
    return asked or ({UNSPECIFIED} if is_open else set()), False


def kind_gain(arrays: Arrays, nodes: Array, reading: Reading) -> Array:
    """Return what it is worth that an entry is for the residual kind that the question asks for, if it asks for one."""
    asked, is_typed = _kinds_asked(reading)
    if len(asked) != 1:
        return np.zeros(len(nodes), np.float32)
    kind = KIND_NAMES.index(next(iter(asked)))
    is_kind = arrays.kinds[nodes] == kind
    is_opposite = ~is_kind & (arrays.kinds[nodes] > 0)
    gain, cost = (TYPE_GAIN, TYPE_COST) if is_typed else (RESIDUAL_GAIN, OPPOSITE_COST)
    found: Array = gain * is_kind - cost * is_opposite
    return found


def late_keys(index: SearchIndex, reading: Reading) -> list[int]:
    """Return the keys for sequelae if words of the question name them."""
    if _LATE.isdisjoint(reading.spoken):
        return []
    return sorted({index.vocabulary[stem(word)] for word in _LATE if stem(word) in index.vocabulary})


def late_gain(index: SearchIndex, nodes: Array, reading: Reading) -> Array:
    """Return what it is worth that an entry, or one above it, is for sequelae, if the question names them."""
    leaves = np.zeros(len(index.titles), np.float32)
    for key in late_keys(index, reading):
        start, end = index.arrays.posting_start[key], index.arrays.posting_start[key + 1]
        leaves[index.arrays.leaf_nodes[index.arrays.posting_leaf[start:end]]] = LATE_GAIN
    found: Array = leaves[nodes]
    return found
