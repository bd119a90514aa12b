"""What payers do with a diagnosis beside its medical MS-DRGs, from the tables in data/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nosograph.errors import SourceError
from nosograph.sources.tables import read_rows

__all__ = [
    "Categorised",
    "ClaimEdit",
    "DrgHistory",
    "DrgSpan",
    "Edited",
    "Hcc",
    "HccMapping",
    "HccTables",
    "Mce",
    "Secondary",
    "SecondaryTables",
    "read_ccsr",
    "read_drg_history",
    "read_hcc",
    "read_mce",
    "read_secondary",
]

_NO_COLLECTION = "none"


@dataclass(frozen=True, slots=True)
class Hcc:
    """A payment category of a model, and those of the same model that it takes the place of."""

    model: str
    number: str
    label: str
    drops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HccMapping:
    """A diagnosis and a category, from a payment year to another, both included."""

    code: str
    model: str
    number: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class HccTables:
    """The categories of all models, and which diagnosis maps to which."""

    categories: tuple[Hcc, ...]
    mappings: tuple[HccMapping, ...]


@dataclass(frozen=True, slots=True)
class Categorised:
    """A diagnosis with its first CCSR category; `chronic` is yes, no or undetermined."""

    code: str
    category: str
    chronic: str


@dataclass(frozen=True, slots=True)
class ClaimEdit:
    """An edit of the Medicare Code Editor in words of this project."""

    name: str
    label: str
    definition: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A diagnosis with its edits on the newest day asked about, and the ages for which it stands (None: any)."""

    code: str
    edits: tuple[str, ...]
    ages: str | None


@dataclass(frozen=True, slots=True)
class Mce:
    """The edits, and the diagnoses that have any."""

    edits: tuple[ClaimEdit, ...]
    diagnoses: tuple[Edited, ...]


@dataclass(frozen=True, slots=True)
class DrgSpan:
    """What a diagnosis leads to as principal diagnosis, from a version to another, both included."""

    code: str
    mdcs: tuple[str, ...]
    family: tuple[str, ...]
    left_out: str | None
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class DrgHistory:
    """The versions with the day each is in force from (ISO), oldest first, and what differs between them."""

    versions: tuple[tuple[str, str], ...]
    spans: tuple[DrgSpan, ...]


@dataclass(frozen=True, slots=True)
class Secondary:
    """The level of a secondary diagnosis; `changed` is the version that gave it to a diagnosis that was known before."""

    code: str
    level: str
    alive_only: bool
    collection: str | None
    hac: str | None
    changed: str | None


@dataclass(frozen=True, slots=True)
class SecondaryTables:
    """The levels, the collections as ranges of codes ('A00.0~A00.9 B99.8'), titles of hospital-acquired conditions."""

    diagnoses: tuple[Secondary, ...]
    collections: dict[str, str]
    acquired: dict[str, str]


def read_hcc(folder: Path) -> HccTables:
    """Read the tables of CMS-HCC.

    Raises SourceError if one is missing or damaged, or a diagnosis maps to a category without a label.
    """
    rows = read_rows(folder / "hcc-categories.tsv", "model\thcc\tlabel\tdrops", "categories of CMS-HCC")
    categories = tuple(Hcc(model, number, label, tuple(drops.split())) for model, number, label, drops in rows)
    header = "code\tmodel\thcc\tfirst\tlast"
    mappings = tuple(HccMapping(*row) for row in read_rows(folder / "hcc-codes.tsv.gz", header, "mappings to CMS-HCC"))
    unknown = {(m.model, m.number) for m in mappings} - {(c.model, c.number) for c in categories}
    if unknown:
        raise SourceError(f"the tables of CMS-HCC do not describe {sorted(unknown)}")
    return HccTables(categories, mappings)


def read_ccsr(folder: Path) -> tuple[Categorised, ...]:
    """Read the first CCSR category and the chronic condition indicator of each diagnosis."""
    return tuple(Categorised(*row) for row in read_rows(folder / "ccsr.tsv.gz", "code\tccsr\tchronic", "CCSR"))


def read_mce(folder: Path) -> Mce:
    """Read the edits of the Medicare Code Editor as they are on the newest day that the table speaks of.

    Raises SourceError if a table is missing or damaged, or a diagnosis has an edit that is not described.
    """
    edits = tuple(ClaimEdit(*row) for row in read_rows(folder / "mce-edits.tsv", "edit\tlabel\tdefinition", "edits"))
    rows = read_rows(folder / "mce.tsv.gz", "code\tedits\tages\tfirst\tlast", "edits of diagnoses")
    found = tuple(Edited(code, tuple(e.split()), ages or None) for code, e, ages, _, last in rows if not last)
    unknown = {name for diagnosis in found for name in diagnosis.edits} - {edit.name for edit in edits}
    if unknown:
        raise SourceError(f"mce-edits.tsv does not describe {', '.join(sorted(unknown))}")
    return Mce(edits, found)


def read_drg_history(folder: Path) -> DrgHistory:
    """Read the versions of the MS-DRGs, and the diagnoses that lead elsewhere in some of them."""
    versions = [(version, day) for version, day in read_rows(folder / "drg-versions.tsv", "version\tfrom", "versions")]
    header = "code\tmdcs\tfamily\tleft_out\tfirst\tlast"
    spans = tuple(
        DrgSpan(code, tuple(mdcs.split()), tuple(n for n in family.split("-") if n), left_out or None, first, last)
        for code, mdcs, family, left_out, first, last in read_rows(folder / "drg-spans.tsv.gz", header, "MS-DRGs")
    )
    return DrgHistory(tuple(versions), spans)


def read_secondary(folder: Path, history: DrgHistory) -> SecondaryTables:
    """Read levels, hospital-acquired conditions and exclusions; the history tells since when a diagnosis is known.

    Raises SourceError if a table is missing or damaged, or names a collection that is not described.
    """
    order = {version: place for place, (version, _) in enumerate(history.versions)}
    known = {span.code: span.first for span in reversed(history.spans)}
    rows = read_rows(folder / "drg-exclusions.tsv.gz", "collection\tprincipal_diagnoses", "exclusions")
    collections = {number: ranges for number, ranges in rows}  # noqa: C416
    header = "code\tlevel\talive_only\tcollection\thac\tsince"
    diagnoses = []
    for code, level, alive, collection, hac, since in read_rows(folder / "drg-secondary.tsv.gz", header, "levels"):
        changed = since if order[since] > order[known.get(code, history.versions[0][0])] else None
        named = collection if collection in collections else None
        if not named and collection != _NO_COLLECTION:
            raise SourceError(f"the collection {collection} of {code} is not described")
        diagnoses.append(Secondary(code, level, alive == "yes", named, hac or None, changed))
    titles = read_rows(folder / "hospital-acquired.tsv", "number\ttitle", "hospital-acquired conditions")
    return SecondaryTables(tuple(diagnoses), collections, {number: title for number, title in titles})  # noqa: C416
