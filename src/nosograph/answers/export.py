"""The graph, or the part around some codes, in the formats that other tools read."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nosograph.answers.entries import entry
from nosograph.answers.graphs import to_networkx
from nosograph.errors import UnknownNameError, UsageError
from nosograph.namespaces import PREFIXES
from nosograph.notation import code_iri
from nosograph.query import named, run
from nosograph.store import Store, uri
from nosograph.store.base import Rows, Term, Triple

if TYPE_CHECKING:
    import pyoxigraph as ox

__all__ = ["FORMATS", "export", "export_page", "write_jsonld"]

FORMATS = ("turtle", "jsonld", "nquads", "rdfxml", "graphml", "csv")


def _native(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    import pyoxigraph as ox

    if term.kind == "uri":
        return ox.NamedNode(term.value)
    if term.kind == "bnode":
        return ox.BlankNode(term.value)
    datatype = ox.NamedNode(term.datatype) if term.datatype else None
    return ox.Literal(term.value, datatype=datatype, language=term.language)


def _slice(store: Store, codes: Iterable[str]) -> list[ox.Triple]:
    """Return the triples around the codes, each once, in a fixed order."""
    found: set[Triple] = set()
    for code in codes:
        result = store.query(named("slice").text, {"code": uri(code_iri(entry(store, code).code))})
        if not isinstance(result, (Rows, bool)):
            found.update(result)
    return _ordered(found)


def _ordered(found: set[Triple]) -> list[ox.Triple]:
    import pyoxigraph as ox

    ordered = sorted(found, key=lambda t: tuple(part.n3() for part in t))
    return [ox.Triple(_native(s), _native(p), _native(o)) for s, p, o in ordered]  # type: ignore[arg-type]


class _SortedPrefixes:
    """A stream that puts the prefixes in order, which the serialiser writes in any: the same graph, the same bytes."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out = out
        self.head: list[bytes] | None = []
        self.rest = b""

    def write(self, data: bytes) -> int:
        if self.head is None:
            return self.out.write(data)
        self.rest += data
        while b"\n" in self.rest and self.head is not None:
            line, _, self.rest = self.rest.partition(b"\n")
            if line.startswith(b"@prefix"):
                self.head.append(line + b"\n")
            else:
                self.rest = line + b"\n" + self.rest
                self.flush_head()
        return len(data)

    def flush_head(self) -> None:
        """Write what has been held back."""
        if self.head is not None:
            self.out.write(b"".join(sorted(self.head)) + self.rest)
            self.head, self.rest = None, b""

    def flush(self) -> None:
        """Nothing is held back once the prefixes are out."""


def _serialise(write: Callable[[Any], object], out: IO[bytes], form: str) -> None:
    if form != "turtle":
        write(out)
        return
    ordered = _SortedPrefixes(out)
    write(ordered)
    ordered.flush_head()


def _write_rdf(triples: Iterable[ox.Triple] | Iterable[ox.Quad], form: str, out: IO[bytes]) -> None:
    import pyoxigraph as ox

    formats = {"turtle": ox.RdfFormat.TURTLE, "nquads": ox.RdfFormat.N_QUADS, "rdfxml": ox.RdfFormat.RDF_XML}
    _serialise(lambda to: ox.serialize(triples, to, formats[form], prefixes=PREFIXES), out, form)


def write_jsonld(triples: Iterable[ox.Triple], out: IO[bytes]) -> None:
    """Write JSON-LD with a context of its own (nothing is fetched to read it)."""
    from rdflib import Graph

    text = io.BytesIO()
    import pyoxigraph as ox

    ox.serialize(triples, text, ox.RdfFormat.N_TRIPLES)
    graph = Graph().parse(data=text.getvalue(), format="nt")
    out.write(graph.serialize(format="json-ld", context=dict(PREFIXES), indent=1, sort_keys=True).encode())


def _whole(store: Store, form: str, out: IO[bytes]) -> None:
    import pyoxigraph as ox

    from nosograph.store.oxigraph import OxigraphStore

    if not isinstance(store, OxigraphStore):
        raise UsageError("only an embedded store can be exported whole; name some codes")
    if form == "nquads":
        for graph, path in store.layers:
            tail = f" <{graph}> .\n".encode()
            with gzip.open(path) as lines:
                out.writelines(line.removesuffix(b" .\n") + tail for line in lines)
        return
    formats = {"turtle": ox.RdfFormat.TURTLE, "rdfxml": ox.RdfFormat.RDF_XML}
    native, whole = store.native, ox.DefaultGraph()
    if form == "jsonld":
        out.write(b'{"@context":' + json.dumps(PREFIXES).encode() + b',"@graph":')
        native.dump(out, ox.RdfFormat.JSON_LD, from_graph=whole)
        out.write(b"}\n")
        return
    _serialise(lambda to: native.dump(to, formats[form], from_graph=whole, prefixes=PREFIXES), out, form)


def _quads(store: Store, triples: Iterable[ox.Triple]) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    graph = ox.NamedNode(store.graphs()[0])
    return (ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples)


def _around(store: Store, codes: Iterable[str]) -> set[str | None]:
    """Return the notations of the codes and of what is above and below them."""
    found: set[str | None] = set()
    for code in codes:
        me = entry(store, code)
        found |= (
            {me.code} | {t.code for t in me.path} | {r["notation"] for r in run(store, "descendants", code=me.code)}
        )
    return found


def _table(store: Store, codes: Sequence[str], out: IO[bytes]) -> None:
    fields = ("code", "title", "reportable", "parent")
    wanted = _around(store, codes)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    parents = {r["notation"]: r["parent"] for r in run(store, "hierarchy")}
    for row in run(store, "concepts"):
        if not codes or row["notation"] in wanted:
            writer.writerow((row["notation"], row["title"], row["reportable"], parents.get(row["notation"]) or ""))
    text.detach()


def _graphml(store: Store, codes: Sequence[str], out: IO[bytes]) -> None:
    import networkx as nx

    wanted = _around(store, codes)
    graph = to_networkx(store)
    nx.write_graphml(graph.subgraph(wanted) if codes else graph, out)


def export(store: Store, form: str, out: IO[bytes] | Path, codes: Sequence[str] = ()) -> None:
    """Write the whole graph, or what is above, below and noted at some codes.

    N-Quads of the whole keep every layer in its named graph; the other formats merge the layers of the edition. CSV holds
    a row an entry; GraphML the hierarchy and the notes' references.
    Raises UnknownNameError for a format that is none of FORMATS, UnknownCodeError for an unknown code.
    """
    if form not in FORMATS:
        raise UnknownNameError("format", form, FORMATS)
    if isinstance(out, Path):
        with out.open("wb") as stream:
            export(store, form, stream, codes)
    elif form == "csv":
        _table(store, codes, out)
    elif form == "graphml":
        _graphml(store, codes, out)
    elif not codes:
        _whole(store, form, out)
    elif form == "jsonld":
        write_jsonld(_slice(store, codes), out)
    else:
        triples = _slice(store, codes)
        _write_rdf(_quads(store, triples) if form == "nquads" else triples, form, out)


def export_page(store: Store, out: IO[bytes], code: str) -> None:
    """Write what is above, below and noted at a code, with the guidance that rules find for it, as Turtle.

    Raises UnknownCodeError for an unknown code.
    """
    from nosograph.answers.guidance import guidance_triples

    around = _slice(store, [code])
    _write_rdf([*around, *_ordered(set(guidance_triples(store, code)))], "turtle", out)
