"""A picture as SVG: boxes, edges, legend, and what was folded. All text of the data is escaped here."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal
from urllib.parse import quote

from nosograph.answers.picture import NOTES, Picture
from nosograph.drawing.boxes import PAD, Box, Line, boxes
from nosograph.drawing.layout import COLUMN_GAP, place
from nosograph.drawing.text import escaped, wrapped
from nosograph.notation import code_iri

__all__ = ["LINKS", "Theme", "document", "linked", "rows_of_text", "shown_line", "style", "tree"]

Theme = Literal["light", "dark", "auto", "none"]
#: where the codes of a picture lead; `{code}` is the notation, `{iri}` the IRI
LINKS = "{iri}"
_FONT = 11.0
_LEADING = 15.0
_FOOT_GAP = 14.0
_MARGIN = 16.0


def style(theme: Theme = "light") -> str:
    """Return the style sheet of pictures: `auto` is light, and dark where the reader's system is; `none` is empty."""
    if theme == "none":
        return ""
    light, dark = (files("nosograph.drawing").joinpath(f"{name}.css").read_text("utf-8") for name in ("light", "dark"))
    if theme == "auto":
        return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return light if theme == "light" else light + dark


def document(inner: list[str], size: tuple[float, float], title: str, desc: str, theme: Theme, name: str) -> str:
    """Return an SVG document with a title and a description for those who cannot see it; `name` begins its ids."""
    wide, high = (round(side) for side in size)
    sheet = style(theme)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ng-picture" width="{wide}" height="{high}" '
            f'viewBox="0 0 {wide} {high}" role="graphics-document document" aria-labelledby="{name}-title {name}-desc">',
            f'<title id="{name}-title">{escaped(title)}</title>',
            f'<desc id="{name}-desc">{escaped(desc)}</desc>',
            *([f"<style>{sheet}</style>"] if sheet else []),
            f'<rect class="ng-ground" width="{wide}" height="{high}"/>',
            *inner,
            "</svg>",
            "",
        ]
    )


def shown_line(line: Line, x: float, y: float) -> str:
    """Return a line of text; its length is fixed, so that it keeps within its box with any font."""
    long = f' textLength="{line.width:.1f}" lengthAdjust="spacingAndGlyphs"' if len(line.text) > 1 else ""
    return (
        f'<text class="ng-{line.style}" x="{x + line.x:.1f}" y="{y + line.y:.1f}" font-size="{line.size:g}"{long}>'
        f"{escaped(line.text)}</text>"
    )


def linked(inner: str, code: str | None, links: str) -> str:
    """Return a part of the picture as a link to a code, unless there is nothing to link to."""
    if code is None or not links:
        return inner
    target = links.replace("{code}", quote(code, safe="")).replace("{iri}", code_iri(code))
    return f'<a href="{escaped(target)}">{inner}</a>'


def _marker(box: Box) -> str:
    """Return a disc for a code that may be reported, a ring for one that may not."""
    size = box.lines[0].size
    y = box.y + box.lines[0].y - size * 0.36
    kind = "ng-reportable" if box.node and box.node.reportable else "ng-heading"
    return f'<circle class="{kind}" cx="{box.x + PAD + 5:.1f}" cy="{y:.1f}" r="4.5"/>'


def _entry(box: Box, links: str) -> str:
    node = box.node
    assert node is not None
    said = [node.code or "", node.title, "reportable" if node.reportable else "not reportable", *node.residual]
    if node.below:
        said.append(f"{node.below} entries below it are not shown")
    residual = " ng-rest" if node.residual else ""
    parts = [
        f"<title>{escaped('; '.join(said))}</title>",
        f'<rect class="ng-box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height:.1f}" rx="4"/>',
        _marker(box),
        *(shown_line(line, box.x, box.y) for line in box.lines),
    ]
    kind = "asked" if node.kind == "code" else node.kind
    return f'<g class="ng-node ng-{kind}{residual}">{linked("".join(parts), node.code, links)}</g>'


def _fold(box: Box) -> str:
    parts = [
        f'<rect class="ng-box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height:.1f}" rx="4"/>',
        *(shown_line(line, box.x, box.y) for line in box.lines),
    ]
    return f'<g class="ng-node ng-fold">{"".join(parts)}</g>'


