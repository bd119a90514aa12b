"""Pictures: how long their content, SVG, PNG and page take, beside the page of the same code as JSON.

Run `python benchmarks/pictures.py`; it uses the store of NOSOGRAPH_HOME.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from nosograph.answers.page import page
from nosograph.drawing import draw
from nosograph.store import open_store

__all__ = ["main"]

_CODES = ("M00-M99", "M61", "M61.08", "S52.5", "L89", "E11", "S52.501A", "I10")
_TIMES = 9


def _ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def main() -> None:
    """Print the median of each, in ms, with the number of nodes and the size of the page in kB."""
    store = open_store()
    heads = ("code", "nodes", "page as JSON", "content", "and SVG", "and PNG", "HTML kB")
    sys.stdout.write("".join(f"{head:>14}" for head in heads) + "\n")
    for code in _CODES:
        drawing = draw(store, code)
        times = (
            _ms(lambda code=code: page(store, code).as_json()),  # type: ignore[misc]
            _ms(lambda code=code: draw(store, code).as_json()),  # type: ignore[misc]
            _ms(drawing.svg),
            _ms(drawing.png),
        )
        cells = (code, len(drawing.as_json()["nodes"]), *(f"{ms:.1f}" for ms in times), len(drawing.html()) // 1000)
        sys.stdout.write("".join(f"{cell:>14}" for cell in cells) + "\n")


if __name__ == "__main__":
    main()
