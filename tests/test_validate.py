"""The built graph conforms; both engines say the same of a real slice, sound or broken."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nosograph.answers.export import export
from nosograph.store import Home, open_store
from nosograph.store.oxigraph import OxigraphStore
from nosograph.validate.engines import validate
from nosograph.validate.report import Result
from small_list import small_store

ICD = "<http://purl.bioontology.org/ontology/ICD10CM/"
SKOS = "<http://www.w3.org/2004/02/skos/core#"
NG = "<https://w3id.org/nosograph/vocab#"


def test_the_whole_graph_conforms(nosograph: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nosograph("validate", "--json")
    report = json.loads(done.stdout)
    assert report["results"] == []
    assert report["conforms"]
    assert done.returncode == 0
    assert len(report["targets"]) > 20
    assert min(report["targets"].values()) > 0
    assert report["targets"]["https://w3id.org/nosograph/shape/code"] == 74_719


@pytest.fixture(scope="module")
def real_slice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The block M60-M63 as built from the official list, without the tables that hold every code."""
    store = open_store(Home(small_store()))
    assert isinstance(store, OxigraphStore)
    path = tmp_path_factory.mktemp("slice") / "slice.nt"
    with path.open("wb") as out:
        for graph, file in store.layers:
            if "/validity" not in graph and "/ms-drg" not in graph and "/names" not in graph:
                out.write(gzip.decompress(file.read_bytes()))
    store.close()
    return path


def test_engines_agree_on_a_real_slice(real_slice: Path) -> None:
    fast, reference = validate(real_slice), validate(real_slice, engine="pyshacl")
    assert fast == reference
    # The block has no seventh characters, so the level of seven characters is empty.
    assert [r.focus for r in fast.results if r.component != "no-target"] == [
        "https://w3id.org/nosograph/level/small/seven-character"
    ]


@pytest.fixture(scope="module")
def sound(real_slice: Path) -> set[Result]:
    return set(validate(real_slice).results)


def _without(start: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [line for line in lines if not line.startswith(start)]


def _with(line: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines, line + " .\n"]


BROKEN = {
    "no title": _without(f"{ICD}M61.08> {SKOS}prefLabel>"),
    "no parent": _without(f"{ICD}M61.08> {SKOS}broader>"),
    "a cycle": _with(f"{ICD}M61> {SKOS}broader> {ICD}M61.0>"),
    "reportable twice": _with(f'{ICD}M61.08> {NG}reportable> "false"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
    "a note of no kind": _with(
        f'<https://w3id.org/nosograph/note/M60-M63/excludes1/4eac48704cc9> {NG}noteKind> "excludes3"'
    ),
    "a residual that excludes nothing": _without(f"{ICD}M61.08> {NG}excludedSite>"),
    "two codes of one notation": _with(f'{ICD}M61.09> {SKOS}notation> "M61.08"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_engines_find_the_same_fault(name: str, real_slice: Path, sound: set[Result], tmp_path: Path) -> None:
    lines = real_slice.read_text(encoding="utf-8").splitlines(keepends=True)
    broken = tmp_path / "broken.nt"
    broken.write_text("".join(BROKEN[name](lines)), encoding="utf-8")
    fast, reference = validate(broken), validate(broken, engine="pyshacl")
    assert set(fast.results) - sound
    assert {(r.source_shape, r.focus, r.value) for r in fast.results} == {
        (r.source_shape, r.focus, r.value) for r in reference.results
    }


def test_engines_agree_on_the_surroundings_of_one_code(store: OxigraphStore, tmp_path: Path) -> None:
    """Cut out of the graph, a code lacks what it refers to; both engines name the same gaps and no fault of its own."""
    path = tmp_path / "around.ttl"
    export(store, "turtle", path, ["M61.08"])
    fast, reference = validate(path), validate(path, engine="pyshacl")
    assert fast == reference
    code = ICD.removeprefix("<") + "M61.08"
    lacking = {r.source_shape for r in fast.results if r.focus == code and "MinCount" in r.component}
    # The slice takes no levels along: that it belongs to one is all that the code itself lacks.
    assert lacking == {"https://w3id.org/nosograph/shape/entry-level"}
