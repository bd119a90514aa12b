"""The web application: one read-only store, and the routes of each part."""

from __future__ import annotations

from starlette.applications import Starlette

from nosograph.store import Store
from nosograph.web import linked, pages, rest, sparql

__all__ = ["application"]


def application(store: Store) -> Starlette:
    """Return the application over a store; handlers find it as `request.app.state.store`."""
    app = Starlette(routes=[*sparql.ROUTES, *rest.ROUTES, *linked.ROUTES, *pages.ROUTES])
    app.state.store = store
    return app
