"""The boxes of a picture: what stands in each, on which lines, and how large it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nosograph.answers.picture import NOTES, Node, Picture
from nosograph.drawing.text import width, wrapped

__all__ = ["PAD", "Box", "Line", "boxes"]

#: space between a box and its text
PAD = 8.0
_CODE, _TEXT, _SMALL = 13.0, 12.0, 11.0
_LEADING = 1.25
_WIDTHS = {"ancestor": 168.0, "code": 284.0}
_ROW, _NARROW = 284.0, 168.0
_MARK = 16.0
_TIGHT = 6.0
_TITLE_LINES, _NOTE_LINES = 5, 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text at (`x`, `y`) of its box: `y` is that of the base line. `style` names what it is."""

    x: float
    y: float
    text: str
    size: float
    style: str
    bold: bool = False
    link: str | None = None

    @property
    def width(self) -> float:
        """How wide the line is."""
        return width(self.text, self.size, self.bold)


@dataclass(slots=True)
class Box:
    """A rectangle with its lines. `x` and `y` are its upper left corner, set by the layout."""

    id: str
    kind: str
    width: float
    height: float
    lines: tuple[Line, ...]
    node: Node | None = None
    notes: tuple[Node, ...] = ()
    rules: tuple[float, ...] = ()
    x: float = 0.0
    y: float = 0.0
    column: int = 0
    titles: list[str] = field(default_factory=list)


class _Setter:
    """Sets lines one below the other."""

    def __init__(self, room: float, left: float = PAD, top: float = PAD) -> None:
        self.room, self.left, self.y = room, left, top
        self.lines: list[Line] = []

    def set(self, text: str, size: float, style: str, lines: int, bold: bool = False, **more: str | None) -> None:
        for line in wrapped(text, size, self.room, lines, bold):
            self.lines.append(Line(self.left, self.y + size, line, size, style, bold, more.get("link")))
            self.y += size * _LEADING

    @property
    def height(self) -> float:
        return self.y + PAD - 2


def _short(title: str, above: Iterable[str]) -> str:
    """Return the title without what it repeats from the nearest entry above it that it begins with.

    >>> _short("Myositis ossificans traumatica, shoulder", ["Myositis ossificans traumatica", "Myositis"])
    '… shoulder'
    """
    for known in above:
        rest = title.removeprefix(known)
        if rest != title and rest.startswith((",", " ")) and rest.strip(", "):
            return f"… {rest.strip(', ')}"
    return title


def _card_of_entry(node: Node) -> Box:
    """Return the box of the code that was asked for, or of an entry above it: the title below the code."""
    wide = _WIDTHS[node.kind]
    setter = _Setter(wide - 2 * PAD)
    size = _CODE + 2 if node.kind == "code" else _CODE
    setter.lines.append(Line(PAD + _MARK, PAD + size, node.code or "", size, "code", True))
    setter.y += size * _LEADING + 1
    setter.set(node.title, _TEXT, "title", _TITLE_LINES)
    _mark(setter, node)
    return Box(node.id, node.kind, wide, setter.height, tuple(setter.lines), node)


def _row(node: Node, above: Iterable[str], indent: float) -> Box:
    """Return the box of an entry beside or below the code: the title on the line of the code, indented."""
    code, below = node.code or "", f"{node.below} below" if node.below else ""
    left = PAD + _MARK + indent + 9
    right = width(below, _SMALL) + 8 if below else 0.0
    setter = _Setter(_ROW - left - PAD - right, left, _TIGHT)
    base = _TIGHT + _TEXT
    setter.lines.append(Line(PAD + _MARK, base, code, _CODE, "code", True))
    if below:
        setter.lines.append(Line(_ROW - PAD - right + 8, base, below, _SMALL, "below"))
    setter.set(_short(node.title, above), _TEXT, "title", _TITLE_LINES)
    setter.room = _ROW - left - PAD
    _mark(setter, node)
    return Box(node.id, node.kind, _ROW, setter.y + _TIGHT - 2, tuple(setter.lines), node)


