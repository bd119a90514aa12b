"""Ask the axes of every reportable code as a question, and see whether the code comes back.

    python benchmarks/run.py roundtrip [--sample N] [--show] [--json]

A code is asked by what the graph says of it: condition, sites, side, cause, encounter, and as detail what its seventh
character and its typed details say. Scope 'other' is asked as 'other site', 'multiple' as 'multiple sites', 'unspecified'
as 'unspecified site'. Residual kinds are asked as 'other type' and 'unspecified type'; `--without-scopes` leaves them out.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from nosograph import Question, find, open_store
from nosograph.namespaces import NG, PREFIXES
from nosograph.notation import code_iri, iri_notation
from nosograph.store import Rows, Store, uri

__all__ = ["SKOS", "Axes", "Codes", "Result", "main", "pairs", "reportable", "roundtrip", "sample"]

_QUERY = Path(__file__).with_name("property.rq")
SKOS = PREFIXES["skos"]
_AXES = tuple("condition site siteScope side cause encounter seventhCharacter detail kindScope causeScope".split())
_SIDES = ("left", "right", "bilateral")
_PLAIN = frozenset({"initial encounter", "subsequent encounter", "sequela"})
_SCOPED_SITES = {"other": ("other site",), "multiple": ("multiple sites",), "unspecified": ("unspecified site",)}
_SEED, _SLICE, _SHOWN, _PROCESSES = 11, 250, 20, 2


def pairs(store: Store, iri: str) -> Iterator[tuple[str, str]]:
    """Yield what has a property, with its value."""
    found = store.query(_QUERY.read_text(encoding="utf-8"), {"property": uri(iri)})
    assert isinstance(found, Rows)
    return ((row[0].value, row[2].value) for row in found.rows if row[0] and row[2])


def reportable(store: Store) -> list[str]:
    """Return the IRIs of all reportable codes of the edition in printed order."""
    order = {iri: int(value) for iri, value in pairs(store, NG + "order")}
    found = [iri for iri, value in pairs(store, NG + "reportable") if value == "true" and iri in order]
    return sorted(found, key=lambda iri: order[iri])


@dataclass(frozen=True, slots=True)
class Axes:
    """What the graph says of one code, as labels."""

    conditions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    scope: str | None = None
    side: str | None = None
    causes: tuple[str, ...] = ()
    encounter: str | None = None
    seventh: str | None = None
    details: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    cause_scope: str | None = None

    def question(self, title: str, *, scopes: bool = True) -> Question:
        """Return the axes as a question; where there is no condition the title stands for it."""
        said = [] if self.seventh is None or self.seventh.lower() in _PLAIN else [self.seventh]
        said += self.details
        said += [self.side] if self.side == "unilateral" else []
        said += [f"{kind} type" for kind in self.kinds] if scopes else []
        causes = [*self.causes, *([f"{self.cause_scope} cause"] if scopes and self.cause_scope else [])]
        told = {text.lower(): text for text in said}
        return Question(
            # the most general condition is the shortest; the longest says most
            condition=max(self.conditions, key=len) if self.conditions else title,
            site=(*self.sites, *_SCOPED_SITES.get(self.scope or "", ())),
            side=self.side if self.side in _SIDES else None,
            cause=", ".join(causes) or None,
            encounter=self.encounter,
            detail=", ".join(told.values()) or None,
        )

    def differs(self, other: Axes) -> tuple[str, ...]:
        """Return the names of the axes in which another code says something else."""
        mine, its = asdict(self), asdict(other)
        return tuple(name for name in mine if mine[name] != its[name])


@dataclass(frozen=True, slots=True)
class Result:
    """One code, what was asked and what came. `lead` is the printed entry that the words fitted best."""

    code: str
    chapter: str
    title: str
    question: Question
    status: str
    got: str | None
    lead: str | None
    #: the place among the candidates, from 1; 0 if it is none of them
    place: int
    missing: tuple[str, ...]
    #: why the code did not come back: the part to blame, and what was different
    blame: str = ""
    kind: str = ""

    @property
    def is_back(self) -> bool:
        return self.got == self.code


class Codes:
    """The reportable codes of a store with their axes; the whole graph is read once."""

    def __init__(self, store: Store, *, scopes: bool = True) -> None:
        labels = dict(pairs(store, SKOS + "prefLabel"))
        self._above = dict(pairs(store, SKOS + "broader"))
        iris = reportable(store)
        said: dict[str, dict[str, list[str]]] = {iri: {} for iri in iris}
        for axis in _AXES:
            for iri, value in pairs(store, NG + axis):
                if iri in said:
                    # a label of the vocabulary's own values is their name
                    label = value.removeprefix(NG) if value.startswith(NG) else labels.get(value, "")
                    said[iri].setdefault(axis, []).append(label)
        self.titles = {iri_notation(iri): labels.get(iri, "") for iri in iris}
        self.axes = {iri_notation(iri): _axes(told) for iri, told in said.items()}
        self.questions = {code: axes.question(self.titles[code], scopes=scopes) for code, axes in self.axes.items()}

    def chapter(self, code: str) -> str:
        """Return the notation of the chapter of a code."""
        at = code_iri(code)
        while at in self._above:
            at = self._above[at]
        return iri_notation(at)

    @cached_property
    def by_chapter(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code in self.axes:
            found.setdefault(self.chapter(code), []).append(code)
        return found

    @cached_property
    def alike(self) -> Counter[Question]:
        """How many codes ask each question: of those asked alike at most one can come back."""
        return Counter(self.questions.values())


def _axes(told: dict[str, list[str]]) -> Axes:
    def every(name: str) -> tuple[str, ...]:
        return tuple(sorted(filter(None, told.get(name, ()))))

    def one(name: str) -> str | None:
        return next(iter(every(name)), None)

    return Axes(
        every("condition"),
        every("site"),
        one("siteScope"),
        one("side"),
        every("cause"),
        one("encounter"),
        one("seventhCharacter"),
        every("detail"),
        every("kindScope"),
        one("causeScope"),
    )


@dataclass(frozen=True, slots=True)
class _Came:
    """What `find` answered, as little of it as a process has to send."""

    status: str
    got: str | None
    lead: str | None
    candidates: tuple[str, ...]
    missing: tuple[str, ...]


def _ask(store: Store, question: Question) -> _Came:
    answer = find(store, question)
    lead = iri_notation(answer.understood.condition[0].iri) if answer.understood.condition else None
    return _Came(answer.status, answer.code, lead, tuple(c.code for c in answer.candidates), answer.missing)


def _explained(codes: Codes, code: str, came: _Came) -> tuple[str, str]:
    """Return which part is to blame for a code that did not come back, and what was different."""
    question = codes.questions[code]
    if codes.alike[question] > 1 and (came.got is None or codes.questions[came.got] == question):
        return "axes", "asked like another code"
    if came.status == "none":
        return "rank", "no entry fits"
    part = "decide" if came.lead and code.startswith(came.lead) else "rank"
    if came.got is None:
        return part, f"{came.status}, missing: {', '.join(sorted(came.missing)) or '-'}"
    if came.got[:3] != code[:3]:
        return part, "another category"
    differs = codes.axes[code].differs(codes.axes[came.got]) or ("nothing",)
    return part, f"same category, differs in: {', '.join(differs)}"


def _results(codes: Codes, asked: Sequence[str], came: Iterable[_Came]) -> list[Result]:
    found = []
    for code, answer in zip(asked, came, strict=True):
        blame, kind = ("", "") if answer.got == code else _explained(codes, code, answer)
        place = answer.candidates.index(code) + 1 if code in answer.candidates else 0
        found.append(
            Result(
                code,
                codes.chapter(code),
                codes.titles[code],
                codes.questions[code],
                answer.status,
                answer.got,
                answer.lead,
                place,
                answer.missing,
                blame,
                kind,
            )
        )
    return found


_worker: list[Store] = []


def _start() -> None:
    _worker.append(open_store())


def _slice(questions: Sequence[Question]) -> list[_Came]:
    return [_ask(_worker[0], question) for question in questions]


def _in_processes(codes: Codes, asked: Sequence[str], told: Callable[[int], None]) -> list[_Came]:
    """Ask slices in printed order, so that a process meets the codes of a family together."""
    slices = [asked[k : k + _SLICE] for k in range(0, len(asked), _SLICE)]
    found: list[_Came] = []
    with multiprocessing.get_context("spawn").Pool(_PROCESSES, _start) as pool:
        for part in pool.imap(_slice, [[codes.questions[c] for c in part] for part in slices]):
            found += part
            told(len(found))
    return found


def roundtrip(store: Store, codes: Iterable[str] | None = None, known: Codes | None = None) -> list[Result]:
    """Ask codes by their axes, all reportable ones if none are named, in this process."""
    known = known or Codes(store)
    asked = list(known.axes) if codes is None else list(codes)
    return _results(known, asked, [_ask(store, known.questions[code]) for code in asked])


def sample(codes: Codes, size: int) -> list[str]:
    """Return codes drawn evenly over the printed order, one from each of so many stretches, the same every time."""
    every, chance = list(codes.axes), random.Random(_SEED)
    size = max(1, min(size, len(every)))
    ends = [len(every) * k // size for k in range(size + 1)]
    return [every[chance.randrange(low, high)] for low, high in pairwise(ends)]


def _shares(codes: Codes, results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Return figures by chapter and over all."""
    table: dict[str, dict[str, float]] = {}
    chapters = [*dict.fromkeys(r.chapter for r in results)]
    for name in [*chapters, "all"]:
        mine = [r for r in results if name in ("all", r.chapter)]
        apart = sum(1 / codes.alike[r.question] for r in mine)
        table[name] = {
            "codes": len(mine),
            "back": sum(r.is_back for r in mine) / len(mine),
            "first ten": sum(r.is_back or r.place > 0 for r in mine) / len(mine),
            "right entry": sum(bool(r.lead) and r.code.startswith(str(r.lead)) for r in mine) / len(mine),
            "another code": sum(r.got is not None and not r.is_back for r in mine) / len(mine),
            "apart": apart / len(mine),
        }
    return table


