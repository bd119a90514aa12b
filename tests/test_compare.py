"""What tells two codes apart, and the family of a code as a table (competency questions 21 to 24)."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from nosograph.answers.comparison import compare
from nosograph.answers.comparison_words import together
from nosograph.answers.family import family
from nosograph.errors import UnknownCodeError
from nosograph.query import run
from nosograph.store.oxigraph import OxigraphStore

Run = Callable[..., subprocess.CompletedProcess[str]]
CONDITION, CAUSE = ("condition", None), ("cause", None)
SITES = ("shoulder", "upper arm", "forearm", "hand", "thigh", "lower leg", "ankle and foot")

#: pair, nearest above both, answer, which comes first, rules that give it, guideline, axes among those that differ
PAIRS = [
    ("M61.08 M61.48", "M61", "if-documented", None, {"none"}, "I.A.19", {CONDITION, CAUSE}),
    ("M61.08 M61.58", "M61", "if-documented", None, {"none"}, "I.A.19", {CAUSE}),
    ("M61.08 M61.09", "M61.0", "no", None, {"sites-multiple"}, "I.B.20", {("siteScope", None)}),
    ("M61.051 M61.052", "M61.05", "yes", None, {"sides-two-codes"}, "I.B.13", {("side", None)}),
    ("M17.11 M17.12", "M17.1", "no", None, {"sides-one-code"}, "I.B.13", {("side", None)}),
    ("M61.059 M61.051", "M61.05", "no", None, {"side-open"}, "I.B.13", {("side", None)}),
    ("M61.051 M61.08", "M61.0", "yes", None, {"sites-stated"}, "I.B.20", {("site", None), ("siteScope", None)}),
    ("M61.08 M61.00", "M61.0", "no", None, {"site-open"}, "I.B.18", {("siteScope", None)}),
    ("M61.48 M65.20", "M60-M79", "unless-unrelated", None, {"note-excludes1"}, "I.A.12.a", {CONDITION}),
    ("S52.501A S52.501D", "S52.501", "no", None, {"seventh-injury"}, "I.C.19.a", {("encounter", None)}),
    ("S52.501A S52.531A", "S52.5", "no", None, {"kind-open"}, "I.B.18", {("kindScope", None), CONDITION}),
    ("S52.501A S52.611A", "S52", "if-documented", None, {"none"}, "I.A.19", {("kindScope", None), ("site", None)}),
    ("S92.909A S92.819A", "S92", "no", None, {"kind-open"}, "I.B.18", {("kindScope", None)}),
    ("H02.70 H02.821", "H02", "if-documented", None, {"none"}, "I.A.19", {CONDITION}),
    ("S52.501A S52.601A", "S52", "yes", None, {"sites-stated"}, "I.B.20", {("site", None)}),
    ("S52.501A S52.502A", "S52.50", "yes", None, {"sides-two-codes"}, "I.B.13", {("side", None)}),
    ("L89.153 L89.154", "L89.15", "no", None, {"detail-stage"}, "I.B.2", {("detail", "stage")}),
    ("L89.153 L97.101", "L80-L99", "yes", None, {"note-excludes2"}, "I.A.12.b", {CONDITION}),
    ("E11.621 L97.411", None, "ordered", "E11.621", {"note-use-additional", "note-code-first"}, "I.A.13", {CONDITION}),
    ("E11.621 E10.621", "E08-E13", "unless-unrelated", None, {"note-excludes1"}, "I.A.12.a", {("detail", "type")}),
    ("M61.08 M33.10", "M00-M99", "unless-unrelated", None, {"note-excludes1"}, "I.A.12.a", {CONDITION}),
    ("M17.11 M17.31", "M17", "if-documented", None, {"cause-apart"}, "I.A.19", {CAUSE}),
    ("M61 M61.08", "M61", "no", None, {"heading"}, "I.A.2", set()),
    ("M61.08 M61.08", "M61.08", "no", None, {"same"}, "I.B.12", set()),
]


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize(("pair", "above", "answer", "first", "rules", "guideline", "axes"), PAIRS)
def test_pair(
    pair: str,
    above: str | None,
    answer: str,
    first: str | None,
    rules: set[str],
    guideline: str,
    axes: set[tuple[str, str | None]],
    swapped: bool,
    store: OxigraphStore,
) -> None:
    a, b = reversed(pair.split()) if swapped else pair.split()
    found = compare(store, a, b)
    assert (found.above[0].code if found.above else None) == above
    assert (found.together.answer, found.together.first) == (answer, first)
    best = [r for r in found.together.reasons if r.rank == found.together.reasons[0].rank]
    assert {r.rule for r in best} == rules
    assert {r.guideline for r in best} == {guideline}
    assert axes <= {(axis.axis, axis.kind) for axis in found.axes if not axis.agrees}
    assert all(reason.evidence for reason in (*found.together.reasons, *found.choice))


def test_notes_in_both_directions_direct_and_inherited(store: OxigraphStore) -> None:
    notes = [n.as_json() for n in compare(store, "E11.621", "L97.411").notes]
    told = {(n["code"], n["kind"], n["owner"], n["names"], n["inherited"], n["direct"]) for n in notes}
    assert ("E11.621", "use-additional", "E11.621", "L97.4", False, False) in told
    assert ("L97.411", "code-first", "L97", "E11.621", True, True) in told
    one_way = compare(store, "M65.20", "M61.48").notes
    assert [(n.code, n.kind, n.owner, n.target) for n in one_way] == [("M61.48", "excludes1", "M61.4", "M65.2")]
    inherited = compare(store, "M61.08", "M33.10").notes
    assert [(n.owner, n.inherited) for n in inherited] == [("M60-M63", True)]


def test_a_lower_answer_does_not_outweigh_a_higher(store: OxigraphStore) -> None:
    """The chapter's Excludes2 lets L97 stand beside E11; the notes that order the two outweigh it."""
    answers = [reason.answer for reason in compare(store, "E11.621", "L97.411").together.reasons]
    assert answers == ["ordered", "ordered", "yes"]
    ranks = [together(f).rank for f in ("side-open", "note-excludes1", "note-code-first", "note-excludes2", "none")]  # type: ignore[union-attr]
    assert ranks == sorted(set(ranks))


