"""Which procedures come with a code, by what evidence, and under which numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    checked: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "iri": self.iri,
            "at": self.at,
            "stance": self.stance,
            "why": self.why,
            "certainty": self.certainty,
            "when": {"sites": list(self.sites), "causes": list(self.causes), "circumstance": self.circumstance},
            "citation": {"id": self.citation, "title": self.title, "locator": self.locator, "checked": self.checked},
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
        row["checked"] == "true",
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


def _numbers(rows: list[Row], words: Mapping[str, str]) -> dict[str, tuple[Number, ...]]:
    """Return the numbers of each procedure; loaded descriptors are those of the system that asks for a notice."""
    return {
        procedure: tuple(
            Number(
                r["system"] or "",
                r["number"] or "",
                r["side"],
                words.get(r["number"] or "") if r["notice"] else None,
            )
            for r in found
        )
        for procedure, found in _grouped(rows, "procedure").items()
    }


def procedures(store: Store, code: str) -> Procedures:
    """Return the procedures that are linked to a code or to an entry above it; none is no statement that none serves.

    What a licensee has loaded with `nosograph load-cpt` is shown with the numbers. Raises UsageError if the text has not the
    form of a code.
    """
    notation = normalise(code)
    rows: list[Row] = [*run(store, "procedures-of", code=notation)]
    if not rows:
        return Procedures(notation, (), (), ())
    number_rows: list[Row] = [*run(store, "procedure-numbers", code=notation)]
    numbers = _numbers(number_rows, descriptors(store))
    advised = [r for r in rows if r["stance"] != _NOT_RECOMMENDED]
    refused = [r for r in rows if r["stance"] == _NOT_RECOMMENDED]
    groups = tuple(
        Group(
            iri,
            found[0]["group_label"] or "",
            tuple(
                sorted(
                    (_related(r, numbers) for r in _grouped(found, "procedure").values()),
                    key=lambda p: (_STANCES.index(p.stance), p.label),
                )
            ),
        )
        for iri, found in _grouped(advised, "group").items()
    )
    shown = {r["procedure"] for r in rows}
    notices = _values([r for r in number_rows if r["procedure"] in shown], "notice")
    return Procedures(
        notation,
        groups,
        tuple(_related(r, numbers) for r in _grouped(refused, "procedure").values()),
        notices,
    )
