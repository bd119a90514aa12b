"""The page of a code on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

from nosograph.answers.editorial import Said
from nosograph.answers.entries import AXES, NOTE_KINDS, Entry
from nosograph.answers.guidance import Guidance
from nosograph.answers.page import Page
from nosograph.answers.payers import Payers
from nosograph.answers.procedures import Procedures, Related
from nosograph.cli.common import console

__all__ = ["print_page"]

_MARKS = {"high": "!!", "medium": "! ", "low": "- "}


def _status(page: Entry) -> str:
    if page.outside:
        status = f"a code that {page.outside}"
    elif page.reportable:
        status = "reportable"
    else:
        status = (
            "not reportable: needs more characters" if page.kind in ("category", "subcategory") else "not reportable"
        )
    if page.valid is None:
        return f"{status}; whether it is valid on {page.on} is not known"
    if page.validity:
        return f"{status}; {'valid' if page.valid else 'not valid'} on {page.on}"
    return status


def _dates(page: Entry) -> str:
    return ", ".join(f"{s.start} to {s.end}" if s.end else f"since {s.start}" for s in page.validity)


class _Line(Protocol):
    def __call__(self, text: str, style: str = "", indent: int = 0) -> None: ...


def print_page(shown: Page) -> None:
    """Print the page: first what decides whether the code is right, then the place in the list, notes and the rest."""
    from rich.padding import Padding
    from rich.text import Text

    one, out = shown.entry, console()

    def line(text: str, style: str = "", indent: int = 0) -> None:
        out.print(Padding(Text(text, style), (0, 0, 0, indent)))

    line(f"{one.code}  {one.title or '(no title in this edition)'}", "bold")
    line(_status(one), "green" if one.valid else "yellow")
    if one.validity:
        line(f"dates of service: {_dates(one)}", "dim")
    line(f"{one.kind} of edition {one.edition}", "dim")
    _print_said("Meaning", shown.said("meaning"), line)
    _print_guidance("What to watch", shown.first, line)
    _print_said("Editors add", shown.said("pitfall", "not-this"), line)
    _print_guidance("What the chart must say", shown.documentation, line)
    _print_said("Editors add", shown.said("tip"), line)
    _print_axes(one, line)
    line("\nPlace in the list", "bold cyan")
    for depth, step in enumerate(one.path):
        line(f"{step.code}  {step.title}", "dim", 2 * (depth + 1))
    _print_entry(one, line)
    # What notes say is printed with the notes.
    _print_guidance("Further", [g for g in shown.further if g.axis != "note"], line)
    _print_said("Context", shown.said("context"), line)
    if shown.editorial:
        _print_said("Often said, and wrong", shown.editorial.contradicted, line)
    _print_questions(shown, line)
    if shown.procedures:
        _print_procedures(shown.procedures, line)
    if shown.payers:
        _print_payers(shown.payers, line)
    if shown.guidelines:
        line("\nGuidelines on it  [Official Guidelines FY2026; summaries ours]", "bold cyan")
    for section in shown.guidelines:
        line(f"{section.number}  {section.title}  [{section.governs}]", "", 2)


def _print_guidance(heading: str, statements: Sequence[Guidance], line: _Line) -> None:
    if statements:
        line(f"\n{heading}", "bold cyan")
    for statement in statements:
        mark = _MARKS[statement.severity] if statement.kind != "documentation" else "-"
        line(f"{mark} {statement.text}  [{statement.rule}; {statement.section.number}]", "", 2)


def _source(said: Said) -> str:
    locator = f", {said.locator}" if said.locator else ""
    return f"{said.citation}{locator}; {said.rank}{'' if said.checked else '; source not checked'}"


def _print_said(heading: str, statements: Sequence[Said], line: _Line) -> None:
    if statements:
        line(f"\n{heading}", "bold cyan")
    for said in statements:
        line(f"- {said.text}  [{_source(said)}]", "", 2)
        if said.contradiction:
            line(f"but: {said.contradiction.because}", "yellow", 4)


def _print_questions(shown: Page, line: _Line) -> None:
    asked = shown.said("question")
    if shown.questions or asked:
        line("\nQuestions", "bold cyan")
    for said in asked:
        line(said.text, "bold", 2)
        if said.answer:
            line(f"{said.answer}  [{_source(said)}]", "", 4)
        if said.query:
            given = " ".join(f"--param {name}={value}" for name, value in said.parameters.items())
            line(f"nosograph query --name {said.query} {given}", "dim", 4)
    # Where editors have asked, what rules ask of every code would say it twice.
    for question in () if asked else shown.questions:
        line(question.title, "bold", 2)
        line(f"{question.text}  [{question.section.number}]", "", 4)


def _print_related(related: Related, line: _Line) -> None:
    numbers = "; ".join(
        f"{system} {', '.join(n.number + (f' ({n.descriptor})' if n.descriptor else '') for n in group)}"
        for system, group in groupby(related.numbers, key=lambda n: n.system)
    )
    line(f"{related.label}{f'  {numbers}' if numbers else ''}", "", 4)
    for reason in related.basis[:1]:
        sites = f" (at {', '.join(reason.sites)})" if reason.sites else ""
        line(f"{reason.stance}{sites}: {reason.why}  [{reason.citation}; {reason.certainty}]", "dim", 6)


def _print_procedures(found: Procedures, line: _Line) -> None:
    if found.groups or found.not_recommended:
        line("\nRelated procedures", "bold cyan")
    for group in found.groups:
        line(group.label, "cyan", 2)
        for related in group.procedures:
            _print_related(related, line)
    if found.not_recommended:
        line("to be left alone", "cyan", 2)
    for related in found.not_recommended:
        _print_related(related, line)
    for notice in found.notices:
        line(notice, "dim", 2)


def _print_payers(paid: Payers, line: _Line) -> None:
    line("\nWhat payers do with it", "bold cyan")
    drgs = paid.principal.drgs
    line(f"MS-DRG {paid.principal.version or ''}, as principal diagnosis without procedures:", "cyan", 2)
    if paid.principal.none_because:
        line(f"none: {paid.principal.none_because}", "", 4)
    for number, title in paid.principal.mdcs.items():
        line(f"MDC {number}  {title or ''}", "", 4)
    for drg in drgs:
        line(f"DRG {drg.number}  {drg.title}", "", 4)
    for span in paid.versions.spans if len(paid.versions.spans) > 1 else ():
        line(f"versions {span.first} to {span.last}: MDC {', '.join(span.mdcs)}, DRG {', '.join(span.drgs)}", "dim", 4)
    level = paid.secondary.level
    line(f"as secondary diagnosis: {level or 'neither CC nor MCC'}", "", 2)
    if paid.secondary.exclusions:
        line(f"does not count beside {paid.secondary.exclusions.count} principal diagnoses", "", 4)
    if paid.secondary.acquired:
        line(f"nor if it arose in hospital: hospital-acquired condition ({paid.secondary.acquired})", "", 4)
    for edit in paid.edits:
        line(f"claim edit, {edit.label}: {edit.text}", "yellow", 2)
    for category in paid.categories:
        years = f"{category.first} to {category.last}" if category.first != category.last else str(category.first)
        line(f"CMS-HCC {category.model} {category.number}  {category.label}  [payment years {years}]", "", 2)
    line(f"CCSR {paid.ccsr.category or 'not known'}; chronic: {paid.ccsr.chronic or 'not known'}  [v2023.1]", "", 2)
    line("present on admission, exempt: not known, no source at hand", "dim", 2)


def _print_entry(page: Entry, line: _Line) -> None:
    for inherited, label in ((False, "Its own notes"), (True, "Inherited notes")):
        notes = [n for n in page.notes if n.inherited == inherited]
        if notes:
            line(f"\n{label}", "bold cyan")
        for (kind, owner), group in groupby(notes, key=lambda n: (n.kind, n.owner)):
            line(f"{NOTE_KINDS.get(kind, kind)}" + (f"  [from {owner}]" if inherited else ""), "cyan", 2)
            for note in group:
                line(note.text, "", 4)
    if page.seventh:
        line(f"\n7th characters  [from {page.seventh.defined_at}]", "bold cyan")
        for character, label in page.seventh.characters.items():
            line(f"{character}  {label}", "", 2)
    for label, listed in (("Below it", page.children), ("Beside it", page.siblings if not page.children else ())):
        if listed:
            line(f"\n{label}", "bold cyan")
        for item in listed:
            line(f"{item.code}{'' if item.reportable else ' -'}  {item.title}", "", 2)


def _print_axes(page: Entry, line: _Line) -> None:
    shown = [a for a in AXES if a in page.axes]
    if shown:
        line("\nAxes", "bold cyan")
    for axis in shown:
        line(f"{AXES[axis]}: {', '.join(label for _, label in page.axes[axis])}", "", 2)
