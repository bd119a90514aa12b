"""Oxigraph on disk, opened for reading only: several processes may share one folder.

Each edition has a database of its own in which all its layers lie merged in the default graph: half the size and three
times the speed of named graphs. A query that asks for named graphs goes to a second database with every layer of every
edition in its own graph; it is made when first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox

from nosograph.errors import QueryError, StoreError, UnknownNameError
from nosograph.store.base import Rows, Store, Term, Triple
from nosograph.store.bind import bind
from nosograph.store.guard import chooses_dataset, guard, names_graphs

__all__ = ["OxigraphStore", "as_term"]

_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANGUAGE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
#: what the engine raises where files are missing or damaged
_BROKEN = (OSError, RuntimeError)
_T = TypeVar("_T")
_Any = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def _term(value: _Any | None) -> Term | None:
    if isinstance(value, ox.NamedNode):
        return Term("uri", value.value)
    if isinstance(value, ox.Literal):
        datatype = value.datatype.value
        return Term("literal", value.value, None if datatype in (_STRING, _LANGUAGE) else datatype, value.language)
    if isinstance(value, ox.BlankNode):
        return Term("bnode", value.value)
    return None


def as_term(value: _Any) -> Term:
    """Return a term of the engine as the project's own.

    Raises StoreError for a quoted triple, which the project does not use.
    """
    term = _term(value)
    if term is None:
        raise StoreError("quoted triples are not supported")
    return term


def _open(path: Path) -> ox.Store:
    try:
        return ox.Store.read_only(str(path))
    except (*_BROKEN, ValueError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> StoreError:
    return StoreError(f"the store cannot be read ({' '.join(str(error).split())}); run 'nosograph build --force'")


def _whole(found: Iterable[_T]) -> Iterator[_T]:
    """Pass results on; what the engine cannot read on the way is a StoreError."""
    try:
        yield from found
    except _BROKEN as error:
        raise _damaged(error) from error


class OxigraphStore:
    """The embedded store of one edition.

    `folder` holds a database for each edition; `editions` maps each edition to the graphs that are merged in it; `layers`
    are the graphs with their files of gzipped N-Triples; `dataset` makes the database with named graphs, if it is not
    there, and returns its folder.
    """

    name = "oxigraph"

    def __init__(
        self,
        folder: Path,
        edition: str,
        editions: Mapping[str, Sequence[str]],
        layers: Sequence[tuple[str, Path]],
        dataset: Callable[[], Path],
    ) -> None:
        self.folder = folder
        self.edition = edition
        self.editions = editions
        self.native = _open(folder / edition)
        self.on_close: Callable[[], None] = lambda: None
        self.layers = layers
        self._make_dataset = dataset
        self._dataset: ox.Store | None = None

    def at(self, edition: str) -> Store:
        if edition not in self.editions:
            raise UnknownNameError("edition in the store", edition, self.editions)
        if edition == self.edition:
            return self
        return OxigraphStore(self.folder, edition, self.editions, self.layers, self._make_dataset)

    def graphs(self) -> Sequence[str]:
        return self.editions[self.edition]

    def dataset(self) -> ox.Store:
        """Return the database in which every layer is a named graph; the first call may take half a minute."""
        if self._dataset is None:
            self._dataset = _open(self._make_dataset())
        return self._dataset

    def query(
        self, text: str, bindings: Mapping[str, Term | list[Term]] | None = None
    ) -> Rows | bool | Iterator[Triple]:
        guard(text)
        fixed = bind(text, bindings or {})
        try:
            # Parsed before anything is made for it.
            found: Any = None if names_graphs(text) else self.native.query(fixed)
            if found is None:
                ox.Store().query(fixed)
                found = self._query_graphs(fixed)
        except SyntaxError as error:
            raise QueryError(f"this is not a SPARQL query: {error}") from error
        except _BROKEN as error:
            raise _damaged(error) from error
        if isinstance(found, ox.QuerySolutions):
            variables = tuple(v.value for v in found.variables)
            return Rows(variables, (tuple(_term(value) for value in row) for row in _whole(found)))
        if isinstance(found, ox.QueryTriples):
            return ((as_term(t.subject), as_term(t.predicate), as_term(t.object)) for t in _whole(found))
        return bool(found)

    def _query_graphs(self, text: str) -> Any:
        if chooses_dataset(text):
            return self.dataset().query(text)
        return self.dataset().query(text, default_graph=[ox.NamedNode(g) for g in self.graphs()])

    def close(self) -> None:
        """Let go of the files; the store must not be used afterwards."""
        del self.native
        self._dataset = None
        self.on_close()
