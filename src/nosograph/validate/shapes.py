"""The shapes graph: what each shape is called, what it is about, and which part of it each engine runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nosograph.errors import SourceError
from nosograph.namespaces import NG, PREFIXES
from nosograph.resources import resource

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple

    Node = NamedNode | BlankNode | Literal | Triple

__all__ = ["SHAPE", "PropertyShape", "Rule", "Shape", "ShapeSet", "Target", "load_shapes", "shape_files"]

#: namespace of the project's shapes
SHAPE = "https://w3id.org/nosograph/shape/"

_SH, _RDF, _RDFS = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["rdfs"]
_TARGETS = {
    _SH + "targetClass": "class",
    _SH + "targetSubjectsOf": "subjects-of",
}
_EXAMINES = {NG + "examinesClass": "class", NG + "examinesSubjectsOf": "subjects-of"}
_STEPS = {"inversePath": "^{}", "zeroOrMorePath": "{}*", "oneOrMorePath": "{}+", "zeroOrOnePath": "{}?"}


def _value(node: Node) -> str:
    """Return an IRI, the label of a blank node, or the text of a literal."""
    return str(node) if not hasattr(node, "value") else node.value


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One way in which a shape finds its nodes: `kind` is class or subjects-of."""

    kind: str
    iri: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape with what it targets.

    `examined` is what a set-wise rule speaks of: the rule itself targets the scheme, which is always there, so that its
    nodes are counted by this instead. `optional` marks a shape of a layer that a graph may lack.
    """

    iri: str
    label: str
    comment: str
    targets: tuple[Target, ...]
    examined: tuple[Target, ...]
    optional: bool

    @property
    def counted(self) -> tuple[Target, ...]:
        return self.examined or self.targets


@dataclass(frozen=True, slots=True)
class PropertyShape:
    """A property shape, the one node shape that it belongs to, and its path in SPARQL syntax."""

    iri: str
    shape: str
    name: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A set-wise SPARQL constraint: one SELECT of `?this` and `?value`, valid as it stands over a whole store."""

    shape: str
    select: str
    message: str
    severity: str

    def explain(self, value: str | None) -> str:
        """Return the message about one value: an IRI, or a literal in N-Triples syntax, of which the text is shown."""
        shown = "" if value is None else value if not value.startswith('"') else value[1 : value.rindex('"')]
        return self.message.replace("{?value}", shown)


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """All shapes in order of their IRIs.

    `core` and `full` are N-Triples: the shapes without and with the SPARQL rules.
    """

    shapes: tuple[Shape, ...]
    properties: tuple[PropertyShape, ...]
    rules: tuple[Rule, ...]
    core: str
    full: str

    def by_property(self) -> dict[str, PropertyShape]:
        return {p.iri: p for p in self.properties}