def test_question_21_cause_and_process(store: OxigraphStore) -> None:
    texts = [said.text for said in compare(store, "M61.08", "M61.48").choice]
    assert "M61.08: the cause is trauma." in texts
    assert "M61.48: the record names calcification of muscle." in texts
    assert "M61.4 is for other causes than trauma, which is the cause at M61.08." in texts
    assert "M61.4 is for other kinds than Myositis ossificans traumatica, where M61.08 stands." in texts
    assert not any("ankle" in text for text in texts), "both are for the same other sites"
    rows = run(store, "compare-axes", code="M61.08", other="M61.58")
    differ = {(r["axis"], r["label"], r["has"]) for r in rows if r["has"] != "AB"}
    assert {("cause", "trauma", "A"), ("cause", "other cause", "B")} <= differ


def test_question_23_both_readings(store: OxigraphStore) -> None:
    found = compare(store, "M61.08", "M61.09")
    (reason,) = found.together.reasons
    assert reason.text.startswith("Each site that the record names is reported by a code of its own; M61.09 is for")
    (other,) = [said for said in found.choice if said.rule == "sites-multiple"]
    assert (other.code, other.evidence[0].text) == ("M61.09", "Myositis ossificans traumatica, multiple sites")
    assert other.evidence[-1].iri == "https://w3id.org/nosograph/guideline/FY2026/I.B.20"


def test_question_24_named_sites(store: OxigraphStore) -> None:
    rows = run(store, "excluded-sites")
    assert {r["site"] for r in rows if r["notation"] == "M61.08"} == set(SITES)


def test_evidence_is_verbatim(store: OxigraphStore) -> None:
    for a, b in (("M61.48", "M65.20"), ("M61.08", "M61.48"), ("E11.621", "L97.411")):
        found = compare(store, a, b)
        for said in (*found.together.reasons, *found.choice):
            for proof in (p for p in said.evidence if p.source.startswith("ICD-10-CM Tabular List")):
                texts = store.query(f"SELECT ?text WHERE {{ <{proof.iri}> ?p ?text }}").rows  # type: ignore[union-attr]
                assert proof.text in {row[0].value for row in texts}, proof


