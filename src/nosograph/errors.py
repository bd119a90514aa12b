"""Every error nosograph raises on purpose.

::

    NosographError                 exit 4, status 500
    ├── UsageError                 exit 2, status 400
    │   ├── QueryError             the query is refused or cannot be parsed
    │   └── UnknownNameError       no such query, edition, format
    ├── UnknownCodeError           exit 3, status 404
    └── DataError                  exit 4, status 500
        ├── SourceError            an input file is missing, damaged or not what it should be
        ├── StoreError             the store is missing, damaged or of another version
        └── BuildBusyError         another build holds the lock

The message says what to do next; the data is in attributes; the class knows its exit code and HTTP status.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BuildBusyError",
    "DataError",
    "NosographError",
    "QueryError",
    "SourceError",
    "StoreError",
    "UnknownCodeError",
    "UnknownNameError",
    "UsageError",
]


class NosographError(Exception):
    """The root: catch this to catch all of them."""

    exit_code = 4
    status = 500


class UsageError(NosographError, ValueError):
    """An argument cannot be used as it is."""

    exit_code = 2
    status = 400


class QueryError(UsageError):
    """A SPARQL text that is not valid, or that asks for what is switched off."""


class UnknownNameError(UsageError, LookupError):
    """A name that is not in a closed list.

    >>> str(UnknownNameError("edition", "2019", ["2025-04", "2026-04"]))
    "no edition named '2019'; there are: 2025-04, 2026-04"
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what, self.name, self.known = what, name, tuple(known)
        listed = ", ".join(self.known) or "none"
        super().__init__(f"no {what} named {name!r}; there are: {listed}")


class UnknownCodeError(NosographError, LookupError):
    """No ICD-10-CM code, category, block or chapter has this name.

    >>> str(UnknownCodeError("M61.073", near=("M61.071", "M61.072")))
    "no ICD-10-CM code 'M61.073'; did you mean M61.071, M61.072?"
    """

    exit_code = 3
    status = 404

    def __init__(self, code: str, near: tuple[str, ...] = ()) -> None:
        self.code, self.near = code, near
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"no ICD-10-CM code {code!r}{hint}")


class DataError(NosographError):
    """Data is missing or damaged."""


class SourceError(DataError):
    """An input file is missing, damaged, hostile, or not what it should be."""


class StoreError(DataError):
    """The store is missing, damaged or was made by another version."""


class BuildBusyError(DataError):
    """Another process is building into the same folder."""
