"""The server under load: pages of distinct codes, look-ups beside the bare oxigraph server, find, and a heavy neighbour.

The clients are processes on the same machine, so that they take their share of the processors too.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from nosograph.answers.find import Question, find
from nosograph.query import run
from nosograph.store import open_store

_CLIENTS = 16
_LOOK_UP = "SELECT ?p ?o { <http://purl.bioontology.org/ontology/ICD10CM/%s> ?p ?o }"
_HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
_QUESTIONS = (
    "traumatic myositis ossificans of the left calf",
    "closed fracture of the shaft of the right femur, first visit",
    "pressure ulcer of the sacrum, stage 3",
    "type 2 diabetes with a foot ulcer",
)


@contextmanager
def started(command: list[str], pattern: str, address: str = "") -> Iterator[str]:
    """Start a server; yield its address once its messages show the pattern."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        for line in process.stderr:
            if match := re.search(pattern, line):
                threading.Thread(target=process.stderr.read, daemon=True).start()
                yield address or match[0]
                break
    finally:
        process.terminate()
        process.wait()


def asked(address: str, paths: Sequence[str], seconds: float) -> tuple[list[float], int, int]:
    """Ask for paths, one after the other, on one connection; return times in ms, errors, and answers that were kept."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    spent, errors, kept, until = [], 0, 0, time.perf_counter() + seconds
    for path in paths:
        start = time.perf_counter()
        if start > until:
            break
        connection.request("GET", path, headers={"Accept": "text/html, application/sparql-results+json;q=0.9"})
        answer = connection.getresponse()
        answer.read()
        errors += answer.status != 200
        kept += answer.headers.get("Server-Timing") == "kept"
        spent.append((time.perf_counter() - start) * 1000)
    return spent, errors, kept


def load(address: str, paths: Sequence[str], seconds: float) -> dict[str, float]:
    """Ask from 16 clients in two processes, each with paths of its own."""
    shares = [(address, paths[n::_CLIENTS], seconds) for n in range(_CLIENTS)]
    start = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        halves = pool.starmap(_threads, [(shares[::2],), (shares[1::2],)], chunksize=1)
    results = [result for half in halves for result in half]
    times = sorted(ms for spent, _, _ in results for ms in spent)
    lasted = min(time.perf_counter() - start, max(sum(spent) for spent, _, _ in results) / 1000)
    return {
        "answers a second": len(times) / lasted,
        "median ms": statistics.median(times),
        "p95 ms": times[int(len(times) * 0.95)],
        "errors": sum(errors for _, errors, _ in results),
        "kept": sum(kept for _, _, kept in results) / len(times),
    }


def _threads(shares: Sequence[tuple[str, Sequence[str], float]]) -> list[tuple[list[float], int, int]]:
    found: list[tuple[list[float], int, int]] = []
    threads = [threading.Thread(target=lambda share=share: found.append(asked(*share))) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _nosograph() -> list[str]:
    return [sys.executable, "-m", "nosograph", "serve", "--port", "0"]


def _look_ups(codes: Sequence[str], path: str) -> list[str]:
    return [f"{path}?query={quote(_LOOK_UP % code)}" for code in codes]


def _oxigraph(codes: Sequence[str], seconds: float) -> dict[str, float]:
    store, port = open_store(), 7871
    server = shutil.which("oxigraph")
    if server is None:
        return {}
    place = f"127.0.0.1:{port}"
    command = [server, "serve-read-only", "--location", str(store.folder / store.edition), "--bind", place]
    with started(command, "Listening", f"http://{place}") as address:
        return load(address, _look_ups(codes, "/query"), seconds)


def _beside_heavy(address: str, codes: Sequence[str], seconds: float) -> dict[str, Any]:
    """Measure one client of look-ups and pages alone, and beside another with heavy queries."""
    paths = [p for c in codes for p in (f"/code/{c}.ttl", *_look_ups([c], "/sparql"))]
    half = len(paths) // 2
    alone = sorted(asked(address, paths[:half], seconds)[0])
    heavy = threading.Thread(target=asked, args=(address, [f"/sparql?query={quote(_HEAVY)}"], 60))
    heavy.start()
    time.sleep(1)
    beside = sorted(asked(address, paths[half:], seconds)[0])
    heavy.join()
    first, second = alone[int(len(alone) * 0.95)], beside[int(len(beside) * 0.95)]
    return {"alone p95 ms": first, "beside a heavy query p95 ms": second, "ratio": second / first}


def _finding(address: str) -> dict[str, float]:
    store = open_store()
    questions = [Question.from_json({"text": text}) for text in _QUESTIONS]
    own = []
    for turn in range(6):
        for question in questions:
            start = time.perf_counter()
            json.dumps(find(store, question).as_json())
            own += [(time.perf_counter() - start) * 1000] * (turn > 0)
    paths = [f"/api/find?text={quote(text)}" for text in _QUESTIONS]
    asked(address, paths * 2, 60)
    over = asked(address, paths * 5, 60)[0]
    return {"in process ms": statistics.median(own), "by HTTP ms": statistics.median(over)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="run.py serve", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    codes = [r["notation"] or "" for r in run(open_store(), "concepts") if r["reportable"] == "true"]
    random.Random(5).shuffle(codes)
    found: dict[str, dict[str, Any]] = {}
    with started(_nosograph(), r"http://\S+(?=/)") as address:
        load(address, [f"/code/{code}" for code in codes[-64:]], 60)
        found["find"] = _finding(address)
        found["heavy neighbour"] = _beside_heavy(address, codes[-4000:], min(options.seconds, 15))
        found["look-ups"] = load(address, _look_ups(codes, "/sparql"), options.seconds)
        found["pages of distinct codes"] = load(address, [f"/code/{code}" for code in codes], options.seconds)
        found["pages, 300 codes again and again"] = load(
            address, [f"/code/{c}" for c in codes[:300] * 300], options.seconds
        )
    if bare := _oxigraph(codes, options.seconds):
        found["look-ups, bare oxigraph"] = bare
        found["look-ups"]["share of bare oxigraph"] = found["look-ups"]["answers a second"] / bare["answers a second"]
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, figures in found.items():
        print(f"\n{name}")
        for key, value in figures.items():
            print(f"  {key:40}{value:10.2f}")


if __name__ == "__main__":
    main()
