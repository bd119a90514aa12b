"""Validation by the compiled engine: core shapes by PyPI's `shacl`, set-wise rules by one query each in the store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import lru_cache
from itertools import chain
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nosograph.namespaces import PREFIXES
from nosograph.validate.data import Data, count_targets, load
from nosograph.validate.report import Result
from nosograph.validate.shapes import Rule, ShapeSet

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode, Triple

__all__ = ["compiled_results", "rule_results"]

_SPARQL = PREFIXES["sh"] + "SPARQLConstraintComponent"


def _plain(term: NamedNode | BlankNode | Literal | Triple | None) -> str | None:
    from pyoxigraph import NamedNode

    return term.value if isinstance(term, NamedNode) else None if term is None else str(term)


def rule_results(data: Data, rule: Rule) -> Iterator[Result]:
    """Run one set-wise rule over the whole data."""
    for row in data.select(rule.select):
        focus, value = _plain(row["this"]), _plain(row["value"])
        if focus is not None:
            yield Result(
                shape=rule.shape,
                source_shape=rule.shape,
                focus=focus,
                path=None,
                value=value,
                severity=rule.severity,
                message=rule.explain(value),
                component=_SPARQL,
            )


@lru_cache(maxsize=4)
def _compile(core: str) -> Any:
    from shacl import Shapes

    return Shapes.from_text(core, format="ntriples")


def _unquoted(term: str | None) -> str | None:
    """Take the angle brackets off an IRI in N-Triples syntax."""
    return term[1:-1] if term is not None and term.startswith("<") else term


def _core_results(path: Path, shapes: ShapeSet) -> list[Result]:
    properties = shapes.by_property()
    results = []
    for found in _compile(shapes.core).validate_file(str(path)).results:
        source = _unquoted(found.source_shape) or ""
        of = properties.get(source)
        results.append(
            Result(
                shape=of.shape if of else source,
                source_shape=source,
                focus=_unquoted(found.focus_node) or "",
                path=of.path if of else found.path,
                value=_unquoted(found.value),
                severity=_unquoted(found.severity_iri) or "",
                message=(of.message if of else "") or found.message or "",
                component=_unquoted(found.component_iri) or "",
            )
        )
    return results


#: bytes of N-Triples from which a process of its own for the core shapes pays
_LARGE = 20_000_000


def _pool(path: Path) -> Executor:
    """Return what the core shapes run in: the engine holds the interpreter, so large data gets a second process."""
    if path.stat().st_size > _LARGE and "fork" in get_all_start_methods():
        return ProcessPoolExecutor(1, get_context("fork"))
    return ThreadPoolExecutor(1)


def compiled_results(path: Path, shapes: ShapeSet) -> tuple[list[Result], dict[str, int]]:
    """Return the results of all shapes, in no order, and the count of nodes that each looked at.

    The core shapes run beside the set-wise rules.
    """
    with _pool(path) as pool:
        core = pool.submit(_core_results, path, shapes)
        data = load(path)
        rules = chain.from_iterable(rule_results(data, rule) for rule in shapes.rules)
        return [*rules, *core.result()], count_targets(data, shapes)
