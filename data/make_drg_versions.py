"""Make the tables of what MS-DRG versions say of a diagnosis beside the newest one's medical families.

The facts are those of CMS's MS-DRG Definitions Manuals v36 to v43.1, as drgpy 0.2.1 carries them.

- drg-versions.tsv: the versions, with the first day each is in force.
- drg-spans.tsv.gz: as principal diagnosis. MDCs, family of medical DRGs or why there is none (as make_msdrg.py finds
  them), and the versions in which this holds without a break. A diagnosis that has one family, and the same MDCs, in
  every version has no row here: its family stands in msdrg-43.1-codes.tsv.gz. MDC 24 (multiple trauma) stands beside
  the diagnosis's own, which it leaves if others are injured too.
- drg-secondary.tsv.gz: as secondary diagnosis in the newest version. The level (CC or MCC), whether it counts only if
  the patient leaves alive, the collection of principal diagnoses beside which it does not count ('none': it
  counts beside all), its hospital-acquired condition by number, and the version since which it has this level.
- drg-exclusions.tsv.gz: the collections, as ranges over all codes of validity.tsv, in the order of their characters:
  A00.0~A00.9 means every code from the first to the last.

Levels that drgpy lacks come from drg-levels.tsv (see make_drg_levels.py). In v36 drgpy lacks the levels of 100 codes,
A40.3 among them, so a level of v37 is taken to be one of v36 if the diagnosis was in v36. Nine diagnoses of
surgical-site infections belong to several hospital-acquired conditions, by the procedure: drgpy names one of them,
msdrg another, and the table says 'several'.

This is a development-time program; it needs drgpy==0.2.1, and takes about three minutes. It stands beside make_msdrg.py.
Usage: python make_drg_versions.py [--validity validity.tsv] [--levels drg-levels.tsv] [-o FOLDER]
"""

import argparse
import gzip
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from make_msdrg import assignments, dotted, table

Row = tuple[str, ...]
#: the collection of a diagnosis that counts beside any principal diagnosis
NO_COLLECTION = "none"
#: drgpy names one condition of these, msdrg another
SEVERAL = ("K68.11", "T81.4")


def spans(by_version: Sequence[Mapping[str, Row]]) -> list[tuple[str, Row, int, int]]:
    """Return each key with its row and the first and last place of a run of places that hold it.

    >>> spans([{"a": ("x",), "b": ("z",)}, {"a": ("x",)}, {"a": ("y",)}])
    [('a', ('x',), 0, 1), ('a', ('y',), 2, 2), ('b', ('z',), 0, 0)]
    """
    found: list[tuple[str, Row, int, int]] = []
    for key in sorted({key for rows in by_version for key in rows}):
        for place, rows in enumerate(by_version):
            row = rows.get(key)
            if row is None:
                continue
            if found and found[-1][:2] == (key, row) and found[-1][3] == place - 1:
                found[-1] = (key, row, found[-1][2], place)
            else:
                found.append((key, row, place, place))
    return found


def ranges(codes: Iterable[str], position: Mapping[str, int], order: Sequence[str]) -> str:
    """Return codes as ranges over a list: 'A00.0~A00.9 B99.8'."""
    numbers = sorted(position[code] for code in codes)
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b != a + 1)]
    ends = [*(a for a, b in pairwise(numbers) if b != a + 1), numbers[-1]]
    return " ".join(order[a] if a == b else f"{order[a]}~{order[b]}" for a, b in zip(starts, ends, strict=True))


def mdcs(labels: Iterable[str], groups: Mapping[str, Any]) -> str:
    """Return the MDCs of a diagnosis; 24 (multiple trauma) for one that may open it.

    drgpy misses codes of the form QA0... in the lists of the MDCs: their MDC is that of their DRGs.
    """
    found = {label[4:6] for label in labels if label[:4] == "_MDC"}
    found = found or {groups[number]["mdc"] for label in labels for number in label.partition("|")[0].split("&")}
    return " ".join(sorted(found))


