"""Validation by pySHACL, the reference: the same results, slowly (seconds for a slice, hours for a whole edition)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nosograph.errors import SourceError
from nosograph.namespaces import PREFIXES
from nosograph.validate.data import count_targets, load
from nosograph.validate.report import Result
from nosograph.validate.shapes import ShapeSet

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["pyshacl_results"]

_SH = PREFIXES["sh"]


@lru_cache(maxsize=4)
def _shapes_graph(full: str) -> Graph:
    from rdflib import Graph

    return Graph().parse(data=full, format="nt")


def _plain(term: Node | None) -> str | None:
    """Write a term as the results of both engines have it."""
    from pyoxigraph import Literal as Quoted
    from pyoxigraph import NamedNode
    from rdflib import BNode, Literal

    if isinstance(term, Literal):
        if term.language:
            return str(Quoted(str(term), language=term.language))
        return str(Quoted(str(term), datatype=NamedNode(str(term.datatype)) if term.datatype else None))
    if isinstance(term, BNode):
        return f"_:{term}"
    return None if term is None else str(term)


def _as_result(report: Graph, node: Node, shapes: ShapeSet) -> Result:
    from rdflib import URIRef

    def part(name: str) -> Any:
        return report.value(node, URIRef(_SH + name))

    source, value = _plain(part("sourceShape")) or "", _plain(part("value"))
    of = shapes.by_property().get(source)
    rule = next((r for r in shapes.rules if r.shape == source), None)
    message = of.message if of else rule.explain(value) if rule else ""
    return Result(
        shape=of.shape if of else source,
        source_shape=source,
        focus=_plain(part("focusNode")) or "",
        path=of.path if of else _plain(part("resultPath")),
        value=value,
        severity=_plain(part("resultSeverity")) or "",
        message=message or str(part("resultMessage") or ""),
        component=_plain(part("sourceConstraintComponent")) or "",
    )


def pyshacl_results(path: Path, shapes: ShapeSet) -> tuple[list[Result], dict[str, int]]:
    """Return the results of all shapes, in no order, and the count of nodes that each looked at.

    Reads the data into memory by rdflib: about 1.3 GB for a million triples. Raises SourceError if the data cannot be
    read, or if pySHACL cannot run the shapes.
    """
    from pyshacl import validate
    from rdflib import Graph, URIRef

    data = load(path)
    graph = Graph().parse(path, format="nt")
    _, report, text = validate(graph, shacl_graph=_shapes_graph(shapes.full), inference="none", inplace=True)
    if not isinstance(report, Graph):
        raise SourceError(f"pySHACL cannot run the shapes: {text}")
    found = report.objects(None, URIRef(_SH + "result"))
    return [_as_result(report, node, shapes) for node in found], count_targets(data, shapes)
