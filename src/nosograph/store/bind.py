"""Put terms in the place of a query's parameters, token by token.

The engines can bind variables themselves, but Oxigraph plans the query before it looks at the bindings: `?code
skos:broader* ?above` then walks from every concept of the graph (15 s) instead of from the one given (1 ms). So the term
is written in where the variable stands. Only whole variable tokens are replaced, never parts of strings, IRIs or
comments, and a term is written by the serialiser, which escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from nosograph.errors import QueryError
from nosograph.store.base import Term
from nosograph.store.guard import INERT

__all__ = ["bind"]

_TOKEN = re.compile(
    rf"(?P<inert>{INERT})|(?P<variable>[?$]\w+)|(?P<word>[A-Za-z]+)|(?P<other>.)",
    re.DOTALL,
)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def _written(name: str, term: Term) -> str:
    """Return the term in SPARQL syntax; QueryError if no text of SPARQL stands for it."""
    good = {
        "uri": _IRI.fullmatch(term.value),
        "literal": _LANGUAGE.fullmatch(term.language or "en") and _IRI.fullmatch(term.datatype or "a:"),
    }.get(term.kind)
    if not good or _SURROGATE.search(term.value):
        raise QueryError(f"{name}: {term.value[:60]!r} cannot be given to a query as {term.kind}")
    return term.n3()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    clause, depth, parens = "where", 0, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        word = token.upper() if match["word"] else ""
        if word == "SELECT":
            clause, parens = "select", 0
        elif word in ("GROUP", "ORDER") and clause != "select":
            clause = word.lower()
        elif word in ("WHERE", "FROM", "HAVING", "LIMIT", "OFFSET", "VALUES") or token in "{}":
            clause = "where"
        depth += (token == "{") - (token == "}")
        parens += (token == "(") - (token == ")")
        inner = clause if clause != "select" or parens == 0 else "expression"
        yield token, inner if match["variable"] else "", depth


@lru_cache(maxsize=256)
def _parts(text: str, names: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
    """Return the text cut at the places of some variables: what stands before a variable, the variable, and its clause.

    The clause is select (of the outermost query), inner, group, order, where or expression; the last part has no variable.
    The named queries are bound again and again: their parts are kept.
    """
    parts: list[tuple[str, str, str]] = []
    before: list[str] = []
    for token, clause, depth in _tokens(text):
        if clause and token[1:] in names:
            parts.append(("".join(before), token, "inner" if clause == "select" and depth else clause))
            before = []
        else:
            before.append(token)
    return (*parts, ("".join(before), "", ""))


def bind(text: str, bindings: Mapping[str, Term | list[Term]]) -> str:
    """Return the query with its parameters fixed; the outermost SELECT still gives them back.

    A list of terms stands for the values of a VALUES clause: `VALUES ?x { ?given }`.

    >>> from nosograph.store.base import uri
    >>> bind("SELECT ?c ?x WHERE { ?c ?p ?x } ORDER BY ?c ?x", {"c": uri("http://a/")})
    'SELECT (<http://a/> AS ?c) ?x WHERE { <http://a/> ?p ?x } ORDER BY  ?x'
    """
    if not bindings:
        return text
    out = []
    for before, token, clause in _parts(text, frozenset(bindings)):
        out.append(before)
        term = bindings[token[1:]] if token else None
        if isinstance(term, list):
            out.append(" ".join(_written(token, each) for each in term))
        elif term is not None and clause == "select":
            out.append(f"({_written(token, term)} AS {token})")
        elif term is not None and clause in ("where", "expression"):
            out.append(_written(token, term))
    return "".join(out)
