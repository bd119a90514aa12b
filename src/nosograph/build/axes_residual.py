"""Residual kinds and causes: what `other X` and `due to other Y` are not, stated at printed entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from nosograph.build.axes_details import CauseWords, DetailReader
from nosograph.build.axes_titles import TitleReader
from nosograph.build.axes_words import Lexicon
from nosograph.build.ntriples import code, iri, ng, triple
from nosograph.sources.tabular import Entry

__all__ = ["excluded_causes", "excluded_kinds"]

_OTHER = "other"
#: a word in the titles of more categories than this says nothing of what a category is about: disease, disorder, of
_COMMON = 40
_NO_CAUSES = CauseWords(Lexicon(()), frozenset())


def excluded_causes(groups: Sequence[tuple[str, str | None, Mapping[str, None], bool]]) -> Iterator[str]:
    """Yield, for each group of other cause, the causes that the groups beside it name.

    A group is its entry, the entry above, its causes as IRIs, and whether its cause is the other one.
    """
    beside: dict[str | None, dict[str, None]] = {}
    for _, parent, causes, is_other in groups:
        if not is_other:
            beside.setdefault(parent, {}).update(causes)
    done: set[tuple[str, str]] = set()
    for entry, parent, causes, is_other in groups:
        if is_other and parent:
            for cause in beside.get(parent, ()):
                if cause not in causes and (entry, cause) not in done:
                    done.add((entry, cause))
                    yield triple(code(entry), ng("excludedCause"), iri(cause))


def excluded_kinds(
    entries: Mapping[str, Entry], known: Mapping[str, tuple[str, ...]], reader: TitleReader, details: DetailReader
) -> Iterator[str]:
    """Yield, for each printed entry of another kind, the entries beside it that are of a kind.

    `known` are the scopes of kind of the entries whose titles have been read.
    """

    def scopes(notation: str) -> tuple[str, ...]:
        if notation in known:
            return known[notation]
        title = entries[notation].title
        if details.kind_words.isdisjoint(w.norm for w in reader.words(title)):
            return ()
        return details.read(title, reader.read(title, set()), _NO_CAUSES).kind_scopes

    def named(notation: str) -> frozenset[str]:
        return frozenset(w.norm for w in reader.words(entries[notation].title)) - details.kind_words

    uses = Counter(
        norm for e in entries.values() if e.kind == "diagnosis" and "." not in e.notation for norm in named(e.notation)
    )
    common = {norm for norm, count in uses.items() if count > _COMMON}

    def beside(child: str, kinds: list[str], above: Entry) -> list[str]:
        """Return the kinds that a residual is not: below a block only those of what its title is about."""
        about = named(child) - common
        if above.kind == "diagnosis" or not about or about <= named(above.notation):
            return kinds
        return [kind for kind in kinds if about & named(kind)]

    for entry in entries.values():
        by_child = {c: scopes(c) for c in entry.children if entries[c].kind == "diagnosis"}
        kinds = [c for c, of in by_child.items() if not of]
        for child, of in by_child.items():
            if _OTHER not in of or not kinds:
                continue
            if child not in known:
                yield triple(code(child), ng("kindScope"), ng(_OTHER))
            for kind in beside(child, kinds, entry):
                yield triple(code(child), ng("excludedKind"), code(kind))
