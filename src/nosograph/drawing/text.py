"""How wide a text is, and how it is broken into lines. Lengths are in pixels of CSS."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from pathlib import Path

__all__ = ["FONTS", "escaped", "fitted", "width", "wrapped"]

#: Arimo, which has the widths of Arial, Helvetica and Liberation Sans: a picture looks the same with any of them
FONTS = (Path(__file__).parent / "fonts" / "Arimo-Regular.ttf", Path(__file__).parent / "fonts" / "Arimo-Bold.ttf")
_EM = 2048
#: of a character that the font lacks: a full em, so that the box is rather too wide
_UNKNOWN = _EM
#: room for a bold text of a size measured in pixels to be set a little wider by another renderer
_SLACK = 1.01


#: characters that XML does not allow
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escaped(text: str) -> str:
    """Return a text of the data as it may stand in XML, as content or between quotation marks.

    >>> escaped("a<b>&" + chr(0))
    'a&lt;b&gt;&amp;'
    """
    return escape(_FORBIDDEN.sub("", text))


@cache
def _widths(bold: bool) -> dict[str, int]:
    table = json.loads((FONTS[0].parent / "widths.json").read_text(encoding="utf-8"))
    return {character: int(units) for units, text in table["Bold" if bold else "Regular"].items() for character in text}


def width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a line of text is at a size of font.

    >>> round(width("M61.08", 13, bold=True), 1)
    43.8
    """
    known = _widths(bold)
    return sum(known.get(character, _UNKNOWN) for character in text) * size / _EM * _SLACK


def fitted(text: str, size: float, room: float, bold: bool = False) -> str:
    """Return the text, or its beginning with an ellipsis, so that it is no wider than the room."""
    if width(text, size, bold) <= room:
        return text
    while text and width(f"{text}…", size, bold) > room:
        text = text[:-1]
    return f"{text.rstrip(' ,;')}…"


def wrapped(text: str, size: float, room: float, lines: int, bold: bool = False) -> tuple[str, ...]:
    """Break a text into lines no wider than the room; what goes beyond the last line is left out, with an ellipsis.

    A word that is too wide is broken where the line ends.
    """
    found: list[str] = []
    line = ""
    for word in _pieces(text, size, room, bold):
        longer = f"{line} {word}".strip()
        if line and width(longer, size, bold) > room:
            found.append(line)
            line = word
        else:
            line = longer
    found.append(line)
    if len(found) > lines:
        found[lines - 1 :] = [fitted(" ".join(found[lines - 1 :]), size, room, bold)]
    return tuple(line for line in found if line)


def _pieces(text: str, size: float, room: float, bold: bool) -> list[str]:
    """Return the words of a text, a word that is too wide in parts."""
    pieces: list[str] = []
    for word in text.split():
        part = ""
        for character in word:
            if part and width(part + character, size, bold) > room:
                pieces.append(part)
                part = ""
            part += character
        pieces.append(part)
    return pieces
