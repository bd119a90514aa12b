"""`nosograph show`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import click

from nosograph.answers.entries import Entry
from nosograph.answers.guidance import Guidance
from nosograph.answers.page import Page, page
from nosograph.cli.common import Output, console, output_options, store_options
from nosograph.store import Store

__all__ = ["show"]

_KINDS = {
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
_MARKS = {"high": "!!", "medium": "! ", "low": "- "}
#: axes in the order in which they are shown, with their names
_AXES = {
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


def _print(shown: Page) -> None:
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
    _print_guidance("What to watch", shown.first, line)
    _print_guidance("What the chart must say", shown.documentation, line)
    _print_axes(one, line)
    line("\nPlace in the list", "bold cyan")
    for depth, step in enumerate(one.path):
        line(f"{step.code}  {step.title}", "dim", 2 * (depth + 1))
    _print_entry(one, line)
    # What notes say is printed with the notes.
    _print_guidance("Further", [g for g in shown.further if g.axis != "note"], line)
    _print_questions(shown, line)
    if shown.guidelines:
        line("\nGuidelines on it  [Official Guidelines FY2026; summaries ours]", "bold cyan")
    for section in shown.guidelines:
        line(f"{section.number}  {section.title}  [{section.governs}]", "", 2)


def _print_guidance(heading: str, statements: Sequence[Guidance], line: Any) -> None:
    if statements:
        line(f"\n{heading}", "bold cyan")
    for statement in statements:
        mark = _MARKS[statement.severity] if statement.kind != "documentation" else "-"
        line(f"{mark} {statement.text}  [{statement.rule}; {statement.section.number}]", "", 2)


def _print_questions(shown: Page, line: Any) -> None:
    if shown.questions:
        line("\nQuestions", "bold cyan")
    for question in shown.questions:
        line(question.title, "bold", 2)
        line(f"{question.text}  [{question.section.number}]", "", 4)


def _print_entry(page: Entry, line: Any) -> None:
    for inherited, label in ((False, "Its own notes"), (True, "Inherited notes")):
        notes = [n for n in page.notes if n.inherited == inherited]
        if notes:
            line(f"\n{label}", "bold cyan")
        for (kind, owner), group in groupby(notes, key=lambda n: (n.kind, n.owner)):
            line(f"{_KINDS.get(kind, kind)}" + (f"  [from {owner}]" if inherited else ""), "cyan", 2)
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
    if page.ms_drg:
        line(f"\nMS-DRG {page.ms_drg[0]['version']}, as principal diagnosis", "bold cyan")
    for row in page.ms_drg:
        line(f"MDC {row['mdc']}  DRG {row['drg']}  {row['title']}", "", 2)


def _print_axes(page: Entry, line: Any) -> None:
    shown = [a for a in _AXES if a in page.axes]
    if shown:
        line("\nAxes", "bold cyan")
    for axis in shown:
        line(f"{_AXES[axis]}: {', '.join(label for _, label in page.axes[axis])}", "", 2)


@click.command()
@click.argument("code")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Date of service (default: today).")
@output_options("json", "table", "ttl", "html")
@store_options
def show(code: str, on: datetime | None, output: Output, store: Store) -> None:
    """Show everything about one code, category, block or chapter: what to watch, what the chart must say, notes, siblings."""
    if output.form == "ttl":
        from nosograph.answers.export import export_page

        export_page(store, sys.stdout.buffer, code)
        return
    shown = page(store, code, on.date() if on else None)
    if output.is_table:
        _print(shown)
    elif output.form == "html":
        from nosograph.html import code_page

        click.echo(code_page(shown))
    else:
        output.json(shown.as_json())
