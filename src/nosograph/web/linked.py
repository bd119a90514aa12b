"""Codes, sites, causes, notes and citations as linked data: each thing has a document, in several forms."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from nosograph.answers.entries import entry
from nosograph.answers.export import write_jsonld
from nosograph.errors import NosographError, UsageError
from nosograph.namespaces import BASE, NG, PREFIXES
from nosograph.notation import CODE_NAMESPACE, code_iri, iri_notation, normalise
from nosograph.query import named
from nosograph.store import Store, Term, uri
from nosograph.store.base import Rows, Triple
from nosograph.web import pages
from nosograph.web.documents import Render, answered, split_suffix
from nosograph.web.guarding import problem
from nosograph.web.kept import Document
from nosograph.web.pages_common import document as document_page
from nosograph.web.sparql import written

__all__ = ["ROUTES"]

_VOCABULARY = NG.removesuffix("#")
_DATA_SET = BASE + "dataset"
_RDF = ("text/turtle", "application/ld+json", "application/n-triples")


class _UnknownThingError(NosographError, LookupError):
    """The graph says nothing of an IRI."""

    status = 404


def _triples(store: Store, name: str, **values: str) -> list[Triple]:
    bindings: dict[str, Term | list[Term]] = {key: uri(value) for key, value in values.items()}
    found = store.query(named(name).text, bindings)
    return [] if isinstance(found, (bool, Rows)) else list(dict.fromkeys(found))


def _rdf(media: str, triples: Callable[[], list[Triple]]) -> Document:
    found = triples()
    if media != "application/ld+json":
        return Document(written(found, media), media)
    out = io.BytesIO()
    native = [q.triple for q in ox.parse(written(found, "application/n-triples"), format=ox.RdfFormat.N_TRIPLES)]
    write_jsonld(native, out)
    return Document(out.getvalue(), media)


def _forms(html: Render, triples: Callable[[], list[Triple]]) -> dict[str, Render]:
    return {"text/html": html, **{media: partial(_rdf, media, triples) for media in _RDF}}


def _usual(name: str) -> str:
    """Return the usual spelling of a code; what is no code stands for itself."""
    try:
        return normalise(name)
    except UsageError:
        return name


async def code_document(request: Request) -> Response:
    """Answer with the document of a code: its page, its triples, or its JSON."""
    store: Store = request.app.state.store
    asked = request.path_params["code"]
    name, suffixed = split_suffix(asked)
    request.scope["path_params"]["code"] = name
    if (usual := _usual(name)) != name:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/code/{quote(usual)}{asked[len(name) :]}{query}", 307)

    def triples() -> list[Triple]:
        code = entry(store, normalise(name)).code
        return _triples(store, "code-document", code=code_iri(code))

    def as_json() -> Document:
        from nosograph.web.rest import code_json

        return Document(code_json(store, name), "application/json")

    forms = {**_forms(partial(_code_html, request), triples), "application/json": as_json}
    try:
        address, iri = f"/code/{normalise(name)}", code_iri(normalise(name))
    except UsageError:
        address, iri = f"/code/{name}", str(request.url)
    return await answered(request, address, suffixed, iri, forms)


async def _code_html(request: Request) -> Document:
    from starlette.concurrency import run_in_threadpool

    made = await run_in_threadpool(pages.code_document, request)
    return Document(bytes(made.body), made.headers.get("content-type", "text/html; charset=utf-8"), made.status_code)


async def document(request: Request) -> Response:
    """Answer with what the graph says of one of the project's own things, or with its vocabulary."""
    store: Store = request.app.state.store
    path, suffixed = split_suffix(request.path_params["path"])
    thing = BASE + path
    endpoint = str(request.url_for("sparql"))

    def triples() -> list[Triple]:
        if thing == _VOCABULARY:
            found = _triples(store, "vocabulary")
        elif thing == _DATA_SET:
            found = _triples(store, "data-set", endpoint=endpoint)
        else:
            found = _triples(store, "document", thing=thing)
        if not found:
            raise _UnknownThingError(f"the graph says nothing of {thing[:200]}")
        return found

    return await answered(
        request, f"/resource/{path}", suffixed, thing, _forms(lambda: _page(request, thing, triples()), triples)
    )


def _written_short(term: Term) -> str:
    prefix = next((p for p, space in PREFIXES.items() if term.kind == "uri" and term.value.startswith(space)), None)
    return f"{prefix}:{term.value.removeprefix(PREFIXES[prefix])}" if prefix else term.value


def _local(iri: str) -> str | None:
    """Return the address of the document of a thing here, None if there is none."""
    if iri.startswith(CODE_NAMESPACE):
        return f"/code/{quote(iri_notation(iri))}"
    return f"/resource/{quote(iri.removeprefix(BASE), safe='/#')}" if iri.startswith(BASE) else None


def _cell(term: Term, names: Mapping[str, str]) -> dict[str, str | None]:
    """Return what is shown of a term: its name or short form, and where it leads."""
    is_web = term.kind == "uri" and term.value.startswith("http")
    address = (_local(term.value) or term.value) if is_web else None
    return {"text": names.get(term.value) or _written_short(term), "address": address}


def _page(request: Request, thing: str, found: list[Triple]) -> Document:
    """Return a page with the statements about a thing."""
    names = {s.value: o.value for s, p, o in found if p.value.endswith(("#prefLabel", "#label"))}
    has_subjects = thing in (_VOCABULARY, _DATA_SET)
    rows = [
        (_cell(s, names), _cell(p, {}), _cell(o, names))
        for s, p, o in sorted(found, key=lambda t: (t[0].value != thing, *(part.n3() for part in t)))
        if s.value == thing or has_subjects
    ]
    made = document_page(
        request,
        "resource",
        title=names.get(thing, thing),
        iri=thing,
        address=_local(thing),
        rows=rows,
        has_subjects=has_subjects,
    )
    return Document(bytes(made.body), made.headers["content-type"])


async def resource(request: Request) -> Response:
    """Lead from the IRI of a thing to its document."""
    iri = request.query_params.get("iri", "")
    if not iri or any(c <= " " for c in iri):
        raise UsageError("name a thing: /resource?iri=https://w3id.org/nosograph/site/calf")
    local = _local(iri)
    if local is None:
        return problem(request.scope, 404, f"no document here describes {iri[:200]}")
    return _see_other(local)


async def thing(request: Request) -> Response:
    """Lead from a thing to its document: a thing is not the page about it (303)."""
    return _see_other(f"/resource/{quote(request.path_params['path'])}")


async def data_set(_: Request) -> Response:
    """Lead to the description of the data set."""
    return _see_other("/resource/dataset")


def _see_other(address: str) -> Response:
    return RedirectResponse(address, 303, {"Vary": "Accept"})


ROUTES: list[BaseRoute] = [
    Route("/code/{code}", code_document, name="code"),
    Route("/resource", resource),
    Route("/resource/{path:path}", document),
    Route("/id/{path:path}", thing),
    Route("/.well-known/void", data_set),
]