def _card(box: Box, links: str) -> str:
    parts = [
        f'<rect class="ng-box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height:.1f}"/>',
        f'<line class="ng-edge" x1="{box.x}" y1="{box.y}" x2="{box.x}" y2="{box.y + box.height:.1f}"/>',
        *(shown_line(line, box.x, box.y) for line in box.lines if line.style == "kind"),
        *(f'<path class="ng-rule" d="M{box.x + PAD} {box.y + rule:.1f}h{box.width - 2 * PAD}"/>' for rule in box.rules),
    ]
    ends = [*box.rules[1:], box.height]
    for note, start, end in zip(box.notes, box.rules, ends, strict=True):
        lines = [line for line in box.lines if start < line.y <= end]
        text = "".join(shown_line(line, box.x, box.y) for line in lines)
        whole = f"<title>{escaped(note.title)}</title>{text}"
        parts.append(f"<g>{linked(whole, note.targets[0] if note.targets else None, links)}</g>")
    kind = box.notes[0].note or ""
    return f'<g class="ng-node ng-note ng-{kind}">{"".join(parts)}</g>'


def _branch(start: Box, end: Box, right: float, chosen: bool) -> str:
    """Return an edge of the tree: out of the parent, along the gap between columns, into the child."""
    x1, y1 = start.x + start.width, start.y + start.height / 2
    x2, y2 = end.x, end.y + end.height / 2
    bend = right + COLUMN_GAP * 0.55
    r = min(6.0, abs(y2 - y1) / 2)
    way = r if y2 > y1 else -r
    curve = (
        f"H{bend - r:.1f}Q{bend:.1f} {y1:.1f} {bend:.1f} {y1 + way:.1f}V{y2 - way:.1f}"
        f"Q{bend:.1f} {y2:.1f} {bend + r:.1f} {y2:.1f}"
        if r > 0.5
        else ""
    )
    return f'<path class="ng-branch{" ng-chosen" if chosen else ""}" d="M{x1:.1f} {y1:.1f}{curve}H{x2:.1f}"/>'


def _arrow(x: float, y: float, left: bool = False) -> str:
    way = 6 if left else -6
    return f'<path class="ng-tip" d="M{x:.1f} {y:.1f}l{way} -3.5v7z"/>'


def _to_card(start: Box, card: Box, right: float, turn: int) -> str:
    x1, y1 = start.x + start.width, start.y + start.height / 2 + 8 + 4 * turn
    y2 = card.y + 14
    bend = right + COLUMN_GAP * 0.25 + 3 * turn
    path = f'<path class="ng-edge" d="M{x1:.1f} {y1:.1f}H{bend:.1f}V{y2:.1f}H{card.x - 5:.1f}"/>'
    return f'<g class="ng-{card.notes[0].note}">{path}{_arrow(card.x, y2)}</g>'


def _between(start: Box, end: Box, kind: str) -> str:
    """Return an edge of a note between two entries of the picture."""
    y1, y2 = start.y + start.height / 2 - 6, end.y + end.height / 2 + (6 if end.y < start.y else -6)
    if start.column == end.column:
        x1, x2 = start.x + start.width, end.x + end.width
        out = max(x1, x2) + min(34.0, 14 + abs(y2 - y1) / 12)
        d = f"M{x1:.1f} {y1:.1f}C{out:.1f} {y1:.1f} {out:.1f} {y2:.1f} {x2 + 5:.1f} {y2:.1f}"
        return f'<g class="ng-{kind}"><path class="ng-edge" d="{d}"/>{_arrow(x2, y2, True)}</g>'
    x1, x2 = start.x + start.width, end.x
    half = (x1 + x2) / 2
    d = f"M{x1:.1f} {y1:.1f}C{half:.1f} {y1:.1f} {half:.1f} {y2:.1f} {x2 - 5:.1f} {y2:.1f}"
    return f'<g class="ng-{kind}"><path class="ng-edge" d="{d}"/>{_arrow(x2, y2)}</g>'


