"""Validation by the compiled engine: core shapes by PyPI's `shacl`, set-wise rules by one query each in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nosograph.errors import SourceError
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


#: bytes of N-Triples from which processes of their own pay
_LARGE = 20_000_000


def _work(send: Connection, task: Callable[[], list[Result]]) -> None:
    try:
        send.send(task())
    except Exception as error:
        send.send(error)


def _beside(task: Callable[[], list[Result]], *, large: bool) -> Callable[[], list[Result]]:
    """Start a task beside this one and return what gives its results.

    The engines hold the interpreter, so that it runs in a process made as a copy of this one, which shares the loaded data;
    where that pays not, or cannot be, it runs when its results are asked for.
    """
    if not large or "fork" not in get_all_start_methods():
        return task
    context = get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(send, task), daemon=True)
    process.start()
    send.close()

    def results() -> list[Result]:
        try:
            found: list[Result] | Exception = receive.recv()
        except EOFError:
            raise SourceError("a part of the validation was ended from outside; is there enough memory?") from None
        process.join()
        if isinstance(found, Exception):
            raise found
        return found

    return results


def compiled_results(path: Path, shapes: ShapeSet) -> tuple[list[Result], dict[str, int]]:
    """Return the results of all shapes, in no order, and the count of nodes that each looked at.

    On large data the core shapes run beside the loading of the data for the set-wise rules, then some of the rules beside
    the others.
    """
    large = path.is_file() and path.stat().st_size > _LARGE
    core = _beside(partial(_core_results, path, shapes), large=large)
    data = load(path)
    # Three rules of five: this process also counts the targets.
    most = _beside(partial(_rules, data, [r for n, r in enumerate(shapes.rules) if n % 5 < 3]), large=large)
    found = _rules(data, [r for n, r in enumerate(shapes.rules) if n % 5 >= 3])
    counts = count_targets(data, shapes)
    return [*found, *most(), *core()], counts


def _rules(data: Data, rules: Sequence[Rule]) -> list[Result]:
    return [result for rule in rules for result in rule_results(data, rule)]
