"""The explorer of the hierarchy: a list that opens step by step, a picture of what is chosen, and the notes between entries."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nosograph.answers.branch import Branch, branch, chapters, note_edges
from nosograph.answers.entries import Titled
from nosograph.drawing import draw
from nosograph.notation import normalise
from nosograph.store import Store
from nosograph.web.pages_common import document, json_problem, kept, store_of

__all__ = ["branch_json", "explorer", "notes_json", "picture_svg"]


def _steps(store: Store, opened: Branch) -> dict[str, tuple[Titled, ...]]:
    """Return what is directly below each entry of the path and the entry itself."""
    found = {step.code: branch(store, step.code).children for step in opened.path}
    return {**found, opened.entry.code: opened.children}


def explorer(request: Request) -> Response:
    """The chapters, open down to an entry if one is named."""
    store, code = store_of(request), request.path_params.get("code")
    opened = branch(store, code) if code else None
    has_notes = request.query_params.get("notes") == "1"
    return document(
        request,
        "browse",
        tops=kept(store, "chapters", chapters),
        open=opened,
        steps=_steps(store, opened) if opened else {},
        show_notes=has_notes,
        edges=note_edges(store, opened.entry.code) if opened and has_notes else (),
        # The SVG is escaped by what draws it.
        svg=Markup(_svg(store, opened.entry.code, has_notes)) if opened else "",  # noqa: S704
    )


def _svg(store: Store, code: str, has_notes: bool) -> str:
    return draw(store, code, notes=has_notes).svg("none", "/browse/{code}")


@json_problem
def picture_svg(request: Request) -> Response:
    """The picture of an entry as the explorer shows it: without a style of its own, leading from entry to entry."""
    code, has_notes = normalise(request.query_params.get("code", "")), request.query_params.get("notes") == "1"
    text = _svg(store_of(request), code, has_notes)
    return Response(text, media_type="image/svg+xml", headers={"Cache-Control": "max-age=300"})


@json_problem
def branch_json(request: Request) -> Response:
    """What is above and directly below an entry."""
    found = branch(store_of(request), request.query_params.get("code", ""))
    return JSONResponse(found.as_json(), headers={"Cache-Control": "max-age=300"})


@json_problem
def notes_json(request: Request) -> Response:
    """What the notes that an entry prints point to."""
    found = note_edges(store_of(request), request.query_params.get("code", ""))
    return JSONResponse([e.as_json() for e in found], headers={"Cache-Control": "max-age=300"})
