"""A family as SVG: sites down, causes or sides across, and in each cell its codes with their sides."""

from __future__ import annotations

from nosograph.answers.picture import UNSPECIFIED_SIDE, Node
from nosograph.answers.picture_family import SIDES, FamilyPicture
from nosograph.drawing.boxes import PAD, Line
from nosograph.drawing.svg import LINKS, Theme, document, linked, rows_of_text, shown_line
from nosograph.drawing.text import escaped, width, wrapped

__all__ = ["grid"]

_TITLE, _SIZE, _SMALL = 13.0, 12.0, 11.0
_LEADING = 16.0
_MARGIN = 16.0
_ROW_HEAD, _COLUMN = 176.0, 132.0
_HEAD_LINES = 4


def _label(node: Node, by: str) -> str:
    return SIDES.get(node.side or "", "") if by == "cause" else ""


def _cell_width(picture: FamilyPicture) -> float:
    """Return how wide the columns are: as the widest code with its side, and not less than a heading needs."""
    widest = max(
        (width(node.code or "", _SIZE, True) + 8 + width(_label(node, picture.by), _SMALL) for node in picture.codes),
        default=0.0,
    )
    return max(_COLUMN, widest + 2 * PAD + 8)


def _heads(names: tuple[str, ...], room: float) -> list[tuple[str, ...]]:
    return [wrapped(name, _SIZE, room - 2 * PAD, _HEAD_LINES, bold=True) for name in names]


def _head(lines: tuple[str, ...], x: float, y: float, wide: float, high: float) -> str:
    texts = (
        shown_line(Line(PAD, PAD + _SIZE + i * _LEADING, line, _SIZE, "title-text", True), x, y)
        for i, line in enumerate(lines)
    )
    return f'<rect class="ng-head" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"/>{"".join(texts)}'


def _code(node: Node, picture: FamilyPicture, x: float, y: float, wide: float, links: str) -> str:
    asked = node.code == picture.code
    style = "asked-text" if asked else "title-text"
    code = Line(PAD, 12.0, node.code or "", _SIZE, style, True)
    parts = [f"<title>{escaped('; '.join((node.code or '', node.title, *node.residual)))}</title>"]
    if asked:
        parts.append(
            f'<rect class="ng-asked-ground" x="{x + 3:.1f}" y="{y - 2:.1f}" width="{wide - 6:.1f}" height="18" rx="3"/>'
        )
    parts.append(shown_line(code, x, y))
    label = _label(node, picture.by)
    if label:
        beside = Line(PAD + code.width + 8, 12.0, label, _SMALL, "asked-side" if asked else "below")
        parts.append(shown_line(beside, x, y))
    return linked("".join(parts), node.code, links)


def _cell(nodes: tuple[Node, ...], picture: FamilyPicture, place: tuple[float, float, float, float], links: str) -> str:
    x, y, wide, high = place
    rest = " ng-rest-cell" if any(mark != UNSPECIFIED_SIDE for node in nodes for mark in node.residual) else ""
    parts = [f'<rect class="ng-cell{rest}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"/>']
    if not nodes:
        parts.append(shown_line(Line(PAD, 17.0, "–", _SMALL, "below"), x, y))
    parts += [_code(node, picture, x, y + 5 + i * _LEADING, wide, links) for i, node in enumerate(nodes)]
    return f"<g>{''.join(parts)}</g>"


def grid(picture: FamilyPicture, *, theme: Theme = "light", links: str = LINKS) -> str:
    """Return the structure of a family as SVG."""
    wide = _cell_width(picture)
    tops, sides = _heads(picture.columns, wide), _heads(picture.rows, _ROW_HEAD)
    high = 2 * PAD + max((len(lines) for lines in tops), default=1) * _LEADING
    width_of_all = max(_MARGIN * 2 + _ROW_HEAD + wide * len(tops), 460.0)
    title = f"{picture.code} {picture.title}: its family, site by {picture.by}"
    heading = wrapped(title, _TITLE, width_of_all - 2 * _MARGIN, 3, bold=True)
    parts, y = [], _MARGIN
    for text in heading:
        y += _LEADING
        parts.append(shown_line(Line(_MARGIN, 0, text, _TITLE, "title-text", True), 0, y - 2))
    y += 8
    parts.append(_head((f"site by {picture.by}",), _MARGIN, y, _ROW_HEAD, high))
    for i, lines in enumerate(tops):
        parts.append(_head(lines, _MARGIN + _ROW_HEAD + i * wide, y, wide, high))
    y += high
    for row, lines in zip(picture.rows, sides, strict=True):
        cells = [picture.cells.get((row, column), ()) for column in picture.columns]
        tall = max(len(lines) * _LEADING + PAD + 4, max((len(c) for c in cells), default=1) * _LEADING + 10)
        parts.append(_head(lines, _MARGIN, y, _ROW_HEAD, tall))
        for i, nodes in enumerate(cells):
            parts.append(_cell(nodes, picture, (_MARGIN + _ROW_HEAD + i * wide, y, wide, tall), links))
        y += tall
    foot = [] if picture.rows else ["No code beside it is told apart by site."]
    foot += ["Tinted cells: a rest (other, multiple or unspecified site, kind or cause)."] if picture.rows else []
    foot += [f"Left out: {'; '.join(picture.folded)}."] if picture.folded else []
    foot.append(f"ICD-10-CM, edition {picture.edition}. Sites, sides and causes are from the axes of nosograph.")
    below, y = rows_of_text(foot, y + 8, width_of_all)
    said = f"{len(picture.rows)} sites, {len(picture.columns)} columns: {', '.join(picture.columns)}."
    desc = f"{said} {' '.join(f'Left out: {text}.' for text in picture.folded)}".strip()
    return document([*parts, *below], (width_of_all, y + _MARGIN), title, desc, theme, f"ng-family-{picture.code}")
