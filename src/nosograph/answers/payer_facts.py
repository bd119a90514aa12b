"""What payers do with a code, in rows: read off the properties of the code and of what they lead to."""

from __future__ import annotations

from collections.abc import Iterator

from nosograph.answers.properties import Properties, Values, first, things
from nosograph.store import Store

__all__ = ["PayerRow", "drgs_of", "payer_facts"]

PayerRow = dict[str, str | None]
_COLUMNS = ("kind", "value", "label", "detail", "from", "to", "count")
_SPANS = {"mdcNumber": "span-mdc", "drgNumber": "span-drg", "noFamilyBecause": "span-without"}
#: columns of the query `payers`, by which its rows are ordered
_ORDER = ("kind", "detail", "from", "to", "value")


def _row(kind: str, value: str, **columns: str) -> PayerRow:
    return {**dict.fromkeys(_COLUMNS), "kind": kind, "value": value, **{k: v or None for k, v in columns.items()}}


def _led(store: Store, held: Values, *names: str) -> Iterator[Values]:
    """Yield what is said of the things to which properties lead."""
    for name in names:
        yield from things(store, held.get(name, ())).values()


def drgs_of(store: Store, held: Properties) -> tuple[PayerRow, ...]:
    """Return the medical MS-DRGs of a code as principal diagnosis, as the query `ms-drg` does."""
    rows: list[PayerRow] = []
    for family in _led(store, held.values, "medicalDrgFamily"):
        for mdc in _led(store, family, "mdc"):
            for drg in _led(store, family, "drg"):
                rows.append(
                    {
                        "version": first(family, "drgVersion"),
                        "mdc": first(mdc, "notation"),
                        "mdc_title": first(mdc, "prefLabel"),
                        "drg": first(drg, "notation"),
                        "title": first(drg, "prefLabel"),
                        "condition": first(drg, "severityCondition") or None,
                    }
                )
    return tuple(sorted(rows, key=lambda r: [r[name] or "" for name in ("version", "drg", "mdc")]))


def _version(store: Store, said: Values, name: str) -> str:
    return next((first(version, "drgVersion") for version in _led(store, said, name)), "")


def _spans(store: Store, held: Values) -> Iterator[PayerRow]:
    for span in _led(store, held, "drgSpan"):
        start, end = (_version(store, span, name) for name in ("fromVersion", "toVersion"))
        for name, kind in _SPANS.items():
            yield from (_row(kind, value, **{"from": start, "to": end}) for value in span.get(name, ()))


def _levels(store: Store, held: Values) -> Iterator[PayerRow]:
    for level in held.get("complicationLevel", ()):
        since = {"from": _version(store, held, "levelSince")}
        yield _row("level", level, detail=first(held, "countsOnlyIfAlive"), **since)
    for of in _led(store, held, "excludedBeside"):
        columns = {"from": first(of, "drgVersion"), "detail": first(of, "principalDiagnoses")}
        yield _row("exclusions", first(of, "notation"), count=first(of, "principalCount"), **columns)
    for of in _led(store, held, "hospitalAcquired"):
        yield _row("hospital-acquired", first(of, "notation"), label=first(of, "prefLabel"))


def _categories(store: Store, held: Values) -> Iterator[PayerRow]:
    for mapped in _led(store, held, "paymentHcc"):
        years = {"from": first(mapped, "firstPaymentYear"), "to": first(mapped, "lastPaymentYear")}
        for of in _led(store, mapped, "hcc"):
            yield _row(
                "hcc", first(of, "notation"), label=first(of, "prefLabel"), detail=first(of, "hccModel"), **years
            )
    yield from (_row("ccsr", first(of, "notation")) for of in _led(store, held, "ccsrCategory"))
    yield from (_row("chronic", value) for value in held.get("chronic", ()))


def _edits(store: Store, held: Values) -> Iterator[PayerRow]:
    for of in _led(store, held, "claimEdit"):
        yield _row("edit", first(of, "notation"), label=first(of, "prefLabel"), detail=first(of, "definition"))
    yield from (_row("age", value) for value in held.get("expectedAge", ()))


def payer_facts(store: Store, held: Properties) -> list[PayerRow]:
    """Return what payers do with a code, as the query `payers` does: a row a fact."""
    said = held.values
    rows = [*_levels(store, said), *_spans(store, said), *_categories(store, said), *_edits(store, said)]
    return sorted(rows, key=lambda row: [row[name] or "" for name in _ORDER])
