"""What every store can do."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from nosograph.namespaces import PREFIXES

__all__ = ["Rows", "Store", "Term", "Triple", "literal", "uri"]

_XSD = PREFIXES["xsd"]


class Term(NamedTuple):
    """An RDF term. `kind` is that of SPARQL's JSON results: uri, literal or bnode."""

    kind: Literal["uri", "literal", "bnode"]
    value: str
    datatype: str | None = None
    language: str | None = None

    def n3(self) -> str:
        r"""Return the term in N-Triples syntax.

        >>> print(Term("literal", 'a "b"', language="en").n3(), Term("uri", "http://x/").n3())
        "a \"b\""@en <http://x/>
        """
        if self.kind == "uri":
            return f"<{self.value}>"
        if self.kind == "bnode":
            return f"_:{self.value}"
        escaped = self.value.translate(_ESCAPES)
        tail = f"@{self.language}" if self.language else f"^^<{self.datatype}>" if self.datatype else ""
        return f'"{escaped}"{tail}'


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
Triple = tuple[Term, Term, Term]


def uri(value: str) -> Term:
    return Term("uri", value)


def literal(value: str, datatype: str | None = None) -> Term:
    """Return a literal; the datatype is the local name of one of XML Schema's (`date`, `integer`)."""
    return Term("literal", value, _XSD + datatype if datatype else None)


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a SELECT: names of the variables, and the rows as they come."""

    variables: tuple[str, ...]
    rows: Iterator[tuple[Term | None, ...]]


class Store(Hashable, Protocol):
    """A graph that can be queried.

    The default graph of a query is the union of the layers of one edition with those that have none. Every method raises
    QueryError for a text that is not SPARQL, and StoreError if the store fails.
    """

    name: str
    edition: str

    def query(
        self, text: str, bindings: Mapping[str, Term | list[Term]] | None = None
    ) -> Rows | bool | Iterator[Triple]:
        """Run a SELECT (Rows), an ASK (bool), or a CONSTRUCT or DESCRIBE (triples).

        Bindings fix variables of the query; each must be projected by every SELECT that uses it. A list of terms stands for
        the values of a VALUES clause.
        """
        ...

    def at(self, edition: str) -> Store:
        """Return the same store seen at another edition."""
        ...

    def graphs(self) -> Sequence[str]:
        """Return the IRIs of the named graphs that make up the default graph."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
