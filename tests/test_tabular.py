"""The tabular list ends in the graph to the last code and note."""

from __future__ import annotations

import re
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nosograph.build.references import CodeIndex, parse_references
from nosograph.build.seventh import expand
from nosograph.query import run
from nosograph.resources import resource
from nosograph.sources.editions import installed_edition
from nosograph.sources.not_codes import read_not_codes
from nosograph.sources.tabular import NOTE_KINDS, TabularList, read_tabular
from nosograph.store.oxigraph import OxigraphStore


@pytest.fixture(scope="module")
def tabular() -> TabularList:
    return read_tabular(installed_edition())


@pytest.fixture(scope="module")
def index(tabular: TabularList) -> CodeIndex:
    return CodeIndex(tabular.entries, expand(tabular.entries))


@pytest.fixture(scope="module")
def xml() -> ElementTree.Element:
    return ElementTree.parse(installed_edition()).getroot()


def packaged_codes() -> set[str]:
    """The package's own list, of which the reportable codes are those that begin no other one."""
    files = distribution("simple-icd-10-cm").files or []
    path = Path(str(next(f.locate() for f in files if re.search(r"code-list.*\.txt$", f.name))))
    names = sorted(set(path.read_text(encoding="utf-8").split()))
    names = [n for n in names if re.fullmatch(r"[A-Z][0-9A-Z]{2,6}", n)]
    return {a for a, b in zip(names, [*names[1:], ""], strict=True) if not b.startswith(a)}


def reportable(store: OxigraphStore) -> set[str]:
    return {r["notation"] or "" for r in run(store, "concepts") if r["reportable"] == "true"}


def test_exactly_the_reportable_codes(store: OxigraphStore) -> None:
    codes = reportable(store)
    assert len(codes) == 74_719
    assert {c.replace(".", "") for c in codes} == packaged_codes()


def test_no_code_that_a_note_forbids(index: CodeIndex) -> None:
    made = {c for codes in index.extended.values() for c in codes}
    assert not [c.notation for c in made if re.fullmatch(r"S06\..{2}[78][DS]", c.notation)]
    leaves = [e for e in index.entries.values() if e.kind == "diagnosis" and not e.children]
    naive = sum(len(e_def.seventh) if (e_def := _definer(index, e.notation)) else 1 for e in leaves)
    actual = sum(len(index.extended[e.notation]) if e.notation in index.extended else 1 for e in leaves)
    assert (naive, naive - actual) == (74_795, 76)


def _definer(index: CodeIndex, notation: str | None) -> object:
    while notation:
        if index.entries[notation].seventh:
            return index.entries[notation]
        notation = index.entries[notation].parent
    return None


def test_every_note_is_in_the_graph(store: OxigraphStore, xml: ElementTree.Element) -> None:
    printed: Counter[tuple[str, str]] = Counter()
    for tag, kind in NOTE_KINDS.items():
        for element in xml.iter(tag):
            printed.update((kind, note.text or "") for note in element.findall("note"))
    stored = Counter((r["kind"] or "", r["text"] or "") for r in run(store, "all-notes"))
    assert stored == printed
    assert sum(printed.values()) == 25_162


def test_every_title_is_in_the_graph(store: OxigraphStore, xml: ElementTree.Element) -> None:
    titles = {r["notation"]: r["title"] for r in run(store, "concepts")}
    for entry in xml.iter("diag"):
        assert titles[entry.findtext("name")] == (entry.findtext("desc") or "").strip()
    assert len(list(xml.iter("chapter"))) + len(list(xml.iter("section"))) + len(list(xml.iter("diag"))) == 47_200


def test_what_is_left_over_is_counted(tabular: TabularList, store: OxigraphStore, xml: ElementTree.Element) -> None:
    """Only the table of visual impairment at H54 has no place in the graph."""
    assert {path.split("/")[4] for path in tabular.remainder} == {"visualImpairment"}
    table = next(xml.iter("visualImpairment"))
    assert sum(tabular.remainder.values()) == sum(1 for _ in table.iter())
    assert sum(int(r["count"] or 0) for r in run(store, "remainder")) == sum(tabular.remainder.values())


