"""`nosograph draw`."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.answers.picture import LIMIT
from nosograph.cli.common import store_options
from nosograph.drawing import ENDINGS
from nosograph.drawing import draw as drawn
from nosograph.store import Store

__all__ = ["draw"]


def _with_ending(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{path.name} has none of the endings {', '.join(ENDINGS[:-1])} and {ENDINGS[-1]}.")
    return path


@click.command()
@click.argument("code")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_with_ending,
    metavar="FILE",
    help="A file that ends in .svg, .png or .html. Default: SVG to stdout.",
)
@click.option("--family", is_flag=True, help="Draw the code's family: sites by causes, or by sides.")
@click.option("--depth", type=click.IntRange(0, 6), default=1, show_default=True, help="Levels below the code.")
@click.option("--siblings/--no-siblings", default=True, help="What stands beside the code (default: shown).")
@click.option("--notes/--no-notes", default=True, help="Exclusions and instructions (default: shown).")
@click.option(
    "--limit",
    type=click.IntRange(10, 400),
    default=LIMIT,
    show_default=True,
    help="About how many nodes at most; the rest is folded, and the picture says so.",
)
@store_options
def draw(
    code: str,
    path: Path | None,
    family: bool,
    depth: int,
    siblings: bool,
    notes: bool,
    limit: int,
    store: Store,
) -> None:
    """Draw a code's place in the hierarchy: what is above, beside and below it, and the notes that hold for it."""
    picture = drawn(store, code, family=family, depth=depth, siblings=siblings, notes=notes, limit=limit)
    if path is None:
        click.echo(picture.svg(), nl=False)
        return
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(picture.write(path.suffix.lower()))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
