"""Medical MS-DRGs by principal diagnosis, from the tables in data/: a set of tables for each version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nosograph.errors import SourceError
from nosograph.sources.tables import read_rows

__all__ = ["Assignment", "Drg", "MsDrgTables", "read_msdrg", "severity_condition"]

_SEVERITY = re.compile(r" (with|without) (MCC|CC/MCC|CC)\b")
_CONDITIONS = {
    ("with", "MCC"): "with-mcc",
    ("with", "CC"): "with-cc",
    ("with", "CC/MCC"): "with-cc-or-mcc",
    ("without", "MCC"): "without-mcc",
    ("without", "CC/MCC"): "without-cc-or-mcc",
}


@dataclass(frozen=True, slots=True)
class Drg:
    """A DRG: its number of three digits, its MDC (two digits) and the title that CMS gives it."""

    number: str
    mdc: str
    title: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A principal diagnosis and its family of medical DRGs (numbers, ascending), or why it has none."""

    code: str
    family: tuple[str, ...]
    left_out: str | None


@dataclass(frozen=True, slots=True)
class MsDrgTables:
    """One version: DRGs by number, titles of MDCs by number, and an assignment for every diagnosis.

    Only medical DRGs that some principal diagnosis leads to, and their MDCs, are listed. External causes
    have no assignment: the source does not name them.
    """

    version: str
    drgs: dict[str, Drg]
    mdcs: dict[str, str]
    assignments: tuple[Assignment, ...]


def severity_condition(title: str) -> str | None:
    """Return which secondary diagnoses a DRG asks for by its title, or None if it names none.

    A title may name another way into the DRG beside it ('with CC or tPA in 24 Hours'); this is not told here.

    >>> severity_condition("Tendonitis, Myositis and Bursitis without MCC")
    'without-mcc'
    >>> severity_condition("Psychoses") is None
    True
    """
    found = _SEVERITY.search(title)
    return _CONDITIONS.get((found[1], found[2])) if found else None


def _rows(path: Path, header: str) -> list[list[str]]:
    return read_rows(path, header, "MS-DRGs")


def read_msdrg(folder: Path, version: str) -> MsDrgTables:
    """Read the three tables of a version.

    Raises SourceError if one is missing or damaged, or names a DRG or MDC that the others do not describe.
    """
    groups = _rows(folder / f"msdrg-{version}-groups.tsv", "drg\tmdc\ttitle")
    drgs = {number: Drg(number, mdc, title) for number, mdc, title in groups}
    mdcs = {mdc: title for mdc, title in _rows(folder / f"msdrg-{version}-mdc.tsv", "mdc\ttitle")}  # noqa: C416
    families: dict[str, tuple[str, ...]] = {"": ()}
    assignments: list[Assignment] = []
    for code, family, left_out in _rows(folder / f"msdrg-{version}-codes.tsv.gz", "code\tfamily\tleft_out"):
        if family not in families:
            families[family] = tuple(family.split("-"))
        assignments.append(Assignment(code, families[family], left_out or None))
    unknown = sorted({n for numbers in families.values() for n in numbers} - drgs.keys())
    unknown += sorted({drg.mdc for drg in drgs.values()} - mdcs.keys())
    if unknown:
        raise SourceError(f"the tables of MS-DRG {version} do not describe {', '.join(unknown)}")
    return MsDrgTables(version, drgs, mdcs, tuple(assignments))
