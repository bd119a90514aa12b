"""What the pages share: the edition and date of each, errors that say what to do next, what is kept for a store."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from nosograph.answers.suggest import suggest
from nosograph.errors import NosographError, UnknownCodeError, UnknownNameError, UsageError
from nosograph.html import render
from nosograph.notation import normalise
from nosograph.query import run
from nosograph.store import Store
from nosograph.version import VERSION

__all__ = ["document", "json_problem", "kept", "page_route", "store_of", "unknown_address", "with_titles"]

Handler = Callable[[Request], Response]
_NOT_WORDS = re.compile(r"[^\w.]+")
_LONGEST = 100
#: what addresses name: if it is unknown, there is no such page
_ADDRESSES = ("rule of guidance", "query")
_HEADINGS = {400: "This cannot be asked so", 404: "There is no such page", 500: "The data cannot be read"}
#: what never changes for an open store and takes long to find
_MAKING = threading.RLock()
_KEPT: WeakKeyDictionary[Store, dict[str, Any]] = WeakKeyDictionary()


def store_of(request: Request) -> Store:
    """Return the store that the application serves."""
    found: Store = request.app.state.store
    return found


def kept(store: Store, name: str, make: Callable[[Store], Any]) -> Any:
    """Return what is known under a name for a store; made once."""
    with _MAKING:
        known = _KEPT.setdefault(store, {})
        if name not in known:
            known[name] = make(store)
        return known[name]


def _edition(store: Store) -> dict[str, str | None]:
    return next((r for r in run(store, "editions") if r["name"] == store.edition), {})


def _about(store: Store) -> dict[str, str | None]:
    edition = kept(store, "edition", _edition)
    day = date.today().isoformat()
    return {
        "edition": store.edition or "of the endpoint",
        "from": edition.get("from"),
        "to": edition.get("to"),
        "title": edition.get("title"),
        "today": day,
        "version": VERSION,
    }


def document(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Write a page; every page knows its edition, its date and which part of the site it is."""
    here = "/" + request.url.path.split("/", 2)[1]
    text = render(template, about=_about(store_of(request)), here=here, **context)
    return HTMLResponse(text, status, {"Cache-Control": "no-cache"})


def with_titles(store: Store, codes: tuple[str, ...]) -> list[Any]:
    """Return codes with their titles, as far as there are any."""
    return [s for code in codes for s in suggest(store, code, 1) if s.code == code]


def _no_code(request: Request) -> str:
    """Return what stands in the place of a code and has not the form of one, empty if nothing does."""
    typed: str = request.path_params.get("code", "")
    try:
        return "" if not typed or normalise(typed) else typed
    except UsageError:
        return typed


def _problem(request: Request, error: NosographError) -> Response:
    status, near, heading = error.status, [], _HEADINGS.get(error.status, "Something went wrong")
    store = store_of(request)
    if isinstance(error, UnknownCodeError):
        heading, near = f"No code {error.code}", with_titles(store, error.near)
    elif isinstance(error, UnknownNameError) and error.what in _ADDRESSES:
        status, heading = 404, _HEADINGS[404]
    elif typed := _no_code(request):
        status, heading = 404, "This is no code"
        near = list(suggest(store, _NOT_WORDS.sub(" ", typed[:_LONGEST]), 8))
    # What is wrong with the store is for the log of its owner, not for whoever asks.
    message = str(error) if status < 500 else "The store behind these pages cannot be read. Please tell its owner."
    return document(request, "error", status, shown=status, heading=heading, message=message, near=near)


def page_route(handler: Handler) -> Handler:
    """Return a handler whose expected errors are pages that say what to do next."""

    def answered(request: Request) -> Response:
        try:
            return handler(request)
        except NosographError as error:
            return _problem(request, error)

    return answered


def json_problem(handler: Handler) -> Handler:
    """Return a handler of JSON whose expected errors are JSON."""

    def answered(request: Request) -> Response:
        try:
            return handler(request)
        except NosographError as error:
            message = str(error) if error.status < 500 else "the store cannot be read"
            return JSONResponse({"error": message}, error.status)

    return answered


def unknown_address(request: Request) -> Response:
    """Answer an address that is no page, with what its words may have meant."""
    words = _NOT_WORDS.sub(" ", request.url.path[:_LONGEST])
    near = list(suggest(store_of(request), words, 5))
    message = "Nothing is served at this address."
    return document(request, "error", 404, shown=404, heading=_HEADINGS[404], message=message, near=near)
