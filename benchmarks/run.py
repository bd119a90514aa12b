"""Measure the project against rdflib's memory store on the same triples, in the same run.

    python benchmarks/run.py [build] [show] [queries] [validate] [export] [--json]
    python benchmarks/run.py find [FILE ...]
    python benchmarks/run.py roundtrip [--sample N] [--show]
    python benchmarks/run.py serve [--seconds N] [--json]

The last three use the store of NOSOGRAPH_HOME and say more by --help. Without names all others all are run (about ten minutes, 3 GB: rdflib holds the whole graph). Absolute times depend on the machine and
on what else it does; the ratios are what to compare.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import finding
import pages
import roundtrip
import serving
from nosograph.query import catalogue, run
from nosograph.store import Home, open_store
from nosograph.store.memory import MemoryStore

#: values for the parameters of the catalogue's queries
VALUES = {"code": "M61.08", "other": "M65.20", "kind": "note", "date": "2026-04-01"}
SPECIAL = {
    "descendants": {"code": "S00-T88"},
    "reportable-codes": {"code": "M61.0"},
    "seventh-character-entries": {"code": "M00-M99"},
    "seventh-characters": {"code": "S06.5X7"},
    "first-listed": {"code": "W18.30XA"},
    "children": {"code": "M61"},
    "excludes1-between": {"code": "M61.48", "other": "M65.20"},
}
_SECONDS = 60
_SCRATCH = tempfile.TemporaryDirectory(prefix="nosograph-bench-")


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "nosograph", *args]


def whole_process(args: list[str], home: Path) -> dict[str, float]:
    """Run a command; return CPU and wall seconds and peak memory in MB of the process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        args, env={**os.environ, "NOSOGRAPH_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    errors = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(args)} ended with {os.waitstatus_to_exitcode(status)}: {errors.decode()[-500:]}")
    wall = time.perf_counter() - start
    return {"cpu s": used.ru_utime + used.ru_stime, "wall s": wall, "peak MB": used.ru_maxrss / 1000}


@cache
def home() -> Home:
    built = Home(Path(_SCRATCH.name))
    home.build = whole_process(command("build", "--quiet"), built.path)  # type: ignore[attr-defined]
    return built


@cache
def memory() -> MemoryStore:
    store = open_store(home())
    start, wall = time.process_time(), time.perf_counter()
    loaded = MemoryStore.load(store)
    memory.cpu, memory.wall = time.process_time() - start, time.perf_counter() - wall  # type: ignore[attr-defined]
    return loaded


def build() -> dict[str, Any]:
    """XML to a store ready for queries, against adding the same triples to rdflib's memory store."""
    folder = home().path
    figures = home.build  # type: ignore[attr-defined]
    memory()
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
    cpu, wall = memory.cpu, memory.wall  # type: ignore[attr-defined]
    return {
        **figures,
        "store MB": size,
        "rdflib add cpu s": cpu,
        "rdflib add wall s": wall,
        "rdflib / nosograph, cpu": cpu / figures["cpu s"],
        "rdflib / nosograph, wall": wall / figures["wall s"],
    }


@cache
def shown() -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    mine = [whole_process(command("show", "M61.08", "--json"), home().path) for _ in range(9)]
    other = [whole_process([sys.executable, "-c", "import rdflib"], home().path) for _ in range(9)]
    return mine, other


def show() -> dict[str, Any]:
    """`nosograph show M61.08` as a whole process, against the import of rdflib alone."""
    mine, other = shown()
    median = statistics.median(m["wall s"] for m in mine)
    return {
        "wall s": median,
        "peak MB": statistics.median(m["peak MB"] for m in mine),
        "import rdflib wall s": statistics.median(m["wall s"] for m in other),
        "import rdflib / show": statistics.median(m["wall s"] for m in other) / median,
    }


class _TooLongError(Exception):
    pass


def _stop(*_: object) -> None:
    raise _TooLongError


