"""Load the layers of the embedded store into another engine, graph by graph and piece by piece.

What was begun is written into a graph of its own (`.../graph/push`): the digest of each layer before its first piece. The
graph that describes the layers is removed first and written last, so that a half-loaded graph is never described as whole.
A push that was interrupted counts what is there of a layer with the same digest and goes on from there; a piece that was
sent twice adds nothing, since the layers have no blank nodes.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from nosograph.errors import StoreError
from nosograph.namespaces import BASE
from nosograph.query.catalogue import run
from nosograph.store.base import literal, uri
from nosograph.store.endpoint import EndpointStore, refused
from nosograph.store.home import Home
from nosograph.store.http import Client, check_address

__all__ = ["Pushed", "Target", "push"]

Progress = Callable[[str, float], None]
State = Literal["there", "continued", "loaded", "replaced"]

_STATE_GRAPH = f"{BASE}graph/push"
_CATALOG_GRAPH = f"{BASE}graph/catalog"
_SHA256 = f"{BASE}vocab#sha256"
_UPDATES = Path(__file__).parent / "ru"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the graph goes. Without `graph_store`, pieces are sent as updates, to `update` or to the endpoint itself.

    `piece` is the triples in one request: 50,000 by the Graph Store Protocol, 1,000 by update, which Virtuoso's parser
    takes at most some 2,000 of.
    """

    endpoint: str
    graph_store: str | None = None
    update: str | None = None
    piece: int | None = None

    @property
    def size(self) -> int:
        return self.piece or (50_000 if self.graph_store else 1_000)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one layer. `found` is counted at the engine at the end."""

    graph: str
    title: str
    triples: int
    found: int
    state: State

    @property
    def is_whole(self) -> bool:
        return self.found == self.triples


@dataclass(frozen=True, slots=True)
class _Layer:
    graph: str
    title: str
    triples: int
    sha256: str
    path: Path


@cache
def _template(name: str) -> str:
    text = (_UPDATES / f"{name}.ru").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


class _Engine:
    """What a push asks of the engine: clear a graph, add lines to it, count graphs."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.client = Client(600)
        self.store = EndpointStore(target.endpoint, client=self.client)
        self.graph_store = check_address(target.graph_store) if target.graph_store else None
        self.update = check_address(target.update or target.endpoint)

    def _expect(self, address: str, method: str, body: bytes | None, kind: str, *also: int) -> None:
        answer = self.client.send(method, address, body, {"Content-Type": kind})
        if not 200 <= answer.status < 300 and answer.status not in also:
            raise StoreError(f"{refused(address, answer)}; what was pushed before stays, and the same command goes on")

    def _graph(self, graph: str) -> str:
        assert self.graph_store
        return f"{self.graph_store}{'&' if '?' in self.graph_store else '?'}graph={quote(graph, safe='')}"

    def _run(self, name: str, graph: str, lines: str = "") -> None:
        text = _template(name).replace("GRAPH_IRI", uri(graph).n3()).replace("TRIPLES", lines)
        self._expect(self.update, "POST", text.encode(), "application/sparql-update; charset=utf-8")

    def clear(self, graph: str) -> None:
        if self.graph_store:
            self._expect(self._graph(graph), "DELETE", None, "application/n-triples", 404)
        else:
            self._run("drop-graph", graph)

    def add(self, graph: str, lines: Sequence[bytes]) -> None:
        if self.graph_store:
            self._expect(self._graph(graph), "POST", b"".join(lines), "application/n-triples")
        else:
            self._run("insert-data", graph, b"".join(lines).decode())

    def counts(self, graphs: Sequence[str]) -> dict[str, int]:
        rows = [row for graph in graphs for row in run(self.store, "graph-count", graph=graph)]
        return {r["graph"] or "": int(r["triples"] or 0) for r in rows}

    def described(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the digests of the layers that are described as whole, and of those that were begun."""
        rows = run(self.store, "pushed-layers", catalog=_CATALOG_GRAPH, state=_STATE_GRAPH)
        parts: dict[str, dict[str, str]] = {"whole": {}, "begun": {}}
        for row in rows:
            parts[row["part"] or ""][row["graph"] or ""] = row["sha256"] or ""
        return parts["whole"], parts["begun"]

    def begin(self, graph: str, sha256: str) -> None:
        line = f"{uri(graph).n3()} {uri(_SHA256).n3()} {literal(sha256).n3()} .\n"
        self.add(_STATE_GRAPH, [line.encode()])


def _layers(home: Home) -> list[_Layer]:
    manifest, folder = home.manifest(), home.current()
    assert folder is not None
    found = [
        _Layer(n["graph"], n["title"], n["triples"], n["sha256"], folder / "layers" / n["file"])
        for n in manifest["layers"]
    ]
    # The description of the layers comes last; it states a digest of its other lines, and is known by that.
    last = [replace(n, sha256=_stated(n)) for n in found if n.graph == _CATALOG_GRAPH]
    return [n for n in found if n.graph != _CATALOG_GRAPH] + last


def _stated(layer: _Layer) -> str:
    start = f"{uri(layer.graph).n3()} {uri(_SHA256).n3()} ".encode()
    return next((line.split(b'"')[1].decode() for line in _lines(layer) if line.startswith(start)), layer.sha256)


def _lines(layer: _Layer) -> Iterator[bytes]:
    try:
        with gzip.open(layer.path) as stream:
            yield from stream
    except (OSError, EOFError, zlib.error) as error:
        raise StoreError(f"{layer.path} is damaged ({error}); run 'nosograph build --force'") from error


def _pieces(layer: _Layer, done: int, size: int) -> Iterator[list[bytes]]:
    lines = islice(_lines(layer), done, None)
    while piece := list(islice(lines, size)):
        yield piece


def _report(progress: Progress, title: str, before: int, total: int, done: int) -> None:
    progress(title, 0.99 * (before + done) / total)


def _load(engine: _Engine, layer: _Layer, there: int, report: Callable[[int], None]) -> None:
    # What is there may lack some of a piece whose request broke off: begin a piece earlier.
    done = max(0, there // engine.target.size - 1) * engine.target.size
    report(done)
    for piece in _pieces(layer, done, engine.target.size):
        engine.add(layer.graph, piece)
        done += len(piece)
        report(done)


def _plan(
    layers: Sequence[_Layer],
    whole: Mapping[str, str],
    begun: Mapping[str, str],
    counts: Mapping[str, int],
    force: bool,
) -> dict[str, State]:
    """Say for each layer whether it is there, goes on, is new, or takes the place of another content."""
    plan: dict[str, State] = {}
    for layer in layers:
        count = counts.get(layer.graph, 0)
        known = (whole.get(layer.graph), begun.get(layer.graph))
        if not force and layer.sha256 in known and count == layer.triples:
            plan[layer.graph] = "there"
        elif not force and begun.get(layer.graph) == layer.sha256 and 0 < count < layer.triples:
            plan[layer.graph] = "continued"
        else:
            plan[layer.graph] = "replaced" if count else "loaded"
    return plan


def push(home: Home, target: Target, progress: Progress, *, force: bool = False) -> list[Pushed]:
    """Bring every layer of a built store to an engine and count what is there; the layers in order of loading.

    Nothing is sent if the engine holds the same layers. `force` loads them anew. Raises StoreError if the engine fails or
    refuses, UsageError for an address that cannot be used; a later push goes on where this one ended.
    """
    engine = _Engine(target)
    try:
        return _push(engine, _layers(home), progress, force)
    finally:
        engine.client.close()


def _push(engine: _Engine, layers: list[_Layer], progress: Progress, force: bool) -> list[Pushed]:
    progress("counting what is there", 0.0)
    graphs = [layer.graph for layer in layers]
    whole, begun = engine.described()
    counts = engine.counts(graphs)
    plan = _plan(layers, whole, begun, counts, force)
    if any(state != "there" for state in plan.values()) or begun:
        _send(engine, layers, plan, begun, counts, progress)
    progress("counting what is there", 1.0)
    found = engine.counts(graphs)
    done = [Pushed(n.graph, n.title, n.triples, found.get(n.graph, 0), plan[n.graph]) for n in layers]
    if begun or any(p.state != "there" for p in done):
        _finish(engine, done)
    return done


def _send(
    engine: _Engine,
    layers: Sequence[_Layer],
    plan: dict[str, State],
    begun: Mapping[str, str],
    counts: Mapping[str, int],
    progress: Progress,
) -> None:
    total, sent = sum(n.triples for n in layers) or 1, 0
    # Until the end nothing at the engine says that the graph is whole.
    engine.clear(_CATALOG_GRAPH)
    if plan[_CATALOG_GRAPH] == "there":
        plan[_CATALOG_GRAPH] = "replaced"
    for layer in layers:
        state = plan[layer.graph]
        if state in ("loaded", "replaced"):
            engine.clear(layer.graph)
        if begun.get(layer.graph) != layer.sha256:
            engine.begin(layer.graph, layer.sha256)
        if state != "there":
            there = counts.get(layer.graph, 0) if state == "continued" else 0
            _load(engine, layer, there, partial(_report, progress, layer.title, sent, total))
        sent += layer.triples


def _finish(engine: _Engine, done: Sequence[Pushed]) -> None:
    """Remove the notes of a push that is whole; the description of one that is not."""
    if all(p.is_whole for p in done):
        engine.clear(_STATE_GRAPH)
    else:
        engine.clear(_CATALOG_GRAPH)
