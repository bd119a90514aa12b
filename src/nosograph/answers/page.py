"""The page of a code: what it means, what to watch, what the chart must say, and where each statement comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from nosograph.answers.editorial import Editorial, Said, editorial
from nosograph.answers.entries import Entry, entry
from nosograph.answers.evidence import Evidence
from nosograph.answers.guidance import Guidance, Section, facts_of, guidance, sections
from nosograph.answers.payers import Payers, payers
from nosograph.answers.procedures import Procedures, procedures
from nosograph.answers.shown import html_of
from nosograph.notation import code_iri
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
            "evidence": [e.as_json() for e in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Everything about an entry: the list's words, guidance, what editors say, procedures, and what payers do with it.

    Of an entry that is no reportable code `payers` and `procedures` are None.
    """

    entry: Entry
    meaning: Meaning | None = None
    guidance: tuple[Guidance, ...] = ()
    guidelines: tuple[Section, ...] = ()
    editorial: Editorial | None = None
    procedures: Procedures | None = None
    payers: Payers | None = None

    def said(self, *kinds: str) -> tuple[Said, ...]:
        """Return what editors say of some kinds, in the order of the kinds."""
        statements = self.editorial.statements if self.editorial else ()
        return tuple(s for kind in kinds for s in statements if s.kind == kind)

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
            "editorial": self.editorial.as_json() if self.editorial else None,
            "procedures": self.procedures.as_json() if self.procedures else None,
            "payers": self.payers.as_json() if self.payers else None,
        }

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows."""
        return html_of(self)


def _meaning(one: Entry) -> Meaning | None:
    if not one.title or not one.axes:
        return None
    terms = [n for n in one.notes if n.kind == "inclusion-term" and n.owner == one.code]
    listed = f"ICD-10-CM tabular list {one.edition}"
    evidence = [Evidence(code_iri(one.code), one.title, f"{listed}, title")]
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
        return Page(one)
    facts = facts_of(store, one.code)
    return Page(
        one,
        _meaning(one),
        guidance(store, one.code, facts),
        sections(store, one.code),
        editorial(store, one.code) if "editorial" in facts else Editorial(one.code, (), ()),
        procedures(store, one.code) if "procedure" in facts and one.reportable else None,
        payers(store, one.code) if one.reportable else None,
    )
