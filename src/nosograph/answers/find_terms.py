"""Words of the graph in memory: labels of concepts, and the terms that stand for families of codes.

Candidates are gathered by words weighed by how rare they are; which of them applies is decided by the graph's facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log
from weakref import WeakKeyDictionary

from nosograph.build.axes_words import Lexicon, Match, phrase
from nosograph.query import run
from nosograph.store import Store

__all__ = ["SOFT", "Terms", "Unit", "terms_of"]

_SOFT_WORDS = """a an and any as at by classified due elsewhere for from in is nec nos not of on or other right left side
site specified stated the to type unspecified with without"""
#: words of titles that tell no condition from another
SOFT = frozenset(_SOFT_WORDS.split())
#: soft words that still tell two terms apart when all others agree
_TELLING = frozenset({"other", "specified", "unspecified", "with", "without", "nos", "nec"})
_OPEN_ENDED = frozenset({"unspecified", "nos"})
_TELLING_COST = 0.004
_OFF_SITE_COST = 0.12
_BROADER_PENALTY = 0.05
#: fewer families than this in the first tier are no reason to trust it alone
_SURE = 0.97


@dataclass(frozen=True, slots=True)
class Unit:
    """What is chosen among: a family of codes, or a single printed entry."""

    entry: str
    conditions: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    is_family: bool = False


@dataclass(slots=True)
class Scored:
    """A unit with its score, and whether the best term for it also stands for others."""

    unit: Unit
    score: float
    words: frozenset[str]
    is_shared: bool


@dataclass(slots=True)
class _TermIndex:
    terms: list[tuple[frozenset[str], Unit, float, frozenset[str]]] = field(default_factory=list)
    by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    shared: dict[frozenset[str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, text: str, unit: Unit, penalty: float = 0.0) -> None:
        all_words = frozenset(phrase(text))
        words = all_words - SOFT
        if not words:
            return
        self.shared[words].add(unit.entry)
        for word in words:
            self.by_word[word].append(len(self.terms))
        self.terms.append((words, unit, penalty, all_words & _TELLING))


class Terms:
    """The labels and terms of one edition of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.labels: dict[str, str] = {}
        self._entries: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for row in run(store, "find-labels"):
            concept, text = row["concept"] or "", row["text"] or ""
            self.labels[concept] = row["label"] or ""
            self._entries[row["kind"] or ""].append((phrase(text), concept))
            if not row["hidden"]:
                self._entries[f"{row['kind']} in titles"].append((phrase(text), concept))
        self.above: dict[str, list[str]] = defaultdict(list)
        for row in run(store, "find-holders"):
            self.above[row["concept"] or ""].append(row["holder"] or "")

    @cached_property
    def sites(self) -> Lexicon:
        return Lexicon(self._entries["site"])

    @cached_property
    def title_sites(self) -> Lexicon:
        """Sites by the words that titles use for them, without adjectives and muscles."""
        return Lexicon(self._entries["site in titles"])

    @cached_property
    def causes(self) -> Lexicon:
        return Lexicon(self._entries["cause"])

    @cached_property
    def conditions(self) -> Lexicon:
        return Lexicon(self._entries["condition"])

    def holders(self, concept: str) -> set[str]:
        """Return all that holds a site, or is more general than a cause or condition, without itself."""
        found: set[str] = set()
        todo = list(self.above.get(concept, ()))
        while todo:
            here = todo.pop()
            if here not in found:
                found.add(here)
                todo += self.above.get(here, ())
        return found

    def finest(self, matches: Iterable[Match]) -> list[str]:
        """Return the concepts found, each once, without those that hold another of them."""
        found = list(dict.fromkeys(m.value for m in matches))
        return [f for f in found if not any(f in self.holders(other) for other in found)]

    @cached_property
    def families(self) -> dict[str, Unit]:
        conditions: dict[str, list[str]] = defaultdict(list)
        causes: dict[str, list[str]] = defaultdict(list)
        entries: dict[str, str] = {}
        for row in run(self._store, "find-families"):
            entries[row["family"] or ""] = row["entry"] or ""
            conditions[row["family"] or ""].append(row["condition"] or "")
        for row in run(self._store, "find-family-causes"):
            causes[row["family"] or ""].append(row["cause"] or "")
            if row["residual"]:
                self.residual.add(row["cause"] or "")
        return {f: Unit(e, tuple(conditions[f]), tuple(causes[f]), True) for f, e in entries.items()}

    @cached_property
    def residual(self) -> set[str]:
        """The causes that stand for whatever the neighbours do not name."""
        return set()

    @cached_property
    def _families_index(self) -> _TermIndex:
        index = _TermIndex()
        texts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for words, concept in self._entries["condition"]:
            texts[concept].append(words)
        for unit in self.families.values():
            for condition in unit.conditions:
                for words in texts[condition]:
                    index.add(" ".join(words), unit)
                for broader in self.holders(condition):
                    for words in texts[broader]:
                        index.add(" ".join(words), unit, _BROADER_PENALTY)
        for row in run(self._store, "find-family-terms"):
            index.add(row["text"] or "", self.families[row["family"] or ""])
        return index

    @cached_property
    def _singles_index(self) -> _TermIndex:
        index = _TermIndex()
        units: dict[str, Unit] = {}
        for row in run(self._store, "find-single-terms"):
            entry = row["entry"] or ""
            index.add(row["text"] or "", units.setdefault(entry, Unit(entry)))
        return index

    def candidates(
        self,
        condition: Sequence[str],
        context: Iterable[str],
        sites: Sequence[str] = (),
        site_words: Iterable[str] = (),
        limit: int = 40,
    ) -> list[Scored]:
        """Return the units that the words of a condition may stand for, best first.

        `context` are the words of the other fields: they tell terms apart, but gather none. Families that name one of the
        sites go before those that do not.
        """
        words = set(condition)
        names = {w for site in sites for w in phrase(self.labels[site])} - SOFT
        asked = frozenset(words - SOFT - names - set(site_words)) or frozenset(words - SOFT)
        if not asked:
            return []
        wider = frozenset(words) | frozenset(context)
        at_site = {u for site in sites for u in self._families_of(site)}
        found = _best(self._families_index, asked, wider)
        self._place(found, at_site, names)
        if not found or max(s.score for s in found.values()) < _SURE:
            singles = _best(self._singles_index, asked, wider)
            self._place(singles, at_site, names)
            found = {**singles, **found}
        return sorted(found.values(), key=lambda s: (-s.score, s.unit.entry, s.unit.conditions))[:limit]

    def _families_of(self, site: str) -> set[Unit]:
        rows = run(self._store, "find-families-of-site", site=site)
        return {self.families[row["family"] or ""] for row in rows}

    @staticmethod
    def _place(found: dict[Unit, Scored], at_site: set[Unit], site_words: set[str]) -> None:
        for unit, scored in found.items():
            if site_words and unit not in at_site and not site_words <= scored.words:
                scored.score -= _OFF_SITE_COST


