"""The process that runs one query of a stranger after the other, and that may be killed.

It is started with the number of a socket. What it is asked is the length of a JSON object (4 bytes) and the object; the first
says which store to open, and the limits, and is answered when the store is open. An answer is a head of fixed size (`HEAD`:
status, length of the media type, length of the body), the media type and the body, which is a message if the status is not 200.
The results are written by the engine's own serialiser, whole, before any byte leaves: an answer is complete or an error.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from nosograph.errors import NosographError, QueryError
from nosograph.namespaces import PREFIXES
from nosograph.store.guard import chooses_dataset, guard, names_graphs
from nosograph.store.oxigraph import OxigraphStore
from nosograph.web.negotiation import preferred

__all__ = ["GRAPHS", "HEAD", "LENGTH", "ROWS", "Embedded", "main", "needs_dataset", "safely"]

#: media types of results, the preferred one first
ROWS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/xml": ox.QueryResultsFormat.XML,
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/json": ox.RdfFormat.JSON_LD,
    "application/xml": ox.RdfFormat.RDF_XML,
}
#: clients that say what they want of a graph only by what they want of a table
_LENIENT = "text/turtle"
#: what stands before a question, and before an answer
LENGTH, HEAD = struct.Struct("!I"), struct.Struct("!HHI")


class _TooLargeError(Exception):
    """The result is larger than allowed."""


class _Limited(io.BytesIO):
    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.most:
            raise _TooLargeError
        return super().write(data)


_Answer = tuple[int, str, bytes]


def needs_dataset(job: dict[str, Any]) -> bool:
    """Tell whether a query asks for graphs by name."""
    return bool(job["default"] or job["named"]) or names_graphs(job["query"])


class Embedded:
    """The databases of an edition, read by the engine itself."""

    def __init__(self, store: OxigraphStore) -> None:
        self.store, self.folder = store, store.folder
        self.graphs: list[Any] = [ox.NamedNode(g) for g in store.graphs()]
        self.layered: ox.Store | None = None

    @classmethod
    def open(cls, setting: dict[str, Any]) -> Embedded:
        folder, edition = Path(setting["folder"]), setting["edition"]
        return cls(OxigraphStore(folder, edition, {edition: setting["graphs"]}, [], lambda: folder / "dataset"))

    def query(self, job: dict[str, Any]) -> Any:
        text = job["query"]
        guard(text)
        if not job["layered"]:
            return self.store.native.query(text)
        ox.Store().query(text)
        if self.layered is None:
            self.layered = ox.Store.read_only(str(self.folder / "dataset"))
        if job["default"] or job["named"]:  # the protocol's dataset takes the place of the query's own
            chosen: dict[str, list[Any]] = {name: [ox.NamedNode(g) for g in job[name]] for name in ("default", "named")}
            return self.layered.query(text, default_graph=chosen["default"], named_graphs=chosen["named"])
        if chooses_dataset(text):
            return self.layered.query(text)
        return self.layered.query(text, prefixes=PREFIXES, default_graph=self.graphs)


class _Remote:
    """An endpoint of someone else: what it answers is put into a form that the engine's serialiser takes."""

    def __init__(self, setting: dict[str, Any]) -> None:
        from nosograph.query.connect import connect

        self.store = connect(setting["address"], setting["edition"] or None)

    def query(self, job: dict[str, Any]) -> Any:
        if job["default"] or job["named"]:
            raise QueryError("this server passes queries on to another store: name graphs within the query, by FROM")
        from nosograph.web.remote import native

        return native(self.store.query(job["query"]))


def _answer(store: Embedded | _Remote, job: dict[str, Any], most: int) -> _Answer:
    found = store.query(job)
    is_graph = isinstance(found, (ox.QueryTriples, list))
    formats: dict[str, Any] = GRAPHS if is_graph else ROWS
    media = preferred(job["accept"], list(formats))
    if media is None and is_graph and preferred(job["accept"], list(ROWS)):
        media = _LENIENT
    if media is None:
        return _error(406, f"the answer to this query can be had as {', '.join(formats)}")
    out = _Limited(most)
    if isinstance(found, ox.QueryTriples) and formats[media] in (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML):
        ox.serialize(found, out, formats[media])
    else:
        found.serialize(out, formats[media])
    return 200, media, out.getvalue()


def _guidance(store: Embedded | _Remote, job: dict[str, Any], most: int) -> _Answer:
    """Answer what rules of guidance say below an entry: it may take long, as a query may."""
    from nosograph.answers.guidance import guidance_below

    found = guidance_below(store.store, job["guidance"], rule=job["rule"], kind=job["kind"], axis=job["axis"])
    out = _Limited(most)
    out.write(json.dumps([g.as_json() for g in found], ensure_ascii=False).encode())
    return 200, "application/json", out.getvalue()


def _error(status: int, message: str) -> _Answer:
    return status, "text/plain", message.encode(errors="replace")


def safely(store: Embedded | _Remote, job: dict[str, Any], most: int) -> _Answer:
    """Answer a job: a status, a media type, and the result or what is wrong."""
    try:
        return (_guidance if "guidance" in job else _answer)(store, job, most)
    except _TooLargeError:
        return _error(413, f"the result is larger than {most:,} bytes; ask for less, or in pieces by LIMIT")
    except NosographError as error:
        return _error(error.status, str(error) if error.status < 500 else "the store cannot be read")
    except SyntaxError as error:
        return _error(400, f"this is not a SPARQL query: {error}")
    except ValueError as error:
        return _error(400, f"this cannot be asked: {error}")
    except (OSError, RuntimeError):
        return _error(500, "the store cannot be read")


def _receive(stream: io.BufferedRWPair) -> dict[str, Any] | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    found: dict[str, Any] = json.loads(stream.read(LENGTH.unpack(head)[0]))
    return found


def _restrict(memory: int) -> None:
    """End with the parent, and never take more memory than allowed."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes the socket


def main(descriptor: int) -> None:
    """Answer queries that come over a socket until it is closed."""
    connection = socket.socket(fileno=descriptor)
    stream = connection.makefile("rwb")
    setting = _receive(stream)
    if setting is None:
        return
    _restrict(setting["memory"])
    store = _Remote(setting) if "address" in setting else Embedded.open(setting)
    stream.write(HEAD.pack(200, 0, 0))  # ready
    stream.flush()
    while (job := _receive(stream)) is not None:
        # Should the server die meanwhile, the alarm ends this process.
        signal.setitimer(signal.ITIMER_REAL, setting["seconds"] + 5)
        status, media, body = safely(store, job, setting["result_bytes"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        stream.write(b"".join((HEAD.pack(status, len(media), len(body)), media.encode(), body)))
        stream.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError, ConnectionError, KeyboardInterrupt):
        main(int(sys.argv[1]))
    os._exit(0)
