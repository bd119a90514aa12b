"""`nosograph push`."""

from __future__ import annotations

from dataclasses import asdict

import click

from nosograph.cli.common import Output, console, ensure_built, output_options, progress

__all__ = ["push"]


@click.command()
@click.option("--endpoint", required=True, metavar="URL", help="The SPARQL 1.1 endpoint, for counting and checking.")
@click.option("--graph-store", metavar="URL", help="Load by the Graph Store Protocol at this address (the fastest).")
@click.option("--update", metavar="URL", help="Load by SPARQL update at this address (default: the endpoint itself).")
@click.option(
    "--piece", type=click.IntRange(1), metavar="N", help="Triples in a request (default: 50,000, or 1,000 by update)."
)
@click.option("--force", is_flag=True, help="Load every layer anew, even if it is there.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@output_options("json", "table")
def push(
    endpoint: str,
    graph_store: str | None,
    update: str | None,
    piece: int | None,
    force: bool,
    quiet: bool,
    output: Output,
) -> None:
    """Load the whole graph into another SPARQL engine, a named graph for each layer.

    What is there already is not sent again; an interrupted push goes on where it ended. At the end the triples of each graph
    are counted: exit code 1 if one has another number. The user and password come from NOSOGRAPH_STORE_USER and
    NOSOGRAPH_STORE_PASSWORD, or from netrc. Addresses of each engine: docs/engines.md.
    """
    from nosograph.errors import UsageError
    from nosograph.query.pushing import Target
    from nosograph.query.pushing import push as load
    from nosograph.store import Home

    if graph_store and update:
        raise UsageError("give either --graph-store or --update")
    home = Home()
    ensure_built(home, quiet)
    with progress(quiet) as report:
        done = load(home, Target(endpoint, graph_store, update, piece), report, force=force)
    is_whole = all(p.is_whole for p in done)
    if output.is_table:
        rows = [{**asdict(p), "triples": f"{p.triples:,}", "found": f"{p.found:,}"} for p in done]
        output.rows(rows, ("title", "triples", "found", "state", "graph"))
        total = sum(p.triples for p in done)
        console().print(
            f"{total:,} triples in {len(done)} graphs, all there"
            if is_whole
            else "NOT WHOLE: the graphs above whose counts differ; push again, with --force if that does not help"
        )
    else:
        layers = [{**asdict(p), "is_whole": p.is_whole} for p in done]
        output.json(
            {"endpoint": endpoint, "is_whole": is_whole, "triples": sum(p.triples for p in done), "layers": layers}
        )
    if not is_whole:
        raise click.exceptions.Exit(1)
