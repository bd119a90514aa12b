"""Codes with their axes, as the graph states them, and what of a case decides between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from nosograph.answers.find_model import Evidence
from nosograph.namespaces import NG
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Case", "CodeFacts", "entry_codes", "family_codes"]

_KEPT = 400
_editions: WeakKeyDictionary[Store, str] = WeakKeyDictionary()
_families: WeakKeyDictionary[Store, dict[tuple[str, str], list[CodeFacts]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Case:
    """What decides within a family: sites with their labels, side and encounter.

    `fit` tells how well a text fits the question, `rank` how well the printed entry of a code did,
    `above` what holds a site.
    """

    sites: tuple[tuple[str, str], ...]
    side: str | None
    encounter: str | None
    fit: Callable[[str], float]
    rank: Callable[[str], float]
    above: Callable[[str], frozenset[str]]
    scope: str | None = None
    is_one_sided: bool = False
    is_encounter_unstated: bool = False
    are_sites_stated: bool = False
    is_cause_stated: bool = False
    cause: str | None = None
    cause_label: str | None = None


@dataclass(slots=True)
class CodeFacts:
    """A code with its axes."""

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

    def evidence(self) -> Evidence:
        return Evidence(self.iri, self.title, self.source)

    @property
    def place(self) -> tuple[str | None, tuple[str, ...]]:
        """What the code says of the site."""
        return self.scope, tuple(sorted(self.sites.values()))


def _local(iri: str | None) -> str | None:
    return iri.removeprefix(NG) if iri else None


def _facts(store: Store, unsorted: Sequence[dict[str, str | None]]) -> list[CodeFacts]:
    rows = sorted(unsorted, key=lambda r: (int(r["order"] or 0), r["named"] or ""))
    source = _edition(store, rows[0]["code"] or "") if rows else ""
    found: dict[str, CodeFacts] = {}
    for row in rows:
        iri = row["code"] or ""
        if iri not in found:
            found[iri] = CodeFacts(
                iri,
                row["notation"] or "",
                row["title"] or "",
                source,
                int(row["order"] or 0),
                _local(row["scope"]),
                _local(row["side"]),
                _local(row["encounter"]),
                row.get("seventhLabel"),
            )
        if row["named"]:
            found[iri].sites[row["named"] or ""] = row["namedLabel"] or ""
    return list(found.values())


def _edition(store: Store, code: str) -> str:
    if store not in _editions:
        rows = run(store, "find-edition", code=code)
        _editions[store] = rows[0]["title"] or "" if rows else ""
    return _editions[store]


def family_codes(store: Store, family: str, condition: str) -> list[CodeFacts]:
    """Return the codes of a family; families recur in a batch, so the last ones are kept."""
    kept = _families.setdefault(store, {})
    if (family, condition) not in kept:
        if len(kept) >= _KEPT:
            kept.clear()
        rows = run(store, "find-family-codes", entry=family, condition=condition)
        kept[family, condition] = _facts(store, rows)
    return kept[family, condition]


def entry_codes(store: Store, entry: str) -> list[CodeFacts]:
    """Return the reportable codes that a printed entry stands for."""
    return _facts(store, run(store, "find-facts", entry=entry))
