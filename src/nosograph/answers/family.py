"""The family of a code as a table: by site and side, or by site and cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nosograph.answers.entries import titled
from nosograph.errors import UsageError
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Family", "family"]

Row = dict[str, str | None]
#: values of the vocabulary in the order in which a table shows them
_SIDES = ("left", "right", "bilateral", "unspecifiedSide")
_SCOPES = ("named", "other", "multiple", "unspecified")
_NO_SIDE, _NO_SITE = "no side", "no site"


@dataclass(frozen=True, slots=True)
class Family:
    """A table of codes: `cells` maps a row (sites) and a column (a side or a cause) to the codes that stand there.

    By side the codes differ in nothing but site and side. By cause the other sides stand in the same cell. A code
    whose family is not told apart by cause has no rows there. The table of an entry has all codes below it; codes
    that differ in the 7th character stand there as the entry that it is added to.
    """

    code: str
    title: str
    by: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: dict[tuple[str, str], tuple[str, ...]]
    is_entry: bool = False

    def cell(self, row: str, column: str) -> tuple[str, ...]:
        return self.cells.get((row, column), ())

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for codes in self.cells.values() for code in codes)

    def as_json(self) -> dict[str, Any]:
        """Return rows, columns, and for each row its cells: lists of codes, one for each column."""
        return {
            "code": self.code,
            "title": self.title,
            "by": self.by,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "cells": [[list(self.cell(row, column)) for column in self.columns] for row in self.rows],
        }


@dataclass(slots=True)
class _Variant:
    """One code of the table; `scope` and `side` are local names of the vocabulary."""

    code: str
    scope: str
    scope_label: str
    side: str
    side_label: str
    sites: dict[str, None]
    causes: dict[str, None]
    conditions: dict[str, None]

    @property
    def row(self) -> str:
        return " and ".join(self.sites) if self.sites and self.scope in ("named", "") else self._beyond()

    def _beyond(self) -> str:
        return ": ".join(part for part in (self.scope_label, " and ".join(self.sites)) if part) or _NO_SITE

    @property
    def rank(self) -> int:
        return _SCOPES.index(self.scope) if self.scope in _SCOPES else 0


def _local(iri: str | None) -> str:
    return (iri or "").rpartition("#")[2]


def _variants(rows: Iterable[Row]) -> list[_Variant]:
    found: dict[str, _Variant] = {}
    for row in rows:
        code, scope, side = row["variant"] or "", _local(row["scope"]), _local(row.get("side"))
        fresh = _Variant(code, scope, row["scopeLabel"] or "", side, row.get("sideLabel") or _NO_SIDE, {}, {}, {})
        one = found.setdefault(code, fresh)
        for told, name in ((one.sites, "site"), (one.causes, "cause"), (one.conditions, "condition")):
            if row.get(name):
                told[row[name] or ""] = None
    return list(found.values())


def _by_side(variants: list[_Variant]) -> dict[str, str]:
    """Return the column of each code, in the order of the columns."""
    order = sorted(variants, key=lambda v: _SIDES.index(v.side) if v.side in _SIDES else len(_SIDES))
    return {v.code: v.side_label for v in order}


def _by_cause(variants: list[_Variant]) -> dict[str, str]:
    """Return the column of each code: its cause, and its condition where another condition has the same cause."""
    conditions: dict[str, set[str]] = {}
    for one in variants:
        conditions.setdefault(", ".join(one.causes), set()).add(", ".join(one.conditions))

    def column(one: _Variant) -> str:
        cause = ", ".join(one.causes)
        return cause if len(conditions[cause]) == 1 else f"{cause}: {', '.join(one.conditions)}"

    return {one.code: column(one) for one in variants}


def family(store: Store, code: str, by: str = "side") -> Family:
    """Return the table of a code's family by `side` or by `cause`; of a category or subcategory, that of all codes below it.

    Raises UsageError if the text has not the form of a code, UnknownCodeError if there is none of that name.
    """
    me = titled(store, code)
    if not me.reportable and "-" in me.code:
        raise UsageError(f"{me.code} is a block or chapter: ask for the table of one of its categories")
    variants = _variants(run(store, f"family-by-{by}" if me.reportable else "family-below", code=me.code))
    if by == "cause":
        variants = [v for v in variants if v.causes]
    columns = _by_side(variants) if by == "side" else _by_cause(variants)
    cells: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in variants:
        place = (one.row, columns[one.code])
        cells[place] = (*cells.get(place, ()), one.code)
    rows = tuple(dict.fromkeys(v.row for v in sorted(variants, key=lambda v: v.rank)))
    return Family(me.code, me.title, by, rows, tuple(dict.fromkeys(columns.values())), cells, not me.reportable)
