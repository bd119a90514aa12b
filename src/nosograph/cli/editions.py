"""`nosograph info` and `nosograph diff`."""

from __future__ import annotations

import click

from nosograph.answers.editions import diff as compare
from nosograph.answers.editions import info as about
from nosograph.cli.common import Output, console, output_options, store_options
from nosograph.store import Store

__all__ = ["diff", "info"]

_SHOWN = 20


@click.command()
@output_options("json", "table")
@store_options
def info(output: Output, store: Store) -> None:
    """Show what is loaded: editions, layers with their triples, sources with licence, dates covered."""
    found = about(store)
    if not output.is_table:
        output.json(found)
        return
    out = console()
    out.print(f"{found['reportable']:,} reportable codes in edition {found['edition']}; {found['triples']:,} triples")
    out.print(f"validity known for dates of service {found['dates']['from']} to {found['dates']['to']}")
    output.rows(found["editions"], ("name", "title", "from", "to"), "Editions")
    layers = [{**row, "triples": f"{row['triples']:,}"} for row in found["layers"]]
    output.rows(layers, ("title", "triples", "source", "graph"), "Layers")
    output.rows(found["sources"], ("name", "title", "publisher", "licence"), "Sources")
    if found["coverage"]:
        columns = tuple(c for c in found["coverage"][0] if c not in ("title", "cause_phrase", "cause_scope"))
        coverage = [{k: f"{v:,}" if isinstance(v, int) else v for k, v in row.items()} for row in found["coverage"]]
        output.rows(coverage, columns, "Codes with each axis, and codes told apart")
    if found["remainder"]:
        output.rows(found["remainder"], ("edition", "element", "count"), "Not in the graph")


@click.command()
@click.argument("before", metavar="EDITION")
@click.argument("after", metavar="EDITION")
@output_options("json", "table")
@store_options
def diff(before: str, after: str, output: Output, store: Store) -> None:
    """Show what changed between two editions: codes added, deleted, retitled; notes changed."""
    found = compare(store, before, after)
    if not output.is_table:
        output.json(found.as_json())
        return
    parts = found.as_json()
    for key in ("added", "deleted", "retitled", "notes_added", "notes_deleted"):
        rows = parts[key]
        if rows:
            more = f", the first {_SHOWN}; --json lists all" if len(rows) > _SHOWN else ""
            output.rows(rows[:_SHOWN], tuple(rows[0]), f"{key.replace('_', ' ')}: {len(rows):,}{more}")
        else:
            console().print(f"{key.replace('_', ' ')}: none")
