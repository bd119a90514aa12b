"""One call for both engines; a shape that looked at nothing is a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nosograph.namespaces import PREFIXES
from nosograph.validate.compiled import compiled_results
from nosograph.validate.data import as_file
from nosograph.validate.report import NO_TARGET, Report, Result, make_report
from nosograph.validate.shapes import Shape, ShapeSet, load_shapes
from nosograph.validate.via_pyshacl import pyshacl_results

if TYPE_CHECKING:
    from pyoxigraph import Store

__all__ = ["Engine", "validate"]

Engine = Literal["compiled", "pyshacl"]

_ENGINES = {"compiled": compiled_results, "pyshacl": pyshacl_results}


def _without_target(shapes: Sequence[Shape], counts: Mapping[str, int], require_all: bool) -> Iterator[Result]:
    for shape in shapes:
        if counts[shape.iri] == 0 and (require_all or not shape.optional):
            yield Result(
                shape=shape.iri,
                source_shape=shape.iri,
                focus=shape.iri,
                path=None,
                value=None,
                severity=PREFIXES["sh"] + "Violation",
                message=f"The shape '{shape.label}' found nothing to look at: a layer is missing, or the graph is not what it should be.",
                component=NO_TARGET,
            )


def validate(
    data: Store | Path | Sequence[Path],
    graphs: Sequence[str] | None = None,
    engine: Engine = "compiled",
    *,
    require_all: bool = False,
    shapes: ShapeSet | None = None,
) -> Report:
    """Validate a store, or files of N-Triples and Turtle together, against the shapes.

    `graphs` are the IRIs of the named graphs of a store that count, together as one; None is the default graph and no
    other. Give the graphs of one edition: codes carry no edition, so two together give a code two titles. A shape that
    finds nothing to look at is itself a violation; where its layer may be absent, only with `require_all`.

    Both engines give the same results. `compiled` takes seconds for a whole edition, on two cores, and room for its
    N-Triples in the folder for temporary files unless it is given one such file; `pyshacl` takes hours. Raises SourceError
    if the data or the shapes cannot be read.
    """
    chosen = shapes if shapes is not None else load_shapes()
    with as_file(data, graphs) as path:
        results, counts = _ENGINES[engine](path, chosen)
    return make_report([*results, *_without_target(chosen.shapes, counts, require_all)], counts)
