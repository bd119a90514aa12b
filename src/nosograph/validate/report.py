"""What a validation found, in one form for both engines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nosograph.namespaces import PREFIXES

__all__ = ["NO_TARGET", "Report", "Result", "make_report"]

#: component of the result for a shape that found no node to look at
NO_TARGET = "no-target"

_SH, _RDF, _XSD = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["xsd"]


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that is not as a shape says.

    `shape` is the node shape and `source_shape` the property shape within it (or the node shape itself). `focus` is the
    node that was looked at: for a set-wise rule this is the scheme, and `value` is the node at fault. IRIs are plain
    strings; literals are written as in N-Triples, with their quotes; a blank node is `_:` and a label that means nothing
    outside this report. `path` is a property path in SPARQL syntax. `severity` and `component` are IRIs, except for the
    component `no-target` of a shape that found nothing to look at (its focus is the shape).
    """

    shape: str
    source_shape: str
    focus: str
    path: str | None
    value: str | None
    severity: str
    message: str
    component: str

    def as_dict(self) -> dict[str, str | None]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a validation, sorted, each once, with the number of nodes that each node shape looked at.

    `conforms` is true only if there is no result at all, of whatever severity (SHACL 3.6.1.1).
    """

    conforms: bool
    results: tuple[Result, ...]
    targets: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` can write."""
        return {
            "conforms": self.conforms,
            "results": [r.as_dict() for r in self.results],
            "targets": dict(self.targets),
        }

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)

    def to_rdf(self) -> str:
        """Return the report as a `sh:ValidationReport` in N-Triples, which is Turtle as well.

        A path that is more than one property is left out: it can be read from the shape. A missing target has no
        component in SHACL, so that its result names its shape as the source of `sh:NodeConstraintComponent`.
        """
        lines = [
            f"_:report <{_RDF}type> <{_SH}ValidationReport> .\n",
            f'_:report <{_SH}conforms> "{str(self.conforms).lower()}"^^<{_XSD}boolean> .\n',
        ]
        for number, result in enumerate(self.results, 1):
            lines += _result_lines(f"_:result{number}", result)
        return "".join(lines)


def _term(text: str) -> str:
    return text if text.startswith(('"', "_:")) else f"<{text}>"


def _result_lines(me: str, result: Result) -> list[str]:
    from pyoxigraph import Literal

    component = _SH + "NodeConstraintComponent" if result.component == NO_TARGET else result.component
    facts = [
        (_RDF + "type", f"<{_SH}ValidationResult>"),
        (_SH + "focusNode", _term(result.focus)),
        (_SH + "sourceShape", _term(result.source_shape)),
        (_SH + "sourceConstraintComponent", _term(component)),
        (_SH + "resultSeverity", _term(result.severity)),
        (_SH + "resultMessage", str(Literal(result.message, language="en"))),
    ]
    if result.value is not None:
        facts.append((_SH + "value", _term(result.value)))
    if result.path and result.path.startswith("<") and result.path.count("<") == 1 and result.path.endswith(">"):
        facts.append((_SH + "resultPath", result.path))
    return [f"_:report <{_SH}result> {me} .\n", *(f"{me} <{p}> {o} .\n" for p, o in facts)]


def _order(result: Result) -> tuple[str, ...]:
    return (
        result.shape,
        result.source_shape,
        result.focus,
        result.value or "",
        result.component,
        result.path or "",
        result.severity,
        result.message,
    )


def make_report(results: Iterable[Result], targets: Mapping[str, int]) -> Report:
    """Sort the results and drop those that are the same."""
    unique = tuple(sorted(set(results), key=_order))
    return Report(not unique, unique, dict(sorted(targets.items())))