def _best(index: _TermIndex, asked: frozenset[str], wider: frozenset[str]) -> dict[Unit, Scored]:
    size = len(index.terms) or 1
    rarity = {w: log(1 + size / (1 + len(index.by_word.get(w, ())))) for w in wider | asked}
    whole = sum(rarity[w] for w in asked)
    found: dict[Unit, Scored] = {}
    for place in {p for w in asked for p in index.by_word.get(w, ())}:
        words, unit, penalty, telling = index.terms[place]
        cover = sum(rarity[w] for w in asked & words) / whole
        if cover < 0.3:
            continue
        weight = sum(rarity.get(w) or _rarity(index, w, size) for w in words)
        fit = sum(rarity[w] for w in words & wider) / weight
        score = 0.7 * cover + 0.3 * fit - penalty
        score += _TELLING_COST * (len(telling & wider) - len(telling - wider - _OPEN_ENDED))
        if unit not in found or found[unit].score < score:
            found[unit] = Scored(unit, score, words, len(index.shared[words]) > 1)
    return found


def _rarity(index: _TermIndex, word: str, size: int) -> float:
    return log(1 + size / (1 + len(index.by_word.get(word, ()))))


_KNOWN: WeakKeyDictionary[Store, Mapping[str, Terms]] = WeakKeyDictionary()


def terms_of(store: Store) -> Terms:
    """Return the words of a store, read once for as long as it lives."""
    known = dict(_KNOWN.get(store, {}))
    if store.edition not in known:
        known[store.edition] = Terms(store)
        _KNOWN[store] = known
    return known[store.edition]
