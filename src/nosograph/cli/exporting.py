"""`nosograph export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nosograph.answers.export import FORMATS
from nosograph.answers.export import export as write
from nosograph.cli.common import progress, store_options
from nosograph.store import Store

__all__ = ["export"]


@click.command()
@click.argument("codes", nargs=-1)
@click.option("--format", "form", required=True, type=click.Choice(FORMATS))
@click.option("-o", "--output", "path", type=click.Path(path_type=Path), metavar="FILE", help="Default: stdout.")
@store_options
def export(codes: tuple[str, ...], form: str, path: Path | None, store: Store) -> None:
    """Write the whole graph, or the part around some codes: what is above and below them, and their notes."""
    if path is None:
        write(store, form, sys.stdout.buffer, codes)
        return
    partial = path.with_name(path.name + ".part")
    with progress(click.get_current_context().params["quiet"]) as report:
        report(f"writing {path.name}", 0.0)
        try:
            write(store, form, partial, codes)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        report(f"writing {path.name}", 1.0)
