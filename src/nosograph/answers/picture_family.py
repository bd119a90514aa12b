"""The structure of a family as a picture: sites by causes, or by sides, with the side of each code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nosograph.answers.entries import Titled
from nosograph.answers.family import Family, family
from nosograph.answers.picture import LIMIT, Node, described, placed
from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.store import Store

__all__ = ["SIDES", "FamilyPicture", "picture_of_family"]

#: values of the vocabulary, in the order in which they are shown, and how they are written
SIDES = {
    "right": "right",
    "left": "left",
    "bilateral": "both",
    "unilateral": "one side",
    "unspecifiedSide": "unspecified side",
}


@dataclass(frozen=True, slots=True)
class FamilyPicture:
    """A table of codes to be drawn: `cells` maps a row (sites) and a column (a cause or a side) to codes.

    `folded` says in words what was left out, and how much.
    """

    code: str
    title: str
    edition: str
    by: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: dict[tuple[str, str], tuple[Node, ...]]
    folded: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[Node, ...]:
        """All codes that are shown, row by row."""
        return tuple(node for row in self.rows for column in self.columns for node in self.cells.get((row, column), ()))

    def as_json(self) -> dict[str, Any]:
        """Return rows, columns, and each code with its place."""
        return {
            "code": self.code,
            "title": self.title,
            "edition": self.edition,
            "by": self.by,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "nodes": [
                {
                    "code": node.code,
                    "iri": code_iri(node.code or ""),
                    "title": node.title,
                    "row": row,
                    "column": column,
                    "side": node.side,
                    "residual": list(node.residual),
                }
                for row in self.rows
                for column in self.columns
                for node in self.cells.get((row, column), ())
            ],
            "folded": list(self.folded),
        }


def _kept(names: tuple[str, ...], asked: str | None, filled: Mapping[str, int], room: int) -> tuple[str, ...]:
    """Return the first names whose cells there is room for, with the one that must be kept among them."""
    left = room - filled.get(asked or "", 0)
    kept = []
    for name in names:
        if name == asked:
            kept.append(name)
        elif filled[name] <= left:
            left -= filled[name]
            kept.append(name)
        else:
            left = 0
    return tuple(kept)


def _folded(what: str, every: tuple[str, ...], kept: tuple[str, ...]) -> list[str]:
    left = [name for name in every if name not in kept]
    return [f"{len(left)} {what} ({', '.join(left)})"] if left else []


def _first_code(store: Store, entry: Titled) -> str:
    """Return the code, or of a category or subcategory the first code below it."""
    while not entry.reportable:
        below = run(store, "children", code=entry.code)
        if not below:
            break
        first = below[0]
        entry = Titled(first["notation"] or "", first["title"] or "", first["reportable"] == "true")
    return entry.code


def picture_of_family(store: Store, code: str, by: str | None = None, limit: int = LIMIT) -> FamilyPicture:
    """Return the table of a code's family to be drawn, by `cause` if it is told apart so, else by `side`.

    Of an entry that is no code it is the family of the first code below it. A table of more than about `limit` filled cells is
    cut, and `folded` says so. Raises UsageError if the text has not the form of a code, UnknownCodeError if there is none of
    that name.
    """
    one = _first_code(store, placed(store, code))
    table: Family = family(store, one, by or "cause")
    if by is None and len(table.columns) < 2:
        table = family(store, one, "side")
    place = next((place for place, codes in table.cells.items() if table.code in codes), (None, None))
    room = limit + limit // 10
    columns = _kept(table.columns, place[1], Counter(column for _, column in table.cells), room)
    rows = _kept(table.rows, place[0], Counter(row for row, column in table.cells if column in columns), room)
    named = [c for (row, column), codes in table.cells.items() if row in rows and column in columns for c in codes]
    known = described(store, named)
    order = list(SIDES)

    def rank(node: Node) -> tuple[int, str]:
        return (order.index(node.side) if node.side in order else -1, node.code or "")

    cells = {
        (row, column): tuple(sorted((known[c] for c in codes), key=rank))
        for (row, column), codes in table.cells.items()
        if row in rows and column in columns
    }
    columns_called = "causes" if table.by == "cause" else "sides"
    folded = (*_folded(columns_called, table.columns, columns), *_folded("sites", table.rows, rows))
    return FamilyPicture(table.code, table.title, store.edition, table.by, rows, columns, cells, folded)
