"""The reportable codes of an edition with their axes, as the search index keeps them, and what of a case decides between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nosograph.answers.evidence import Evidence
from nosograph.namespaces import BASE
from nosograph.notation import code_iri

__all__ = ["Case", "CodeFacts", "Codes", "Lines"]

_SITE = BASE + "site/"
_KEPT = 400


class Lines(Sequence[str]):
    """Many short texts in one piece, of which those asked for are read. `starts` has one number more than there are texts."""

    def __init__(self, data: bytes, starts: npt.NDArray[Any]) -> None:
        self.data, self.starts = data, starts
        if len(starts) == 0 or int(starts[-1]) != len(data):
            raise ValueError("a text of the index is not whole")

    @classmethod
    def of(cls, texts: Sequence[str]) -> Lines:
        rows = [text.encode() for text in texts]
        return cls(b"".join(rows), np.concatenate([[0], np.cumsum([len(r) for r in rows], dtype=np.int64)]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: Any) -> Any:
        return self.data[self.starts[place] : self.starts[place + 1]].decode()


@dataclass(frozen=True, slots=True)
class Case:
    """What decides within a family: sites with their labels, side and encounter.

    `fit` tells how well a text fits the question, beyond what another text says of it; `rank` how well the printed entry
    of a code did; `above` what holds a site.
    """

    sites: tuple[tuple[str, str], ...]
    side: str | None
    encounter: str | None
    fit: Callable[[str, str], float]
    rank: Callable[[str], float]
    above: Callable[[str], frozenset[str]]
    scope: str | None = None
    is_one_sided: bool = False
    is_encounter_unstated: bool = False
    are_sites_stated: bool = False
    is_cause_stated: bool = False
    cause: str | None = None
    cause_label: str | None = None
    #: sites that are enumerated
    joined: frozenset[str] = frozenset()
    #: sites that the names of the best entry say
    of_lead: frozenset[str] = frozenset()
    #: words for a tissue that are told: skin, bone
    tissues: frozenset[str] = frozenset()
    #: a fact beside the axes is said to be unknown
    is_detail_unstated: bool = False
    #: what the question names as not known
    unstated: frozenset[str] = frozenset()
    #: the words as they were said
    spoken: str = ""


@dataclass(slots=True)
class CodeFacts:
    """A code with its axes; `order` is its place in the printed list, `sites` maps IRIs to labels."""

    iri: str
    notation: str
    title: str
    source: str
    order: int
    scope: str | None = None
    side: str | None = None
    encounter: str | None = None
    seventh: str | None = None
    sites: dict[str, str] = field(default_factory=dict)
    causes: tuple[str, ...] = ()

    def evidence(self) -> Evidence:
        return Evidence(self.iri, self.title, self.source)

    @property
    def place(self) -> tuple[str | None, tuple[str, ...]]:
        """What the code says of the site."""
        return self.scope, tuple(sorted(self.sites.values()))


@dataclass
class Codes:
    """The codes in printed order: a line of facts each, the printed entry each is made of (`entries`), and its families.

    `units` are pairs of family and condition; `unit_of[unit_start[i]:unit_start[i + 1]]` are those of code i.
    """

    lines: Lines
    entries: npt.NDArray[Any]
    units: Sequence[tuple[str, str]]
    unit_start: npt.NDArray[Any]
    unit_of: npt.NDArray[Any]
    labels: dict[str, str]
    source: str

    @cached_property
    def _known(self) -> dict[tuple[str, str], list[CodeFacts]]:
        return {}

    @cached_property
    def _unit_codes(self) -> npt.NDArray[Any]:
        return np.repeat(np.arange(len(self.entries)), np.diff(self.unit_start))

    def facts(self, place: int) -> CodeFacts:
        """Return the facts of one code."""
        parts: list[str] = self.lines[place].split("\t")
        notation, title, order, scope, side, encounter, seventh, sites, causes = parts
        return CodeFacts(
            code_iri(notation),
            notation,
            title,
            self.source,
            int(order),
            scope or None,
            side or None,
            encounter or None,
            seventh or None,
            {_SITE + site: self.labels.get(site, site) for site in sites.split()},
            tuple(causes.split()),
        )

    def of_entry(self, entry: int) -> list[CodeFacts]:
        """Return the codes that a printed entry stands for, itself or with its seventh characters."""
        low, high = np.searchsorted(self.entries, [entry, entry + 1])
        return [self.facts(place) for place in range(low, high)]

    def unit(self, entry: int) -> tuple[str, str] | None:
        """Return the first family, with its condition, of the codes of a printed entry."""
        low, high = np.searchsorted(self.entries, [entry, entry + 1])
        found = self.unit_of[self.unit_start[low] : self.unit_start[high]]
        return min(self.units[int(u)] for u in found) if len(found) else None

    def of_unit(self, unit: tuple[str, str]) -> list[CodeFacts]:
        """Return the codes of a family that share a condition; families recur in a batch, so the last ones are kept."""
        if unit not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            places = self._unit_codes[self.unit_of == self.units.index(unit)]
            self._known[unit] = [self.facts(int(place)) for place in np.sort(places)]
        return self._known[unit]
