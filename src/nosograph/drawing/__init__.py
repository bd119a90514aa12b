"""Pictures of a code's place: SVG, PNG, and HTML pages that need nothing else.

>>> from nosograph.drawing import ENDINGS
>>> ENDINGS
('.svg', '.png', '.html')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nosograph.answers.picture import LIMIT, Picture, picture
from nosograph.answers.picture_family import FamilyPicture, picture_of_family
from nosograph.drawing.svg import LINKS, Theme, style
from nosograph.errors import UsageError
from nosograph.store import Store

__all__ = ["ENDINGS", "Drawing", "draw", "style"]

#: endings of the files that a drawing can be written to
ENDINGS = (".svg", ".png", ".html")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that can be drawn: `content` is what it shows."""

    content: Picture | FamilyPicture

    def svg(self, theme: Theme = "light", links: str = LINKS) -> str:
        """Return the picture as SVG.

        `theme` is `light`, `dark`, `auto` (as the reader's system) or `none` (no style sheet: the page around it has that of
        `nosograph.drawing.style`). `links` is where a code leads, with `{code}` or `{iri}` in it; empty for nowhere.
        """
        if isinstance(self.content, Picture):
            from nosograph.drawing.svg import tree

            return tree(self.content, theme=theme, links=links)
        from nosograph.drawing.grid import grid

        return grid(self.content, theme=theme, links=links)

    def png(self) -> bytes:
        """Return the picture as PNG, two pixels for one of the SVG."""
        from nosograph.drawing.png import png

        return png(self.svg(links=""))

    def html(self) -> str:
        """Return a page with the picture and, beside it, a list of the same content; it asks no other host for anything."""
        from nosograph.drawing.page import html

        return html(self.content, self.svg("auto"))

    def as_json(self) -> dict[str, Any]:
        """Return what the picture shows, for programs that draw for themselves."""
        return self.content.as_json()

    def write(self, ending: str) -> bytes:
        """Return the bytes of a file with one of the endings.

        Raises UsageError if there is no such form.
        """
        if ending == ".png":
            return self.png()
        if ending not in ENDINGS:
            raise UsageError(f"pictures are written as {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, not as {ending!r}")
        return (self.svg() if ending == ".svg" else self.html()).encode()

    def _repr_svg_(self) -> str:
        """Return what a notebook shows."""
        return self.svg()

    def _repr_html_(self) -> str:
        """Return what a notebook shows, light or dark as the reader's system."""
        return self.svg("auto")


def draw(
    store: Store,
    code: str,
    *,
    family: bool = False,
    depth: int = 1,
    siblings: bool = True,
    notes: bool = True,
    limit: int = LIMIT,
) -> Drawing:
    """Return the picture of what is above, beside and below a code with the notes that hold for it, or of its family.

    `depth`, `siblings` and `notes` are of the former. Raises UsageError if the text has not the form of a code,
    UnknownCodeError if there is none of that name in the edition.
    """
    if family:
        return Drawing(picture_of_family(store, code, limit=limit))
    return Drawing(picture(store, code, depth=depth, siblings=siblings, notes=notes, limit=limit))
