"""How alike a question and a name are in meaning, where they share no word: 'pus in the chest' and 'pyothorax'.

Each word has a vector (`data/word-vectors.npz`, fitted by `data/make_word_vectors.py`); a text is the direction of their
sum. Likeness is a help in ordering entries that words have gathered. It decides nothing by itself and is no evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nosograph.resources import resource

__all__ = ["SCALE", "directions", "words"]

Array = npt.NDArray[Any]
_WORD = re.compile(r"[a-z0-9]+")
_OWNER = re.compile(r"['’]s\b")
#: directions are kept as bytes: this is 1
SCALE = 127


def words(text: str) -> list[str]:
    """Return the words of a text as the vectors know them.

    >>> words("Crohn's disease, type 2")
    ['crohn', 'disease', 'type', '2']
    """
    return _WORD.findall(_OWNER.sub("", text.lower()))


@cache
def _table() -> tuple[Array, Array, Array]:
    with np.load(resource("data/word-vectors.npz"), allow_pickle=False) as kept:
        return kept["words"], kept["scale"], kept["vectors"]


def directions(texts: Sequence[Sequence[str]]) -> Array:
    """Return the directions of texts given as words, a row of bytes each: 0 where no word is known."""
    known, scale, vectors = _table()
    found = np.zeros((len(texts), vectors.shape[1]), np.float32)
    flat = np.array([w.encode() for text in texts for w in text] or [b""])
    row = np.repeat(np.arange(len(texts)), [len(text) for text in texts]) if texts else np.zeros(0, int)
    place = np.minimum(np.searchsorted(known, flat), len(known) - 1)
    is_known = known[place] == flat
    place, row = place[is_known], row[is_known[: len(row)]]
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    if len(row):
        found[row[starts]] = np.add.reduceat(vectors[place] * scale[place][:, None], starts)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    kept: Array = np.round(found / np.maximum(length, 1e-9) * SCALE).astype(np.int8)
    return kept
