"""All that is said of an entry and of what it leads to: read in two short queries in place of one for each part of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from nosograph.namespaces import NG
from nosograph.query import run
from nosograph.store import Store

__all__ = ["AXES_OF_A_CODE", "Properties", "Row", "Values", "cases", "first", "local", "properties", "things"]

#: local names of properties with their values: IRIs or lexical forms
Values = Mapping[str, tuple[str, ...]]
Row = Mapping[str, str | None]
_T = TypeVar("_T")
#: the axes of a code, as the query `axes` has them
AXES_OF_A_CODE = (
    "condition", "site", "siteScope", "excludedSite", "side", "cause", "encounter", "derivation", "family", "detail",
    "kindScope", "causeScope", "excludedKind", "excludedCause", "conditionDerivation", "causeDerivation",
)  # fmt: skip
#: properties that lead from a code to things of which more is said
_LEADING = (
    *AXES_OF_A_CODE, "validity", "seventhCharacter", "medicalDrgFamily", "levelSince", "excludedBeside",
    "hospitalAcquired", "drgSpan", "claimEdit", "paymentHcc", "ccsrCategory",
)  # fmt: skip
#: how many things are kept before all are asked again, and of how many codes all is kept
_MOST, _MOST_CODES = 50_000, 8


@dataclass(frozen=True, slots=True)
class Properties:
    """What is said of an entry: `values` by local name, `own` of them in this project's vocabulary, and who points at it."""

    values: Values
    own: frozenset[str]
    into: Values

    def first(self, name: str) -> str:
        """Return a value of a property, empty where there is none."""
        return first(self.values, name)


@dataclass(slots=True)
class _Kept:
    codes: dict[str, Properties] = field(default_factory=dict)
    things: dict[str, Values] = field(default_factory=dict)
    cases: dict[str, frozenset[str]] = field(default_factory=dict)


_READ: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()


def first(said: Values, *names: str) -> str:
    """Return the first of some properties that has a value, empty where none has."""
    return next((values[0] for name in names if (values := said.get(name))), "")


def _kept(store: Store) -> _Kept:
    return _READ.setdefault(store, _Kept())


def local(iri: str) -> str:
    """Return what an IRI ends in, behind its last slash or hash; of a literal all."""
    return iri.rsplit("#" if "#" in iri else "/", 1)[-1]


def properties(store: Store, code: str) -> Properties:
    """Return what is said of an entry; nothing at all of what is unknown."""
    kept = _kept(store)
    found = kept.codes.get(code)
    if found is None:
        rows = run(store, "properties-of-code", code=code)
        out, into = ([row for row in rows if bool(row["out"]) is way] for way in (True, False))
        own = (local(p) for row in out if (p := row["property"] or "").startswith(NG))
        found = Properties(_values(out), frozenset(own), _values(into))
        if len(kept.codes) >= _MOST_CODES:
            kept.codes.clear()
        kept.codes[code] = found
        things(store, [v for name in _LEADING for v in found.values.get(name, ())])
    return found


def _shared(
    store: Store, query: str, wanted: Iterable[str], known: dict[str, _T], whole: Callable[[list[Row]], _T]
) -> dict[str, _T]:
    """Return what a query says of things, thing by thing; nothing of literals."""
    held = {thing: known.get(thing) for thing in wanted if ":" in thing}
    rows: dict[str, list[Row]] = {thing: [] for thing, said in held.items() if said is None}
    for row in run(store, query, things=" ".join(rows)) if rows else ():
        rows[row["thing"] or ""].append(row)
    fresh = {thing: whole(of) for thing, of in rows.items()}
    if len(known) > _MOST:
        known.clear()
    # Only what is whole is shown to other threads.
    known.update(fresh)
    return {thing: fresh[thing] if said is None else said for thing, said in held.items()}


def _values(rows: Sequence[Row]) -> Values:
    said: dict[str, list[str]] = {}
    for row in rows:
        said.setdefault(local(row["property"] or ""), []).append(row["value"] or "")
    return {name: tuple(values) for name, values in said.items()}


def things(store: Store, wanted: Iterable[str]) -> dict[str, Values]:
    """Return what is said of things that many codes share: kept, since there are few of them."""
    return _shared(store, "properties", wanted, _kept(store).things, _values)


def cases(store: Store, wanted: Iterable[str]) -> frozenset[str]:
    """Return what causes, details and terms say that decides which rules of guidance can say something of a code."""
    known = _kept(store).cases
    found = _shared(store, "guidance-facts-of-things", wanted, known, lambda rows: frozenset(_facts(rows)))
    return frozenset(fact for facts in found.values() for fact in facts)


def _facts(rows: Sequence[Row]) -> Iterable[str]:
    return (row["fact"] or "" for row in rows)
