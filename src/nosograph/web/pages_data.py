"""Rules of guidance, sources and citations, the data set, and the query editor."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nosograph.answers.editions import info
from nosograph.answers.guidance import guidance
from nosograph.answers.rules import rule, rules
from nosograph.errors import UsageError
from nosograph.query import NamedQuery, catalogue, named, run
from nosograph.store.bind import bind
from nosograph.version import VERSION
from nosograph.web.pages_common import document, kept, store_of

__all__ = ["data_set", "guidance_rule", "guidance_rules", "query_editor", "source_list"]

#: what the editor shows where no query is named
_FIRST = "chapters"


def guidance_rules(request: Request) -> Response:
    """All rules of guidance."""
    return document(request, "guidance", rules=kept(store_of(request), "rules", rules))


def guidance_rule(request: Request) -> Response:
    """One rule, with what it says of the code where it is known to speak."""
    store = store_of(request)
    one = rule(store, request.path_params["rule"])
    said = [g for g in guidance(store, one.fires) if g.rule == one.id][:3] if one.fires else []
    return document(request, "rule", rule=one, said=said)


def source_list(request: Request) -> Response:
    """Editions, sources with licences, and citations."""
    store = store_of(request)
    found: dict[str, Any] = {
        "editions": kept(store, "editions", lambda s: run(s, "editions")),
        "sources": kept(store, "sources", lambda s: run(s, "sources")),
        "citations": kept(store, "citations", lambda s: run(s, "links-by-citation")),
    }
    cited = (
        f"nosograph {VERSION}, a knowledge graph of ICD-10-CM, edition {store.edition}. "
        f"https://w3id.org/nosograph/, read on {date.today().isoformat()}"
    )
    return document(request, "sources", citation=cited, **found)


def data_set(request: Request) -> Response:
    """What the graph says of itself."""
    return document(request, "data", info=kept(store_of(request), "info", info))


def _text(query: NamedQuery, values: dict[str, str]) -> str:
    text = "\n".join(line for line in query.text.splitlines() if not line.startswith("#+"))
    return bind(text, query.bindings(values)) if set(values) == set(query.params) else text


def query_editor(request: Request) -> Response:
    """The editor, with a query of the catalogue whose parameters are put in."""
    shown = [q for q in catalogue().values() if not q.internal]
    name = request.query_params.get("name")
    chosen = named(name) if name else None
    given = {n: v for n in (chosen.params if chosen else {}) if (v := request.query_params.get(n, "").strip())}
    text, problem = request.query_params.get("query", ""), ""
    if not text:
        query = chosen or named(_FIRST)
        try:
            text = _text(query, given)
        except UsageError as error:
            text, problem = _text(query, {}), str(error)
    return document(
        request,
        "query",
        400 if problem else 200,
        catalogue=shown,
        chosen=chosen,
        values=given,
        text=text,
        problem=problem,
    )
