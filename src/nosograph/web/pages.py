"""Pages for a person in a browser, written at the server; all work without script except the editor's own comforts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from nosograph.answers.editions import info
from nosograph.answers.suggest import suggest
from nosograph.store import Store
from nosograph.web.pages_codes import code_document, compared, comparing, family_table, home, suggestions
from nosograph.web.pages_common import kept, page_route, unknown_address
from nosograph.web.pages_data import data_set, guidance_rule, guidance_rules, query_editor, source_list
from nosograph.web.pages_find import find_form
from nosograph.web.pages_hierarchy import branch_json, explorer, notes_json, picture_svg
from nosograph.web.pages_pictures import picture_file, picture_page, picture_style

__all__ = ["ROUTES", "code_document", "unknown_address", "warm"]


class _Static(StaticFiles):
    """The files of the pages: kept by a browser for an hour, then asked for again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


ROUTES: list[BaseRoute] = [
    Route("/", page_route(home)),
    Route("/suggest", suggestions),
    Route("/find", page_route(find_form)),
    Route("/code/{code}", code_document),
    Route("/compare", page_route(comparing)),
    Route("/compare/{a}/{b}", page_route(compared)),
    Route("/family", page_route(family_table)),
    Route("/family/{code}", page_route(family_table)),
    Route("/browse", page_route(explorer)),
    Route("/browse/branch", branch_json),
    Route("/browse/notes", notes_json),
    Route("/browse/picture", picture_svg),
    Route("/browse/{code}", page_route(explorer)),
    Route("/draw.css", picture_style),
    Route("/draw/{code}.svg", page_route(partial(picture_file, "svg"))),
    Route("/draw/{code}.png", page_route(partial(picture_file, "png"))),
    Route("/draw/{code}", page_route(picture_page)),
    Route("/guidance", page_route(guidance_rules)),
    Route("/guidance/{rule}", page_route(guidance_rule)),
    Route("/sources", page_route(source_list)),
    Route("/data", page_route(data_set)),
    Route("/query", page_route(query_editor)),
    Mount("/static", _Static(directory=Path(__file__).parent / "static"), name="static"),
    # The last of all routes: whatever nothing else answers.
    Route("/{path:path}", unknown_address),
]


def warm(store: Store) -> None:
    """Prepare what the first reader would wait some seconds for: the suggestions, and the counts of the data set."""
    suggest(store, "a")
    kept(store, "info", info)
