"""Ask for the rest of an answer that an engine has cut off.

Virtuoso gives at most ResultSetMaxRows rows (10,000 as it is installed) and says so only in a header. The query is put into
another that passes on a part of its rows, since an OFFSET beside an ORDER BY may not exceed MaxSortedTopRows either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from nosograph.errors import StoreError
from nosograph.store.guard import INERT

__all__ = ["pages"]

_Row = TypeVar("_Row")
_FOLDER = Path(__file__).parent / "rq"
_PROLOGUE = re.compile(r"(?:\s+|#[^\r\n]*|PREFIX\s+[\w.-]*:\s*<[^<>\s]*>|BASE\s*<[^<>\s]*>)*", re.IGNORECASE)
_TOKEN = re.compile(rf"{INERT}|[?$]\w+|[A-Za-z]+|[{{}}]", re.DOTALL)
#: pages that are asked for at most: a million rows of an engine as it is installed
_MOST_PAGES = 100


@cache
def _template(name: str) -> str:
    return (_FOLDER / f"{name}.rq").read_text(encoding="utf-8")


def _is_ordered(query: str) -> bool:
    """Tell whether the outermost SELECT has an ORDER BY.

    >>> _is_ordered("SELECT * { { SELECT ?x { ?x ?p ?y } ORDER BY ?x } }"), _is_ordered("SELECT * { ?s ?p ?o } ORDER BY ?s")
    (False, True)
    """
    depth = 0
    for match in _TOKEN.finditer(query):
        token = match[0].upper()
        depth += (token == "{") - (token == "}")
        if token == "ORDER" and depth == 0:
            return True
    return False


def _page(text: str, variables: Sequence[str], start: int, count: int) -> str:
    """Return a query for some rows of another.

    >>> print(_page("PREFIX a: <http://a/> SELECT ?s { ?s a a:B } ORDER BY ?s", ["s"], 20, 10).split("\\n", 1)[1])
    PREFIX a: <http://a/>
    SELECT * WHERE { { SELECT ?s { ?s a a:B } ORDER BY ?s
     } }
    LIMIT 10 OFFSET 20
    <BLANKLINE>
    """
    end = (_PROLOGUE.match(text) or re.match("", text)).end()  # type: ignore[union-attr]
    head, query = text[:end], text[end:]
    parts = {
        "PROLOGUE": head.rstrip(),
        "QUERY": query + "\n",  # its last line may end in a comment
        "VARIABLES": " ".join(f"?{name}" for name in variables),
        "COUNT": str(count),
        "START": str(start),
    }
    template = _template("page" if _is_ordered(query) else "sorted-page")
    return re.sub("|".join(rf"\b{word}\b" for word in parts), lambda m: parts[m[0]], template)


def pages(
    text: str, variables: Sequence[str], first: list[_Row], size: int, ask: Callable[[str], list[_Row]]
) -> Iterator[list[_Row]]:
    """Yield the parts of an answer: the first, which `size` rows were cut off at, and those that follow it.

    A query without an order is asked anew from its beginning, in an order. Raises StoreError after a hundred pages.
    """
    end = (_PROLOGUE.match(text) or re.match("", text)).end()  # type: ignore[union-attr]
    part, start = first, 0
    if not _is_ordered(text[end:]):
        part = ask(_page(text, variables, 0, size))
    for _ in range(_MOST_PAGES):
        yield part
        start += len(part)
        if len(part) < size:
            return
        part = ask(_page(text, variables, start, size))
    raise StoreError(
        f"the engine gives {size:,} rows at a time, and there are more than {start:,}; let it give more (Virtuoso: ResultSetMaxRows)"
    )
