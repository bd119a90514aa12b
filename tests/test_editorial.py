"""Editorial statements: from a brief to the page of a code, and what contradicts the official list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from nosograph.answers.editorial import editorial
from nosograph.query import catalogue, named, run
from nosograph.resources import resource
from nosograph.sources.briefs import problems, read_brief, statements
from nosograph.sources.evidence import read_citations
from nosograph.store.oxigraph import OxigraphStore
from nosograph.validate.shapes import load_shapes

BRIEFS = sorted(resource("data/briefs").glob("*.yaml"))
GUIDELINE = "https://w3id.org/nosograph/guideline/FY2026/I.C.13.a.2"
GOOD = """
author: an editor
date: 2026-11-22
statements:
  - kind: tip
    codes: [M61.0]
    text: Record the injury.
    citation: tabular-2026
"""


@pytest.mark.parametrize("path", BRIEFS, ids=lambda p: p.stem)
def test_shipped_briefs_are_whole_and_in_the_graph(path: Path, store: OxigraphStore) -> None:
    brief = read_brief(path)
    codes = {r["notation"] for r in run(store, "concepts")}
    assert problems(brief, codes, read_citations(resource("data/citations.tsv")), catalogue()) == []
    for said in statements(brief):
        assert said.text in {
            s.text for c in said.codes for e in [editorial(store, c)] for s in e.statements + e.contradicted
        }


def test_questions_are_answered_by_queries_that_run(store: OxigraphStore) -> None:
    asked = [s for s in editorial(store, "M61.08").statements if s.kind == "question"]
    assert len(asked) == 7
    answered = {s.query: dict(s.parameters) for s in asked if s.query}
    assert answered.keys() == {"axes", "seventh-characters", "inherited-notes", "ms-drg"}
    for name, values in answered.items():
        assert set(values) == set(named(name).params)
        assert bool(run(store, name, **values)) == (name != "seventh-characters")
    assert all(s.answer or s.query for s in asked)


def test_the_page_on_a_code_has_every_part(store: OxigraphStore) -> None:
    found = editorial(store, "M61.08")
    assert {s.kind for s in found.statements} == {"meaning", "tip", "pitfall", "context", "not-this", "question"}
    for said in found.statements + found.contradicted:
        assert said.citation and said.title and said.rank and said.date == "2026-11-22" and said.author


def test_often_said_but_wrong(store: OxigraphStore) -> None:
    (wrong,) = editorial(store, "M61.48").contradicted
    assert wrong.rank == "editorial" and "M61.4" in wrong.at
    assert wrong.contradiction is not None and wrong.contradiction.fact.endswith("/M61.5")
    facts = {s.contradiction.fact for s in editorial(store, "M61.08").contradicted if s.contradiction}
    assert GUIDELINE in facts
    assert {r["contradicts"] for r in run(store, "contradictions")} == facts
    assert editorial(store, "L89.153").contradicted == ()


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        (
            "claim-condition",
            {
                "Ossification without an injury belongs to M61.4.",
                "Ossification without an injury belongs to this code.",
            },
        ),
        (
            "claim-word",
            {
                "Ossification without an injury belongs to M61.4.",
                "Ossification without an injury belongs to this code.",
            },
        ),
        ("claim-site", {"Chest wall and thigh together make M61.09, as multiple sites."}),
        ("claim-cause", set()),
    ],
)
def test_without_its_mark_a_contradiction_is_a_violation(rule: str, texts: set[str], store: OxigraphStore) -> None:
    select = next(r.select for r in load_shapes().rules if r.shape.endswith(f"/{rule}"))
    assert list(store.native.query(select)) == []
    unmarked = select.replace("ng:contradicts", "ng:nothing")
    text = ox.NamedNode("https://w3id.org/nosograph/vocab#statementText")
    found = {row["value"] for row in store.native.query(unmarked)}
    assert {q.object.value for v in found for q in store.native.quads_for_pattern(v, text, None)} == texts


def test_a_guideline_is_cited_by_its_section(store: OxigraphStore) -> None:
    healed = next(s for s in editorial(store, "L89.153").statements if "healed completely" in s.text)
    rows: Any = store.query(
        f"SELECT ?section WHERE {{ <{healed.iri}> <https://w3id.org/nosograph/vocab#section> ?section }}"
    )
    assert [r[0].value for r in rows.rows] == ["https://w3id.org/nosograph/guideline/FY2026/I.C.12.a.4"]
    assert healed.checked and healed.rank == "official guidelines"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("    citation: tabular-2026", ""), "it has no citation"),
        (("tabular-2026", "nowhere"), "there is no citation nowhere"),
        (("[M61.0]", "[M61.0, M99.99]"), "there is no code M99.99"),
        (("[M61.0]", "[]"), "it names no code"),
        (("date: 2026-11-22", "date: soon"), "it has no date"),
        (("kind: tip", "kind: rumour"), "there is no kind 'rumour'"),
        (("Record the injury.", "x" * 401), "its text has 401 characters"),
        (("kind: tip", "kind: question"), "a question has an answer"),
        (("kind: tip", "severity: dire\n    kind: tip"), "there is no severity 'dire'"),
        (("kind: tip", "colour: red\n    kind: tip"), "there is no key 'colour'"),
        (("kind: tip", "contradicts: {fact: M61.5}\n    kind: tip"), "the mark of its contradiction is not complete"),
        (("kind: tip", "answer: {query: nothing}\n    kind: question"), "there is no query nothing"),
    ],
)
def test_check_brief_says_what_is_wrong(
    change: tuple[str, str], wrong: str, store: OxigraphStore, tmp_path: Path
) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(GOOD.replace(*change), encoding="utf-8")
    found = problems(read_brief(file), {"M61.0"}, read_citations(resource("data/citations.tsv")), catalogue())
    assert [p for p in found if wrong in p.wrong and p.statement == 1 and p.advice], found


def test_the_command_ends_with_1_on_problems(nosograph: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert nosograph("check-brief", str(file)).returncode == 0
    file.write_text(GOOD.replace("M61.0", "M61.077"), encoding="utf-8")
    done = nosograph("check-brief", str(file), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"][0]["wrong"] == "there is no code M61.077"
    file.write_text("statements: [", encoding="utf-8")
    done = nosograph("check-brief", str(file))
    assert done.returncode == 4 and "is no YAML" in done.stderr
