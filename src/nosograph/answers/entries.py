"""Everything about one chapter, block, category or code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from nosograph.answers.payer_facts import drgs_of
from nosograph.answers.properties import AXES_OF_A_CODE, Properties, first, properties, things
from nosograph.answers.standing import Row, around, standing_notes
from nosograph.errors import StoreError, UnknownCodeError, UnknownNameError
from nosograph.namespaces import NG
from nosograph.notation import CODE_NAMESPACE, code_iri, normalise, undotted
from nosograph.query import run
from nosograph.store import Store

__all__ = [
    "AXES",
    "NOTE_KINDS",
    "Entry",
    "Note",
    "Reference",
    "SeventhCharacters",
    "Span",
    "Titled",
    "entry",
    "is_valid",
    "titled",
]

#: how kinds of notes are headed
NOTE_KINDS = {
    "includes": "Includes",
    "inclusion-term": "Inclusion terms",
    "excludes1": "Excludes1 (never together, unless unrelated)",
    "excludes2": "Excludes2 (not part of it; may stand beside it)",
    "code-first": "Code first",
    "use-additional": "Use additional code",
    "code-also": "Code also",
    "note": "Notes",
    "seventh-character": "7th character",
}
#: axes in the order in which they are shown, with their names
AXES = {
    "condition": "condition",
    "kindScope": "kind",
    "excludedKind": "not the kinds",
    "cause": "cause",
    "causeScope": "scope of cause",
    "excludedCause": "not due to",
    "site": "site",
    "siteScope": "scope of site",
    "excludedSite": "not for",
    "side": "side",
    "encounter": "encounter",
    "detail": "details",
}

#: classes of the vocabulary in the order in which they name an entry's kind
_KINDS = {
    NG + "Chapter": "chapter",
    NG + "Block": "block",
    NG + "Code": "code",
    NG + "Category": "category",
    NG + "Subcategory": "subcategory",
}
_OUTSIDE = {NG + "FormerCode": "has left the list", NG + "NewerCode": "is newer than the text of this edition"}
_NO_MORE_NEAR = 5


@dataclass(frozen=True, slots=True)
class Titled:
    """A code with its title."""

    code: str
    title: str
    reportable: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What a note names: `code` is what it stands for, None if no such code exists."""

    code: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A verbatim note with the entry that prints it."""

    kind: str
    text: str
    owner: str
    inherited: bool
    references: tuple[Reference, ...]
    iri: str


@dataclass(frozen=True, slots=True)
class Span:
    """Dates of service, ISO; `end` is the last day, None if open."""

    start: str
    end: str | None


@dataclass(frozen=True, slots=True)
class SeventhCharacters:
    """Which characters stand in seventh place, and which entry defines them."""

    defined_at: str
    characters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an edition. `valid` tells whether it may be reported on `on`, None where not known.

    `title` is that of the edition; of a code outside it that of the newest loaded edition that has one, else None.
    `outside` says, for a code that the edition does not list, why it is known all the same.
    """

    code: str
    kind: str
    title: str | None
    reportable: bool
    edition: str
    on: str
    valid: bool | None
    validity: tuple[Span, ...]
    path: tuple[Titled, ...]
    notes: tuple[Note, ...]
    seventh: SeventhCharacters | None
    children: tuple[Titled, ...]
    siblings: tuple[Titled, ...]
    axes: dict[str, tuple[tuple[str, str], ...]]
    ms_drg: tuple[dict[str, str | None], ...]
    outside: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the entry in the form of the contract."""
        return {
            "code": self.code,
            "iri": code_iri(self.code),
            "kind": self.kind,
            "title": self.title,
            "reportable": self.reportable,
            "valid": self.valid,
            "date": self.on,
            "validity": [{"from": s.start, "to": s.end} for s in self.validity],
            "edition": self.edition,
            "outside": self.outside,
            "path": [{"code": t.code, "title": t.title} for t in self.path],
            "notes": [
                {
                    "kind": n.kind,
                    "text": n.text,
                    "owner": n.owner,
                    "inherited": n.inherited,
                    "references": [{"code": r.code, "text": r.text} for r in n.references],
                    "iri": n.iri,
                }
                for n in self.notes
            ],
            "seventh_characters": (
                {"defined_at": self.seventh.defined_at, "characters": self.seventh.characters} if self.seventh else {}
            ),
            "children": [_titled_json(t) for t in self.children],
            "siblings": [_titled_json(t) for t in self.siblings],
            "axes": {a: [{"iri": i, "label": label} for i, label in values] for a, values in self.axes.items()},
            "ms_drg": list(self.ms_drg),
        }


def _titled_json(titled: Titled) -> dict[str, Any]:
    return {"code": titled.code, "title": titled.title, "reportable": titled.reportable}


def _titles(rows: Iterable[Row]) -> tuple[Titled, ...]:
    return tuple(Titled(r["notation"] or "", r["title"] or "", r.get("reportable") == "true") for r in rows)


def _listed_above(store: Store, code: str) -> str | None:
    if "-" in code:
        return None
    plain = undotted(code)
    parts = (normalise(plain[:length]) for length in range(len(plain) - 1, 2, -1))
    return next((p for p in parts if any(r["title"] for r in run(store, "code-status", code=p))), None)


def _notes(store: Store, code: str, anchor: str) -> tuple[Note, ...]:
    rows = standing_notes(store, anchor)
    references: dict[str | None, list[Reference]] = {}
    for row in rows:
        reference = Reference(row["target"] or None, row["text"] or "")
        if row["reference"] and reference not in references.setdefault(row["note"], []):
            references[row["note"]].append(reference)
    return tuple(
        Note(
            row["kind"] or "",
            row["text"] or "",
            owner,
            owner != code,
            tuple(references.get(row["note"], ())),
            row["note"] or "",
        )
        for row in rows
        if not row["reference"]
        for owner in [(row["entry"] or "").removeprefix(CODE_NAMESPACE)]
    )


def _seventh(store: Store, code: str, held: Properties) -> SeventhCharacters | None:
    """Return the characters of the codes made from an entry or defined there, or the one that a code ends in."""
    if held.into.keys() & {"broader", "definedAt"}:
        rows = run(store, "seventh-characters", code=code)
        if not rows:
            return None
        return SeventhCharacters(rows[0]["defined_at"] or "", {r["character"] or "": r["label"] or "" for r in rows})
    for said in things(store, held.values.get("seventhCharacter", ())).values():
        at = first(said, "definedAt").removeprefix(CODE_NAMESPACE)
        return SeventhCharacters(at, {first(said, "character"): first(said, "prefLabel")})
    return None


def _axes(store: Store, held: Properties) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the values on each axis by their labels, as the query `axes` does."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for axis in sorted(axis for axis in AXES_OF_A_CODE if axis in held.values):
        values = held.values[axis]
        said = things(store, values)
        labels = [(value, first(said.get(value, {}), "prefLabel", "label") or value) for value in values]
        found[axis] = tuple(sorted(labels, key=lambda labelled: labelled[::-1]))
    return found


def _spans(store: Store, held: Properties) -> tuple[Span, ...]:
    said = things(store, held.values.get("validity", ())).values()
    return tuple(
        sorted((Span(first(s, "validFrom"), first(s, "validTo") or None) for s in said), key=lambda s: s.start)
    )


@lru_cache(maxsize=4)
def _known_dates(store: Store) -> tuple[tuple[str, str], ...]:
    return tuple((r["from"] or "", r["to"] or "") for r in run(store, "known-dates"))


def _valid(store: Store, spans: Iterable[Span], day: str) -> bool | None:
    """Tell what the query `valid-on` does, of spans that are known."""
    if not any(start <= day <= end for start, end in _known_dates(store)):
        return None
    return any(s.start <= day and (s.end is None or day <= s.end) for s in spans)


def is_valid(store: Store, code: str, on: date | str) -> bool | None:
    """Tell whether a code may be reported on a date of service; None outside the dates that are known."""
    rows = run(store, "valid-on", code=code, date=str(on))
    return rows[0]["valid"] == "true" if rows else None


def _near(store: Store, code: str) -> tuple[str, ...]:
    """Return codes that may have been meant: those below the longest part of the code that exists."""
    above = _listed_above(store, code)
    if above is None:
        return ()
    below = [r["notation"] or "" for r in run(store, "children", code=above)]
    return tuple(difflib.get_close_matches(code, [*below, above], _NO_MORE_NEAR, 0.5)) or (above,)


def _title_elsewhere(store: Store, code: str, editions: Iterable[str]) -> str | None:
    for name in editions:
        try:
            rows = run(store.at(name), "code-status", code=code)
        except (UnknownNameError, StoreError):
            continue
        titles = [r["title"] for r in rows if r["title"]]
        if titles:
            return titles[0]
    return None


def titled(store: Store, code: str) -> Titled:
    """Return the title of a code, category, block or chapter: all that needs no more than that it exists.

    Raises UsageError if the text has not the form of a code, UnknownCodeError if there is none of that name.
    """
    notation = normalise(code)
    rows = run(store, "code-status", code=notation)
    if rows and rows[0]["title"]:
        return Titled(notation, rows[0]["title"], rows[0]["reportable"] == "true")
    page = entry(store, notation)
    return Titled(page.code, page.title or "", page.reportable)


def entry(store: Store, code: str, on: date | None = None) -> Entry:
    """Return everything about a code, category, block or chapter, seen on a date of service (default: today).

    Raises UsageError if the text has not the form of a code, UnknownCodeError if there is none of that name.
    """
    notation = normalise(code)
    held = properties(store, notation)
    spans = _spans(store, held)
    if not held.first("notation") and not spans:
        raise UnknownCodeError(notation, _near(store, notation))
    day = (on or date.today()).isoformat()
    classes = held.values.get("type", ())
    kind = next((name for cls, name in _KINDS.items() if cls in classes), "code")
    reportable = held.first("reportable") == "true"
    listed = held.first("prefLabel")
    outside = (
        None if listed else next((why for cls, why in _OUTSIDE.items() if cls in classes), "is not in this edition")
    )
    title = listed or _title_elsewhere(store, notation, getattr(store, "editions", ()))
    valid = _valid(store, spans, day) if reportable or spans else False
    # A code outside the list stands below what is listed of it: there the notes are that may say why it is no code.
    anchor = notation if listed else _listed_above(store, notation)
    near = around(store, notation)
    path = _titles((near if listed else around(store, anchor)).path) if anchor else ()
    return Entry(
        notation,
        kind,
        title,
        reportable,
        store.edition,
        day,
        valid,
        spans,
        path[:-1] if listed else path,
        _notes(store, notation, anchor) if anchor else (),
        _seventh(store, notation, held),
        _titles(near.children),
        _titles(near.siblings),
        _axes(store, held),
        drgs_of(store, held),
        outside,
    )
