"""What stands around an entry, and what stands at the entries above it and holds below: kept, since codes share them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Near", "Row", "around", "described", "standing_facts", "standing_notes", "standing_sections"]

Row = Mapping[str, str | None]
_T = TypeVar("_T")
#: how many entries or things are kept before all are asked again
_MOST = 50_000
#: of how many entries the surroundings are kept
_MOST_NEAR = 8
_NAMES = {"notation": "notation", "title": "prefLabel", "reportable": "reportable", "order": "order"}


@dataclass(frozen=True, slots=True)
class Near:
    """The rows around an entry, in the order of the list: `path` from the chapter to the entry itself.

    `above` is the path with the blocks that group parts of it.
    """

    path: tuple[Row, ...]
    above: tuple[Row, ...]
    children: tuple[Row, ...]
    siblings: tuple[Row, ...]


@dataclass(slots=True)
class _Standing:
    """What has been read from an open store, by the entry at which it stands, and how things are named."""

    near: dict[str, Near] = field(default_factory=dict)
    notes: dict[str, list[Row]] = field(default_factory=dict)
    facts: dict[str, list[Row]] = field(default_factory=dict)
    sections: dict[str, list[Row]] = field(default_factory=dict)
    named: dict[str, dict[str, str]] = field(default_factory=dict)


_READ: WeakKeyDictionary[Store, _Standing] = WeakKeyDictionary()


def _read(store: Store) -> _Standing:
    return _READ.setdefault(store, _Standing())


def _kept(known: dict[str, _T], fresh: dict[str, _T]) -> None:
    """Keep what was read; only what is whole is shown to other threads."""
    if len(known) > _MOST:
        known.clear()
    known.update(fresh)


def _learn(known: dict[str, dict[str, str]], rows: Iterable[Row]) -> None:
    """Keep how entries are named that have come with all of their names."""
    for row in rows:
        names = {name: value for column, name in _NAMES.items() if (value := row[column]) is not None}
        if len(names) == len(_NAMES):
            known.setdefault(row["entry"] or "", names)


def around(store: Store, code: str) -> Near:
    """Return what stands around an entry; everything is empty of what the edition does not list."""
    read = _read(store)
    found = read.near.get(code)
    if found is None:
        rows = run(store, "entry-near", code=code)
        parts: dict[str, list[Row]] = {"path": [], "group": [], "child": [], "sibling": []}
        for row in rows:
            parts[row["part"] or ""].append(row)
        on_path = {r["entry"] for r in parts["path"]}
        above = [*parts["path"], *(r for r in parts["group"] if r["entry"] not in on_path)]
        above.sort(key=lambda r: int(r["order"] or 0))
        found = Near(*(tuple(part) for part in (parts["path"], above, parts["child"], parts["sibling"])))
        _learn(read.named, rows)
        # A page asks for its entry several times, hardly ever for another one that was asked for before.
        if len(read.near) >= _MOST_NEAR:
            read.near.clear()
        read.near[code] = found
    return found


def _at(store: Store, query: str, known: dict[str, list[Row]], entries: Sequence[str]) -> list[Row]:
    """Return the rows of a query about entries, entry by entry."""
    found = {entry: known.get(entry) for entry in entries}
    fresh: dict[str, list[Row]] = {entry: [] for entry, rows in found.items() if rows is None}
    for row in run(store, query, entries=" ".join(fresh)) if fresh else ():
        fresh[row["entry"] or ""].append(row)
    _kept(known, fresh)
    whole = fresh | {entry: rows for entry, rows in found.items() if rows is not None}
    return [row for entry in entries for row in whole[entry]]


def _entries(rows: Iterable[Row]) -> list[str]:
    return [row["entry"] or "" for row in rows]


def standing_notes(store: Store, code: str) -> list[Row]:
    """Return the notes that hold for an entry and the references within them, from the chapter down."""
    read = _read(store)
    rows = _at(store, "notes-at", read.notes, _entries(around(store, code).above))
    for row in rows:
        if not row["reference"] and row["text"] and row["order"]:
            names = {"text": row["text"], "owner": row["entry"] or "", "order": row["order"]}
            read.named.setdefault(row["note"] or "", names)
    return rows


def standing_sections(store: Store, code: str) -> list[Row]:
    """Return the sections of the Official Guidelines that govern an entry or one above it, the nearest first."""
    return _at(store, "guidelines-at", _read(store).sections, _entries(around(store, code).above)[::-1])


def standing_facts(store: Store, code: str) -> set[str]:
    """Return the facts that hold for an entry because they stand at it or above it."""
    entries, itself = _entries(around(store, code).path), code_iri(code)
    notes = {f"note/{row['kind']}" for row in standing_notes(store, code) if row["kind"]}
    return notes | {
        row["fact"] or ""
        for row in _at(store, "guidance-facts-at", _read(store).facts, entries)
        if row["reach"] == "at" or row["entry"] != itself
    }


def described(store: Store, things: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return how things are named: by their IRIs, the local names of properties and their values."""
    known = _read(store).named
    found = {thing: known.get(thing) for thing in things}
    fresh: dict[str, dict[str, str]] = {thing: {} for thing, names in found.items() if names is None}
    for row in run(store, "described", things=" ".join(fresh)) if fresh else ():
        names = fresh[row["thing"] or ""]
        for name, value in row.items():
            if value is not None and name != "thing":
                names.setdefault(name, value)
    _kept(known, fresh)
    return fresh | {thing: names for thing, names in found.items() if names is not None}
