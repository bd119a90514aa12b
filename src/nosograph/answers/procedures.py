"""Which procedures come with a code, by what evidence, and under which numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from nosograph.notation import normalise
from nosograph.query import run
from nosograph.store import Store
from nosograph.store.private import descriptors

__all__ = ["Basis", "Group", "Number", "Procedures", "Related", "procedures"]

Row = Mapping[str, str | None]
_STANCES = ("indicated", "option", "not-recommended")
_NOT_RECOMMENDED = _STANCES[-1]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a system; `descriptor` only where a licensee has loaded one."""

    system: str
    number: str
    side: str | None
    descriptor: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"system": self.system, "number": self.number, "side": self.side, "descriptor": self.descriptor}


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a procedure stands here: a link with its condition and evidence. `checked`: was the citation ever opened?"""

    iri: str
    at: str
    stance: str
    why: str
    certainty: str
    sites: tuple[str, ...]
    causes: tuple[str, ...]
    circumstance: str | None
    citation: str
    title: str
    locator: str | None
    rank: str
    address: str | None
    checked: bool
    date_checked: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "iri": self.iri,
            "at": self.at,
            "stance": self.stance,
            "why": self.why,
            "certainty": self.certainty,
            "when": {"sites": list(self.sites), "causes": list(self.causes), "circumstance": self.circumstance},
            "citation": {
                "id": self.citation,
                "title": self.title,
                "locator": self.locator,
                "rank": self.rank,
                "address": self.address,
                "checked": self.checked,
                "date_checked": self.date_checked,
            },
        }


@dataclass(frozen=True, slots=True)
class Related:
    """A procedure with its numbers (of the code's side, where it has one) and its reasons."""

    iri: str
    label: str
    definition: str
    kind: str
    note: str | None
    stance: str
    numbers: tuple[Number, ...]
    basis: tuple[Basis, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "iri": self.iri,
            "label": self.label,
            "definition": self.definition,
            "kind": self.kind,
            "note": self.note,
            "stance": self.stance,
            "numbers": [n.as_json() for n in self.numbers],
            "basis": [b.as_json() for b in self.basis],
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Procedures below one general procedure, those that are indicated first."""

    iri: str
    label: str
    procedures: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class Procedures:
    """The procedures of a code, in groups; those to be left alone stand apart. `notices` go with what is shown."""

    code: str
    groups: tuple[Group, ...]
    not_recommended: tuple[Related, ...]
    notices: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "groups": [
                {"iri": g.iri, "label": g.label, "procedures": [p.as_json() for p in g.procedures]} for g in self.groups
            ],
            "not_recommended": [p.as_json() for p in self.not_recommended],
            "notices": list(self.notices),
        }


def _values(rows: list[Row], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for r in rows if (v := r[name])))


def _basis(rows: list[Row]) -> Basis:
    """Make one link of its rows, which differ in entry, site and cause alone."""
    row = {k: v or "" for k, v in rows[0].items()}
    return Basis(
        row["link"],
        row["at"],
        row["stance"],
        row["why"],
        row["certainty"],
        _values(rows, "site"),
        _values(rows, "cause"),
        row["circumstance"] or None,
        row["citation"],
        row["title"],
        row["locator"] or None,
        row["rank"],
        row["address"] or None,
        row["checked"] == "true",
        row["date"] or None,
    )


def _grouped(rows: list[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key] or "", []).append(row)
    return groups


def _related(rows: list[Row], numbers: Mapping[str, tuple[Number, ...]]) -> Related:
    row = {k: v or "" for k, v in rows[0].items()}
    basis = sorted((_basis(r) for r in _grouped(rows, "link").values()), key=lambda b: _STANCES.index(b.stance))
    return Related(
        row["procedure"],
        row["label"],
        row["definition"],
        row["kind"],
        row["note"] or None,
        basis[0].stance,
        numbers.get(row["procedure"], ()),
        tuple(basis),
    )


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is said of all links and procedures: read once a store, since queries for one code cost more than the rows."""

    links: dict[str, list[Row]]
    numbers: dict[str, list[Row]]


_kept: WeakKeyDictionary[Store, _Tables] = WeakKeyDictionary()


def _tables(store: Store) -> _Tables:
    found = _kept.get(store)
    if found is None:
        links: list[Row] = [*run(store, "procedure-links")]
        numbers: list[Row] = [*run(store, "procedure-numbers")]
        found = _kept[store] = _Tables(_grouped(links, "link"), _grouped(numbers, "procedure"))
    return found


def _number(row: Row, words: Mapping[str, str]) -> Number:
    """Loaded descriptors are those of the system that asks for a notice."""
    number = row["number"] or ""
    return Number(row["system"] or "", number, row["side"], words.get(number) if row["notice"] else None)


def procedures(store: Store, code: str) -> Procedures:
    """Return the procedures that are linked to a code or to an entry above it; none is no statement that none serves.

    What a licensee has loaded with `nosograph load-cpt` is shown with the numbers. Raises UsageError if the text has not the
    form of a code.
    """
    notation = normalise(code)
    fitting = run(store, "procedures-of", code=notation)
    if not fitting:
        return Procedures(notation, (), (), ())
    tables, words = _tables(store), descriptors(store)
    at = {r["link"]: r["at"] for r in fitting}
    rows: list[Row] = [{**r, "at": at[r["link"]]} for key, found in tables.links.items() if key in at for r in found]
    other = {"left": "right", "right": "left"}.get(fitting[0]["side"] or "")
    mine = {
        p: [n for n in tables.numbers.get(p, ()) if not other or n["side"] != other]
        for p in _grouped(rows, "procedure")
    }
    numbers = {p: tuple(_number(n, words) for n in found) for p, found in mine.items()}
    notices = _values([n for found in mine.values() for n in found], "notice")
    advised = _grouped([r for r in rows if r["stance"] != _NOT_RECOMMENDED], "group")
    refused = _grouped([r for r in rows if r["stance"] == _NOT_RECOMMENDED], "procedure")
    return Procedures(
        notation,
        tuple(_group(found, numbers) for found in advised.values()),
        tuple(_related(found, numbers) for found in refused.values()),
        notices,
    )


def _group(rows: list[Row], numbers: Mapping[str, tuple[Number, ...]]) -> Group:
    members = (_related(found, numbers) for found in _grouped(rows, "procedure").values())
    ordered = sorted(members, key=lambda p: (_STANCES.index(p.stance), p.label))
    return Group(rows[0]["group"] or "", rows[0]["group_label"] or "", tuple(ordered))
