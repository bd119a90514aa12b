"""`nosograph compare` and `nosograph family`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from nosograph.answers.comparison import ANSWERS, Comparison, Said
from nosograph.answers.comparison import compare as compared
from nosograph.answers.entries import AXES
from nosograph.answers.family import Family
from nosograph.answers.family import family as family_of
from nosograph.cli.common import Output, console, output_options, store_options
from nosograph.notation import code_iri
from nosograph.store import Store

__all__ = ["compare", "family"]

#: how many codes a cell on a terminal names
_MOST = 8
_STYLES = {"no": "red", "unless-unrelated": "red", "ordered": "yellow", "yes": "green", "if-documented": "yellow"}


def _print_said(said: Said, known: frozenset[str]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    guideline = f"  [{said.guideline}]" if said.guideline else ""
    out.print(Padding(Text(f"{said.text}{guideline}"), (0, 0, 0, 2)))
    for proof in said.evidence:
        if proof.iri not in known and not (said.guideline and proof.iri.endswith(f"/{said.guideline}")):
            out.print(Padding(Text(f"“{proof.text}”  {proof.iri.rpartition('/')[2]}", "dim"), (0, 0, 0, 4)))


def _print(found: Comparison) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    for one in (found.a, found.b):
        out.print(Text(f"{one.code}  {one.title}", "bold"))
    near = f"{found.above[0].code}  {found.above[0].title}" if found.above else "nothing: two chapters"
    out.print(Text(f"above both: {near}\n", "dim"))
    rows = [
        {
            "axis": axis.kind.replace("-", " ") if axis.kind else AXES.get(axis.axis, axis.axis),
            found.a.code: ", ".join(label for _, label in axis.a),
            found.b.code: ", ".join(label for _, label in axis.b),
            "": "" if axis.agrees else "differ",
        }
        for axis in sorted(found.axes, key=lambda axis: axis.agrees)
    ]
    if rows:  # a code compared with itself has one column
        Output("table").rows(rows, tuple(dict.fromkeys(("axis", found.a.code, found.b.code, ""))))
    if found.notes:
        out.print(Text("Notes between them", "bold cyan"))
    for note in found.notes:
        out.print(Text(f"  {note.kind} at {note.owner}, for {note.code}, names {note.target}", "cyan"))
        out.print(Padding(Text(note.text), (0, 0, 0, 4)))
    # the titles stand at the head, and the notes have been quoted
    titles = frozenset((code_iri(found.a.code), code_iri(found.b.code), *(note.iri for note in found.notes)))
    answer = found.together.answer
    first = f": {found.together.first} first" if found.together.first else ""
    out.print(Text(f"\nBoth on one claim: {ANSWERS.get(answer, answer)}{first}", f"bold {_STYLES.get(answer, '')}"))
    for said in found.together.reasons:
        _print_said(said, titles)
    if found.choice:
        out.print(Text("\nWhen to use which", "bold cyan"))
    for said in found.choice:
        _print_said(said, titles)


@click.command()
@click.argument("code_a", metavar="A")
@click.argument("code_b", metavar="B")
@output_options("json", "table")
@store_options
def compare(code_a: str, code_b: str, output: Output, store: Store) -> None:
    """Show what tells two codes apart: axes, notes between them, whether both may be reported, when to use which."""
    found = compared(store, code_a, code_b)
    if output.is_table:
        _print(found)
    else:
        output.json(found.as_json())


def _cell(codes: Sequence[str]) -> str:
    shown = ", ".join(codes[:_MOST])
    return shown if len(codes) <= _MOST else f"{shown} and {len(codes) - _MOST} more"


def _print_family(found: Family) -> None:
    title = f"{found.code}  {found.title}: site by {found.by}"
    rows = [{"": row, **{column: _cell(found.cell(row, column)) for column in found.columns}} for row in found.rows]
    if rows:
        Output("table").rows(rows, ("", *found.columns), title)
    else:
        console().print(f"{title}: no code beside it is told apart so")


@click.command()
@click.argument("code")
@click.option(
    "--by", type=click.Choice(["side", "cause"]), default="side", show_default=True, help="What the columns are."
)
@output_options("json", "table")
@store_options
def family(code: str, by: str, output: Output, store: Store) -> None:
    """Show the codes that differ from one by site and side, or by site and cause, as a table.

    Of a category or subcategory, all codes below it; those that differ in the 7th character stand as one.
    """
    found = family_of(store, code, by)
    if output.is_table:
        _print_family(found)
    else:
        output.json(found.as_json())
