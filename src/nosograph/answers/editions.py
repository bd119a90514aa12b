"""What is loaded, and what changed between two editions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from nosograph.answers.entries import Titled
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Diff", "NoteChange", "Retitled", "diff", "info"]


@dataclass(frozen=True, slots=True)
class Retitled:
    """A code or entry whose title is not what it was."""

    code: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NoteChange:
    """A note that stands in one of two editions only."""

    owner: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Diff:
    """From one edition to another. `added` and `deleted` are reportable codes."""

    before: str
    after: str
    added: tuple[Titled, ...]
    deleted: tuple[Titled, ...]
    retitled: tuple[Retitled, ...]
    notes_added: tuple[NoteChange, ...]
    notes_deleted: tuple[NoteChange, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.before,
            "to": self.after,
            "added": [{"code": t.code, "title": t.title} for t in self.added],
            "deleted": [{"code": t.code, "title": t.title} for t in self.deleted],
            "retitled": [{"code": r.code, "from": r.before, "to": r.after} for r in self.retitled],
            "notes_added": [{"owner": n.owner, "kind": n.kind, "text": n.text} for n in self.notes_added],
            "notes_deleted": [{"owner": n.owner, "kind": n.kind, "text": n.text} for n in self.notes_deleted],
        }


def _concepts(store: Store) -> dict[str, Titled]:
    rows = run(store, "concepts")
    return {r["notation"] or "": Titled(r["notation"] or "", r["title"] or "", r["reportable"] == "true") for r in rows}


def _notes(store: Store) -> Counter[NoteChange]:
    return Counter(NoteChange(r["owner"] or "", r["kind"] or "", r["text"] or "") for r in run(store, "all-notes"))


def diff(store: Store, before: str, after: str) -> Diff:
    """Compare two loaded editions.

    Raises UnknownNameError if one of them is not loaded.
    """
    one, two = store.at(before), store.at(after)
    old, new = _concepts(one), _concepts(two)
    old_notes, new_notes = _notes(one), _notes(two)
    return Diff(
        before,
        after,
        tuple(t for c, t in new.items() if t.reportable and not (c in old and old[c].reportable)),
        tuple(t for c, t in old.items() if t.reportable and not (c in new and new[c].reportable)),
        tuple(Retitled(c, old[c].title, t.title) for c, t in new.items() if c in old and old[c].title != t.title),
        tuple((new_notes - old_notes).elements()),
        tuple((old_notes - new_notes).elements()),
    )


def _coverage(store: Store) -> list[dict[str, Any]]:
    """Per chapter, how many reportable codes have each axis, and how many are told apart by their axes; then the whole."""
    texts = ("chapter", "title")
    rows: list[dict[str, Any]] = [
        {k: v if k in texts else int(v or 0) for k, v in r.items()} for r in run(store, "axes-coverage")
    ]
    if rows:
        whole = {k: sum(r[k] for r in rows) for k in rows[0] if k not in texts}
        rows.append({"chapter": "all", "title": "All chapters", **whole})
    return rows


def info(store: Store) -> dict[str, Any]:
    """Return what the graph says of itself: editions, layers, sources, dates covered, and what a source left over."""
    layers = run(store, "layers")
    sources = run(store, "sources")
    dates = run(store, "known-dates")
    return {
        "edition": store.edition,
        "editions": run(store, "editions"),
        "reportable": int(run(store, "count-reportable")[0]["reportable"] or 0),
        "triples": sum(int(r["triples"] or 0) for r in layers if r["edition"] in (None, "", store.edition)),
        "layers": [{**r, "triples": int(r["triples"] or 0)} for r in layers],
        "sources": sources,
        "dates": {"from": dates[0]["from"], "to": dates[0]["to"]} if dates else {"from": None, "to": None},
        "coverage": _coverage(store),
        "remainder": [{**r, "count": int(r["count"] or 0)} for r in run(store, "remainder")],
    }
