"""One step of the hierarchy: what is above and directly below an entry, and what the notes that hold for it point to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nosograph.answers.entries import Titled, titled
from nosograph.answers.standing import described
from nosograph.notation import CODE_NAMESPACE, code_iri
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Branch", "NoteEdge", "blocks", "branch", "chapters", "note_edges"]


@dataclass(frozen=True, slots=True)
class Branch:
    """An entry with what is above it, outermost first, and what is directly below it."""

    entry: Titled
    path: tuple[Titled, ...]
    children: tuple[Titled, ...]

    def as_json(self) -> dict[str, Any]:
        def told(one: Titled) -> dict[str, Any]:
            return {"code": one.code, "title": one.title, "reportable": one.reportable}

        return {**told(self.entry), "path": [told(t) for t in self.path], "children": [told(t) for t in self.children]}


@dataclass(frozen=True, slots=True)
class NoteEdge:
    """From an entry that prints a note to an entry that the note names, if it names one."""

    kind: str
    text: str
    owner: str
    target: Titled
    iri: str

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "text": self.text,
            "owner": self.owner,
            "target": {"code": self.target.code, "title": self.target.title},
            "iri": self.iri,
        }


def _titles(rows: list[dict[str, str | None]]) -> tuple[Titled, ...]:
    return tuple(Titled(r["notation"] or "", r["title"] or "", r.get("reportable") == "true") for r in rows)


def chapters(store: Store) -> tuple[Titled, ...]:
    """Return the chapters in printed order."""
    return _titles(run(store, "chapters"))


def blocks(store: Store) -> frozenset[str]:
    """Return the ranges that are chapters or blocks: what notes name may be neither."""
    return frozenset(r["notation"] or "" for r in run(store, "blocks"))


def branch(store: Store, code: str) -> Branch:
    """Return an entry with its neighbours above and below.

    Raises UsageError if the text has not the form of a code, UnknownCodeError if there is none of that name.
    """
    me = titled(store, code)
    path = tuple(t for t in _titles(run(store, "ancestors", code=me.code)) if t.code != me.code)
    return Branch(me, path, _titles(run(store, "children", code=me.code)))


def note_edges(store: Store, code: str) -> tuple[NoteEdge, ...]:
    """Return the exclusions and instructions that hold for an entry, its own first, each with what it names, as the picture has them.

    A note that names no entry has an empty target. Raises UsageError if the text has not the form of a code, UnknownCodeError
    if there is none of that name.
    """
    me = titled(store, code)
    notes = run(store, "picture-notes", code=me.code)
    named: dict[str | None, list[str]] = {}
    for row in run(store, "note-references", code=me.code):
        if row["target"]:
            named.setdefault(row["note"], []).append(row["target"])
    titles = _labels(store, {target for targets in named.values() for target in targets})
    owners = list(dict.fromkeys(note["owner"] for note in notes))[::-1]
    return tuple(
        NoteEdge(
            note["kind"] or "",
            note["text"] or "",
            owner or "",
            Titled(target, titles.get(target, "")),
            note["note"] or "",
        )
        for owner in owners
        for note in notes
        if note["owner"] == owner
        for target in dict.fromkeys(named.get(note["note"], [""]))
    )


def _labels(store: Store, codes: set[str]) -> dict[str, str]:
    if not codes:
        return {}
    rows = described(store, [code_iri(code) for code in sorted(codes)])
    return {iri.removeprefix(CODE_NAMESPACE): names.get("prefLabel", "") for iri, names in rows.items()}
