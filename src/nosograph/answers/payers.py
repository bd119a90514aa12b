"""What payers do with a code: MS-DRGs and their versions, levels, claim edits, payment categories, CCSR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from nosograph.answers.payer_facts import PayerRow as _Row
from nosograph.answers.payer_facts import drgs_of, payer_facts
from nosograph.answers.properties import properties
from nosograph.notation import normalise
from nosograph.query import run
from nosograph.store import Store

__all__ = [
    "Ccsr",
    "ClaimEdit",
    "DrgSpan",
    "Exclusions",
    "MsDrg",
    "Payers",
    "PaymentCategory",
    "Principal",
    "Secondary",
    "Versions",
    "counts_beside",
    "payers",
]

#: no source of this fact is at hand, so that it is never told
_NO_SOURCE = "not known: no source at hand"
#: ranges of excluded principal diagnoses that an answer lists
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MsDrg:
    """A medical MS-DRG; `condition` is what its title asks of secondary diagnoses (with-mcc ...), None if nothing."""

    number: str
    title: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class Principal:
    """Where the code leads as principal diagnosis of a stay without procedures, in the newest version loaded.

    `mdcs` maps numbers to titles (None where no family of the graph has the MDC). Without one family, `none_because`
    says why; it is None also where the definitions manual does not name the code.
    """

    version: str | None
    mdcs: dict[str, str | None]
    drgs: tuple[MsDrg, ...]
    none_because: str | None


@dataclass(frozen=True, slots=True)
class DrgSpan:
    """What the code leads to from a version to another, both included."""

    first: str
    last: str
    mdcs: tuple[str, ...]
    drgs: tuple[str, ...]
    none_because: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.first,
            "to": self.last,
            "mdcs": list(self.mdcs),
            "drgs": list(self.drgs),
            "none_because": self.none_because,
        }


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions compared, oldest first, and what the code leads to in them; no span where no manual names it."""

    compared: tuple[str, ...]
    spans: tuple[DrgSpan, ...]

    @property
    def same(self) -> bool | None:
        """Whether the code leads to the same in every version that has it; None where none has."""
        return len({(s.mdcs, s.drgs, s.none_because) for s in self.spans}) == 1 if self.spans else None


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The principal diagnoses beside which a level does not count: how many, and as ranges ('A00.0~A00.9 B99.8')."""

    collection: str
    count: int
    members: str

    def ranges(self) -> tuple[tuple[str, str], ...]:
        """Return the first and last code of each range.

        >>> Exclusions("0001", 11, "A00.0~A00.9 B99.8").ranges()
        (('A00.0', 'A00.9'), ('B99.8', 'B99.8'))
        """
        ends = (part.partition("~") for part in self.members.split())
        return tuple((first, last or first) for first, _, last in ends)

    def holds(self, code: str) -> bool:
        """Tell whether a code, with its dot, is one of the principal diagnoses."""
        return any(first <= code <= last for first, last in self.ranges())

    def as_json(self) -> dict[str, Any]:
        """Return the first ranges, and how many there are in all: a collection may have thousands."""
        ranges = self.ranges()
        shown = [list(r) for r in ranges[:_SHOWN]]
        return {"collection": self.collection, "count": self.count, "ranges": shown, "of_ranges": len(ranges)}


@dataclass(frozen=True, slots=True)
class Secondary:
    """What the code counts for as secondary diagnosis: CC, MCC, or None for nothing, in the newest version loaded.

    `since` is the version that gave it the level, None if it has had it in all versions compared, or all its life.
    `hospital_acquired` is the number of the hospital-acquired condition that it belongs to, 'several' where the procedure
    decides between some, so that there is no one title.
    """

    level: str | None
    only_if_alive: bool
    since: str | None
    exclusions: Exclusions | None
    hospital_acquired: str | None
    hospital_acquired_title: str | None

    @property
    def acquired(self) -> str | None:
        """The hospital-acquired condition in words, None without one."""
        title = self.hospital_acquired_title
        return f"{self.hospital_acquired}, {title}" if title else self.hospital_acquired and "which, by the procedure"


@dataclass(frozen=True, slots=True)
class ClaimEdit:
    """A check of the Medicare Code Editor that the code does not pass by itself."""

    edit: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PaymentCategory:
    """A category of CMS-HCC to which the code is mapped, from a payment year to another."""

    model: str
    number: str
    label: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Ccsr:
    """First CCSR category and chronic indicator (yes, no, undetermined); both None where the edition lacks the code."""

    category: str | None
    chronic: str | None


@dataclass(frozen=True, slots=True)
class Payers:
    """What payers do with a reportable code. `sources` maps the names of sources to their titles.

    Each part has one source: `principal` ms-drg, `versions` and `secondary` ms-drg-versions, `edits` and `ages` mce,
    `categories` cms-hcc, `ccsr` ccsr. A part of which the source is not loaded is empty, and its source not in `sources`.
    """

    code: str
    principal: Principal
    versions: Versions
    secondary: Secondary
    edits: tuple[ClaimEdit, ...]
    ages: str | None
    categories: tuple[PaymentCategory, ...]
    ccsr: Ccsr
    sources: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return {
            "principal": {
                "version": self.principal.version,
                "mdcs": [{"number": n, "title": t} for n, t in self.principal.mdcs.items()],
                "drgs": [asdict(d) for d in self.principal.drgs],
                "none_because": self.principal.none_because,
                "source": "ms-drg",
            },
            "versions": {
                "compared": list(self.versions.compared),
                "same": self.versions.same,
                "spans": [s.as_json() for s in self.versions.spans],
                "source": "ms-drg-versions",
            },
            "secondary": {
                "level": self.secondary.level,
                "only_if_alive": self.secondary.only_if_alive,
                "since": self.secondary.since,
                "exclusions": self.secondary.exclusions.as_json() if self.secondary.exclusions else None,
                "hospital_acquired": self.secondary.hospital_acquired,
                "hospital_acquired_title": self.secondary.hospital_acquired_title,
                "source": "ms-drg-versions",
            },
            "edits": [{**asdict(e), "source": "mce"} for e in self.edits],
            "ages": {"group": self.ages, "source": "mce"} if self.ages else None,
            "hcc": [
                {
                    "model": c.model,
                    "number": c.number,
                    "label": c.label,
                    "from": c.first,
                    "to": c.last,
                    "source": "cms-hcc",
                }
                for c in self.categories
            ],
            "ccsr": {"category": self.ccsr.category, "chronic": self.ccsr.chronic, "source": "ccsr"},
            "present_on_admission": {"exempt": None, "because": _NO_SOURCE},
            "sources": self.sources,
        }


def _values(rows: Sequence[_Row], kind: str) -> list[str]:
    return [r["value"] or "" for r in rows if r["kind"] == kind]


def _first(rows: Sequence[_Row], kind: str) -> _Row | None:
    return next((r for r in rows if r["kind"] == kind), None)


def _stated_spans(rows: Sequence[_Row], compared: Sequence[str]) -> tuple[DrgSpan, ...]:
    found: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        if (row["kind"] or "").startswith("span-"):
            found.setdefault((row["from"] or "", row["to"] or ""), []).append(row)
    return tuple(
        DrgSpan(
            first,
            last,
            tuple(_values(of, "span-mdc")),
            tuple(_values(of, "span-drg")),
            next(iter(_values(of, "span-without")), None),
        )
        for (first, last), of in sorted(found.items(), key=lambda item: compared.index(item[0][0]))
    )


def _versions(rows: Sequence[_Row], drgs: Sequence[_Row], compared: Sequence[str]) -> Versions:
    """Put the spans in order; a code with a family and without a span has that family in every version compared."""
    spans = _stated_spans(rows, compared)
    if not spans and drgs and compared:
        mdcs = sorted({r["mdc"] or "" for r in drgs})
        spans = (DrgSpan(compared[0], compared[-1], tuple(mdcs), tuple(r["drg"] or "" for r in drgs), None),)
    return Versions(tuple(compared), spans)


def _principal(drgs: Sequence[_Row], versions: Versions) -> Principal:
    found = tuple(MsDrg(r["drg"] or "", r["title"] or "", r["condition"]) for r in drgs)
    mdcs = {r["mdc"] or "": r["mdc_title"] for r in drgs}
    newest = [s for s in versions.spans if s.last == versions.compared[-1]]
    for number in newest[0].mdcs if newest else ():
        mdcs.setdefault(number, None)
    version = drgs[0]["version"] if drgs else next((s.last for s in newest), None)
    return Principal(version, mdcs, found, newest[0].none_because if newest else None)


def _secondary(rows: Sequence[_Row]) -> Secondary:
    level, excluded, hac = (_first(rows, kind) for kind in ("level", "exclusions", "hospital-acquired"))
    exclusions = (
        Exclusions(excluded["value"] or "", int(excluded["count"] or 0), excluded["detail"] or "") if excluded else None
    )
    return Secondary(
        level["value"] if level else None,
        bool(level and level["detail"] == "true"),
        level["from"] if level else None,
        exclusions,
        hac["value"] if hac else None,
        hac["label"] if hac else None,
    )


@lru_cache(maxsize=4)
def _about(store: Store) -> list[dict[str, str | None]]:
    """Return the versions compared and the titles of the sources, which are the same for every code."""
    return run(store, "payer-sources")


def payers(store: Store, code: str) -> Payers:
    """Return what payers do with a reportable code; of an entry that is none every part is empty.

    Raises UsageError if the text has not the form of a code.
    """
    notation = normalise(code)
    about = _about(store)
    compared = [r["name"] or "" for r in about if r["kind"] == "version"]
    held = properties(store, notation)
    rows = payer_facts(store, held)
    found = drgs_of(store, held)
    versions = _versions(rows, found, compared)
    return Payers(
        notation,
        _principal(found, versions),
        versions,
        _secondary(rows),
        tuple(ClaimEdit(r["value"] or "", r["label"] or "", r["detail"] or "") for r in rows if r["kind"] == "edit"),
        next(iter(_values(rows, "age")), None),
        tuple(
            PaymentCategory(
                r["detail"] or "", r["value"] or "", r["label"] or "", int(r["from"] or 0), int(r["to"] or 0)
            )
            for r in rows
            if r["kind"] == "hcc"
        ),
        Ccsr(next(iter(_values(rows, "ccsr")), None), next(iter(_values(rows, "chronic")), None)),
        {r["name"] or "": r["title"] or "" for r in about if r["kind"] == "source"},
    )


def counts_beside(store: Store, secondary: str, principal: str) -> str | None:
    """Return the level that a secondary diagnosis has beside a principal one: CC, MCC, or None if it does not count.

    Exclusions by DRG, procedures, and whether the patient leaves alive are not looked at.
    Raises UsageError if one of the texts has not the form of a code.
    """
    of = _secondary(payer_facts(store, properties(store, normalise(secondary))))
    return None if of.exclusions and of.exclusions.holds(normalise(principal)) else of.level
