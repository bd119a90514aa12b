"""What stands around an entry, and what stands at the entries above it and holds below: kept, since codes share them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from nosograph.answers.properties import first, local, properties
from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.store import Store

__all__ = [
    "Near",
    "Row",
    "Says",
    "around",
    "described",
    "printing",
    "standing_facts",
    "standing_notes",
    "standing_sections",
]

Row = Mapping[str, str | None]
_T = TypeVar("_T")
#: how many entries or things are kept before all are asked again
_MOST = 50_000
#: of how many entries the surroundings are kept
_MOST_NEAR = 8
_ABOVE = "above/"
#: facts by the property that makes them: for the entry and all below, and for those below alone
_FACTS_AT = {"aboutEntry": "editorial", "appliesTo": "procedure", "refersTo": "referredBy/{}"}
_FACTS_BELOW = {
    "chapterNumber": "chapter/{}",
    "excludedKind": "above/excludedKind",
    "excludedCause": "above/excludedCause",
    "cause": "above/cause",
}
_NAMES = {"notation": "notation", "title": "prefLabel", "reportable": "reportable", "order": "order"}


class Says(NamedTuple):
    """Words that a rule looks for: the fact, the property or kind of note in which they stand, and the pattern."""

    fact: str
    name: str
    words: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Near:
    """The rows around an entry, in the order of the list: `path` from the chapter to the entry itself.

    `above` is the path with the blocks that group parts of it.
    """

    path: tuple[Row, ...]
    above: tuple[Row, ...]
    children: tuple[Row, ...]
    siblings: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry with its parent and the blocks that group it."""

    row: Row
    parent: str | None
    groups: tuple[str, ...]


@dataclass(slots=True)
class _Standing:
    """What has been read from an open store, by the entry at which it stands, and how things are named."""

    near: dict[str, Near] = field(default_factory=dict)
    lines: dict[str, _Line] = field(default_factory=dict)
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


def _lines(store: Store, code: str) -> dict[str, _Line]:
    """Return what stands above an entry, by its IRI; only what was never read for a neighbour is asked for."""
    known, itself, held = _read(store).lines, code_iri(code), properties(store, code).values
    row = {column: first(held, name) or None for column, name in _NAMES.items()}
    parent, groups = first(held, "broader") or None, held.get("groupedUnder", ())
    own = _Line({"entry": itself, **row}, parent, groups)
    if any(above not in known for above in (parent, *groups) if above):
        found: dict[str, list[Row]] = {}
        for line in run(store, "lineage", code=code):
            found.setdefault(line["entry"] or "", []).append(line)
        del found[itself]
        _learn(_read(store).named, (rows[0] for rows in found.values()))
        _kept(
            known,
            {
                entry: _Line(
                    {"entry": entry, **{column: rows[0][column] for column in _NAMES}},
                    rows[0]["parent"],
                    tuple(dict.fromkeys(group for r in rows if (group := r["group"]))),
                )
                for entry, rows in found.items()
            },
        )
    above = {itself: own}
    wanted = [parent, *groups]
    while wanted:
        entry = wanted.pop()
        if entry and entry not in above:
            above[entry] = line_of = known[entry]
            wanted += [line_of.parent, *line_of.groups]
    return above


def _path(above: Mapping[str, _Line], entry: str | None) -> tuple[Row, ...]:
    found: list[Row] = []
    while entry:
        found.insert(0, above[entry].row)
        entry = above[entry].parent
    return tuple(found)


def around(store: Store, code: str) -> Near:
    """Return what stands around an entry; everything is empty of what the edition does not list."""
    read = _read(store)
    found = read.near.get(code)
    if found is None:
        above, itself = _lines(store, code), code_iri(code)
        parent = above[itself].parent
        parents = [p for p in (parent, itself if "broader" in properties(store, code).into else None) if p]
        rows = run(store, "entries-below", entries=" ".join(parents)) if parents else []
        found = Near(
            _path(above, itself),
            tuple(sorted((line.row for line in above.values()), key=lambda row: int(row["order"] or 0))),
            tuple(row for row in rows if row["parent"] == itself),
            tuple(row for row in rows if row["parent"] == parent and row["entry"] != itself),
        )
        _learn(read.named, (*rows, above[itself].row))
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


def printing(store: Store, code: str, kinds: Iterable[str]) -> list[str]:
    """Return the entries, from the chapter down to the code itself, that print a note of some kinds."""
    wanted = frozenset(kinds)
    rows = standing_notes(store, code)
    return list(dict.fromkeys(row["entry"] or "" for row in rows if row["kind"] in wanted and not row["reference"]))


def standing_sections(store: Store, code: str) -> list[Row]:
    """Return the sections of the Official Guidelines that govern an entry or one above it, the nearest first."""
    read = _read(store)
    if not read.sections:
        found: dict[str, list[Row]] = {}
        for row in run(store, "guidelines-governing"):
            found.setdefault(row["entry"] or "", []).append(row)
        read.sections = found
    return [row for entry in _entries(around(store, code).above)[::-1] for row in read.sections.get(entry, ())]


def _noted(rows: Iterable[Row], itself: str, asked: Iterable[Says]) -> Iterator[str]:
    """Yield the facts of notes: their kinds, and what rules look for in their words."""
    asked = tuple(asked)
    for row in rows:
        kind, text = f"note/{row['kind']}" if row["kind"] else "note", row["text"] or ""
        yield kind
        for says in asked:
            above = says.name.startswith(_ABOVE)
            name = says.name.removeprefix(_ABOVE)
            if name in (kind, "note") and not (above and row["entry"] == itself) and says.words.search(text):
                yield says.fact


def standing_facts(store: Store, code: str, asked: Iterable[Says] = ()) -> set[str]:
    """Return the facts that hold for an entry because they stand at it or above it; `asked` are words of notes."""
    itself = code_iri(code)
    bare = not properties(store, code).into.keys() - {"broader", "definedAt", "names"}
    entries = [e for e in _entries(around(store, code).path) if e != itself or not bare]
    found = set(_noted((r for r in standing_notes(store, code) if not r["reference"]), itself, asked))
    for row in _at(store, "guidance-facts-at", _read(store).facts, entries):
        name, value = local(row["property"] or ""), row["value"] or ""
        if name == "refersTo" and "-" in (row["entry"] or ""):
            continue  # what refers to a block or chapter says nothing of single codes
        if name in _FACTS_AT:
            found.add(_FACTS_AT[name].format(value))
        elif row["entry"] != itself:
            found.add(_FACTS_BELOW[name].format(value))
    return found


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
