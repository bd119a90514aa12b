"""Keep the search index beside the store it was drawn from; draw it where there is none.

The index of an endpoint is kept in the home, under the address and the digests of the layers that the endpoint describes:
when other layers are pushed, it is drawn anew.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nosograph.store import Home, Store

if TYPE_CHECKING:
    from nosograph.answers.find_index import SearchIndex

__all__ = ["index_of", "is_drawn"]

#: changes with the form of the index
_FORM = "search-43"
_known: WeakKeyDictionary[Store, SearchIndex] = WeakKeyDictionary()


def index_of(store: Store) -> SearchIndex:
    """Return the search index of a store's edition, from the folder where it is kept if it is there.

    Drawing it takes some seconds; it is kept if the folder can be written.
    """
    found = _known.get(store)
    if found is None:
        place = _place(store)
        found = _kept(place, store) if place else _drawn(store)
        _known[store] = found
    return found


def is_drawn(store: Store) -> bool:
    """Tell whether the index of a store is at hand; drawing it takes some seconds."""
    place = _place(store)
    return store in _known or (place is not None and place.is_dir())


def _place(store: Store) -> Path | None:
    """Return the folder of a store's index, None where it cannot be kept: nothing says when the graph has changed."""
    folder = getattr(store, "folder", None)
    if isinstance(folder, Path):
        return folder / f"{_FORM}-{store.edition}"
    digests: Mapping[str, str] = getattr(store, "digests", {})
    if not digests:
        return None
    import hashlib

    address: str = getattr(store, "address", "")
    lines = [address, store.edition, *(f"{graph} {sha256}" for graph, sha256 in sorted(digests.items()))]
    identity = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]
    return Home().path / "endpoints" / identity / _FORM


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
    with contextlib.suppress(OSError), _scratch(folder.parent) as work:
        new = Path(work) / "index"
        new.mkdir()
        save_index(index, new)
        new.rename(folder)
    return index


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="search-new-") as work:
        yield work
