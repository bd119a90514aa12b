"""Pages of all reportable codes: does any fail, how long does one take, what do they say?"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from nosograph.answers.entries import entry
from nosograph.answers.page import page
from nosograph.query import run
from nosograph.store import open_store

_PROCESSES = 2
_SHARE = 500


@dataclass
class Counts:
    """What the pages of some codes say; times in ms."""

    by_rule: Counter[str] = field(default_factory=Counter)
    empty: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    statements: list[int] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        self.by_rule += other.by_rule
        self.empty += other.empty
        self.failed |= other.failed
        self.statements += other.statements
        self.ms += other.ms


def pages(codes: Sequence[str]) -> Counts:
    """Make the pages of some codes as JSON, one after the other."""
    store, found = open_store(), Counts()
    for code in codes:
        start = time.perf_counter()
        try:
            shown = page(store, code)
            shown.as_json()
        except Exception as error:  # whatever fails is what is looked for
            found.failed[code] = repr(error)
            continue
        found.ms.append((time.perf_counter() - start) * 1_000)
        found.by_rule.update({g.rule for g in shown.guidance})
        found.statements.append(len(shown.guidance))
        if not shown.guidance:
            found.empty.append(code)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="run.py pages", description=__doc__)
    parser.add_argument("--sample", type=int, metavar="N", help="N codes in this process, not all in two")
    options = parser.parse_args(arguments)
    store = open_store()
    codes = [row["notation"] or "" for row in run(store, "concepts") if row["reportable"] == "true"]
    start = time.perf_counter()
    if options.sample:
        asked = random.Random(1).sample(codes, options.sample)
        pages(asked[:20])
        start = time.perf_counter()
        total = pages(asked)
        begun = time.perf_counter()
        for code in asked:
            entry(store, code)
        plain = (time.perf_counter() - begun) * 1_000 / len(asked)
        print(f"the entry alone, without guidance: {plain:.1f} ms in the mean")
    else:
        total, shares = Counts(), [codes[i : i + _SHARE] for i in range(0, len(codes), _SHARE)]
        with ProcessPoolExecutor(_PROCESSES) as pool:
            for found in pool.map(pages, shares):
                total.add(found)
    spent = time.perf_counter() - start
    times = sorted(total.ms)
    print(
        f"{len(times)} pages in {spent:.0f} s, {len(total.failed)} failed, {len(total.empty)} without a statement of a rule"
    )
    if total.empty:
        print(f"  without a statement: {', '.join(total.empty[:20])}")
    print(f"median {statistics.median(times):.1f} ms, 99 of 100 within {times[int(len(times) * 0.99)]:.1f} ms")
    print(f"statements a page: median {statistics.median(total.statements):.0f}, at most {max(total.statements)}")
    for rule, count in total.by_rule.most_common():
        print(f"  {count:6}  {rule}")
    for code, why in list(total.failed.items())[:10]:
        print(f"  {code}: {why}")


if __name__ == "__main__":
    main()
