"""`nosograph validate`."""

from __future__ import annotations

import sys

import click

from nosograph.cli.common import Output, console, output_options, store_options
from nosograph.errors import UsageError
from nosograph.store import Store
from nosograph.validate.engines import Engine
from nosograph.validate.engines import validate as check
from nosograph.validate.report import Report
from nosograph.validate.shapes import load_shapes

__all__ = ["validate"]

_SHOWN = 20


def _print(report: Report) -> None:
    from rich.text import Text

    out = console()
    labels = {shape.iri: shape.label for shape in load_shapes().shapes}
    rows = [{"shape": labels.get(iri, iri), "looked at": f"{count:,}"} for iri, count in report.targets.items()]
    Output("table").rows(rows, ("shape", "looked at"))
    if report.conforms:
        out.print(Text("The graph conforms to every shape.", "green"))
        return
    out.print(Text(f"{len(report.results):,} violations", "bold red"))
    for result in report.results[:_SHOWN]:
        out.print(Text(result.message, "red"))
        out.print(Text(f"  at {result.value or result.focus}  by {result.source_shape}", "dim"))
    if len(report.results) > _SHOWN:
        out.print(f"and {len(report.results) - _SHOWN:,} more; --json lists all")


@click.command()
@click.option("--engine", type=click.Choice(["compiled", "pyshacl"]), default="compiled", show_default=True)
@output_options("json", "table", "ttl")
@store_options
def validate(engine: Engine, output: Output, store: Store) -> None:
    """Check the whole graph of an edition against its shapes. Exit code 1 if it does not conform.

    Every shape says how many nodes it looked at; one that found none is a violation. --engine pyshacl is the reference: it
    gives the same results and takes hours.
    """
    from nosograph.store.oxigraph import OxigraphStore

    if not isinstance(store, OxigraphStore):
        raise UsageError("only the embedded store can be validated")
    files = [path for graph, path in store.layers if graph in store.graphs()]
    report = check(files, None, engine, require_all=True)
    if output.is_table:
        _print(report)
    elif output.form == "ttl":
        sys.stdout.write(report.to_rdf())
    else:
        output.json(report.as_dict())
    if not report.conforms:
        raise click.exceptions.Exit(1)
