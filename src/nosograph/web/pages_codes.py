"""Search, the page of a code, comparison and the family table."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from nosograph.answers.branch import blocks, chapters
from nosograph.answers.comparison import ANSWERS, compare
from nosograph.answers.entries import Entry
from nosograph.answers.family import family
from nosograph.answers.page import page
from nosograph.answers.suggest import suggest
from nosograph.errors import UsageError
from nosograph.html import notes_of
from nosograph.notation import code_iri, normalise
from nosograph.query import catalogue, named
from nosograph.store.bind import bind
from nosograph.version import VERSION
from nosograph.web.pages_common import document, json_problem, kept, page_route, store_of

__all__ = ["code_document", "compared", "comparing", "family_table", "home", "suggestions"]

_LISTED, _SUGGESTED = 30, 8
#: queries of the catalogue on one code that a reader of its page may want first
_ASKED = ("axes", "notes", "ancestors", "children", "variants", "validity", "slice")


def home(request: Request) -> Response:
    """Search: titles and other names by words, codes by their beginning; a whole code is its page."""
    store, q = store_of(request), " ".join(request.query_params.get("q", "").split())[:200]
    if not q:
        return document(request, "home", q="", found=(), chapters=kept(store, "chapters", chapters))
    found = suggest(store, q, _LISTED)
    if _is_code(q, [s.code for s in found]):
        return RedirectResponse(f"/code/{quote(normalise(q))}", 303)
    return document(request, "home", q=q, found=found, chapters=())


def _is_code(typed: str, found: list[str]) -> bool:
    try:
        code = normalise(typed)
    except UsageError:
        return False
    return code in found or "-" in code


@json_problem
def suggestions(request: Request) -> Response:
    """Answer while someone types."""
    found = suggest(store_of(request), request.query_params.get("q", ""), _SUGGESTED)
    return JSONResponse([s.as_json() for s in found], headers={"Cache-Control": "max-age=300"})


def _citation(one: Entry) -> str:
    title = f", {one.title}" if one.title else ""
    return (
        f"ICD-10-CM {one.code}{title}. Tabular List, edition {one.edition}, CDC/NCHS. "
        f"Read with nosograph {VERSION} on {date.today().isoformat()}, {code_iri(one.code)}"
    )


def _sparql(name: str, code: str) -> str:
    query = named(name)
    return bind(_without_header(query.text), query.bindings({"code": code}))


def _without_header(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+"))


def _day(request: Request) -> date | None:
    given = request.query_params.get("date")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise UsageError(f"{given!r:.40} is not a date like 2026-11-22") from error


def _code(request: Request) -> Response:
    store, typed = store_of(request), request.path_params["code"]
    code = normalise(typed)
    if code != typed:
        rest = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/code/{quote(code)}{rest}", 307)
    shown = page(store, code, _day(request))
    return document(
        request,
        "code",
        page=shown,
        one=shown.entry,
        notes=notes_of(shown.entry),
        iri=code_iri(code),
        citation=_citation(shown.entry),
        sparql=_sparql("slice", code),
        ranges=kept(store, "ranges", blocks),
        queries=[(n, catalogue()[n].summary) for n in _ASKED if n in catalogue()],
    )


#: the HTML of a code, category, block or chapter, whatever way it is written
code_document = page_route(_code)


def comparing(request: Request) -> Response:
    """Ask for two codes."""
    a, b = (request.query_params.get(name, "").strip()[:40] for name in "ab")
    if a and b:
        return RedirectResponse(f"/compare/{quote(normalise(a))}/{quote(normalise(b))}", 303)
    return document(request, "compare", found=None, a=a, b=b, words=ANSWERS)


def compared(request: Request) -> Response:
    """What tells two codes apart."""
    found = compare(store_of(request), request.path_params["a"], request.path_params["b"])
    return document(request, "compare", found=found, a=found.a.code, b=found.b.code, words=ANSWERS)


def family_table(request: Request) -> Response:
    """The codes that differ from one by site and side, or site and cause."""
    code = request.path_params.get("code")
    if code is None:
        typed = request.query_params.get("code", "")
        return RedirectResponse(f"/family/{quote(normalise(typed))}", 303)
    by = request.query_params.get("by", "side")
    if by not in ("side", "cause"):
        raise UsageError("a family is told apart by side or by cause")
    return document(request, "family", found=family(store_of(request), code, by))
