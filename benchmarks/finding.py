"""Measure `find` on questions with known answers, against full-text search on the same questions, in the same run.

    python benchmarks/run.py find [FILE ...] [--json]

A question is asked as fields and as text. The alternative is what people use today: SQLite's FTS5 with Porter stemming over
the title of every reportable code and the inclusion terms of the code and of the entries above it, any word of the question,
ordered by bm25. The store is that of NOSOGRAPH_HOME.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from nosograph import Question, find, open_store
from nosograph.namespaces import NG
from nosograph.notation import iri_notation
from nosograph.store import Store
from roundtrip import SKOS, pairs, reportable

__all__ = ["FullText", "Row", "main"]

QUESTIONS = Path(__file__).parent / "questions.jsonl"
_FIELDS = ("condition", "site", "side", "cause", "encounter", "detail")
_HOWS = ("fields", "text")
_BATCH, _COLD, _TEN = 1000, 7, 10
_WORD = re.compile(r"[^\W_]+")
_COMMAND = (sys.executable, "-m", "nosograph", "find")


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the codes that answer it; without one it is to be left unanswered."""

    id: str
    asked: Mapping[str, Any]
    right: frozenset[str]
    prefix: str | None

    @property
    def is_answerable(self) -> bool:
        return bool(self.right or self.prefix)

    def question(self, how: str) -> Question | None:
        """Return the question as it is asked in fields or as text, None if it has none of them."""
        names = ("text",) if how == "text" else _FIELDS
        given = {name: self.asked[name] for name in names if self.asked.get(name)}
        return Question.from_json(given) if given else None

    def accepts(self, code: str | None) -> bool:
        return code is not None and (code in self.right or bool(self.prefix and code.startswith(self.prefix)))


@dataclass(frozen=True, slots=True)
class Got:
    """What one question brought: the code answered, the first ten, and the seconds by the clock and of the processor."""

    row: Row
    code: str | None
    ten: tuple[str, ...]
    seconds: float
    cpu: float


def read(path: Path) -> list[Row]:
    found: list[Row] = []
    for line in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        right = frozenset(filter(None, [row.get("code"), *(row.get("accept") or ())]))
        found.append(Row(str(row.get("id", len(found) + 1)), row, right, row.get("prefix")))
    return found


class FullText:
    """Full-text search over titles and inclusion terms of all reportable codes."""

    def __init__(self, store: Store) -> None:
        titles, above = dict(pairs(store, SKOS + "prefLabel")), dict(pairs(store, SKOS + "broader"))
        texts, owners = dict(pairs(store, NG + "text")), dict(pairs(store, NG + "owner"))
        self.terms: dict[str, list[str]] = {}
        for note, kind in pairs(store, NG + "noteKind"):
            if kind == "inclusion-term":
                self.terms.setdefault(owners[note], []).append(texts[note])
        self.db = sqlite3.connect(":memory:")
        self.db.execute("CREATE VIRTUAL TABLE codes USING fts5(code UNINDEXED, words, tokenize='porter unicode61')")
        rows = ((iri_notation(iri), self._words(iri, titles[iri], above)) for iri in reportable(store))
        self.db.executemany("INSERT INTO codes VALUES (?, ?)", rows)

    def _words(self, iri: str, title: str, above: Mapping[str, str]) -> str:
        found, at = [title], iri
        while at:
            found += self.terms.get(at, ())
            at = above.get(at, "")
        return "; ".join(found)

    def __call__(self, text: str) -> list[str]:
        words = dict.fromkeys(word.lower() for word in _WORD.findall(text))
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        found = self.db.execute("SELECT code FROM codes WHERE codes MATCH ? ORDER BY rank LIMIT ?", (query, _TEN))
        return [row[0] for row in found]


def _found(store: Store, rows: Sequence[Row], how: str) -> list[Got]:
    got = []
    for row in rows:
        if question := row.question(how):
            start, used = time.perf_counter(), time.process_time()
            answer = find(store, question)
            seconds, cpu = time.perf_counter() - start, time.process_time() - used
            ten = tuple(c.code for c in answer.candidates[:_TEN])
            got.append(Got(row, answer.code if answer.status == "answered" else None, ten, seconds, cpu))
    return got


def _searched(search: FullText, rows: Sequence[Row]) -> list[Got]:
    got = []
    for row in rows:
        if row.asked.get("text"):
            start, used = time.perf_counter(), time.process_time()
            ten = tuple(search(row.asked["text"]))
            seconds, cpu = time.perf_counter() - start, time.process_time() - used
            got.append(Got(row, ten[0] if ten else None, ten, seconds, cpu))
    return got


