"""Validity of every code by date of service, from the table in data/."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nosograph.errors import SourceError

__all__ = ["KNOWN_FROM", "KNOWN_TO", "Interval", "read_validity"]

#: first and last date of service that the table speaks of; outside nothing is known
KNOWN_FROM, KNOWN_TO = "2015-10-01", "2027-03-31"
_HEADER = "code\tfrom\tto"


@dataclass(frozen=True, slots=True)
class Interval:
    """A code and a span of days (ISO) in which it may be reported; `to` is the last day, None if still open at the end."""

    code: str
    start: str
    end: str | None


def read_validity(path: Path) -> Iterator[Interval]:
    """Yield the intervals in the table's order (by code, then by date).

    Raises SourceError if the table is missing or a line of it is not three fields.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error
    if not lines or lines[0] != _HEADER:
        raise SourceError(f"{path} is not a table of validity: its first line is not {_HEADER!r}")
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != 3:
            raise SourceError(f"{path}, line {number}: {len(fields)} fields instead of 3")
        yield Interval(fields[0], fields[1], fields[2] or None)
