"""Any store that speaks the SPARQL 1.1 protocol.

Where engines differ from the protocol, and how it is met, stands in docs/engines.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from nosograph.errors import QueryError, StoreError, UnknownNameError
from nosograph.namespaces import PREFIXES
from nosograph.store.base import Rows, Store, Term, Triple
from nosograph.store.bind import bind
from nosograph.store.guard import chooses_dataset, gives_triples, guard
from nosograph.store.http import Answer, Client, check_address, timeout_from_environment
from nosograph.store.paging import pages

__all__ = ["EndpointStore", "refused"]

_RESULTS = "application/sparql-results+json"
_TRIPLES = "application/n-triples"
_BOOLEAN = PREFIXES["xsd"] + "boolean"
_STRING = PREFIXES["xsd"] + "string"
#: an engine may store a boolean as a number, and give back another lexical form than was loaded
_CANONICAL = {"1": "true", "0": "false"}
#: what Virtuoso calls the one column of its answer to ASK
_ASKED = "__ASK_RETVAL"
_Row = tuple[Term | None, ...]


def _term(value: dict[str, str] | None) -> Term | None:
    if value is None:
        return None
    if value["type"] in ("uri", "bnode"):
        return Term(value["type"], value["value"])  # type: ignore[arg-type]
    text, datatype = value["value"], value.get("datatype")
    if datatype == _BOOLEAN:
        text = _CANONICAL.get(text, text)
    return Term("literal", text, None if datatype == _STRING else datatype, value.get("xml:lang"))


def refused(address: str, answer: Answer) -> StoreError | QueryError:
    """Return the error that an answer without success stands for: what the engine says, without the query it repeats."""
    said = answer.body[:2000].decode(errors="replace").partition("SPARQL query:")[0]
    kind = QueryError if answer.status == 400 else StoreError
    return kind(f"{address} answers {answer.status}: {' '.join(said.split())[:500] or 'without a word'}")


class EndpointStore:
    """A SPARQL endpoint at an http or https address.

    `graphs` of an edition are sent as the default graph; where none are known, the endpoint's own default graph is asked.
    `layers` are the digests of what the endpoint says it holds, by graph. `seconds` is the longest that it may keep silent
    (default: NOSOGRAPH_STORE_TIMEOUT, or 60). Credentials come from the environment or netrc.
    """

    name = "endpoint"

    def __init__(
        self,
        address: str,
        edition: str = "",
        graphs: Mapping[str, Sequence[str]] | None = None,
        *,
        layers: Mapping[str, str] | None = None,
        seconds: float | None = None,
        client: Client | None = None,
    ) -> None:
        self.address = check_address(address)
        self.edition = edition
        self.digests = dict(layers or {})
        self.client = client or Client(timeout_from_environment() if seconds is None else seconds)
        self._by_edition = graphs or {}
        self._graphs = list(self._by_edition.get(edition, ()))

    def at(self, edition: str) -> Store:
        if self._by_edition and edition not in self._by_edition:
            raise UnknownNameError("edition at the endpoint", edition, self._by_edition)
        return EndpointStore(self.address, edition, self._by_edition, layers=self.digests, client=self.client)

    def graphs(self) -> Sequence[str]:
        return self._graphs

    def _post(self, text: str) -> Answer:
        fields = [("query", text)]
        if not chooses_dataset(text):
            fields += [("default-graph-uri", graph) for graph in self._graphs]
        headers = {
            "Accept": _TRIPLES if gives_triples(text) else _RESULTS,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self.client.send("POST", self.address, urlencode(fields).encode(), headers)
        if not 200 <= answer.status < 300:
            raise refused(self.address, answer)
        if answer.headers.get("x-sql-state"):
            said = answer.headers.get("x-sql-message", "it ran out of time")
            raise StoreError(f"{self.address} gave a part of the answer only: {said}")
        return answer

    def query(
        self, text: str, bindings: Mapping[str, Term | list[Term]] | None = None
    ) -> Rows | bool | Iterator[Triple]:
        guard(text)
        fixed = bind(text, bindings or {})
        answer = self._post(fixed)
        most = answer.headers.get("x-sparql-maxrows", "")
        if answer.kind == _TRIPLES:
            if most.isdigit():
                raise StoreError(
                    f"{self.address} cut the answer off after {most} rows; let it give more (Virtuoso: ResultSetMaxRows)"
                )
            return _triples(answer.body)
        found = self._json(answer)
        if isinstance(found, bool):
            return found
        names, rows = found
        if not most.isdigit() or not int(most) or len(rows) < int(most):
            return Rows(names, iter(rows))
        parts = pages(fixed, names, rows, int(most), self._more)
        return Rows(names, (row for part in parts for row in part))

    def _more(self, text: str) -> list[_Row]:
        found = self._json(self._post(text))
        if isinstance(found, bool):
            raise StoreError(f"{self.address} does not answer a SELECT with rows")
        return found[1]

    def _json(self, answer: Answer) -> tuple[tuple[str, ...], list[_Row]] | bool:
        try:
            found: Any = json.loads(answer.body)
            if "boolean" in found:
                return bool(found["boolean"])
            names = tuple(found["head"]["vars"])
            rows = [tuple(_term(row.get(n)) for n in names) for row in found["results"]["bindings"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{self.address} does not answer as a SPARQL endpoint does (it sent {answer.kind or 'nothing'})"
            ) from error
        if names == (_ASKED,):
            return bool(rows and rows[0][0] and rows[0][0].value in ("1", "true"))
        return names, rows

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def _triples(body: bytes) -> Iterator[Triple]:
    from pyoxigraph import RdfFormat, parse

    from nosograph.store.oxigraph import as_term

    for quad in parse(body, format=RdfFormat.N_TRIPLES):
        yield as_term(quad.subject), as_term(quad.predicate), as_term(quad.object)
