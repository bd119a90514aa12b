"""`nosograph guidance`."""

from __future__ import annotations

import click

from nosograph.answers.guidance import guidance_below
from nosograph.cli.common import Output, output_options, store_options
from nosograph.sources.guidance import AXES, KINDS
from nosograph.store import Store

__all__ = ["guidance"]

_COLUMNS = ("code", "severity", "kind", "rule", "text")


@click.command()
@click.argument("entry")
@click.option("--kind", type=click.Choice(KINDS), help="Only pitfalls, tips, what to document, or questions.")
@click.option("--axis", type=click.Choice(AXES), help="Only what is about one axis.")
@click.option("--rule", help="Only what one rule finds, by its name as `show` prints it.")
@output_options("json", "table", "csv", "tsv")
@store_options
def guidance(entry: str, kind: str | None, axis: str | None, rule: str | None, output: Output, store: Store) -> None:
    """Ask rules of guidance of all codes below an entry: all pitfalls about side in chapter 13."""
    if (kind, axis, rule) == (None, None, None):
        raise click.UsageError("name a --kind, an --axis or a --rule: all rules on all codes say too much at once")
    found = [g.as_json() for g in guidance_below(store, entry, rule=rule, kind=kind, axis=axis)]
    if output.form == "json":
        output.json(found)
    else:
        output.rows(found, _COLUMNS)
