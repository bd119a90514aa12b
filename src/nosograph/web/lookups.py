"""Which queries need no process of their own, as long as their results are small: what is said of one thing that is named."""

from __future__ import annotations

import re

__all__ = ["is_look_up"]

_IRI = r"<[^\s<>\"{}|^`\\]*+>"
_NAME = r"[A-Za-z][\w-]*+:[\w-]*+(?:\.[\w-]++)*+"
_VARIABLE = r"[?$]\w++"
_TERM = rf"(?:{_IRI}|{_NAME}|{_VARIABLE})"
#: one pattern of three terms, the first of them named: no more solutions than the thing has statements
_LOOK_UP = re.compile(
    rf"\s*+(?:PREFIX\s++[\w-]*+:\s*+{_IRI}\s*+)*+SELECT\s++(?:DISTINCT\s++)?(?:\*\s*+|(?:{_VARIABLE}\s*+)++)(?:WHERE\s*+)?"
    rf"\{{\s*+(?:{_IRI}|{_NAME})\s++(?:a\b|{_TERM})\s++{_TERM}\s*+(?:\.\s*+)?\}}\s*+(?:LIMIT\s++\d{{1,9}}\s*+)?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 2_000


def is_look_up(query: str) -> bool:
    """Tell whether a query asks for the statements about one named thing: it costs no more than to read these.

    >>> is_look_up("SELECT ?p ?o { <http://x/> ?p ?o }"), is_look_up("SELECT * WHERE { x:a x:b ?o . } LIMIT 5")
    (True, True)
    >>> is_look_up("SELECT ?s { ?s ?p <http://x/> }"), is_look_up("SELECT ?o { <http://x/> <http://p/>* ?o }")
    (False, False)
    """
    return len(query) <= _LONGEST and _LOOK_UP.fullmatch(query) is not None
