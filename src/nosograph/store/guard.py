"""Refuse what a reader must not do: updates, and queries that make the engine fetch from elsewhere.

No tokeniser stands between SERVICE and the engine: they differ in where an IRI, a string or a comment ends (`?a<'>'`, a
carriage return, `\\u0053ERVICE`), and a text that hides a keyword from one shows it to another. So the clause is looked for
in the text as it stands, in every reading that an engine may take. A clause in a comment of its own line passes; one in a
string, or behind other text on the line, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nosograph.errors import QueryError

__all__ = ["INERT", "chooses_dataset", "gives_triples", "guard", "names_graphs"]

#: IRIs, strings, comments and prefixed names: what may hold a keyword without being one
INERT = (
    r"<(?:[^<>\"{}|^`\\\s]|\\[uU][0-9A-Fa-f]+)*>"
    r"|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r"|\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*'|#[^\r\n]*|[\w.-]*:(?:[\w.:%-]|\\.)*"
)
_INERT = re.compile(INERT + r"|[?$]\w+", re.DOTALL)
_UPDATE = re.compile(r"\b(?:INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD)\b", re.IGNORECASE)
_FORM = re.compile(r"\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)

# SERVICE, perhaps SILENT, an IRI, variable or prefixed name, and a brace, with spaces and comments anywhere. The engines need
# no space before it (`?p 1SERVICE`), so only what can end no other token may stand there: a letter, '_', '?', '$'.
_GAP = r"(?:\s|#[^\n]*\n)*+"
_NAME = r"(?:<[^<>\s]*+>|[^\s{#\\?$:<]*+[?$:](?:\\.|[^\s{#\\])*+)"
_SERVICE = re.compile(
    rf"(?:(?<![?$_])(?<![^\W\d])|(?<=true)|(?<=false))SERVICE{_GAP}(?:SILENT{_GAP})?{_NAME}{_GAP}\{{", re.IGNORECASE
)
_COMMENT_LINE = re.compile(r"^[ \t]*#[^\r\n]*", re.MULTILINE)
#: as the specification has them (four or eight digits), and as rdflib reads them
_ESCAPES = (
    re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})"),
    re.compile(r"\\[uU]([0-9A-Fa-f]{8}|[0-9A-Fa-f]{4})"),
)
# Beyond these, Oxigraph overflows its stack and takes the process down (measured: between 1,000 and 3,000 of each).
_MOST_NESTED, _MOST_JOINED = 250, 1000
#: texts whose verdict is kept: the program asks the same queries, with their parameters still open, again and again
_KEPT = 256
_BRACKET = re.compile(r"[{(\[]|[})\]]")
_JOINING = re.compile(r"&&|\|\||[{!*+/|-]|\b(?:BIND|FILTER)\b", re.IGNORECASE)


def _keywords(text: str) -> str:
    return _INERT.sub(" ", text)


def _character(match: re.Match[str]) -> str:
    point = int(match[match.lastindex or 1], 16)
    return chr(point) if point < 0x110000 else match[0]


def _readings(text: str) -> Iterator[str]:
    """Yield the text as the engines may read it: with or without escapes, lines ending with a carriage return or not."""
    escaped = {text, *(pattern.sub(_character, text) for pattern in _ESCAPES)}
    for reading in {version for each in escaped for version in (each, each.replace("\r", "\n"))}:
        # Within a long string a line that starts with '#' is no comment.
        has_long_string = '"""' in reading or "'''" in reading
        yield reading if has_long_string else _COMMENT_LINE.sub("", reading)


def _refuse_too_deep(words: str) -> None:
    depth = deepest = 0
    for bracket in _BRACKET.findall(words):
        depth += 1 if bracket in "{([" else -1
        deepest = max(deepest, depth)
    joined = len(_JOINING.findall(words))
    if deepest > _MOST_NESTED or joined > _MOST_JOINED:
        raise QueryError(
            f"the query is too large: {deepest} brackets within each other and {joined:,} joined parts, where at most "
            f"{_MOST_NESTED} and {_MOST_JOINED:,} are allowed; put long lists into VALUES"
        )


#: what a text must hold to be refused, or to ask for graphs; letters beyond ASCII may fold into these
_SUSPECT = re.compile(r"SERVICE|INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD", re.IGNORECASE)
_GRAPHS = re.compile(r"FROM|GRAPH", re.IGNORECASE)


def _is_plain(text: str) -> bool:
    """Tell whether a text is too short to be deep, without escapes, and holds none of the words that are looked for."""
    return len(text) <= _MOST_NESTED and text.isascii() and "\\" not in text and not _SUSPECT.search(text)


@lru_cache(maxsize=_KEPT)
def guard(text: str) -> None:
    """Raise QueryError if the text is an update, uses SERVICE, or is so deep that it would overflow an engine's stack.

    >>> guard("SELECT ?service WHERE { ?service a <http://x/SERVICE> } # SERVICE")
    >>> guard("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")
    Traceback (most recent call last):
    nosograph.errors.QueryError: SERVICE is switched off: a query may not make the store fetch from elsewhere
    """
    if _is_plain(text):
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryError(f"the query is not Unicode text: {error.reason}") from error
    if any(_SERVICE.search(reading) for reading in _readings(text)):
        raise QueryError("SERVICE is switched off: a query may not make the store fetch from elsewhere")
    words = _keywords(text)
    if _UPDATE.search(words) and not _FORM.search(words.split("{", 1)[0]):
        raise QueryError(
            "this is a SPARQL update; the store is for reading only, use SELECT, ASK, CONSTRUCT or DESCRIBE"
        )
    _refuse_too_deep(words)


@lru_cache(maxsize=_KEPT)
def names_graphs(text: str) -> bool:
    """Tell whether a query asks for named graphs, by GRAPH or FROM.

    >>> names_graphs("SELECT * FROM <http://x/> { ?s ?p ?o }"), names_graphs("SELECT ?graph { ?graph ?p ?o }")
    (True, False)
    """
    if text.isascii() and not _GRAPHS.search(text):
        return False
    return re.search(r"\b(?:FROM|GRAPH)\b", _keywords(text), re.IGNORECASE) is not None


def chooses_dataset(text: str) -> bool:
    """Tell whether a query makes up its own dataset by FROM.

    >>> chooses_dataset("SELECT * FROM <http://x/> { ?s ?p ?o }"), chooses_dataset("SELECT * { GRAPH ?g { ?s ?p ?o } }")
    (True, False)
    """
    return re.search(r"\bFROM\b", _keywords(text), re.IGNORECASE) is not None


def gives_triples(text: str) -> bool:
    """Tell whether a query is a CONSTRUCT or DESCRIBE.

    >>> gives_triples("PREFIX a: <http://SELECT/> CONSTRUCT WHERE { ?s a ?o }"), gives_triples("ASK { ?s a ?o }")
    (True, False)
    """
    form = _FORM.search(_keywords(text))
    return form is not None and form[0].upper() in ("CONSTRUCT", "DESCRIBE")
