"""Named queries: `.rq` files with a header that says what they are for and which parameters they take.

::

    #+ id: descendants
    #+ summary: Every descendant of a code, with its notation.
    #+ params: {code: code}

Parameters are bound, never formatted into the text. Their types: `iri`, `code` (any way of writing a code; bound to its
IRI), `string`, `date`, `integer`; `iris` (separated by spaces) are the values of a VALUES clause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from nosograph.errors import DataError, QueryError, UnknownNameError, UsageError
from nosograph.notation import code_iri, normalise
from nosograph.store.base import Rows, Store, Term, literal, uri

__all__ = ["NamedQuery", "catalogue", "named", "run"]

_FOLDER = Path(__file__).parent / "rq"
_HEADER = re.compile(r"^#\+\s*(\w+):\s*(.*)$", re.MULTILINE)
_PARAM = re.compile(r"(\w+)\s*:\s*(\w+)")
_TYPES = ("iri", "iris", "code", "string", "date", "integer")
_IRI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One query of the catalogue. `params` maps each parameter to its type; `internal` ones serve the program itself."""

    id: str
    summary: str
    params: Mapping[str, str]
    text: str
    question: str = ""
    internal: bool = field(default=False)

    def bindings(self, values: Mapping[str, str]) -> dict[str, Term | list[Term]]:
        """Turn typed-in values into terms.

        Raises UsageError if one is missing, unknown or has not the form of its type.
        """
        unknown = sorted(set(values) - set(self.params))
        if unknown:
            raise UnknownNameError(f"parameter of {self.id}", unknown[0], self.params)
        missing = sorted(set(self.params) - set(values))
        if missing:
            raise UsageError(f"the query {self.id} needs {', '.join(f'--param {name}=...' for name in missing)}")
        return {name: _term(name, self.params[name], value) for name, value in values.items()}


def _term(name: str, kind: str, value: str) -> Term | list[Term]:
    if kind == "code":
        return uri(code_iri(normalise(value)))
    if kind in ("iri", "iris"):
        iris = value.split() if kind == "iris" else [value]
        wrong = [iri for iri in iris if not _IRI.fullmatch(iri)]
        if wrong:
            raise UsageError(f"{name}={wrong[0]!r} is not an absolute IRI")
        return [uri(iri) for iri in iris] if kind == "iris" else uri(value)
    try:
        if kind == "date":
            return literal(date.fromisoformat(value).isoformat(), "date")
        return literal(str(int(value)), "integer") if kind == "integer" else literal(value)
    except ValueError as error:
        raise UsageError(
            f"{name}={value!r} is not {'a date like 2026-11-22' if kind == 'date' else 'a whole number'}"
        ) from error


def _read(path: Path) -> NamedQuery:
    text = path.read_text(encoding="utf-8")
    header = dict(_HEADER.findall(text))
    params = dict(_PARAM.findall(header.get("params", "")))
    wrong = [kind for kind in params.values() if kind not in _TYPES]
    if header.get("id") != path.stem or "summary" not in header or wrong:
        raise DataError(f"{path.name}: its header lacks an id like the file's name, a summary, or known types")
    return NamedQuery(
        path.stem,
        header["summary"],
        params,
        text,
        header.get("question", ""),
        header.get("internal", "") == "true",
    )


@cache
def catalogue() -> Mapping[str, NamedQuery]:
    """Return all queries by id, in order of their ids."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.rq"))}


@cache
def named(name: str) -> NamedQuery:
    """Return one query; only its file is read.

    Raises UnknownNameError if there is none.
    """
    path = _FOLDER / f"{name}.rq"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise UnknownNameError("query", name, [n for n, q in catalogue().items() if not q.internal])
    return _read(path)


def run(store: Store, name: str, **values: str) -> list[dict[str, str | None]]:
    """Run a SELECT of the catalogue; a row maps each variable to an IRI or lexical form, or None where unbound."""
    query = named(name)
    found = store.query(query.text, query.bindings(values))
    if not isinstance(found, Rows):
        raise QueryError(f"the query {name} is no SELECT")
    names = found.variables
    return [{n: t.value if t else None for n, t in zip(names, row, strict=True)} for row in found.rows]
