"""Which of the forms on offer suits an Accept header best (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["preferred"]


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _ranges(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = part.split(";")
        if media.strip():
            found.setdefault(media.strip().lower(), _quality(parameters))
    return found


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type on offer that is wanted most, the first of equals; None if none is wanted.

    >>> preferred("text/turtle;q=0.5, application/*", ["text/turtle", "application/ld+json"])
    'application/ld+json'
    >>> preferred("", ["text/turtle"]), preferred("image/png", ["text/turtle"])
    ('text/turtle', None)
    """
    ranges = _ranges(accept) or {"*/*": 1.0}
    best, most = None, 0.0
    for media in offered:
        wanted = next((ranges[r] for r in (media, media.split("/")[0] + "/*", "*/*") if r in ranges), 0.0)
        if wanted > most:
            best, most = media, wanted
    return best
