"""What a licensee adds for own use: words for procedure numbers, in a file beside the store that no export reads.

The file is `private/cpt.tsv` in the home. It is not part of the graph, so that neither an export, nor a query, nor a push
to another store can carry it away.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from nosograph.errors import SourceError, StoreError
from nosograph.store.base import Store
from nosograph.store.home import Home

__all__ = ["descriptors", "forget_descriptors", "load_descriptors"]

_COLUMNS = ("number", "descriptor")
_NUMBER = re.compile(r"[0-9]{4}[0-9A-Z]")


def _file(home: Path) -> Path:
    return home / "private" / "cpt.tsv"


def _rows(text: str, name: str) -> Iterator[tuple[str, str]]:
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        if header != list(_COLUMNS):
            raise SourceError(
                f"{name}, line 1: the columns are {header}, not {list(_COLUMNS)}; add a first line with them"
            )
        for row in reader:
            if not any(field.strip() for field in row):
                continue
            where = f"{name}, line {reader.line_num}"
            if len(row) != len(_COLUMNS):
                raise SourceError(
                    f"{where}: {len(row)} fields instead of 2; put quotes about a descriptor with a comma"
                )
            number, words = (" ".join(field.split()) for field in row)
            if not _NUMBER.fullmatch(number):
                raise SourceError(f"{where}: {number!r} is no CPT number: five digits, or four and a capital letter")
            if not words:
                raise SourceError(f"{where}: the descriptor of {number} is empty")
            yield number, words
    except csv.Error as error:
        raise SourceError(f"{name}, line {reader.line_num}: {error}") from error


def load_descriptors(home: Home, path: Path) -> int:
    """Put the descriptors of a CSV or TSV file in place of those loaded before; return how many there are.

    Raises SourceError for a file that is not a table of number and descriptor, StoreError if the home cannot be written.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}; it has to be UTF-8 text") from error
    found: dict[str, str] = {}
    for number, words in _rows(text, str(path)):
        if found.setdefault(number, words) != words:
            raise SourceError(f"{path}: {number} stands twice with different words; keep one of them")
    if not found:
        raise SourceError(f"{path} holds no descriptor")
    target = _file(home.path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = target.with_suffix(".new")
        draft.write_text("".join(f"{n}\t{w}\n" for n, w in sorted(found.items())), encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror or error}") from error
    return len(found)


def forget_descriptors(home: Home) -> bool:
    """Remove what was loaded; tells whether there was any."""
    target = _file(home.path)
    there = target.exists()
    target.unlink(missing_ok=True)
    return there


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Mapping[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines)


def descriptors(store: Store) -> Mapping[str, str]:
    """Return the descriptors beside the embedded store, by number; none for other stores.

    Raises StoreError if the file is damaged.
    """
    folder = getattr(store, "folder", None)
    if folder is None:
        return {}
    path = _file(Path(folder).parent)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} is damaged ({error}); run 'nosograph load-cpt' again") from error