def principal(engine: Any) -> dict[str, Row]:
    """Return MDCs, family and reason for its lack of every diagnosis of a version."""
    by_code = {dotted(code): found for code, found in engine.dxmap.items()}
    return {
        code: (mdcs(by_code[code], engine.drgmap), "-".join(sorted(family)), left_out)
        for code, family, left_out in assignments(engine)
    }


def levels(engine: Any, version: str, names: Sequence[str], lacking: Iterable[Row]) -> dict[str, Row]:
    """Return level and 'yes' if it counts only alive, of every secondary diagnosis that has a level."""
    place = names.index(version)
    found: dict[str, Row] = {dotted(code): (f["level"], "yes" if f["aowa"] else "") for code, f in engine.ccmap.items()}
    added: dict[str, Row] = {
        code: (level, "") for code, level, _, first, last in lacking if names.index(first) <= place <= names.index(last)
    }
    return found | added


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description="Make the tables of MS-DRG versions.")
    parser.add_argument("--validity", type=Path, default=Path(__file__).with_name("validity.tsv"))
    parser.add_argument("--levels", type=Path, default=Path(__file__).with_name("drg-levels.tsv"))
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent, help="folder")
    arguments = parser.parse_args()
    order = sorted({line.split("\t")[0] for line in arguments.validity.read_text().splitlines()[1:]})
    position = {code: number for number, code in enumerate(order)}
    lacking: list[Row] = [tuple(line.split("\t")) for line in arguments.levels.read_text().splitlines()[1:]]

    known = import_module("drgpy._versions").SUPPORTED_VERSIONS
    starts = {version.name[1:]: version.effective_date.isoformat() for version in known}
    names = list(starts)
    engines: dict[str, Any] = {name: import_module("drgpy.msdrg").DRGEngine(f"v{name}") for name in names}
    newest = engines[names[-1]]

    def write(name: str, header: str, rows: Iterable[Row]) -> None:
        data = table(header, rows)
        (arguments.output / name).write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)

    write("drg-versions.tsv", "version from", starts.items())
    as_principal = [principal(engine) for engine in engines.values()]
    write(
        "drg-spans.tsv.gz",
        "code mdcs family left_out first last",
        [
            (code, *row, names[first], names[last])
            for code, row, first, last in spans(as_principal)
            if (first, last) != (0, len(names) - 1) or not row[1]
        ],
    )

    by_version = [levels(engine, name, names, lacking) for name, engine in engines.items()]
    for code, row in by_version[1].items():
        if code in as_principal[0]:
            by_version[0].setdefault(code, row)
    since = {code: names[first] for code, _, first, last in spans(by_version) if last == len(names) - 1}
    contents: dict[str, frozenset[str]] = {n: frozenset(map(dotted, codes)) for n, codes in newest.exmap.items()}
    #: content of a collection to the first number that has it
    numbers = {contents[number]: number for number in sorted(contents, reverse=True)}
    facts = {dotted(code): facts for code, facts in newest.ccmap.items()}

    def rest(code: str) -> Row:
        if code not in facts:
            return NO_COLLECTION, ""
        hac = facts[code]["hac"] or ""
        return numbers[contents[facts[code]["pdx"]]], "several" if hac and code.startswith(SEVERAL) else hac

    write(
        "drg-secondary.tsv.gz",
        "code level alive_only collection hac since",
        [(code, *row, *rest(code), since[code]) for code, row in sorted(by_version[-1].items())],
    )
    used = {rest(code)[0] for code in by_version[-1]} - {NO_COLLECTION}
    write(
        "drg-exclusions.tsv.gz",
        "collection principal_diagnoses",
        [(number, ranges(contents[number], position, order)) for number in sorted(used) if contents[number]],
    )


if __name__ == "__main__":
    main()
