"""How answers are shown in a notebook: the layers that write HTML say here what they can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["RENDERERS", "html_of"]

#: for a type of answers, what turns one into HTML; filled by `nosograph.html`, which knows the answers
RENDERERS: dict[type, Callable[[Any], str]] = {}


def html_of(answer: object) -> str | None:
    """Return an answer as HTML, or None where nothing that can write it has been imported.

    >>> html_of(object()) is None
    True
    """
    renderer = RENDERERS.get(type(answer))
    return renderer(answer) if renderer else None
