"""The web application: one read-only store, and the routes of each part behind one guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from nosograph.answers.find import Question, find
from nosograph.errors import NosographError
from nosograph.store import Store
from nosograph.store.oxigraph import OxigraphStore
from nosograph.web import linked, pages, rest, sparql
from nosograph.web.guarding import Guarded, problem
from nosograph.web.kept import Kept
from nosograph.web.limits import Limits
from nosograph.web.pool import Pool

__all__ = ["application"]


#: handlers that run beside each other in one process: they share one interpreter
_THREADS = 4


def application(
    store: Store, *, limits: Limits | None = None, hosts: Sequence[str] | None = None, warm: bool = False
) -> Starlette:
    """Return the application over a store; handlers find it as `request.app.state.store`.

    `hosts` are the names by which it may be called (any, if None). The processes for queries start with the server, or
    with the first query; `warm` prepares what else the first callers would wait for.
    """
    limits = limits or Limits()
    app = Starlette(
        routes=[*sparql.ROUTES, *rest.ROUTES, *linked.ROUTES, *pages.ROUTES],
        middleware=[Middleware(Guarded, limits=limits, hosts=hosts)],
        exception_handlers={NosographError: _told, HTTPException: _http},
        lifespan=_lifespan,
    )
    app.state.store, app.state.limits = store, limits
    app.state.pool = Pool(store, limits)
    app.state.warm = warm
    app.state.kept = Kept(limits.kept_documents)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    pool: Pool = app.state.pool
    await pool.start()
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    warming = asyncio.ensure_future(asyncio.to_thread(_warm, app.state.store)) if app.state.warm else None
    if warming and isinstance(app.state.store, OxigraphStore):
        await warming  # another store may take minutes to tell what the search index is drawn from
    try:
        yield
    finally:
        pool.close()


def _warm(store: Store) -> None:
    """Read the search index, draw the suggestions, and fill what the answers keep."""
    with suppress(NosographError):
        find(store, Question.from_json({"text": "fracture"}))
        pages.warm(store)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, NosographError)
    if error.status >= 500:
        raise error  # for the log; the client is told no more than a mark
    return problem(request.scope, error.status, str(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = {404: "nothing is served at this address", 405: "this address does not take that method"}
    headers = dict(error.headers or {})
    return problem(request.scope, error.status_code, message.get(error.status_code, error.detail), headers)
