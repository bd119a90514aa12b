"""`nosograph serve`."""

from __future__ import annotations

import click

from nosograph.cli.common import store_options
from nosograph.store import Store

__all__ = ["serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port (0: any free).")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
@click.option(
    "--query-seconds",
    default=20.0,
    show_default=True,
    type=click.FloatRange(0.1, 3600),
    help="How long a SPARQL query of a client may run.",
)
@click.option("--allow-host", "names", multiple=True, metavar="NAME", help="Another name the server may be called by.")
@store_options
def serve(host: str, port: int, workers: int, query_seconds: float, names: tuple[str, ...], store: Store) -> None:
    """Serve web pages, linked data, JSON and a SPARQL endpoint, for reading only; end with Ctrl-C.

    On a loopback address only this machine can reach it, by the names localhost, 127.0.0.1 and [::1]. On any other, every
    name is answered unless --allow-host names some.
    """
    from nosograph.answers.find_store import index_of, is_drawn
    from nosograph.store import Home
    from nosograph.web.guarding import is_loopback
    from nosograph.web.limits import Limits
    from nosograph.web.server import Served, listen
    from nosograph.web.server import serve as run

    local = ("localhost", "127.0.0.1", "[::1]", host)
    hosts = (*local, *names) if is_loopback(host) else names or None
    address = getattr(store, "address", None)
    served = Served(
        None if address else Home().path, address, store.edition, Limits(query_seconds=query_seconds), hosts
    )
    if not address and not is_drawn(store):
        click.echo("drawing the search index of this store, once ...", err=True)
        index_of(store)
    with listen(host, port) as listening:
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"serving http://{shown}:{listening.getsockname()[1]}/ (end with Ctrl-C)", err=True)
        run(served, listening, workers)