def _figures(got: Sequence[Got]) -> dict[str, float]:
    """Return shares of right answers, and milliseconds."""
    asked = [g for g in got if g.row.is_answerable]
    other = [g for g in got if not g.row.is_answerable]
    spent = sorted(g.seconds * 1000 for g in got)
    found: dict[str, float] = {"questions": len(got)}
    if asked:
        found["top-1"] = sum(g.row.accepts(g.code) for g in asked) / len(asked)
        found["first ten"] = sum(any(map(g.row.accepts, (g.code, *g.ten))) for g in asked) / len(asked)
        found["wrong code"] = sum(g.code is not None and not g.row.accepts(g.code) for g in asked) / len(asked)
    if other:
        found["left unanswered"] = sum(g.code is None for g in other) / len(other)
    if spent:
        found["median ms"] = statistics.median(spent)
        found["median cpu ms"] = statistics.median(g.cpu for g in got) * 1000
        found["99% ms"] = spent[min(len(spent) - 1, int(len(spent) * 0.99))]
    return found


def answers(store: Store, rows: Sequence[Row], search: FullText) -> dict[str, dict[str, float]]:
    """Ask every question each way, and the search."""
    table = {how: got for how in _HOWS if (got := _found(store, rows, how))}
    table["full-text search"] = _searched(search, rows)
    return {how: _figures(got) for how, got in table.items() if got}


def batch(rows: Sequence[Row], size: int = _BATCH) -> dict[str, float]:
    """Run `find --batch` over the questions, repeated, as fields, as text, and as both together.

    Questions a second are of the whole process; the time to the first answer is start-up.
    """
    found: dict[str, float] = {"questions": size}
    for how, names in (("fields", _FIELDS), ("text", ("text",)), ("both", ("text", *_FIELDS))):
        found |= {f"{how}, {name}": value for name, value in _batch(rows, size, names).items()}
    return found


def _batch(rows: Sequence[Row], size: int, names: Sequence[str]) -> dict[str, float]:
    lines = [json.dumps({n: row.asked[n] for n in names if row.asked.get(n)}) for row in rows]
    with tempfile.TemporaryDirectory(prefix="nosograph-bench-") as folder:
        path = Path(folder) / "batch.jsonl"
        path.write_text("\n".join(islice(cycle(lines), size)), encoding="utf-8")
        start = time.perf_counter()
        process = subprocess.Popen([*_COMMAND, "--batch", str(path), "--json"], stdout=subprocess.PIPE)
        assert process.stdout is not None
        moments = [time.perf_counter() for _ in process.stdout]
        if process.wait() or len(moments) != size:
            sys.exit(f"find --batch ended with {process.returncode} after {len(moments)} answers")
    return {"start-up s": moments[0] - start, "questions/s": size / (time.perf_counter() - start)}


def cold(rows: Sequence[Row]) -> dict[str, float]:
    """Run the command as a whole process, each time with another question, against the start of Python alone."""
    texts = [row.asked["text"] for row in rows if row.asked.get("text")][:_COLD]
    mine = [_process([*_COMMAND, text]) for text in texts]
    bare = [_process([sys.executable, "-c", "pass"]) for _ in texts]
    (wall, cpu), (python, _) = (
        [statistics.median(column) for column in zip(*runs, strict=True)] for runs in (mine, bare)
    )
    return {"find, whole process s": wall, "cpu s": cpu, "python alone s": python}


def _process(command: Sequence[str]) -> tuple[float, float]:
    """Run a command; return its seconds by the clock and of the processor."""
    start, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def _ratios(table: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, float]]:
    """Yield how many times better `find` does than the search."""
    base = table.get("full-text search", {})
    for how in (h for h in _HOWS if h in table):
        for name in ("top-1", "first ten"):
            if base.get(name) and name in table[how]:
                yield f"{how} / full-text search, {name}", table[how][name] / base[name]
        for name in ("median ms", "median cpu ms"):
            if base.get(name):
                yield f"full-text search / {how}, {name}", base[name] / table[how][name]


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if name == "questions" else f"{value:.1f}" if name.endswith("ms") else f"{value:.1%}"


def _print(table: Mapping[str, Mapping[str, float]]) -> None:
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    print(f"  {'':18}" + "".join(f"{name:>17}" for name in names))
    for how, row in table.items():
        print(f"  {how:18}" + "".join(f"{_cell(name, row.get(name)):>17}" for name in names))
    for name, ratio in _ratios(table):
        print(f"  {name:48}x{ratio:.2f}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="run.py find", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="more questions, as JSON lines like questions.jsonl"
    )
    parser.add_argument("--batch", type=int, default=_BATCH, metavar="N", help="questions of the batch (%(default)s)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    asked = {str(path.name): read(path) for path in (QUESTIONS, *options.files)}
    rows = asked[QUESTIONS.name]
    found: dict[str, Any] = {"cold": cold(rows), "batch": batch(rows, options.batch)}
    store = open_store()
    search = FullText(store)
    find(store, Question(condition="cellulitis"))  # warm-up: the index is read, the rules are loaded
    search("cellulitis")
    found["answers"] = {name: answers(store, of_file, search) for name, of_file in asked.items()}
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for part in ("cold", "batch"):
        print(f"\n{part}")
        for name, value in found[part].items():
            print(f"  {name:40}{value:10.2f}")
    for name, table in found["answers"].items():
        print(f"\n{name}")
        _print(table)


if __name__ == "__main__":
    main()
