"""An SVG as pixels, with the fonts that nosograph carries: no font of the system is used."""

from __future__ import annotations

from nosograph.drawing.text import FONTS
from nosograph.errors import DataError

__all__ = ["SCALE", "png"]

#: pixels of the picture for one of CSS: sharp on paper and on dense screens
SCALE = 2.0


def png(svg: str, scale: float = SCALE) -> bytes:
    """Return an SVG as PNG. Raises DataError if it cannot be drawn."""
    import resvg_py

    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                zoom=scale,
                skip_system_fonts=True,
                font_files=[str(path) for path in FONTS],
                font_family="Arimo",
                sans_serif_family="Arimo",
            )
        )
    except ValueError as error:
        raise DataError(f"the picture could not be drawn as PNG: {error}") from error