def _mark(setter: _Setter, node: Node) -> None:
    if node.residual:
        setter.set(", ".join(node.residual), _SMALL, "residual", 2, True)


def _entry(node: Node, above: Iterable[str], indents: Mapping[int, float], column: int) -> Box:
    return _card_of_entry(node) if node.kind in _WIDTHS else _row(node, above, indents[column])


def _titles_above(picture: Picture) -> dict[str, list[str]]:
    """Return the titles of what is above each entry, the nearest first."""
    titles = {node.id: node.title for node in picture.nodes}
    parents = {edge.end: edge.start for edge in picture.edges if edge.kind == "below"}
    found: dict[str, list[str]] = {}
    for node in picture.nodes:
        parent = parents.get(node.id)
        found[node.id] = [titles[parent], *found[parent]] if parent else []
    return found


def _indents(picture: Picture, places: Mapping[str, int]) -> dict[int, float]:
    """Return how wide the widest code of each column is."""
    found: dict[int, float] = {}
    for node in picture.of("sibling", "child", "descendant"):
        column = places[node.id]
        found[column] = max(found.get(column, 0.0), width(node.code or "", _CODE, True))
    return found


def _fold(node: Node, kind: str) -> Box:
    setter = _Setter(_ROW - 2 * PAD, top=_TIGHT)
    setter.set(node.title, _SMALL, "folded", 2)
    return Box(node.id, kind, _ROW, setter.y + _TIGHT - 2, tuple(setter.lines), node)


def _card(name: str, notes: list[Node], narrow: bool) -> Box:
    wide = _NARROW if narrow else _ROW
    setter = _Setter(wide - 2 * PAD)
    kind, owner = notes[0].note or "", notes[0].owner or ""
    setter.set(f"{NOTES[kind]} at {owner}", _SMALL, "kind", 2, True)
    rules = []
    for note in notes:
        setter.y += 3
        rules.append(setter.y)
        setter.y += 3
        style = "folded" if note.kind == "fold" else "words"
        link = note.targets[0] if note.targets else None
        setter.set(note.title, _SMALL, style, _NOTE_LINES, link=link)
    return Box(name, f"note {kind}", wide, setter.height, tuple(setter.lines), None, tuple(notes), tuple(rules))


def boxes(picture: Picture) -> tuple[list[Box], list[tuple[str, str]]]:
    """Return the boxes, and which box hangs on which: (left, right). Notes of one owner and kind share a box."""
    places = _columns(picture)
    above = _titles_above(picture)
    indents = _indents(picture, places)
    found = [
        _fold(node, "fold") if node.kind == "fold" else _entry(node, above[node.id], indents, places[node.id])
        for node in picture.nodes
        if not node.note
    ]
    links = [(edge.start, edge.end) for edge in picture.edges if edge.kind == "below"]
    starts = {edge.end: edge.start for edge in picture.edges if edge.kind != "below"}
    cards: dict[tuple[str, str, str], list[Node]] = {}
    for node in picture.nodes:
        if node.note:
            cards.setdefault((starts[node.id], node.owner or "", node.note), []).append(node)
    ancestors = {places[node.id] for node in picture.of("ancestor")}
    for (start, owner, kind), notes in cards.items():
        name = f"card:{owner}/{kind}"
        places[name] = places[start] + 1
        found.append(_card(name, notes, places[name] in ancestors))
        links.append((start, name))
    for box in found:
        box.column = places[box.id]
    return found, links


def _columns(picture: Picture) -> dict[str, int]:
    """Return how many steps each entry is away from the outermost one."""
    places: dict[str, int] = {}
    above = {edge.end: edge.start for edge in picture.edges if edge.kind == "below"}
    entries: Iterable[Node] = (node for node in picture.nodes if not node.note)
    for node in entries:
        places[node.id] = places[above[node.id]] + 1 if node.id in above else 0
    return places
