"""The search index: every name of every printed entry as weighed keys, in arrays that open in a moment.

It is drawn from the graph and says nothing else. Entries are places in printed order: descendants follow an entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nosograph.answers.find_codes import Codes, Lines
from nosograph.answers.find_keys import Phrases, keys_of
from nosograph.answers.find_words import Stems, stem, stems

__all__ = ["KIND_NAMES", "SCOPE_NAMES", "SIDE_NAMES", "Arrays", "Listed", "SearchIndex", "Wording"]

#: sides of a code, in the order of their numbers
SIDE_NAMES = ("", "left", "right", "bilateral", "unspecifiedSide", "unilateral")
#: scopes of site, in the order of their numbers
SCOPE_NAMES = ("", "named", "other", "multiple", "unspecified")
#: residual kinds of the condition, in the order of their numbers
KIND_NAMES = ("", "other", "unspecified")
Array = npt.NDArray[Any]
#: words; 'site', 'cause', or how they say what they stand for; that; and the range of entries where they do (0, 0: everywhere)
Wording = tuple[Stems, str, str, int, int]


@dataclass(slots=True)
class Arrays:
    """The numbers of an index. `x_start[i]:x_start[i + 1]` are the places of what belongs to i."""

    weights: Array
    parents: Array
    depths: Array
    sides: Array
    scopes: Array
    secondary: Array
    symptom: Array
    timed: Array
    residual: Array
    kinds: Array
    is_leaf: Array
    leaf_nodes: Array
    leaf_category: Array
    category_nodes: Array
    category_end: Array
    name_node: Array
    name_worth: Array
    name_start: Array
    node_start: Array
    items: Array
    item_weight: Array
    diff_start: Array
    diff_items: Array
    diff_weight: Array
    posting_start: Array
    posting_leaf: Array


@dataclass
class Listed:
    """What an index keeps as the graph says it.

    `told` are the labels of causes that titles use, `sevenths` those of seventh characters that name an encounter; `groups`
    are a site, the range of entries that mean others by it, and those others.
    """

    notations: list[str]
    titles: list[str]
    site_labels: list[tuple[Stems, str]]
    holders: dict[str, list[str]]
    labels: dict[str, str]
    told: dict[str, list[str]]
    sevenths: list[str]
    codes: Codes
    residual_causes: list[str]
    groups: list[tuple[str, int, int, list[str]]]


@dataclass
class SearchIndex(Listed):
    """The arrays with their words."""

    arrays: Arrays
    vocabulary: dict[str, int]
    phrases: Phrases[Wording]
    #: lowest and highest number, unit and words of each range that titles name, and what one without a unit is about
    ranges: list[tuple[float, float, str, str, list[str]]]
    #: the names that the Excludes1 notes of an entry or block give other entries, by its code
    sending: dict[str, list[int]]
    name_lines: Lines
    #: the direction of every name, a row of bytes each
    directions: Array

    @cached_property
    def seventh_words(self) -> frozenset[str]:
        """Return the keys that seventh characters say beside the encounter: open, closed, healing, type III."""
        return frozenset(k for label in self.sevenths for k, _ in keys_of(label)) - {stem("fracture")}

    @cached_property
    def keys(self) -> list[str]:
        """The keys by their places."""
        return list(self.vocabulary)

    @cached_property
    def sending_blocks(self) -> list[tuple[int, int, str]]:
        """The blocks and chapters whose notes name other entries, each with the range of entries that it holds.

        By place, as M1A stands in M05-M14, though not by its characters.
        """
        found = []
        for owner in self.sending:
            first, _, last = owner.partition("-")
            if first in self.places and last in self.places:
                end = int(self.arrays.category_end[self.places[last]])
                found.append((self.places[first], end, owner))
        return found

    @cached_property
    def sites(self) -> Phrases[str]:
        return Phrases(self.site_labels)

    @cached_property
    def _said(self) -> dict[str, tuple[list[tuple[str, ...]], list[str]]]:
        return {}

    def said(self, text: str) -> tuple[list[tuple[str, ...]], list[str]]:
        """Return the keys of what a wording says, as words and with its sites, and the sites that are the whole of it."""
        if text not in self._said:
            every = [tuple(k for k, _ in keys_of(text, sites)) for sites in (None, self.sites)]
            words = stems(text)
            whole = [site for start, end, site in self.sites.longest(words) if end - start == len(words)]
            self._said[text] = [keys for keys in dict.fromkeys(every) if keys], whole
        return self._said[text]

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for part, holders in self.holders.items():
            for holder in holders:
                found.setdefault(holder, []).append(part)
        return found

    @cached_property
    def by_letter(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key in self.vocabulary:
            if key.isalpha() and len(key) > 3:
                found.setdefault(key[0], []).append(key)
        return found

    @cached_property
    def places(self) -> dict[str, int]:
        return {n: i for i, n in enumerate(self.notations)}

    def category(self, place: int) -> int:
        """Return the place of the category that an entry stands in."""
        return int(np.searchsorted(self.arrays.category_nodes, place, side="right")) - 1

    def is_symptom(self, place: int) -> bool:
        """Tell whether an entry stands in the chapter of symptoms, signs and findings."""
        return bool(self.arrays.symptom[place])

    def weight(self, key: str) -> float | None:
        """Return how much a key tells entries apart, from 0.15 to 1; None if no entry has it."""
        place = self.vocabulary.get(key)
        return None if place is None else float(self.arrays.weights[place])
