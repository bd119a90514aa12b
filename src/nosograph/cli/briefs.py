"""`nosograph check-brief`."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.cli.common import Output, output_options, store_options
from nosograph.store import Store

__all__ = ["check_brief"]


class _Listed:
    """The notations of a store's edition, each asked for when needed."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __contains__(self, notation: object) -> bool:
        from nosograph.errors import UsageError
        from nosograph.query import run

        try:
            rows = run(self.store, "code-status", code=str(notation))
        except UsageError:
            return False
        return any(r["title"] and r["notation"] == notation for r in rows)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@output_options("json", "table")
@store_options
def check_brief(file: Path, output: Output, store: Store) -> None:
    """Check an editor's brief (a YAML file, see docs/briefs.md) before it is built in. Exit code 1 if something is wrong."""
    from nosograph.query import catalogue
    from nosograph.resources import resource
    from nosograph.sources.briefs import problems, read_brief
    from nosograph.sources.evidence import read_citations

    brief = read_brief(file)
    citations = read_citations(resource("data/citations.tsv"))
    found = problems(brief, _Listed(store), citations, catalogue())
    if output.is_table:
        for problem in found:
            click.echo(str(problem))
        click.echo(f"{len(brief.items)} statements, {len(found)} problems", err=True)
    else:
        rows = [{"statement": p.statement, "wrong": p.wrong, "advice": p.advice} for p in found]
        output.json({"file": str(file), "statements": len(brief.items), "problems": rows})
    if found:
        raise click.exceptions.Exit(1)
