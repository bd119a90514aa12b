"""The picture of a code's place, on a page with the same content as a list, and as files."""

from __future__ import annotations

from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nosograph.drawing import draw, style
from nosograph.drawing.page import outline
from nosograph.notation import normalise
from nosograph.web.pages_common import document, store_of

__all__ = ["picture_file", "picture_page", "picture_style"]

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def picture_page(request: Request) -> Response:
    """Show the place of a code in the hierarchy, or with `?family=1` its family by site and side or cause."""
    typed = request.path_params["code"]
    code, is_family = normalise(typed), request.query_params.get("family") == "1"
    if code != typed:
        return RedirectResponse(f"/draw/{quote(code)}{'?family=1' if is_family else ''}", 307)
    drawing = draw(store_of(request), code, family=is_family)
    # The SVG is escaped by what draws it.
    svg = Markup(drawing.svg(theme="none", links="/code/{code}"))  # noqa: S704
    items = outline(drawing.content)
    return document(request, "draw", code=code, picture=drawing.content, svg=svg, items=items, is_family=is_family)


def picture_file(ending: str, request: Request) -> Response:
    """Send the picture as a file that ends in `svg` or `png`."""
    code = normalise(request.path_params["code"])
    drawing = draw(store_of(request), code, family=request.query_params.get("family") == "1")
    content = drawing.svg("light", links="") if ending == "svg" else drawing.png()
    named = {"Content-Disposition": f'attachment; filename="{quote(code)}.{ending}"'}
    return Response(content, media_type=_TYPES[ending], headers=named)


def picture_style(_: Request) -> Response:
    """Send the style sheet of pictures: light, and dark where the reader's system is."""
    return Response(style("auto"), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})