def _edges(picture: Picture, found: dict[str, Box], links: list[tuple[str, str]]) -> list[str]:
    rights: dict[int, float] = {}
    for box in found.values():
        rights[box.column] = max(rights.get(box.column, 0.0), box.x + box.width)
    chosen = {node.id for node in picture.of("ancestor", "code")}
    drawn: list[str] = []
    later: list[str] = []
    turns = dict.fromkeys(found, 0)
    for start, end in links:
        right = rights[found[start].column]
        if found[end].notes:
            drawn.append(_to_card(found[start], found[end], right, turns[start]))
            turns[start] += 1
        else:
            (later if end in chosen else drawn).append(_branch(found[start], found[end], right, end in chosen))
    between = [
        _between(found[edge.start], found[edge.end], edge.kind)
        for edge in picture.edges
        if edge.kind != "below" and edge.end in found
    ]
    return [*drawn, *later, *between]


def _legend(picture: Picture, y: float, room: float) -> tuple[list[str], float]:
    """Return what the marks mean, in rows no wider than the room, and where the rows end."""
    entries = [("<circle class='ng-reportable' cx='{x}' cy='{y}' r='4.5'/>", 14.0, "reportable")]
    entries.append(("<circle class='ng-heading' cx='{x}' cy='{y}' r='4.5'/>", 14.0, "not reportable"))
    if any(node.residual for node in picture.nodes):
        mark = "<g class='ng-node ng-rest'><rect class='ng-box' x='{x}' y='{y}' width='26' height='10' rx='3'/></g>"
        entries.append((mark, 32.0, "a rest: other, multiple or unspecified"))
    kinds = {edge.kind for edge in picture.edges}
    for kind, name in NOTES.items():
        if kind in kinds:
            mark = f"<g class='ng-{kind}'><path class='ng-edge' d='M{{x}} {{y}}h26'/></g>"
            entries.append((mark, 32.0, name))
    parts, x = [], _MARGIN
    for mark, wide, text in entries:
        line = Line(0, 0, text, _FONT, "legend")
        if x + wide + line.width > room and x > _MARGIN:
            x, y = _MARGIN, y + _LEADING + 3
        shift = (5.0, -4.0) if "circle" in mark else (0.0, -9.0) if "rect" in mark else (0.0, -4.0)
        at = mark.replace("{x}", f"{x + shift[0]:.1f}").replace("{y}", f"{y + shift[1]:.1f}")
        parts += [at.replace("'", '"'), shown_line(line, x + wide, y)]
        x += wide + line.width + 20
    return parts, y


def rows_of_text(texts: list[str], y: float, room: float) -> tuple[list[str], float]:
    """Return texts wrapped below each other, and where they end."""
    parts = []
    for text in texts:
        for row in wrapped(text, _FONT, room - 2 * _MARGIN, 6):
            y += _LEADING
            parts.append(shown_line(Line(_MARGIN, 0, row, _FONT, "legend"), 0, y))
    return parts, y


def _description(picture: Picture) -> str:
    path = " > ".join(node.code or "" for node in picture.of("ancestor", "code"))
    counts = [
        f"{len(picture.of('sibling'))} entries beside it",
        f"{len(picture.of('child', 'descendant'))} below it",
        f"{len(picture.of('note'))} notes",
    ]
    return f"{path}; {', '.join(counts)}. {' '.join(f'Left out: {text}.' for text in picture.folded)}".strip()


def tree(picture: Picture, *, theme: Theme = "light", links: str = LINKS) -> str:
    """Return the picture of a code's place as SVG: the hierarchy from left to right, notes in boxes of their own.

    Raises DataError if there is no program to lay it out.
    """
    listed, hung = boxes(picture)
    wide, high = place(listed, hung, {node.id for node in picture.of("ancestor")})
    wide = max(wide, 420.0)
    found = {box.id: box for box in listed}
    shown = [
        _card(box, links) if box.notes else _entry(box, links) if box.kind != "fold" else _fold(box) for box in listed
    ]
    legend, y = _legend(picture, high + _FOOT_GAP, wide - _MARGIN)
    folded = [f"Left out: {'; '.join(picture.folded)}."] if picture.folded else []
    source = f"ICD-10-CM, edition {picture.edition}. Residual marks are from the axes of nosograph."
    foot, y = rows_of_text([*folded, source], y + 4, wide)
    title = f"{picture.code} {picture.title}: its place in ICD-10-CM"
    inner = [*_edges(picture, found, hung), *shown, *legend, *foot]
    return document(inner, (wide, y + _MARGIN), title, _description(picture), theme, f"ng-{picture.code}")