def best(call: Callable[[], object]) -> float | None:
    """Return the shortest of some calls in seconds, None if one takes more than a minute."""
    signal.signal(signal.SIGALRM, _stop)
    spent: list[float] = []
    while len(spent) < 5 and sum(spent) < 5:
        signal.alarm(_SECONDS)
        start = time.perf_counter()
        try:
            call()
        except Exception:  # rdflib wraps the alarm in errors of its own
            return None
        finally:
            signal.alarm(0)
        spent.append(time.perf_counter() - start)
    return min(spent)


def measured_queries() -> Iterator[tuple[str, dict[str, str]]]:
    for query in catalogue().values():
        values = {p: SPECIAL.get(query.id, VALUES).get(p, VALUES.get(p)) for p in query.params}
        if not query.internal and "CONSTRUCT" not in query.text and all(values.values()):
            yield query.id, {p: str(v) for p, v in values.items()}


def queries() -> dict[str, Any]:
    """Every query of the catalogue, against rdflib's memory store; what rdflib cannot do in a minute counts as a minute."""
    store, other = open_store(home()), memory()
    table = {}
    for name, values in measured_queries():
        mine = best(lambda name=name, values=values: run(store, name, **values))  # type: ignore[misc]
        theirs = best(lambda name=name, values=values: run(other, name, **values))  # type: ignore[misc]
        table[name] = {
            "ms": (mine or _SECONDS) * 1000,
            "rdflib ms": (theirs or _SECONDS) * 1000,
            "given up": theirs is None,
        }
    ratios = [row["rdflib ms"] / row["ms"] for row in table.values()]
    return {
        "rdflib / nosograph, geometric mean": math.exp(statistics.fmean(map(math.log, ratios))),
        "least": min(ratios),
        "queries": table,
    }


@cache
def validate() -> dict[str, Any]:
    """The whole graph against all shapes by the fast route."""
    return whole_process(command("validate", "--json", "--quiet"), home().path)


@cache
def exported() -> dict[str, float]:
    return whole_process(
        command("export", "--format", "turtle", "-o", f"{_SCRATCH.name}/all.ttl", "--quiet"), home().path
    )


def export() -> dict[str, Any]:
    """The whole graph to Turtle, against rdflib's serialiser of N-Triples (its Turtle takes minutes)."""
    figures = exported()
    start = time.process_time()
    memory().graph.serialize(destination=f"{_SCRATCH.name}/all.nt", format="nt", encoding="utf-8")
    other = time.process_time() - start
    return {**figures, "rdflib N-Triples cpu s": other, "rdflib / nosograph": other / figures["cpu s"]}


def main() -> None:
    apart = {"find": finding.main, "pages": pages.main, "roundtrip": roundtrip.main, "serve": serving.main}
    if sys.argv[1:] and sys.argv[1] in apart:
        apart[sys.argv[1]](sys.argv[2:])
        return
    parts: dict[str, Callable[[], dict[str, Any]]] = {f.__name__: f for f in (build, show, queries, validate, export)}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"no part named {unknown.pop()}; there are: {', '.join(parts)}")
    # Processes first: a child starts with the memory of its parent, which will hold rdflib's graph.
    for name, process in (("build", home), ("show", shown), ("validate", validate), ("export", exported)):
        if not options.parts or name in options.parts:
            process()
    found = {name: part() for name, part in parts.items() if not options.parts or name in options.parts}
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, figures in found.items():
        print(f"\n{name}")
        for key, value in figures.items():
            if isinstance(value, dict):
                for query, row in value.items():
                    slow = " (given up)" if row["given up"] else ""
                    print(
                        f"  {query:28}{row['ms']:10.2f} ms{row['rdflib ms']:12.1f} ms  x{row['rdflib ms'] / row['ms']:.1f}{slow}"
                    )
            elif value is not None:
                print(f"  {key:40}{value:10.2f}")


if __name__ == "__main__":
    main()
