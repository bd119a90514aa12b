"""What is read once and kept for all codes below an entry is what the queries of the catalogue say of each code."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nosograph.answers.entries import entry, is_valid
from nosograph.answers.guidance import facts_of, sections
from nosograph.answers.page import page
from nosograph.answers.payer_facts import payer_facts
from nosograph.answers.properties import properties
from nosograph.answers.standing import described
from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.sources.guidance import guidance_rules
from nosograph.store import Store

# Blocks that group blocks (T20.111A, W19.XXXA, C50.911), a code asked for and shut out elsewhere, entries that are no codes.
CODES = (
    "M61.08",
    "T20.111A",
    "W19.XXXA",
    "C50.911",
    "E11.621",
    "M33.10",
    "S52.501A",
    "O80",
    "M61",
    "M60-M63",
    "M00-M99",
)


@pytest.mark.parametrize("code", CODES)
def test_notes_and_their_references_are_those_of_the_catalogue(store: Store, code: str) -> None:
    shown = entry(store, code).notes
    assert [(n.iri, n.kind, n.text, n.owner) for n in shown] == [
        (r["note"], r["kind"], r["text"], r["owner"]) for r in run(store, "notes", code=code)
    ]
    asked: dict[str | None, list[Any]] = {}
    for row in run(store, "note-references", code=code):
        reference = (row["target"] or None, row["text"])
        if reference not in asked.setdefault(row["note"], []):
            asked[row["note"]].append(reference)
    assert {n.iri: [(r.code, r.text) for r in n.references] for n in shown if n.references} == asked


@pytest.mark.parametrize("code", CODES)
def test_path_and_neighbours_are_those_of_the_catalogue(store: Store, code: str) -> None:
    one = entry(store, code)
    for shown, query in ((one.children, "children"), (one.siblings, "siblings")):
        assert [(t.code, t.title) for t in shown] == [(r["notation"], r["title"]) for r in run(store, query, code=code)]
    above = [(r["notation"], r["title"]) for r in run(store, "ancestors", code=code)]
    assert [*((t.code, t.title) for t in one.path), (one.code, one.title)] == above


@pytest.mark.parametrize("code", CODES)
def test_guidelines_are_those_of_the_catalogue(store: Store, code: str) -> None:
    asked = [(r["section"], r["governs"]) for r in run(store, "guidelines-of", code=code)]
    assert [(s.iri, s.governs) for s in sections(store, code)] == asked


@pytest.mark.parametrize("code", CODES)
def test_axes_drgs_spans_and_seventh_characters_are_those_of_the_catalogue(store: Store, code: str) -> None:
    one = entry(store, code, date(2026, 11, 22))
    axes = [(r["axis"], r["value"], r["label"] or r["value"]) for r in run(store, "axes", code=code)]
    assert sorted((axis, iri, label) for axis, of in one.axes.items() for iri, label in of) == sorted(axes)
    assert [dict(r) for r in one.ms_drg] == [
        {k: v for k, v in r.items() if k != "code"} for r in run(store, "ms-drg", code=code)
    ]
    assert [(s.start, s.end) for s in one.validity] == [(r["from"], r["to"]) for r in run(store, "validity", code=code)]
    characters = {r["character"]: r["label"] for r in run(store, "seventh-characters", code=code)}
    assert (one.seventh.characters if one.seventh else {}) == characters
    if one.reportable:
        assert one.valid is is_valid(store, code, one.on)


@pytest.mark.parametrize("code", ["M61.08", "S52.501A", "E11.621", "O80", "I46.9", "C50.911"])
def test_what_payers_do_is_what_the_catalogue_says(store: Store, code: str) -> None:
    shown = [dict(row) for row in payer_facts(store, properties(store, code))]
    asked = [{k: v for k, v in r.items() if k not in ("code", "source")} for r in run(store, "payers", code=code)]
    assert shown == asked


def test_names_learnt_on_the_way_are_those_that_are_asked_for(store: Store) -> None:
    one = page(store, "S52.501A")
    things = [n.iri for n in one.entry.notes] + [code_iri(t.code) for t in (*one.entry.siblings, *one.entry.path)]
    learnt = described(store, things)
    for row in run(store, "described", things=" ".join(things)):
        assert learnt[row["thing"] or ""] == {k: v for k, v in row.items() if v is not None and k != "thing"}


def test_what_holds_only_below_an_entry_is_no_fact_of_the_entry(store: Store) -> None:
    assert "chapter/13" in facts_of(store, "M61.08")
    assert "chapter/13" not in facts_of(store, "M00-M99")


def test_no_rule_is_asked_for_nothing_where_a_note_decides(store: Store) -> None:
    rule = next(r for r in guidance_rules() if r.id == "combination-elsewhere")
    assert rule.may_fire(facts_of(store, "F41.0"))
    assert not rule.may_fire(facts_of(store, "M61.08"))
