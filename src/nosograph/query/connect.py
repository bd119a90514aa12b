"""Open a SPARQL endpoint that holds the graph."""

from __future__ import annotations

from nosograph.errors import StoreError, UnknownNameError
from nosograph.namespaces import graph_iri
from nosograph.query.catalogue import run
from nosograph.store.endpoint import EndpointStore

__all__ = ["connect"]


def connect(address: str, edition: str | None = None) -> EndpointStore:
    """Open an endpoint, at its newest edition or the one named.

    If it describes its layers (in any of its graphs), queries see those of the edition; if it does not, they see the
    endpoint's own default graph. Raises StoreError if it does not answer or a push to it was not finished, UnknownNameError
    for an edition it lacks.
    """
    bare = EndpointStore(address)
    rows = run(bare, "endpoint-layers")
    if not rows and run(bare, "pushed-layers", catalog=graph_iri("catalog"), state=graph_iri("push")):
        raise StoreError(
            f"{address} holds a part of the graph only: a push was interrupted; run 'nosograph push' again"
        )
    editions = list(dict.fromkeys(r["edition"] for r in rows if r["edition"]))
    if edition and edition not in editions:
        raise UnknownNameError("edition at the endpoint", edition, [e for e in editions if e])
    chosen = edition or (editions[0] if editions else "")
    graphs = {
        str(e): [str(r["graph"]) for r in rows if r["edition"] in (None, "", e) and r["is_named"] == "true"]
        for e in editions
    }
    digests = {str(r["graph"]): str(r["sha256"]) for r in rows if r["edition"] in (None, "", chosen) and r["sha256"]}
    named = {e: list(dict.fromkeys(g)) for e, g in graphs.items() if g}
    return EndpointStore(address, str(chosen), named, layers=digests, client=bare.client)
