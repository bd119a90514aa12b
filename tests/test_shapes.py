"""Every shape and rule against a graph that conforms and one that does not, by both engines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from nosograph.errors import SourceError
from nosograph.namespaces import NG, PREFIXES
from nosograph.validate.engines import Engine, validate
from nosograph.validate.report import NO_TARGET, Report, Result
from nosograph.validate.shapes import SHAPE, load_shapes, shape_files

FOLDER = Path(__file__).parent / "shapes"
FILES = sorted(p for p in FOLDER.glob("*.ttl") if p.stem != "base")
VALID = [p for p in FILES if p.stem.endswith("-valid")]
INVALID = [p for p in FILES if p.stem.endswith("-invalid")]
#: many faults a file, all of one kind of constraint: with the files named after shapes, no constraint goes untried
CONSTRAINTS = [p for p in INVALID if p.stem.startswith("constraint-")]
ENGINES: tuple[Engine, ...] = ("compiled", "pyshacl")
RULES = {r.shape for r in load_shapes().rules}

#: source shape, focus, and for a set-wise rule the value, for a property shape the name of the constraint component
Found = tuple[str, str, str | None]


@pytest.fixture(scope="module", autouse=True)
def parsed_once() -> Iterator[None]:
    """Let rdflib parse each rule once: pySHACL parses them anew for each of the graphs here."""
    from rdflib.plugins.sparql import processor

    patch = pytest.MonkeyPatch()
    parse, translate = processor.parseQuery, processor.translateQuery
    queries: dict[str, object] = {}

    def translated(text, base=None, names=None):
        key = f"{text}{base}{sorted((names or {}).items())}"
        if key not in queries:
            queries[key] = translate(parse(text), base, names)
        return queries[key]

    patch.setattr(processor, "parseQuery", lambda text: text)
    patch.setattr(processor, "translateQuery", translated)
    yield
    patch.undo()


def _prefixes(text: str) -> dict[str, str]:
    return {**dict(re.findall(r"^@prefix (\w+): <([^>]+)> \.$", text, re.M)), "shape": SHAPE}


BASE_PREFIXES = _prefixes((FOLDER / "base.ttl").read_text())


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return BASE_PREFIXES[prefix] + local


def _directives(text: str, name: str) -> list[list[str]]:
    return [line.split(" ", 2) for line in re.findall(rf"^# {name}: (.+)$", text, re.M)]


def graph(path: Path) -> ox.Store:
    """Build the graph that a file describes: its base, without some statements, with its own."""
    text = path.read_text()
    store = ox.Store()
    if path.stem == "base":
        store.load(text, ox.RdfFormat.TURTLE)
        return store
    ((base,),) = _directives(text, "base")
    store = graph(FOLDER / base)
    for subject, predicate, *value in _directives(text, "without"):
        wanted = ox.NamedNode(_iri(value[0])) if value else None
        quads = list(store.quads_for_pattern(ox.NamedNode(_iri(subject)), ox.NamedNode(_iri(predicate)), wanted))
        assert quads, f"{path.name}: {subject} {predicate} is not in the base"
        for quad in quads:
            store.remove(quad)
    before = len(store)
    added = list(ox.parse(text, ox.RdfFormat.TURTLE))
    store.extend(added)
    assert len(store) == before + len(added), f"{path.name} states again what the base does"
    return store


def expected(path: Path) -> set[Found]:
    """Return the results that a file says must come; where it names no component of a property shape, None."""
    return {
        (_iri(shape), _iri(focus), (_value(rest[0]) if _iri(shape) in RULES else rest[0]) if rest else None)
        for shape, focus, *rest in _directives(path.read_text(), "expect")
    }


def _value(text: str) -> str:
    return text if text.startswith('"') else _iri(text)


@cache
def report(path: Path, engine: Engine) -> Report:
    return validate(graph(path), engine=engine, require_all=True)


def found(result: Report, *, components: bool) -> set[Found]:
    def detail(one: Result) -> str | None:
        if one.source_shape in RULES:
            return one.value
        return re.sub(r".*#|ConstraintComponent$", "", one.component) if components else None

    return {(r.source_shape, r.focus, detail(r)) for r in result.results}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", [FOLDER / "base.ttl", *VALID], ids=lambda p: p.stem)
def test_valid_conforms(path: Path, engine: Engine) -> None:
    result = report(path, engine)
    assert result.results == ()
    assert result.conforms
    assert all(result.targets.values())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.stem)
def test_invalid_yields_what_the_file_says(path: Path, engine: Engine) -> None:
    result = report(path, engine)
    assert not result.conforms
    assert found(result, components=path in CONSTRAINTS) == expected(path)


@pytest.mark.parametrize("path", [p for p in INVALID if p not in CONSTRAINTS], ids=lambda p: p.stem)
def test_invalid_is_about_the_shape_it_is_named_after(path: Path) -> None:
    assert SHAPE + path.stem.removesuffix("-invalid") in {shape for shape, _, _ in expected(path)}


@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.stem)
def test_engines_give_the_same_report(path: Path) -> None:
    assert report(path, "compiled") == report(path, "pyshacl")


def test_every_shape_has_both_files() -> None:
    stems = {p.stem for p in FILES}
    shapes = load_shapes()
    concepts = {p.stem for p in shape_files()} - {"prefixes"}
    names = {iri.removeprefix(SHAPE) for iri in RULES | {p.iri for p in shapes.properties}}
    assert {f"{name}-invalid" for name in names} == {p.stem for p in INVALID if p not in CONSTRAINTS}
    assert {f"{iri.removeprefix(SHAPE)}-valid" for iri in RULES} | {f"{c}-valid" for c in concepts} == {
        p.stem for p in VALID
    }
    assert stems == {p.stem for p in VALID + INVALID}
    assert {s.iri for s in shapes.shapes} - RULES == {p.shape for p in shapes.properties}


def test_every_shape_says_what_it_is() -> None:
    shapes = load_shapes()
    assert all(s.iri.startswith(SHAPE) and s.label and s.comment and s.counted for s in shapes.shapes)
    assert all(p.iri.startswith(SHAPE) and p.name and p.message for p in shapes.properties)
    assert all("{?value}" in r.message and r.severity == PREFIXES["sh"] + "Violation" for r in shapes.rules)
    store = ox.Store()
    for file in shape_files():
        store.load(path=file, format=ox.RdfFormat.TURTLE)
    severe = {q.subject.value for q in store.quads_for_pattern(None, ox.NamedNode(PREFIXES["sh"] + "severity"), None)}
    assert severe == {s.iri for s in shapes.shapes} | {p.iri for p in shapes.properties}


def test_shapes_are_valid_shapes() -> None:
    from pyshacl import validate as run
    from rdflib import Graph

    conforms, _, text = run(Graph(), shacl_graph=Graph().parse(data=load_shapes().full, format="nt"), meta_shacl=True)
    assert conforms, text


@pytest.mark.parametrize("engine", ENGINES)
def test_shape_without_target_fails(engine: Engine) -> None:
    result = validate(ox.Store(), engine=engine)
    missed = {s.iri for s in load_shapes().shapes if not s.optional}
    assert not result.conforms
    assert {(r.source_shape, r.focus, r.component) for r in result.results} == {(i, i, NO_TARGET) for i in missed}
    assert set(result.targets.values()) == {0}


def test_optional_shape_may_lack_a_target_unless_all_are_required() -> None:
    store = graph(FOLDER / "base.ttl")
    for quad in list(store.quads_for_pattern(None, None, ox.NamedNode(NG + "Cause"))):
        store.remove(quad)
    for quad in list(store.quads_for_pattern(None, ox.NamedNode(NG + "cause"), None)):
        store.remove(quad)
    assert validate(store).conforms
    required = validate(store, require_all=True)
    assert {r.source_shape for r in required.results} == {
        SHAPE + n for n in ("cause", "cause-name-unique", "cause-acyclic")
    }


def test_graphs_of_a_store_are_taken_as_one() -> None:
    names = [ox.NamedNode(f"http://example.org/{n}") for n in range(3)]
    store = ox.Store()
    for place, quad in enumerate(graph(FOLDER / "base.ttl")):
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object, names[place % 2]))
    store.add(ox.Quad(names[0], ox.NamedNode(NG + "side"), ox.NamedNode(NG + "upper"), names[2]))
    assert validate(store, [names[0].value, names[1].value], require_all=True).conforms
    assert not validate(store, [n.value for n in names], require_all=True).conforms
    assert not validate(store, [names[0].value]).conforms
    with pytest.raises(SourceError, match="no graph"):
        validate(store, ["http://example.org/none"])


def test_files_are_read_together(tmp_path: Path) -> None:
    quads = list(graph(FOLDER / "base.ttl"))
    first, second = tmp_path / "first.nt", tmp_path / "second.ttl"
    first.write_text(" .\n".join(str(q.triple) for q in quads[:100]) + " .")
    second.write_text("".join(f"{q.triple} .\n" for q in quads[100:]))
    assert validate([first, second], require_all=True).conforms
    assert validate(first).results


@pytest.mark.parametrize(("name", "text"), [("a.csv", ""), ("a.nt", "<x"), ("a.ttl", "<x"), ("gone.nt", None)])
@pytest.mark.parametrize("engine", ENGINES)
def test_unreadable_data_is_an_error(tmp_path: Path, name: str, text: str | None, engine: Engine) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(SourceError, match=name):
        validate(path, engine=engine)


@pytest.mark.parametrize(
    "text",
    [
        "not turtle",
        "[] sh:targetClass ng:Code .",
        "shape:a sh:targetClass ng:Code ; sh:property [ sh:path ng:order ; sh:minCount 1 ] .",
        "shape:a sh:property shape:p . shape:b sh:property shape:p . shape:p sh:path ng:order .",
        "shape:a sh:property shape:p .",
    ],
)
def test_damaged_shapes_are_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(f"PREFIX sh: <{PREFIXES['sh']}>\nPREFIX ng: <{NG}>\nPREFIX shape: <{SHAPE}>\n{text}")
    with pytest.raises(SourceError):
        load_shapes([path])


def test_report_as_rdf_and_json() -> None:
    result = report(FOLDER / "seventh-required-invalid.ttl", "compiled")
    store = ox.Store()
    store.load(result.to_rdf(), ox.RdfFormat.TURTLE)
    focus = ox.NamedNode(PREFIXES["sh"] + "focusNode")
    assert len(list(store.quads_for_pattern(None, focus, None))) == len(result.results) == 2
    read = json.loads(result.to_json())
    assert read == result.as_dict()
    assert read["results"][0]["value"] == _iri("icd:S06.5X71")
    assert read["results"][0]["message"].startswith(_iri("icd:S06.5X71"))


def test_report_holds_literals_and_missing_targets_as_rdf() -> None:
    for result in (report(FOLDER / "note-kind-invalid.ttl", "compiled"), validate(ox.Store())):
        store = ox.Store()
        store.load(result.to_rdf(), ox.RdfFormat.N_TRIPLES)
        kinds = list(store.quads_for_pattern(None, ox.NamedNode(PREFIXES["sh"] + "sourceConstraintComponent"), None))
        assert len(kinds) == len(result.results) > 0
        assert not result.conforms
