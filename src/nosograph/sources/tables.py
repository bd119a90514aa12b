"""Tables of tab-separated text in data/, plain or compressed, with a header that is known beforehand."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from nosograph.errors import SourceError

__all__ = ["read_rows"]


def read_rows(path: Path, header: str, what: str) -> list[list[str]]:
    """Return the rows behind the header (names with a tab between); `what` tells a reader of errors what it should be.

    Raises SourceError if the table is missing or damaged, has another header, or a row of another width.
    """
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}") from error
    first, *lines = text.splitlines() or [""]
    if first != header:
        raise SourceError(f"{path} is not a table of {what}: its first line is not {header!r}")
    rows = [line.split("\t") for line in lines]
    width = header.count("\t") + 1
    for number, row in enumerate(rows, 2):
        if len(row) != width:
            raise SourceError(f"{path}, line {number}: {len(row)} fields instead of {width}")
    return rows
