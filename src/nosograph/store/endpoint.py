"""Any store that speaks the SPARQL 1.1 protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from nosograph.errors import QueryError, StoreError, UsageError
from nosograph.store.base import Rows, Store, Term, Triple
from nosograph.store.bind import bind
from nosograph.store.guard import chooses_dataset, guard

__all__ = ["EndpointStore"]

_RESULTS = "application/sparql-results+json"
_TRIPLES = "application/n-triples"


def _term(value: dict[str, str] | None) -> Term | None:
    if value is None:
        return None
    kind = {"uri": "uri", "bnode": "bnode"}.get(value["type"], "literal")
    return Term(kind, value["value"], value.get("datatype"), value.get("xml:lang"))  # type: ignore[arg-type]


class EndpointStore:
    """A SPARQL endpoint at an http or https address.

    `graphs` of an edition are sent as the default graph; where none are known, the endpoint's own default graph is asked.
    """

    name = "endpoint"

    def __init__(
        self,
        address: str,
        edition: str = "",
        graphs: Mapping[str, Sequence[str]] | None = None,
        *,
        seconds: float = 60,
    ) -> None:
        if urlsplit(address).scheme not in ("http", "https"):
            raise UsageError(
                f"{address!r} is not the address of a SPARQL endpoint: it must start with http:// or https://"
            )
        self.address = address
        self.edition = edition
        self.seconds = seconds
        self._by_edition = graphs or {}
        self._graphs = list(self._by_edition.get(edition, ()))

    def at(self, edition: str) -> Store:
        return EndpointStore(self.address, edition, self._by_edition, seconds=self.seconds)

    def graphs(self) -> Sequence[str]:
        return self._graphs

    def _post(self, text: str) -> tuple[str, bytes]:
        fields = [("query", text)]
        if not chooses_dataset(text):
            fields += [("default-graph-uri", graph) for graph in self._graphs]
        request = Request(  # noqa: S310 - the scheme was checked above
            self.address,
            urlencode(fields).encode(),
            {"Accept": f"{_RESULTS}, {_TRIPLES};q=0.9", "Content-Type": "application/x-www-form-urlencoded"},
        )
        try:
            with urlopen(request, timeout=self.seconds) as response:  # noqa: S310
                return response.headers.get_content_type(), response.read()
        except HTTPError as error:
            reason = error.read(500).decode(errors="replace").strip()
            kind = QueryError if error.code == 400 else StoreError
            raise kind(f"{self.address} answers {error.code}: {reason or error.reason}") from error
        except (URLError, TimeoutError, OSError) as error:
            raise StoreError(f"{self.address} does not answer: {getattr(error, 'reason', error)}") from error

    def query(
        self, text: str, bindings: Mapping[str, Term | list[Term]] | None = None
    ) -> Rows | bool | Iterator[Triple]:
        guard(text)
        kind, body = self._post(bind(text, bindings or {}))
        if kind == _TRIPLES:
            return _triples(body)
        try:
            found: Any = json.loads(body)
            if "boolean" in found:
                return bool(found["boolean"])
            names = tuple(found["head"]["vars"])
            return Rows(names, (tuple(_term(row.get(n)) for n in names) for row in found["results"]["bindings"]))
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{self.address} does not answer as a SPARQL endpoint does (it sent {kind})") from error

    def close(self) -> None:
        """Nothing is held between requests."""


def _triples(body: bytes) -> Iterator[Triple]:
    from pyoxigraph import RdfFormat, parse

    from nosograph.store.oxigraph import as_term

    for quad in parse(body, format=RdfFormat.N_TRIPLES):
        yield as_term(quad.subject), as_term(quad.predicate), as_term(quad.object)