class _Reader:
    def __init__(self, store: Store) -> None:
        self.store = store

    def values(self, subject: Node, predicate: str) -> list[Node]:
        from pyoxigraph import Literal, NamedNode, Triple

        if isinstance(subject, Literal | Triple):
            return []
        return sorted((q.object for q in self.store.quads_for_pattern(subject, NamedNode(predicate), None)), key=str)

    def text(self, subject: Node, predicate: str) -> str:
        values = self.values(subject, predicate)
        return _value(values[0]) if values else ""

    def one(self, subject: Node, predicate: str) -> Node:
        """Return the only value. Raises SourceError if there is none, or more than one."""
        values = self.values(subject, predicate)
        if len(values) != 1:
            raise SourceError(f"the shapes are damaged: {subject} has {len(values)} values of <{predicate}>, not one")
        return values[0]

    def subjects(self, predicate: str) -> list[NamedNode]:
        from pyoxigraph import NamedNode

        found = {q.subject for q in self.store.quads_for_pattern(None, NamedNode(predicate), None)}
        named = [n for n in found if isinstance(n, NamedNode)]
        if len(named) < len(found):
            raise SourceError(f"the shapes are damaged: a shape with <{predicate}> has no IRI")
        return sorted(named, key=str)

    def items(self, cell: Node) -> Iterator[Node]:
        while _value(cell) != _RDF + "nil":
            yield self.one(cell, _RDF + "first")
            cell = self.one(cell, _RDF + "rest")

    def path(self, node: Node) -> str:
        """Write a property path in SPARQL syntax."""
        if self.values(node, _RDF + "first"):
            return "/".join(self.path(n) for n in self.items(node))
        if several := self.values(node, _SH + "alternativePath"):
            return f"({'|'.join(self.path(n) for n in self.items(several[0]))})"
        for step, form in _STEPS.items():
            if inner := self.values(node, _SH + step):
                return form.format(self.path(inner[0]))
        return str(node)

    def targets(self, shape: Node, kinds: dict[str, str]) -> tuple[Target, ...]:
        return tuple(sorted(Target(kind, _value(v)) for p, kind in kinds.items() for v in self.values(shape, p)))

    def shape(self, node: NamedNode) -> Shape:
        return Shape(
            iri=node.value,
            label=self.text(node, _RDFS + "label"),
            comment=self.text(node, _RDFS + "comment"),
            targets=self.targets(node, _TARGETS),
            examined=self.targets(node, _EXAMINES),
            optional=self.text(node, NG + "optionalTarget") == "true",
        )

    def properties(self) -> Iterator[PropertyShape]:
        from pyoxigraph import NamedNode

        for parent in self.subjects(_SH + "property"):
            for node in self.values(parent, _SH + "property"):
                if not isinstance(node, NamedNode):
                    raise SourceError(f"the shapes are damaged: a property shape of {parent} has no IRI")
                path = self.path(self.one(node, _SH + "path"))
                name, message = self.text(node, _SH + "name"), self.text(node, _SH + "message")
                yield PropertyShape(node.value, parent.value, name, path, message)

    def rules(self) -> Iterator[Rule]:
        for node in self.subjects(_SH + "sparql"):
            constraint = self.one(node, _SH + "sparql")
            prefixes = sorted(
                f"PREFIX {self.text(d, _SH + 'prefix')}: <{self.text(d, _SH + 'namespace')}>\n"
                for p in self.values(constraint, _SH + "prefixes")
                for d in self.values(p, _SH + "declare")
            )
            select = "".join(prefixes) + self.text(constraint, _SH + "select")
            message, severity = self.text(constraint, _SH + "message"), self.text(node, _SH + "severity")
            yield Rule(node.value, select, message, severity or _SH + "Violation")

    def without_rules(self) -> str:
        """Return the N-Triples of all shapes but those with SPARQL."""
        left_out: set[Node] = set()
        for node in self.subjects(_SH + "sparql"):
            left_out |= {node, *self.values(node, _SH + "sparql")}
        return "".join(sorted(f"{q.triple} .\n" for q in self.store if q.subject not in left_out))


def shape_files() -> tuple[Path, ...]:
    """Return the files of shapes, sorted by name."""
    return tuple(sorted(resource("shapes").glob("*.ttl")))


def load_shapes(files: Sequence[Path] | None = None) -> ShapeSet:
    """Read shapes, by default those of the project (read once).

    Raises SourceError for a file that is not Turtle, for a node or property shape without an IRI, and for a property
    shape that two node shapes share (a result could not tell which of them it is of).
    """
    return _load(tuple(files) if files is not None else shape_files())


@cache
def _load(files: tuple[Path, ...]) -> ShapeSet:
    from pyoxigraph import RdfFormat, Store

    store = Store()
    for file in files:
        try:
            store.load(path=str(file), format=RdfFormat.TURTLE)
        except (OSError, SyntaxError) as error:
            raise SourceError(f"the shapes in {file} cannot be read: {error}") from error
    reader = _Reader(store)
    nodes = {n for p in (*_TARGETS, _SH + "property", _SH + "sparql") for n in reader.subjects(p)}
    properties = tuple(sorted(reader.properties(), key=lambda p: p.iri))
    if len({p.iri for p in properties}) < len(properties):
        raise SourceError("the shapes are damaged: two node shapes share a property shape")
    return ShapeSet(
        shapes=tuple(reader.shape(n) for n in sorted(nodes, key=str)),
        properties=properties,
        rules=tuple(reader.rules()),
        core=reader.without_rules(),
        full="".join(sorted(f"{q.triple} .\n" for q in store)),
    )
