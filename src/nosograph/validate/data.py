"""The data that is validated: one file of N-Triples, and the same in a store in memory."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nosograph.errors import SourceError
from nosograph.validate.shapes import ShapeSet, Target

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, RdfFormat, Store, Triple

__all__ = ["Data", "as_file", "count_targets", "load"]

_QUERIES = Path(__file__).parent / "rq"


def _text(name: str) -> str:
    return (_QUERIES / f"{name}.rq").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Data:
    """The data twice: as a file for the engines, and as the default graph of a store for queries."""

    path: Path
    store: Store

    def select(self, query: str, **bindings: str) -> QuerySolutions:
        """Run a SELECT with variables bound to IRIs; it must project each of them."""
        from pyoxigraph import NamedNode, QuerySolutions, Variable

        bound: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
            Variable(name): NamedNode(iri) for name, iri in bindings.items()
        }
        found = self.store.query(query, substitutions=bound)
        if not isinstance(found, QuerySolutions):
            raise SourceError("the shapes are damaged: a rule is no SELECT")
        return found

    def count(self, target: Target) -> int:
        """Return how many nodes a target finds; those of a class and of the classes below it are added up."""
        if target.kind != "class":
            return self._count("subject-count", "property", target.iri)
        below = [str(row["below"].value) for row in self.select(_text("subclasses"), **{"class": target.iri})]
        return sum(self._count("class-count", "class", iri) for iri in (target.iri, *below))

    def _count(self, query: str, parameter: str, iri: str) -> int:
        return sum(int(row["count"].value) for row in self.select(_text(query), **{parameter: iri}))


@contextmanager
def as_file(data: Store | Path | Sequence[Path], graphs: Sequence[str] | None) -> Iterator[Path]:
    """Give the data as one file of N-Triples; a temporary one is removed afterwards.

    Of a store, `graphs` are the named graphs that count; None is the default graph and no other. Writing out a store on
    disk takes about 6 microseconds a triple, one in memory 1. Raises SourceError for a file that is neither N-Triples
    (.nt, .nt.gz) nor Turtle (.ttl), or that cannot be read, and for a graph that the store does not have.
    """
    if isinstance(data, Path) and data.suffix == ".nt":
        yield data
        return
    with TemporaryDirectory(prefix="nosograph-") as folder:
        target = Path(folder) / "data.nt"
        with target.open("wb") as stream:
            for part in _parts(data, graphs, Path(folder)):
                try:
                    with gzip.open(part) if part.suffix == ".gz" else part.open("rb") as source:
                        shutil.copyfileobj(source, stream, 1 << 20)
                except (OSError, EOFError) as error:
                    raise SourceError(f"{part} cannot be read: {error}") from error
                stream.write(b"\n")  # the last line of a file may lack its end
        yield target


def _parts(data: Store | Path | Sequence[Path], graphs: Sequence[str] | None, folder: Path) -> Iterator[Path]:
    """Write what is not a file of N-Triples as one."""
    from pyoxigraph import DefaultGraph, RdfFormat, Store

    if isinstance(data, Store):
        yield from _dumped(data, graphs, folder)
        return
    for path in [data] if isinstance(data, Path) else data:
        if path.name.endswith((".nt", ".nt.gz")):
            yield path
        elif path.suffix == ".ttl":
            part = folder / "part.nt"
            _memory(path, RdfFormat.TURTLE).dump(part, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
            yield part
        else:
            raise SourceError(f"{path} is neither N-Triples (.nt, .nt.gz) nor Turtle (.ttl)")


def _dumped(store: Store, graphs: Sequence[str] | None, folder: Path) -> Iterator[Path]:
    """Write each graph of a store to a file, two at a time."""
    from pyoxigraph import DefaultGraph, NamedNode, RdfFormat

    names = [DefaultGraph()] if graphs is None else [NamedNode(g) for g in graphs]
    for name in names:
        if isinstance(name, NamedNode) and not store.contains_named_graph(name):
            raise SourceError(f"the store has no graph {name}")

    def dump(number: int) -> Path:
        part = folder / f"part{number}.nt"
        store.dump(part, RdfFormat.N_TRIPLES, from_graph=names[number])
        return part

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(dump, range(len(names)))


def _memory(path: Path, form: RdfFormat) -> Store:
    from pyoxigraph import Store

    store = Store()
    try:
        store.bulk_load(path=path, format=form, lenient=True)  # syntax is checked, the form of IRIs is not
    except (OSError, SyntaxError) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error
    return store


def load(path: Path) -> Data:
    """Read a file of N-Triples into memory: about 600 MB and 3 s for a million triples.

    Raises SourceError if it is missing or cannot be parsed.
    """
    from pyoxigraph import RdfFormat

    return Data(path, _memory(path, RdfFormat.N_TRIPLES))


def count_targets(data: Data, shapes: ShapeSet) -> dict[str, int]:
    """Return how many nodes each node shape looks at: for a set-wise rule, how many it speaks of.

    A node that a shape finds in two ways (a code that is a category) counts twice.
    """
    counts = {target: data.count(target) for target in {t for shape in shapes.shapes for t in shape.counted}}
    return {shape.iri: sum(counts[target] for target in shape.counted) for shape in shapes.shapes}
