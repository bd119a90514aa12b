"""The SPARQL 1.1 endpoint (https://www.w3.org/TR/sparql11-protocol/), for queries alone."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from nosograph.errors import NosographError, UsageError
from nosograph.namespaces import PREFIXES
from nosograph.query import named
from nosograph.store import uri
from nosograph.store.base import Rows, Triple
from nosograph.store.oxigraph import OxigraphStore
from nosograph.web.guarding import problem
from nosograph.web.negotiation import preferred
from nosograph.web.pool import BusyError, Pool, Result
from nosograph.web.worker import GRAPHS, needs_dataset

__all__ = ["ROUTES", "Endpoint", "written"]

_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
#: seconds that a client waits for the named graphs when they are first asked for
_PREPARING = 45
_UPDATE = "this endpoint is for reading only: it takes queries, no updates"


class _MediaError(UsageError):
    status = 415


class _ReadOnlyError(UsageError):
    status = 403


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise UsageError("the parameters are no UTF-8 text in the form name=value&name=value") from error


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"the body is not UTF-8 text: {error.reason} at byte {error.start}") from error


async def _parameters(request: Request) -> list[tuple[str, str]]:
    found = _pairs(request.scope["query_string"].decode("latin-1"))
    if request.method != "POST":
        return found
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "application/sparql-update":
        raise _ReadOnlyError(_UPDATE)
    body = _text(await request.body())
    if media == _FORM:
        return found + _pairs(body)
    if media == _QUERY:
        return [*found, ("query", body)]
    raise _MediaError(f"a query is sent by POST as {_FORM} or as {_QUERY}")


def _job(pairs: list[tuple[str, str]], accept: str) -> dict[str, Any]:
    queries = [value for name, value in pairs if name == "query"]
    if any(name == "update" for name, _ in pairs):
        raise _ReadOnlyError(_UPDATE)
    if len(queries) != 1:
        raise UsageError(f"a request carries one parameter 'query'; this one has {len(queries) or 'none'}")
    if not queries[0].strip():
        raise UsageError("the query is empty")
    default, among = ([v for n, v in pairs if n == f"{kind}-graph-uri"] for kind in ("default", "named"))
    return {"query": queries[0], "default": default, "named": among, "accept": accept}


class Endpoint:
    """Answers a query; without one, describes itself. An application of its own: look-ups need no more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await _response(request)
        except NosographError as error:
            response = problem(scope, error.status, str(error))
        await response(scope, receive, send)


async def _response(request: Request) -> ASGIApp:
    accept = request.headers.get("accept", "")
    pairs = await _parameters(request)
    if request.method != "POST" and not any(name in ("query", "update") for name, _ in pairs):
        return await _described(request, accept)
    return await _answered(request, _job(pairs, accept))


class _Whole:
    """A result as it came from the engine."""

    def __init__(self, result: Result) -> None:
        self.result = result

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        media, body = self.result.media, self.result.body
        named = f"{media}; charset=utf-8" if media.startswith("text/") else media
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", named.encode("latin-1")),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-cache"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _answered(request: Request, job: dict[str, Any]) -> ASGIApp:
    pool: Pool = request.app.state.pool
    job["layered"] = needs_dataset(job)
    if job["layered"] and not await _is_layered(request):
        message = "the named graphs are being prepared, which is done once; come back soon"
        return problem(request.scope, 503, message, {"Retry-After": "20"})

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    try:
        result = await pool.run(job, gone)
    except BusyError as busy:
        return _busy(request, busy)
    if result.status != 200:
        again = {"Retry-After": "60"} if result.status == 503 else None
        return problem(request.scope, result.status, result.error, again)
    return _Whole(result)


def _busy(request: Request, busy: BusyError) -> Response:
    return problem(request.scope, 429, str(busy), {"Retry-After": str(busy.again)})


async def _is_layered(request: Request) -> bool:
    """Tell whether the named graphs can be asked; if not, prepare them, which may take longer than a client waits."""
    state = request.app.state
    store = state.store
    if not isinstance(store, OxigraphStore) or (store.folder / "dataset").is_dir():
        return True
    making: asyncio.Future[Any] | None = getattr(state, "making", None)
    if making is None or making.done():
        making = state.making = asyncio.get_running_loop().run_in_executor(None, store.dataset)
    return bool((await asyncio.wait({making}, timeout=_PREPARING))[0])


async def _described(request: Request, accept: str) -> Response:
    media = preferred(accept, [*GRAPHS, "text/html"])
    if media == "text/html":
        return RedirectResponse("/query", 303, {"Vary": "Accept"})
    if media is None:
        return problem(request.scope, 406, f"the description of this endpoint can be had as {', '.join(GRAPHS)}")
    here = str(request.url.replace(query="", fragment=""))
    body = await asyncio.to_thread(_description, request.app.state.store, here, media)
    return Response(body, headers={"Content-Type": media, "Vary": "Accept"})


@lru_cache(maxsize=32)
def _description(store: Any, here: str, media: str) -> bytes:
    found = store.query(named("service-description").text, {"endpoint": uri(here)})
    assert not isinstance(found, (bool, Rows))
    return written(found, media)


def written(found: Any, media: str) -> bytes:
    """Write triples in a media type."""
    lines = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in sorted(found, key=_order))
    triples = [quad.triple for quad in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES)]
    form = GRAPHS[media]
    prefixes = PREFIXES if form in (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML) else None
    text = ox.serialize(triples, format=form, prefixes=prefixes)
    assert text is not None
    return text


def _order(triple: Triple) -> tuple[str, ...]:
    return tuple(part.n3() for part in triple)


ROUTES: list[BaseRoute] = [Route("/sparql", Endpoint(), methods=["GET", "POST"], name="sparql")]