def test_other_parts_of_the_list(store: OxigraphStore, xml: ElementTree.Element, tabular: TabularList) -> None:
    def count(term: str) -> int:
        return len(list(store.native.quads_for_pattern(None, _ng(term), None, None)))

    assert count("placeholder") == sum(1 for d in xml.iter("diag") if d.get("placeholder") == "true") == 246
    assert count("definedAt") == sum(1 for _ in xml.iter("extension")) == 1_790
    assert count("indexLabel") == sum(1 for _ in xml.iter("sectionRef")) == 289
    assert len(tabular.introduction) == sum(1 for _ in xml.iter("introSection")) == 9


def _ng(local: str) -> object:
    import pyoxigraph as ox

    return ox.NamedNode("https://w3id.org/nosograph/vocab#" + local)


CASES = [
    ("malignant neoplasm (C00.-)", [("C00.-", "subtree", ("C00",), None)]),
    ("myopathy in rheumatoid arthritis (M05.32)", [("M05.32", "code", ("M05.32",), None)]),
    ("infectious diseases (A00-B99)", [("A00-B99", "range", ("A00-B99",), None)]),
    ("burns (T20-T25)", [("T20-T25", "range", ("T20-T25",), None)]),
    ("drug or toxin (T36-T65)", [("T36-T65", "range", ("T36-T50", "T51-T65"), None)]),
    ("influenza (J09.X3, J10.2)", [("J09.X3", "code", ("J09.X3",), None), ("J10.2", "code", ("J10.2",), None)]),
    ("fracture (S12.0--S12.6.-)", [("S12.0--S12.6.-", "range", tuple(f"S12.{n}" for n in range(7)), None)]),
    ("congenital malformation (QA0.-)", [("QA0.-", "subtree", ("QA0",), None)]),
    ("pneumonia (A37 with fifth-character 1)", [("A37 with fifth-character 1", "code-with-character", ("A37",), 4)]),
    (
        "stuttering (I69. with final characters -23)",
        [("I69. with final characters -23", "code-with-character", ("I69",), 6)],
    ),
    ("toe (S91.-with 7th character B)", [("S91.-with 7th character B", "subtree-with-character", ("S91",), 0)]),
    (
        "diabetes (E08, E13 with final characters .00 or .01)",
        [
            ("E08 with final characters .00 or .01", "code-with-character", ("E08",), 2),
            ("E13 with final characters .00 or .01", "code-with-character", ("E13",), 2),
        ],
    ),
    ("skull (S02.- with 7th character B)", [("S02.- with 7th character B", "subtree-with-character", ("S02",), 76)]),
    ("H1N1 influenza, G6PD deficiency, CD4 count, vitamin B12, C2-C3 disc, T4 cells", []),
    ("certain localized infections - see body system-related chapters", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[c[0][:30] for c in CASES])
def test_references(text: str, expected: list[tuple[str, str, tuple[str, ...], int | None]], index: CodeIndex) -> None:
    not_codes = read_not_codes(resource("data/not-codes.tsv"))
    found = parse_references(text, index, not_codes)
    assert [(r.text, r.kind, r.targets, None if r.narrowed is None else len(r.narrowed)) for r in found] == expected
    assert not any(r.missing for r in found)


def test_adverse_effects_are_the_codes_with_that_intent(index: CodeIndex) -> None:
    text = "code for adverse effect, if applicable, to identify drug (T36-T50 with fifth or sixth character 5)"
    (reference,) = parse_references(text, index)
    assert reference.narrowed is not None
    titles = [index.entries[n].title for n in reference.narrowed]
    assert len(titles) == 175
    assert all(title.startswith("Adverse effect") for title in titles)
    other = [n for n, e in index.entries.items() if e.title.startswith("Adverse effect of") and not e.children]
    assert set(other) <= set(reference.narrowed)


def test_a_code_that_does_not_exist_is_reported(index: CodeIndex) -> None:
    (reference,) = parse_references("localized abdominal pain (R10.1-R10.4-)", index)
    assert reference.missing == ("R10.4",)
    assert reference.targets == ("R10.1", "R10.2", "R10.3")


def test_a_note_of_a_heading_holds_below_it(store: OxigraphStore) -> None:
    """V00-V99 is printed as a heading of other blocks; its definitions hold for them."""
    owners = {r["owner"] for r in run(store, "notes", code="V43.52XA")}
    assert {"V00-Y99", "V00-V99", "V43"} <= owners
