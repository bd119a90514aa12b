"""`nosograph export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click

from nosograph.answers.export import FORMATS
from nosograph.answers.export import export as write
from nosograph.answers.sssom import mapping_names, write_mapping
from nosograph.cli.common import progress, store_options
from nosograph.store import Store

__all__ = ["export"]


@click.command()
@click.argument("codes", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Required, but for --mapping.")
@click.option(
    "--mapping", type=click.Choice(mapping_names()), help="In place of the graph: a set of mappings as SSSOM."
)
@click.option("-o", "--output", "path", type=click.Path(path_type=Path), metavar="FILE", help="Default: stdout.")
@store_options
def export(codes: tuple[str, ...], form: str | None, mapping: str | None, path: Path | None, store: Store) -> None:
    """Write the whole graph, or the part around some codes: what is above and below them, and their notes."""
    if mapping and (codes or form):
        raise click.UsageError("--mapping takes neither codes nor a format: a set is written whole, as SSSOM.")
    if not mapping and not form:
        raise click.UsageError(f"Missing option '--format'. Choose from: {', '.join(FORMATS)}.")
    target = sys.stdout.buffer if path is None else path.with_name(path.name + ".part")
    if path is None or not isinstance(target, Path):
        _write(store, form, mapping, codes, target)
        return
    with progress(click.get_current_context().params["quiet"]) as report:
        report(f"writing {path.name}", 0.0)
        try:
            _write(store, form, mapping, codes, target)
            target.replace(path)
        finally:
            target.unlink(missing_ok=True)
        report(f"writing {path.name}", 1.0)


def _write(
    store: Store, form: str | None, mapping: str | None, codes: tuple[str, ...], target: Path | IO[bytes]
) -> None:
    if form:
        write(store, form, target, codes)
    elif mapping and isinstance(target, Path):
        with target.open("wb") as stream:
            write_mapping(store, mapping, stream)
    elif mapping and not isinstance(target, Path):
        write_mapping(store, mapping, target)
