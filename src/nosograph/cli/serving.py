"""`nosograph serve`."""

from __future__ import annotations

import click

from nosograph.cli.common import store_options
from nosograph.store import Store

__all__ = ["serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on.")
@store_options
def serve(host: str, port: int, store: Store) -> None:
    """Serve web pages, linked data and a SPARQL endpoint; end with Ctrl-C."""
    import uvicorn

    from nosograph.web.app import application

    uvicorn.run(application(store), host=host, port=port)
