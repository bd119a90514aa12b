"""Documents in several forms: chosen by Accept or suffix, validated by ETag, kept once rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from nosograph.store import Store
from nosograph.version import VERSION
from nosograph.web.guarding import problem
from nosograph.web.kept import Document, Kept
from nosograph.web.negotiation import preferred

__all__ = ["SUFFIXES", "answered", "split_suffix"]

#: suffixes of documents, and the media types that they stand for
SUFFIXES = {
    "html": "text/html",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "json": "application/json",
}
Render = Callable[[], Document | Awaitable[Document]]


def split_suffix(name: str) -> tuple[str, str | None]:
    """Return a name without its suffix, and the media type of the suffix if there is one.

    >>> split_suffix("M61.08.ttl"), split_suffix("M61.08")
    (('M61.08', 'text/turtle'), ('M61.08', None))
    """
    stem, _, suffix = name.rpartition(".")
    return (stem, SUFFIXES[suffix]) if stem and suffix in SUFFIXES else (name, None)


def _identity(store: Store) -> str:
    """Return what tells this state of this store from all others."""
    place = getattr(store, "folder", None) or getattr(store, "address", "")
    return f"{getattr(place, 'name', place)} {store.edition}"


def _tag(store: Store, key: object) -> str:
    told = repr((_identity(store), VERSION, date.today().isoformat(), key))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


def _links(address: str, media: str, renderers: Mapping[str, object], iri: str) -> str:
    links = [f'<{quote(iri, safe=":/#?&=%")}>; rel="canonical"']
    for suffix, other in SUFFIXES.items():
        if other in renderers and other != media:
            links.append(f'<{quote(address)}.{suffix}>; rel="alternate"; type="{other}"')
    if "text/turtle" in renderers:
        links.append(f'<{quote(address)}.ttl>; rel="describedby"; type="text/turtle"')
    return ", ".join(links)


async def answered(
    request: Request, address: str, suffixed: str | None, iri: str, renderers: Mapping[str, Render]
) -> Response:
    """Answer with the document at an address in the form that is wanted.

    `renderers` make each form on offer, the preferred one first; `suffixed` is the form that the address itself names.
    """
    media = suffixed or preferred(request.headers.get("accept", ""), list(renderers))
    if media is None or media not in renderers:
        return problem(request.scope, 406, f"this can be had as {', '.join(renderers)}", {"Vary": "Accept"})
    state = request.app.state
    key = (address, media, request.url.query)
    tag = _tag(state.store, key)
    headers = {
        "Vary": "Accept",
        "ETag": tag,
        "Link": _links(address, media, renderers, iri),
        "Cache-Control": "no-cache",
        "X-Data": "closed" if media == "text/html" else "open",
    }
    known = [t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    kept: Kept = state.kept
    document = kept.find(tag)
    headers["Server-Timing"] = "kept" if document else "made"
    if document is None:
        document = await _made(renderers[media])
        if document.status != 200:
            return Response(document.body, document.status, {"Vary": "Accept"}, document.media)
        kept.keep(tag, document)
    return Response(document.body, headers={**headers, "Content-Type": document.media})


async def _made(render: Render) -> Document:
    made: Document | Awaitable[Document] = await run_in_threadpool(render)
    return made if isinstance(made, Document) else await made
