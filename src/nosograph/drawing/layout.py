"""Where the boxes of a picture stand: the hierarchy from left to right, placed by Graphviz's `dot`."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections import defaultdict
from functools import cache
from pathlib import Path

from nosograph.drawing.boxes import Box
from nosograph.errors import DataError

__all__ = ["COLUMN_GAP", "place"]

#: space between columns, and between boxes of a column
COLUMN_GAP, _GAP = 36.0, 7.0
_INCH = 72.0
_SECONDS = 20
_MARGIN = 16.0
#: how much the way down to the code is kept a straight line, over other edges
_STRAIGHT = 200


@cache
def _program() -> list[str]:
    """Return the command that lays graphs out: that of the package graphviz-pure, or else the system's `dot`."""
    beside = shutil.which("graphviz-pure", path=sysconfig.get_path("scripts"))
    found = beside or shutil.which("graphviz-pure") or shutil.which("dot")
    if found is None:
        raise DataError(
            "pictures need the program of the package graphviz-pure, or Graphviz's dot: install one of them"
        )
    return [str(Path(found)), "-Kdot", "-Tplain"]


def _text(boxes: list[Box], links: list[tuple[str, str]], spine: set[str]) -> str:
    """Return the graph for `dot`. Boxes are numbers there: no text of the data is in it."""
    number = {box.id: place for place, box in enumerate(boxes)}
    wide: dict[int, float] = defaultdict(float)
    for box in boxes:
        wide[box.column] = max(wide[box.column], box.width)
    lines = [
        "digraph {",
        f"rankdir=LR; ordering=out; nodesep={_GAP / _INCH:.4f}; ranksep={COLUMN_GAP / _INCH:.4f};",
        'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none]; splines=false;',
    ]
    for box in boxes:
        size = f"width={wide[box.column] / _INCH:.4f}, height={box.height / _INCH:.4f}"
        lines.append(f"{number[box.id]} [{size}];")
    linked = {end for _, end in links}
    free = [box for box in boxes if box.id not in linked]
    lines += [f"root -> {number[box.id]};" for box in free]
    for start, end in links:
        weight = _STRAIGHT if end in spine else 1
        lines.append(f"{number[start]} -> {number[end]} [weight={weight}];")
    if len(free) > 1:
        lines.append("root [width=0.01, height=0.01, style=invis];")
    else:
        lines = [line for line in lines if not line.startswith("root")]
    return "\n".join([*lines, "}"])


def place(boxes: list[Box], links: list[tuple[str, str]], spine: set[str]) -> tuple[float, float]:
    """Set `x` and `y` of each box, and return width and height of the whole; the boxes of the spine stand in a line.

    Raises DataError if the program is missing or fails.
    """
    try:
        run = subprocess.run(
            _program(), input=_text(boxes, links, spine), capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DataError(f"the picture could not be laid out: {error}") from error
    for line in run.stdout.splitlines():
        parts = line.split()
        if parts[0] == "node" and parts[1].isdigit():
            box = boxes[int(parts[1])]
            x, y, wide = (float(value) * _INCH for value in parts[2:5])
            box.x, box.y = x - wide / 2, -y - box.height / 2
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    for box in boxes:
        box.x, box.y = round(box.x - left + _MARGIN, 1), round(box.y - top + _MARGIN, 1)
    return max(b.x + b.width for b in boxes) + _MARGIN, max(b.y + b.height for b in boxes) + _MARGIN
