"""Guidance: each rule fires where it should, stays silent where it must, and shows what it rests on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable

import pytest

from nosograph.answers.guidance import guidance, guidance_below, guidance_triples, sections
from nosograph.errors import UnknownNameError
from nosograph.query import run
from nosograph.sources.guidance import GuidanceRule, guidance_rules
from nosograph.store import Home, open_store
from nosograph.store.oxigraph import OxigraphStore


@pytest.mark.parametrize("rule", guidance_rules(), ids=lambda r: r.id)
def test_rule(store: OxigraphStore, rule: GuidanceRule) -> None:
    said = [g for g in guidance(store, rule.fires) if g.rule == rule.id and g.kind == rule.kind]
    text = " ".join(g.text for g in said)
    assert all(words in text for words in rule.expects), text
    assert all(g.evidence and all(e.text and e.source for e in g.evidence) for g in said)
    assert all(g.section.number == rule.guideline and g.section.title for g in said)
    assert not any(re.search(r"\{|\}|https?:", g.text) for g in said)
    assert not [g for g in guidance(store, rule.silent) if g.rule == rule.id]
    assert bool(rule.ask) == bool(rule.answer)


def test_rules_slots_are_facts_of_their_queries() -> None:
    for rule in guidance_rules():
        named = set(re.findall(r"\{(\w+)(?:\|titled)?\}", rule.text + rule.item + rule.ask + rule.answer)) - {"items"}
        assert named <= set(re.findall(r"fact:(\w+)", rule.query)), rule.id
        assert ("{items}" in rule.text) == bool(rule.item), rule.id
        assert not rule.group or f"fact:{rule.group}" in rule.query
        # what is kept for other codes below an entry may say of the code no more than its name
        assert not rule.shared or "?code skos:prefLabel" not in rule.query


def test_gates_lose_nothing(store: OxigraphStore) -> None:
    """A rule that is not asked finds nothing: its `when` is true wherever its query is."""
    from nosograph.notation import code_iri
    from nosograph.store import uri
    from nosograph.store.base import Rows

    codes = ["M61.08", "M61.09", "M61.00", "M61.059", "S52.501A", "S52.501S", "E11.621", "L89.153", "L89.159", "F02.80"]
    for code in [
        *codes,
        "O80",
        "W18.30XA",
        "T36.0X1A",
        "H26.211",
        "Z79.4",
        "C50.911",
        "R07.9",
        "B96.20",
        "I10",
        "M61.0",
    ]:
        said = {g.rule for g in guidance(store, code)}
        for rule in guidance_rules():
            found = store.query(rule.query, {"code": uri(code_iri(code))})
            assert not isinstance(found, (Rows, bool))
            assert (rule.id in said) == bool(list(found)), (code, rule.id)


def test_what_siblings_share_is_said_in_the_same_words(store: OxigraphStore, home: Home) -> None:
    """What is kept of one code for its neighbours is what each would have been told by itself, with its own name."""
    shared = {rule.id for rule in guidance_rules() if rule.shared}
    assert shared
    for before, code in [("M61.09", "M61.08"), ("E11.620", "E11.621"), ("S52.502B", "S52.501A"), ("F02.81", "F02.80")]:
        alone = guidance(open_store(home), code)
        after = open_store(home)
        guidance(after, before)
        assert guidance(after, code) == alone
        said = [g for g in alone if g.rule in shared]
        assert said
        assert all(g.code == code and all(f"/{code}/" in iri for iri in g.iris) for g in said)
        triples = {t[0].value for t in guidance_triples(store, code)}
        assert {iri for g in said for iri in g.iris} <= triples


def test_all_pitfalls_about_side_in_a_chapter(store: OxigraphStore) -> None:
    below = list(guidance_below(store, "M00-M99", kind="pitfall", axis="side"))
    by_code = {(g.code, g.rule): g.text for g in below}
    assert {g.rule for g in below} == {"unspecified-side", "bilateral-code"}
    assert len(by_code) > 1_500
    one = next(g for g in guidance(store, "M61.059") if g.rule == "unspecified-side")
    assert by_code["M61.059", "unspecified-side"] == one.text
    with pytest.raises(UnknownNameError):
        list(guidance_below(store, "M00-M99", axis="colour"))


def test_guidelines(store: OxigraphStore) -> None:
    numbers = [s.number for s in sections(store, "L89.153")]
    assert "I.C.12.a.2" in numbers
    assert len(run(store, "guidance-sections")) >= 20
    rules = {r.guideline for r in guidance_rules()}
    assert rules == {r["number"] for r in run(store, "guidance-sections")}


def test_the_command(nosograph: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nosograph("guidance", "M61", "--kind", "pitfall", "--axis", "side", "--json")
    found = json.loads(done.stdout)
    assert {"unspecified-side"} == {g["rule"] for g in found}
    assert "M61.059" in {g["code"] for g in found}
    assert nosograph("guidance", "M61").returncode == 2
    assert nosograph("guidance", "M61.073", "--kind", "pitfall").returncode == 3
    alone = json.loads(nosograph("guidance", "M61.059", "--axis", "side", "--kind", "pitfall", "--json").stdout)
    assert [g["rule"] for g in alone] == ["unspecified-side"]
    assert nosograph("guidance", "M61", "--rule", "nothing").returncode == 2


def test_a_note_on_adverse_effects_is_for_them_alone(store: OxigraphStore) -> None:
    def fired(code: str) -> set[str]:
        return {g.rule for g in guidance(store, code)}

    assert "code-first" in fired("T40.2X5A")
    assert not fired("T40.2X5A") & {"poisoning-first", "underdosing-second"}
    assert "poisoning-first" in fired("T40.2X1A") and "code-first" not in fired("T40.2X1A")
    assert "underdosing-second" in fired("T40.2X6A") and "code-first" not in fired("T40.2X6A")
