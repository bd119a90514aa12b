"""The page of a code, as people and programs get it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from nosograph.answers.page import page
from nosograph.store.oxigraph import OxigraphStore

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_every_part_of_the_page_has_its_evidence(store: OxigraphStore) -> None:
    shown = page(store, "M61.08").as_json()
    assert shown["meaning"]["not"]["sites"] == [
        *("ankle and foot", "forearm", "hand", "lower leg", "shoulder", "thigh", "upper arm")
    ]
    assert {"pitfall", "tip", "documentation", "question"} <= {g["kind"] for g in shown["guidance"]}
    assert all(g["evidence"] and g["guideline"]["title"] for g in shown["guidance"])
    assert 1 <= len(shown["first_screen"]) <= 6
    assert [g["number"] for g in shown["payers"]["principal"]["drgs"]] == ["557", "558"]
    related = [p for g in shown["procedures"]["groups"] for p in g["procedures"]]
    assert len(related) >= 8
    assert all(b["citation"]["id"] and b["why"] for p in related for b in p["basis"])
    statements = [*shown["editorial"]["statements"], *shown["editorial"]["contradicted"]]
    assert all(s["citation"]["id"] and s["date"] for s in statements)
    assert len([s for s in statements if s["kind"] == "question"]) == 7


@pytest.mark.parametrize("code", ["M61", "M60-M63", "M00-M99", "G35", "S06.5X"])
def test_pages_of_what_is_no_reportable_code(store: OxigraphStore, code: str) -> None:
    shown = page(store, code)
    assert shown.payers is None
    assert shown.procedures is None
    assert shown.as_json()["code"] == code


def test_the_first_screen_is_the_most_severe(store: OxigraphStore) -> None:
    for code in ("S52.501A", "E11.621", "L89.153", "I10", "C50.911"):
        shown = page(store, code)
        assert "low" not in {g.severity for g in shown.first}
        assert sorted([*shown.first, *shown.further], key=shown.watch.index) == list(shown.watch)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_html_is_whole_and_escaped(nosograph: Run) -> None:
    done = nosograph("show", "M61.08", "--format", "html")
    assert done.returncode == 0, done.stderr
    parser = _Tags()
    parser.feed(done.stdout)
    assert not parser.open
    assert "What the chart must say" in parser.words
    assert "Often said, and wrong" in parser.words
    assert "CPT" in parser.words


def test_turtle_holds_the_guidance(nosograph: Run) -> None:
    from rdflib import Graph, Namespace

    ng = Namespace("https://w3id.org/nosograph/vocab#")
    graph = Graph().parse(data=nosograph("show", "M61.08", "--format", "ttl").stdout, format="turtle")
    found = {str(rule).rsplit("/", 1)[-1] for rule in graph.objects(None, ng.rule)}
    said = {g["rule"] for g in json.loads(nosograph("show", "M61.08", "--json").stdout)["guidance"]}
    assert found == said
