"""What editors say of a code, each statement with its citation, date and rank, and with what contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nosograph.notation import normalise
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Contradiction", "Editorial", "Said", "editorial"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The fact of higher rank that a statement contradicts, and why the statement is not right."""

    fact: str
    because: str


@dataclass(frozen=True, slots=True)
class Said:
    """A statement. `query` and `parameters` name the catalogue query that answers a question, None where words do.

    `checked` tells whether anybody opened the citation, `checked_on` when.
    """

    iri: str
    kind: str
    at: tuple[str, ...]
    text: str
    severity: str
    answer: str | None
    query: str | None
    parameters: Mapping[str, str]
    citation: str
    title: str
    address: str | None
    locator: str | None
    rank: str
    checked: bool
    checked_on: str | None
    author: str
    date: str
    contradiction: Contradiction | None

    def as_json(self) -> dict[str, Any]:
        found = self.contradiction
        answered = self.answer is not None or self.query is not None
        return {
            "iri": self.iri,
            "kind": self.kind,
            "at": list(self.at),
            "text": self.text,
            "severity": self.severity,
            "answer": (
                {"text": self.answer, "query": self.query, "params": dict(self.parameters)} if answered else None
            ),
            "citation": {
                "id": self.citation,
                "title": self.title,
                "address": self.address,
                "locator": self.locator,
                "rank": self.rank,
                "checked": self.checked,
                "date_checked": self.checked_on,
            },
            "author": self.author,
            "date": self.date,
            "contradicts": {"fact": found.fact, "because": found.because} if found else None,
        }


@dataclass(frozen=True, slots=True)
class Editorial:
    """The statements for a code; those that are contradicted stand apart: often said, but wrong."""

    code: str
    statements: tuple[Said, ...]
    contradicted: tuple[Said, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "statements": [s.as_json() for s in self.statements],
            "contradicted": [s.as_json() for s in self.contradicted],
        }


def _said(rows: list[dict[str, str | None]]) -> Said:
    """Make one statement of its rows, which differ in the entry alone."""
    row = {k: v or "" for k, v in rows[0].items()}
    parameters = dict(part.partition("=")[::2] for part in row["parameters"].split())
    return Said(
        iri=row["statement"],
        kind=row["kind"],
        at=tuple(r["at"] or "" for r in rows),
        text=row["text"],
        severity=row["severity"],
        answer=row["answer"] or None,
        query=row["query"] or None,
        parameters=parameters,
        citation=row["citation"],
        title=row["title"],
        address=row["address"] or None,
        locator=row["locator"] or None,
        rank=row["rank"],
        checked=row["checked"] == "true",
        checked_on=row["checked_on"] or None,
        author=row["author"],
        date=row["date"],
        contradiction=Contradiction(row["contradicts"], row["reason"]) if row["contradicts"] else None,
    )


def editorial(store: Store, code: str) -> Editorial:
    """Return the statements about a code and about the entries above it.

    Raises UsageError if the text has not the form of a code.
    """
    notation = normalise(code)
    grouped: dict[str | None, list[dict[str, str | None]]] = {}
    for row in run(store, "editorial-statements", code=notation):
        grouped.setdefault(row["statement"], []).append(row)
    said = [_said(rows) for rows in grouped.values()]
    return Editorial(
        notation,
        tuple(s for s in said if s.contradiction is None),
        tuple(s for s in said if s.contradiction is not None),
    )
