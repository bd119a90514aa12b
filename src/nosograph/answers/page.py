"""The page of a code: what it means, what to watch, what the chart must say, and where each statement comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from nosograph.answers.entries import Entry, entry
from nosograph.answers.guidance import Evidence, Guidance, Section, guidance, sections
from nosograph.store import Store

__all__ = ["Meaning", "Page", "page"]

#: how many pitfalls and tips the first screen shows
_FIRST = 6
#: axes of the meaning, in the order in which they are read
_MEANING = ("condition", "cause", "site", "side", "encounter", "detail", "siteScope", "kindScope", "causeScope")
_LEFT_OUT = {"excludedSite": "sites", "excludedCause": "causes", "excludedKind": "kinds"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says: its title and inclusion terms, its axes, and what its neighbours have taken from it."""

    title: str
    includes: tuple[str, ...]
    axes: dict[str, tuple[str, ...]]
    left_out: dict[str, tuple[str, ...]]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the meaning in the form of the page."""
        return {
            "title": self.title,
            "includes": list(self.includes),
            "axes": {name: list(labels) for name, labels in self.axes.items()},
            "not": {name: list(labels) for name, labels in self.left_out.items()},
            "evidence": [{"iri": e.iri, "text": e.text, "source": e.source} for e in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Everything about an entry, with guidance and the guidelines that govern it."""

    entry: Entry
    meaning: Meaning | None
    guidance: tuple[Guidance, ...]
    guidelines: tuple[Section, ...]

    @property
    def first(self) -> tuple[Guidance, ...]:
        """The pitfalls and tips that matter most."""
        return tuple(g for g in self.watch if g.severity != "low")[:_FIRST]

    @property
    def watch(self) -> tuple[Guidance, ...]:
        """All pitfalls and tips, the most severe first."""
        return tuple(g for g in self.guidance if g.kind in ("pitfall", "tip"))

    @property
    def further(self) -> tuple[Guidance, ...]:
        """The pitfalls and tips that the first screen leaves out."""
        return tuple(g for g in self.watch if g not in self.first)

    @property
    def documentation(self) -> tuple[Guidance, ...]:
        """What the chart must say."""
        return tuple(g for g in self.guidance if g.kind == "documentation")

    @property
    def questions(self) -> tuple[Guidance, ...]:
        """What coders ask of such a code, with the answers."""
        return tuple(g for g in self.guidance if g.kind == "question")

    def as_json(self) -> dict[str, Any]:
        """Return the page in the form of the contract, with what the first screen shows by number."""
        return {
            **self.entry.as_json(),
            "meaning": self.meaning.as_json() if self.meaning else None,
            "guidance": [g.as_json() for g in self.guidance],
            "first_screen": [self.guidance.index(g) for g in self.first],
            "guidelines": [s.as_json() for s in self.guidelines],
        }


def _meaning(one: Entry) -> Meaning | None:
    if not one.title or not one.axes:
        return None
    terms = [n for n in one.notes if n.kind == "inclusion-term" and n.owner == one.code]
    listed = f"ICD-10-CM tabular list {one.edition}"
    evidence = [Evidence(one.as_json()["iri"], one.title, f"{listed}, title")]
    evidence += [Evidence(n.iri, n.text, f"{listed}, inclusion term at {n.owner}") for n in terms]
    return Meaning(
        one.title,
        tuple(n.text for n in terms),
        {axis: tuple(label for _, label in one.axes[axis]) for axis in _MEANING if axis in one.axes},
        {name: tuple(label for _, label in one.axes[axis]) for axis, name in _LEFT_OUT.items() if axis in one.axes},
        tuple(evidence),
    )


def page(store: Store, code: str, on: date | None = None) -> Page:
    """Return the page of a code, category, block or chapter, seen on a date of service (default: today).

    Raises UsageError if the text has not the form of a code, UnknownCodeError if there is none of that name.
    """
    one = entry(store, code, on)
    if one.outside:
        return Page(one, None, (), ())
    return Page(one, _meaning(one), guidance(store, one.code), sections(store, one.code))
