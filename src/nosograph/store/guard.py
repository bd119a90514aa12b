"""Refuse what a reader must not do: updates, and queries that make the engine fetch from elsewhere."""

from __future__ import annotations

import re

from nosograph.errors import QueryError

__all__ = ["chooses_dataset", "guard", "names_graphs"]

# Comments, IRIs, strings, prefixed names and variables: what may hold a keyword without being one.
_INERT = re.compile(
    r"<[^<>\"{}|^`\\\s]*>|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[\w.-]*:[\w.:%\\-]*|[?$]\w+",
    re.DOTALL,
)
_UPDATE = re.compile(r"\b(?:INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD)\b", re.IGNORECASE)
_FORM = re.compile(r"\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)


def _keywords(text: str) -> str:
    return _INERT.sub(" ", text)


def guard(text: str) -> None:
    """Raise QueryError if the text is an update or uses SERVICE.

    >>> guard("SELECT ?service WHERE { ?service a <http://x/SERVICE> } # SERVICE")
    >>> guard("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")
    Traceback (most recent call last):
    nosograph.errors.QueryError: SERVICE is switched off: a query may not make the store fetch from elsewhere
    """
    words = _keywords(text)
    if re.search(r"\bSERVICE\b", words, re.IGNORECASE):
        raise QueryError("SERVICE is switched off: a query may not make the store fetch from elsewhere")
    if _UPDATE.search(words) and not _FORM.search(words.split("{", 1)[0]):
        raise QueryError(
            "this is a SPARQL update; the store is for reading only, use SELECT, ASK, CONSTRUCT or DESCRIBE"
        )


def names_graphs(text: str) -> bool:
    """Tell whether a query asks for named graphs, by GRAPH or FROM.

    >>> names_graphs("SELECT * FROM <http://x/> { ?s ?p ?o }"), names_graphs("SELECT ?graph { ?graph ?p ?o }")
    (True, False)
    """
    return re.search(r"\b(?:FROM|GRAPH)\b", _keywords(text), re.IGNORECASE) is not None


def chooses_dataset(text: str) -> bool:
    """Tell whether a query makes up its own dataset by FROM.

    >>> chooses_dataset("SELECT * FROM <http://x/> { ?s ?p ?o }"), chooses_dataset("SELECT * { GRAPH ?g { ?s ?p ?o } }")
    (True, False)
    """
    return re.search(r"\bFROM\b", _keywords(text), re.IGNORECASE) is not None
