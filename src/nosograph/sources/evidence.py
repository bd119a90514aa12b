"""Citations, procedures and their links, from the tables in data/."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from nosograph.errors import SourceError

__all__ = ["Citation", "Evidence", "Link", "Procedure", "read_citations", "read_evidence"]

_CITATIONS = (
    *("id", "title", "publisher", "address", "address_kind", "edition"),
    *("supports", "rank", "date_checked", "sections"),
)
_PROCEDURES = (
    *("id", "label", "kind", "definition", "broader"),
    *("pcs_right", "pcs_left", "pcs_other", "hcpcs", "cpt", "note"),
)
_LINKS = (
    *("id", "family", "codes", "sites", "causes", "encounter", "details", "detail"),
    *("procedure", "stance", "why", "citation", "locator", "certainty"),
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited document. `date_checked` is None where nobody opened it; `sections` begins the IRIs of its sections."""

    id: str
    title: str
    publisher: str
    address: str
    address_kind: str
    edition: str
    supports: str
    rank: str
    date_checked: str | None
    sections: str | None


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure; `numbers` are (system, side, number) with side right, left or the empty text."""

    id: str
    label: str
    kind: str
    definition: str
    broader: str | None
    numbers: tuple[tuple[str, str, str], ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """That a procedure comes with some entries. Sites, causes, encounters and details are slugs: any of them serves."""

    id: str
    codes: tuple[str, ...]
    sites: tuple[str, ...]
    causes: tuple[str, ...]
    encounters: tuple[str, ...]
    details: tuple[str, ...]
    circumstance: str | None
    procedure: str
    stance: str
    why: str
    citation: str
    locator: str | None
    certainty: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All three tables."""

    citations: dict[str, Citation]
    procedures: dict[str, Procedure]
    links: tuple[Link, ...]


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}") from error
    if tuple(reader.fieldnames or ()) != columns:
        raise SourceError(f"{path}: its columns are {reader.fieldnames}, not {list(columns)}")
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise SourceError(f"{path}, line {number}: a field is missing, or there is one too many")
        if not row["id"] or row["id"] in seen:
            raise SourceError(f"{path}, line {number}: the id {row['id']!r} is empty or stands twice")
        seen.add(row["id"])
    return rows


def read_citations(path: Path) -> dict[str, Citation]:
    """Read the citations by id.

    Raises SourceError for a table that is not what it should be.
    """
    return {
        r["id"]: Citation(
            **{c: r[c] for c in _CITATIONS[:-2]},
            date_checked=r["date_checked"] or None,
            sections=r["sections"] or None,
        )
        for r in _rows(path, _CITATIONS)
    }


def _procedure(row: dict[str, str]) -> Procedure:
    columns = (
        ("icd-10-pcs", "right", "pcs_right"),
        ("icd-10-pcs", "left", "pcs_left"),
        ("icd-10-pcs", "", "pcs_other"),
        ("hcpcs", "", "hcpcs"),
        ("cpt", "", "cpt"),
    )
    numbers = tuple((system, side, n) for system, side, column in columns for n in row[column].split())
    return Procedure(
        row["id"],
        row["label"],
        row["kind"],
        row["definition"],
        row["broader"] or None,
        numbers,
        row["note"] or None,
    )


def _link(row: dict[str, str]) -> Link:
    return Link(
        id=row["id"],
        codes=tuple(row["codes"].split()),
        sites=tuple(row["sites"].split()),
        causes=tuple(row["causes"].split()),
        encounters=tuple(row["encounter"].split()),
        details=tuple(row["details"].split()),
        circumstance=row["detail"] or None,
        procedure=row["procedure"],
        stance=row["stance"],
        why=row["why"],
        citation=row["citation"],
        locator=row["locator"] or None,
        certainty=row["certainty"],
    )


def read_evidence(folder: Path) -> Evidence:
    """Read citations, procedures and links.

    Raises SourceError if a table is not what it should be, or names a citation or procedure that the others lack.
    """
    citations = read_citations(folder / "citations.tsv")
    procedures = {r["id"]: _procedure(r) for r in _rows(folder / "procedures.tsv", _PROCEDURES)}
    links = tuple(_link(r) for r in _rows(folder / "procedure-links.tsv", _LINKS))
    unknown = {p.broader for p in procedures.values() if p.broader} - procedures.keys()
    unknown |= {link.procedure for link in links} - procedures.keys()
    unknown |= {link.citation for link in links} - citations.keys()
    if unknown:
        raise SourceError(f"the tables of procedures name what they do not describe: {', '.join(sorted(unknown))}")
    return Evidence(citations, procedures, links)
