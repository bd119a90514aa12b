"""Documents that were rendered before, the last ones used."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

__all__ = ["Document", "Kept"]


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered document."""

    body: bytes
    media: str
    status: int = 200


class Kept:
    """At most `most` documents, and none larger than `largest` bytes; the least recently used goes first."""

    def __init__(self, most: int, largest: int = 500_000) -> None:
        self.most, self.largest = most, largest
        self._documents: OrderedDict[Hashable, Document] = OrderedDict()

    def find(self, key: Hashable) -> Document | None:
        """Return a document, if it is still there."""
        found = self._documents.get(key)
        if found is not None:
            self._documents.move_to_end(key)
        return found

    def keep(self, key: Hashable, document: Document) -> None:
        """Keep a document, in the place of the one that was used longest ago."""
        if len(document.body) > self.largest:
            return
        self._documents[key] = document
        if len(self._documents) > self.most:
            self._documents.popitem(last=False)
