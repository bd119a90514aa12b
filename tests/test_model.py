"""The worked examples of docs/model, drawn by hand, are in the built graph to the last triple."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from nosograph.store.oxigraph import OxigraphStore

EXAMPLES = sorted((Path(__file__).parent.parent / "docs" / "model").glob("*.ttl"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_worked_example_is_in_the_graph(path: Path, store: OxigraphStore) -> None:
    drawn = [q.triple for q in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]
    assert drawn
    missing = [t for t in drawn if not any(store.native.quads_for_pattern(t.subject, t.predicate, t.object, None))]
    assert not missing


def test_what_the_note_forbids_is_not_made(store: OxigraphStore) -> None:
    icd = "http://purl.bioontology.org/ontology/ICD10CM/"
    broader = ox.NamedNode("http://www.w3.org/2004/02/skos/core#broader")
    made = {
        q.subject.value.removeprefix(icd)
        for q in store.native.quads_for_pattern(None, broader, ox.NamedNode(icd + "S06.5X7"), None)
    }
    assert made == {"S06.5X7A"}
