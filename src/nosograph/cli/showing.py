"""`nosograph show`."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from nosograph.answers.page import page
from nosograph.cli.common import Output, output_options, store_options
from nosograph.store import Store

__all__ = ["show"]


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
        from nosograph.cli.pages import print_page

        print_page(shown)
    elif output.form == "html":
        from nosograph.html import code_page

        click.echo(code_page(shown))
    else:
        output.json(shown.as_json())
