"""Keep the search index beside the store it was drawn from; draw it where there is none."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nosograph.store import Store

if TYPE_CHECKING:
    from nosograph.answers.find_index import SearchIndex

__all__ = ["index_of", "is_drawn"]

#: changes with the form of the index
_FORM = "search-19"
_known: WeakKeyDictionary[Store, SearchIndex] = WeakKeyDictionary()


def index_of(store: Store) -> SearchIndex:
    """Return the search index of a store's edition, from the folder of the store if it is there.

    Drawing it takes some seconds; it is kept if the folder can be written.
    """
    found = _known.get(store)
    if found is None:
        folder = getattr(store, "folder", None)
        found = _kept(folder / f"{_FORM}-{store.edition}", store) if isinstance(folder, Path) else _drawn(store)
        _known[store] = found
    return found


def is_drawn(store: Store) -> bool:
    """Tell whether the index of a store is at hand; drawing it takes some seconds."""
    folder = getattr(store, "folder", None)
    return store in _known or (isinstance(folder, Path) and (folder / f"{_FORM}-{store.edition}").is_dir())


def _drawn(store: Store) -> SearchIndex:
    from nosograph.answers.find_source import draw

    return draw(store)


def _kept(folder: Path, store: Store) -> SearchIndex:
    from nosograph.answers.find_kept import load_index, save_index

    if folder.is_dir():
        # What cannot be read is drawn anew.
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            return load_index(folder)
    index = _drawn(store)
    # Without the right to write the index serves this process only; a process that was faster has written the same.
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=folder.parent, prefix="search-new-") as work:
        new = Path(work) / "index"
        new.mkdir()
        save_index(index, new)
        new.rename(folder)
    return index
