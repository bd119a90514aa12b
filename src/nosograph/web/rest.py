"""The command's answers as JSON, described by an OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nosograph.answers.comparison import compare
from nosograph.answers.family import family
from nosograph.answers.find import Question, find
from nosograph.answers.page import page
from nosograph.answers.suggest import suggest
from nosograph.errors import UsageError
from nosograph.notation import normalise
from nosograph.sources.guidance import AXES, KINDS
from nosograph.store import Store
from nosograph.web.documents import Render, answered
from nosograph.web.guarding import problem
from nosograph.web.kept import Document
from nosograph.web.pages_common import document
from nosograph.web.parameters import Parameter, checked
from nosograph.web.pool import BusyError, Pool

__all__ = ["OPERATIONS", "ROUTES", "Operation", "code_json"]

_JSON = "application/json"
_CODE = r"[A-Za-z](?:[0-9][0-9A-Za-z]|[Aa][0-9])(?:\.?[0-9A-Za-z]{1,4})?"
_ENTRY = rf"(?:{_CODE}|[A-Z][0-9][0-9A-Z]-[A-Z][0-9][0-9A-Z])"
_SIDES, _ENCOUNTERS = ("left", "right", "bilateral"), ("initial", "subsequent", "sequela")


@dataclass(frozen=True, slots=True)
class Operation:
    """An address of the API, what it takes, and the keys that its answer has at least (a list, if there are none)."""

    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    keys: tuple[str, ...] = ()
    has_body: bool = False


def _code(name: str, about: str) -> Parameter:
    return Parameter(name, about, pattern=_ENTRY, most=12, in_path=True)


_FIND = (
    Parameter("text", "The case in plain words."),
    Parameter("condition", "The disease or injury in the chart's words."),
    Parameter("site", "A body site; may be given several times.", "several"),
    Parameter("side", "The side of the body.", among=_SIDES),
    Parameter("cause", "What brought it about."),
    Parameter("encounter", "The episode of care.", among=_ENCOUNTERS),
    Parameter("detail", "Anything else that tells codes apart."),
    Parameter("date", "Date of service.", "date"),
    Parameter("limit", "How many candidates to list.", "integer", least=1, most=10),
)
_FOUND = (
    "question",
    "understood",
    "status",
    "code",
    "title",
    "billable",
    "missing",
    "candidates",
    "reasons",
    "rejected",
)
OPERATIONS = {
    "find": Operation("/api/find", "Which code applies to a case, and why.", _FIND, _FOUND, True),
    "code": Operation(
        "/api/code/{code}",
        "Everything about one code, category, block or chapter.",
        (_code("code", "A code, with or without its dot."), Parameter("date", "Date of service.", "date")),
        ("code", "iri", "kind", "title", "reportable", "valid", "notes", "path", "guidance"),
    ),
    "compare": Operation(
        "/api/compare/{a}/{b}",
        "What tells two codes apart, and whether both may be reported.",
        (_code("a", "A code."), _code("b", "Another code.")),
    ),
    "family": Operation(
        "/api/family/{code}",
        "The codes that differ from one by site and side, or by site and cause.",
        (_code("code", "A code."), Parameter("by", "What the columns are.", among=("side", "cause"))),
    ),
    "search": Operation(
        "/api/search",
        "Entries by the beginning of their code or of words of their names.",
        (
            Parameter("q", "What has been typed.", most=200, required=True),
            Parameter("limit", "How many to list.", "integer", least=1, most=50),
        ),
    ),
    "guidance": Operation(
        "/api/guidance/{entry}",
        "What rules of guidance say of all codes below an entry; name a kind, an axis or a rule.",
        (
            _code("entry", "A code, category, block or chapter."),
            Parameter("kind", "Only pitfalls, tips, what to document, or questions.", among=tuple(KINDS)),
            Parameter("axis", "Only what is about one axis.", among=tuple(AXES)),
            Parameter("rule", "Only what one rule finds.", most=80),
        ),
    ),
}


def _written(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def _without_descriptors(data: Any) -> Any:
    """Leave out what a licensee has loaded for display alone."""
    if isinstance(data, dict):
        return {k: None if k == "descriptor" else _without_descriptors(v) for k, v in data.items()}
    return [_without_descriptors(v) for v in data] if isinstance(data, list) else data


def code_json(store: Store, code: str, on: date | None = None) -> bytes:
    """Return the page of a code as JSON."""
    found = page(store, normalise(code), on).as_json()
    return _written({**found, "procedures": _without_descriptors(found["procedures"])})


def _values(request: Request, name: str) -> dict[str, Any]:
    given = [*request.path_params.items(), *request.query_params.multi_items()]
    return checked(OPERATIONS[name].parameters, given)


async def _asked(request: Request, name: str, iri: str, make: Callable[[Store, dict[str, Any]], bytes]) -> Response:
    values = _values(request, name)
    store: Store = request.app.state.store
    forms: dict[str, Render] = {_JSON: lambda: Document(make(store, values), _JSON)}
    return await answered(request, request.url.path, None, iri, forms)


async def _get_code(request: Request) -> Response:
    def make(store: Store, values: dict[str, Any]) -> bytes:
        day = values.get("date")
        return code_json(store, values["code"], date.fromisoformat(day) if day else None)

    return await _asked(request, "code", str(request.url), make)


async def _get_compare(request: Request) -> Response:
    return await _asked(
        request, "compare", str(request.url), lambda store, v: _written(compare(store, v["a"], v["b"]).as_json())
    )


async def _get_family(request: Request) -> Response:
    return await _asked(
        request,
        "family",
        str(request.url),
        lambda store, v: _written(family(store, v["code"], v.get("by", "side")).as_json()),
    )


async def _get_search(request: Request) -> Response:
    return await _asked(
        request,
        "search",
        str(request.url),
        lambda store, v: _written([s.as_json() for s in suggest(store, v["q"], v.get("limit", 10))]),
    )


async def _find(request: Request) -> Response:
    values = _values(request, "find") if request.method != "POST" else await _body(request)
    limit = values.pop("limit", 10)

    def make() -> bytes:
        found = find(request.app.state.store, Question.from_json(values)).as_json()
        return _written({**found, "candidates": found["candidates"][:limit]})

    return Response(await run_in_threadpool(make), media_type=_JSON, headers={"Cache-Control": "no-cache"})


async def _body(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON") from error
    if not isinstance(given, dict):
        raise UsageError("the body is no JSON object")
    sites = given.pop("site", None)
    pairs = [(name, value) for name, value in given.items() if value is not None]
    listed = sites if isinstance(sites, list) else [] if sites is None else [sites]
    return checked(_FIND, [*pairs, *(("site", site) for site in listed)])


async def _guidance(request: Request) -> Response:
    values = _values(request, "guidance")
    chosen = {name: values.get(name) for name in ("kind", "axis", "rule")}
    if not any(chosen.values()):
        raise UsageError("name a kind, an axis or a rule: all rules on all codes say too much at once")
    pool: Pool = request.app.state.pool
    try:
        result = await pool.run({"guidance": values["entry"], **chosen})
    except BusyError as busy:
        return problem(request.scope, 429, str(busy), {"Retry-After": str(busy.again)})
    if result.status != 200:
        return problem(request.scope, result.status, result.error)
    return Response(result.body, media_type=_JSON)


async def _openapi(request: Request) -> Response:
    from nosograph.web.openapi import openapi

    return Response(_written(openapi(str(request.base_url).rstrip("/"))), media_type=_JSON)


def _page(request: Request) -> Response:
    return document(request, "api", operations=tuple(OPERATIONS.values()))


ROUTES: list[BaseRoute] = [
    Route("/api", _page),
    Route("/api/openapi.json", _openapi),
    Route("/api/find", _find, methods=["GET", "POST"]),
    Route("/api/code/{code}", _get_code),
    Route("/api/compare/{a}/{b}", _get_compare),
    Route("/api/family/{code}", _get_family),
    Route("/api/search", _get_search),
    Route("/api/guidance/{entry}", _guidance),
]