def _asked(question: Question) -> str:
    said = {k: v for k, v in asdict(question).items() if v}
    return "; ".join(f"{k} {' + '.join(v) if isinstance(v, tuple) else v}" for k, v in said.items())


def _show(results: Sequence[Result]) -> None:
    for chapter in dict.fromkeys(r.chapter for r in results):
        failed = [r for r in results if r.chapter == chapter and not r.is_back]
        step = max(1, len(failed) // _SHOWN)
        print(f"\n{chapter}: {len(failed)} not given back")
        for r in failed[::step][:_SHOWN]:
            came = r.got or r.status + (f" ({', '.join(r.missing)})" if r.missing else "")
            print(f"  {r.code:9}{r.title[:110]}\n    asked: {_asked(r.question)}")
            print(
                f"    came:  {came}, led by {r.lead or '-'}, {f'place {r.place}' if r.place else 'no candidate'}  [{r.blame}: {r.kind}]"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="run.py roundtrip", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, metavar="N", help="ask N codes in this process, not all in two")
    parser.add_argument("--show", action="store_true", help=f"list up to {_SHOWN} failures of each chapter")
    parser.add_argument("--without-scopes", action="store_true", help="do not ask whether kind and cause are residual")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    store = open_store()
    codes = Codes(store, scopes=not options.without_scopes)
    asked = sample(codes, options.sample) if options.sample else list(codes.axes)
    start = time.perf_counter()
    if options.sample:
        _ask(store, Question(condition="cellulitis"))  # warm-up
        start = time.perf_counter()
        results = roundtrip(store, asked, codes)
    else:
        results = _results(codes, asked, _in_processes(codes, asked, lambda n: print(f"\r{n}", end="", flush=True)))
        print("\r", end="")
    rate = len(results) / (time.perf_counter() - start)
    table = _shares(codes, results)
    kinds = Counter((r.blame, r.kind) for r in results if not r.is_back)
    if options.json:
        failed: list[dict[str, Any]] = [asdict(r) for r in results if not r.is_back]
        print(json.dumps({"questions a second": rate, "shares": table, "failures": failed}, indent=1))
        return
    print(f"{'chapter':10}" + "".join(f"{name:>14}" for name in table["all"]))
    for name, row in table.items():
        cells = "".join(f"{int(v):14}" if k == "codes" else f"{v:14.1%}" for k, v in row.items())
        print(f"{name:10}{cells}")
    processes = 1 if options.sample else _PROCESSES
    print(f"\n{rate:.1f} questions a second in {processes} process{'es' if processes > 1 else ''}")
    print(
        "apart: the most that can come back, as codes asked alike share one answer\n\nnot given back, by the part to blame"
    )
    for (blame, kind), count in kinds.most_common(40):
        print(f"  {count:6}  {count / len(results):6.1%}  {blame:7} {kind}")
    if options.show:
        _show(results)


if __name__ == "__main__":
    main()
