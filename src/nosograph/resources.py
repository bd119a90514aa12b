"""Where the ontology, shapes and data are: inside the installed wheel, or at the top of the checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from nosograph.errors import DataError

__all__ = ["resource"]

_PACKAGE = Path(__file__).parent


@cache
def resource(name: str) -> Path:
    """Return the path of `ontology/...`, `shapes/...` or `data/...`.

    Raises DataError if the installation lacks it.
    """
    for root in (_PACKAGE / "resources", _PACKAGE.parent.parent):
        if (root / name).exists():
            return root / name
    raise DataError(f"the installation lacks {name}; install nosograph again")
