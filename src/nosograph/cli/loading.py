"""`nosograph load-cpt`."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.errors import UsageError

__all__ = ["load_cpt"]


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--forget", is_flag=True, help="Remove the descriptors that were loaded.")
@click.option("-q", "--quiet", is_flag=True, help="No messages on stderr.")
def load_cpt(file: Path | None, forget: bool, quiet: bool) -> None:
    """Load CPT descriptors that you are licensed to use, for your own display.

    FILE is a CSV or TSV table with the columns number and descriptor. It takes the place of what was loaded before, stays
    beside the store in $NOSOGRAPH_HOME, and is in no export, query or push. A new build keeps it.
    """
    from nosograph.store import Home
    from nosograph.store.private import forget_descriptors, load_descriptors

    if forget == (file is not None):
        raise UsageError("give either a FILE or --forget")
    home = Home()
    if file is not None:
        count = load_descriptors(home, file)
        message = f"{count:,} descriptors are shown from now on, on this computer alone"
    else:
        message = "the descriptors are removed" if forget_descriptors(home) else "no descriptors were loaded"
    if not quiet:
        click.echo(message, err=True)