def test_unknown_code(store: OxigraphStore, nosograph: Run) -> None:
    with pytest.raises(UnknownCodeError):
        compare(store, "M61.08", "M61.0Z")
    assert nosograph("compare", "M61.08", "M61.0Z").returncode == 3
    assert nosograph("family", "M61.0Z").returncode == 3
    assert nosograph("compare", "M61.08").returncode == 2


def test_command_gives_what_the_contract_says(nosograph: Run) -> None:
    done = nosograph("compare", "m6108", "m6148", "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert [c["code"] for c in found["codes"]] == ["M61.08", "M61.48"]
    assert found["common_ancestor"] == {"code": "M61", "title": "Calcification and ossification of muscle"}
    assert {axis["axis"] for axis in found["axes"]["agree"]} == {"siteScope", "excludedSite"}
    assert {"answer", "first", "reasons"} == set(found["together"])
    shown = nosograph("compare", "L89.153", "L89.154", "--format", "table")
    assert "Both on one claim: not together" in shown.stdout
    assert (done.stderr, shown.stderr, done.returncode, shown.returncode) == ("", "", 0, 0)


def test_question_22_family_by_side(store: OxigraphStore, nosograph: Run) -> None:
    found = family(store, "M61.08")
    assert len(found.codes - {"M61.08"}) == 23
    assert found.rows == (*SITES, "other", "multiple", "unspecified")
    assert found.columns == ("left", "right", "unspecified side", "no side")
    assert (found.cell("thigh", "right"), found.cell("other", "no side")) == (("M61.051",), ("M61.08",))
    printed = json.loads(nosograph("family", "M61.08", "--json").stdout)
    assert printed["cells"][printed["rows"].index("thigh")] == [["M61.052"], ["M61.051"], ["M61.059"], []]
    assert "M61.051" in nosograph("family", "M61.08", "--format", "table").stdout
    listed = {r["variant"] for r in run(store, "family-by-side", code="M61.08")}
    assert listed == found.codes


@pytest.mark.parametrize(
    ("code", "size", "row", "column", "cell"),
    [
        ("L89.153", 24, "hip", "left", ("L89.223",)),
        ("S52.501A", 21, "lower end of ulna", "left", ("S52.602A",)),
        ("M17.11", 4, "knee", "bilateral", ("M17.0",)),
        ("I10", 1, "no site", "no side", ("I10",)),
    ],
)
def test_family_by_side(
    code: str, size: int, row: str, column: str, cell: tuple[str, ...], store: OxigraphStore
) -> None:
    found = family(store, code)
    assert (len(found.codes), found.cell(row, column)) == (size, cell)


def test_the_family_of_an_entry_has_all_codes_below_it(store: OxigraphStore, nosograph: Run) -> None:
    of_code, of_entry = family(store, "M61.08"), family(store, "M61.0")
    assert (of_entry.rows, of_entry.columns, of_entry.cells) == (of_code.rows, of_code.columns, of_code.cells)
    assert family(store, "M61", "cause").cell("thigh", "paralysis") == ("M61.251", "M61.252", "M61.259")
    # the 7th character is left out: it says neither site nor side
    assert family(store, "S52.5").cell("radial styloid process", "right") == ("S52.511", "S52.514")
    assert " more" in nosograph("family", "E11", "--format", "table").stdout
    refused = nosograph("family", "M60-M63")
    assert (refused.returncode, "categories" in refused.stderr) == (2, True)


def test_family_by_cause(store: OxigraphStore) -> None:
    found = family(store, "M61.08", "cause")
    assert found.cell("other", "trauma") == ("M61.08",)
    assert found.cell("other", "other cause: calcification of muscle") == ("M61.48",)
    assert found.cell("thigh", "paralysis") == ("M61.251", "M61.252", "M61.259")
    assert "M17.31" in family(store, "M17.11", "cause").cell("knee", "trauma")
    assert family(store, "S52.501A", "cause").rows == ()


def test_a_comparison_is_quick(store: OxigraphStore) -> None:
    """25 ms, and 15 ms for a table, on a machine at rest; three times that here, of processor time."""

    def fastest(call: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            start = time.process_time()
            call()
            times.append(time.process_time() - start)
        return min(times)

    assert fastest(lambda: compare(store, "S52.501A", "S52.531A")) < 0.075
    assert fastest(lambda: family(store, "M61.08", "cause")) < 0.045
    assert fastest(lambda: family(store, "S52.501A")) < 0.045
