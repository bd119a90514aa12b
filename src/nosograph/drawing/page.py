"""A picture as a page: the SVG, and a nested list of the same content beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from nosograph.answers.picture import NOTES, Node, Picture
from nosograph.answers.picture_family import SIDES, FamilyPicture
from nosograph.notation import code_iri

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Item", "html", "outline"]


@dataclass(slots=True)
class Item:
    """A line of the list, with those below it."""

    text: str
    code: str | None = None
    asked: bool = False
    marks: tuple[str, ...] = ()
    items: list[Item] = field(default_factory=list)

    @property
    def iri(self) -> str | None:
        """The address of the entry."""
        return code_iri(self.code) if self.code else None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("nosograph.drawing", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _item(node: Node) -> Item:
    marks = [*node.residual]
    if node.code:
        marks.insert(0, "reportable" if node.reportable else "not reportable")
    if node.below:
        marks.append(f"{node.below} below")
    return Item(node.title, node.code, node.kind == "code", tuple(marks))


def outline(picture: Picture | FamilyPicture) -> list[Item]:
    """Return what a picture shows as a nested list."""
    if isinstance(picture, FamilyPicture):
        return _outline_of_family(picture)
    items = {node.id: _item(node) for node in picture.nodes if not node.note}
    hung = {edge.end: edge.start for edge in picture.edges if edge.kind == "below"}
    notes = {node.id: node for node in picture.nodes if node.note}
    cards: dict[tuple[str, str, str], Item] = {}
    for edge in picture.edges:
        if edge.kind == "below":
            continue
        note = notes.get(edge.end)
        owner = (note.owner if note else edge.start) or ""
        heading = Item(f"{NOTES[edge.kind]} at {owner}")
        card = cards.setdefault((edge.start, owner, edge.kind), heading)
        card.items.append(Item(note.title) if note else Item(items[edge.end].text, items[edge.end].code))
    for (start, _, _), card in cards.items():
        items[start].items.append(card)
    for end, start in hung.items():
        items[start].items.append(items[end])
    return [item for name, item in items.items() if name not in hung]


def _outline_of_family(picture: FamilyPicture) -> list[Item]:
    rows = []
    for row in picture.rows:
        columns = [(column, picture.cells.get((row, column), ())) for column in picture.columns]
        cells = [
            Item(column, items=[Item(node.title, node.code, node.code == picture.code, _said(node)) for node in nodes])
            for column, nodes in columns
            if nodes
        ]
        rows.append(Item(row, items=cells))
    return rows


def _said(node: Node) -> tuple[str, ...]:
    side = SIDES.get(node.side or "")
    return tuple(dict.fromkeys((*([side] if side else []), *node.residual)))


def html(picture: Picture | FamilyPicture, svg: str) -> str:
    """Return the page of a picture that has been drawn."""
    from markupsafe import Markup

    # The SVG is the one thing that is not escaped here: whoever drew it has escaped what it says.
    drawn = Markup(svg)  # noqa: S704
    return _environment().get_template("picture.html.j2").render(picture=picture, svg=drawn, items=outline(picture))
