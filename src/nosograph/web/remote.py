"""Answers of another endpoint as the embedded engine's own, so that its serialisers write them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from nosograph.store.base import Rows, Triple

__all__ = ["native"]


def _results(found: Rows | bool) -> bytes:
    import json

    if isinstance(found, bool):
        return json.dumps({"head": {}, "boolean": found}).encode()
    bindings = []
    for row in found.rows:
        named: dict[str, Any] = {}
        for name, term in zip(found.variables, row, strict=True):
            if term is not None:
                extra = {"datatype": term.datatype, "xml:lang": term.language}
                named[name] = {"type": term.kind, "value": term.value, **{k: v for k, v in extra.items() if v}}
        bindings.append(named)
    return json.dumps({"head": {"vars": found.variables}, "results": {"bindings": bindings}}).encode()


def native(found: Rows | bool | Iterator[Triple]) -> Any:
    """Return what a store answered as rows, a boolean or triples of the engine."""
    if isinstance(found, (Rows, bool)):
        return ox.parse_query_results(_results(found), format=ox.QueryResultsFormat.JSON)
    lines = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in found)
    return [quad.triple for quad in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES)]
