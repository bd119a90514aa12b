"""Keys: what a name or a question is compared by.

A key is a stem, a stem that is denied (`!necrosi`, from 'without necrosis') or left open (`?hypoxi`), a body site
(`@lower-leg`) or one of several words that name a site (`~lower`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

from nosograph.answers.find_words import NEUTRAL, SIDES, Stems, clauses, roles, stem

__all__ = ["Phrases", "keys_of", "opens"]

#: the first part of compounds of which the rest is a word of its own: postvaccination, perirectal
_PREFIXES = ("post", "peri")
#: the share of what a title denies: what no one mentions is taken to be absent
_NOT_SAID = 0.5
#: the share of what a title leaves open: the ligament of 'unspecified ligament of ankle'
_LEFT_OPEN = 0.25
_DENYING = frozenset({"without", "no", "not", "non", "nor", "except"})
#: words after 'unspecified' before what is left open: 'unspecified whether with hypoxia', 'unspecified as to cause'
_OPENING = frozenset({"whether", "as"})
#: words that end a denial within a clause
_TURNING = frozenset({"with", "due", "by", "but", "following"})
#: words that stand after a site and say no more than that it is one
_PLACING = frozenset({"level", "region", "area"})
_V = TypeVar("_V")


class Phrases(Generic[_V]):
    """Phrases of stems and what they stand for."""

    def __init__(self, entries: Iterable[tuple[Stems, _V]]) -> None:
        self._by_first: dict[str, list[tuple[Stems, _V]]] = {}
        for words, value in entries:
            if words:
                self._by_first.setdefault(words[0], []).append((words, value))
        for known in self._by_first.values():
            known.sort(key=lambda item: -len(item[0]))

    def known(self, first: str) -> Sequence[tuple[Stems, _V]]:
        """Return the phrases that start with a word, longest first."""
        return self._by_first.get(first, ())

    def groups(self) -> Iterator[tuple[str, Sequence[tuple[Stems, _V]]]]:
        """Yield each first word with its phrases."""
        yield from self._by_first.items()

    def longest(self, words: Sequence[str]) -> Iterator[tuple[int, int, _V]]:
        """Yield the phrases in a row of words, leftmost longest, without overlaps."""
        place, last = 0, len(words)
        while place < last:
            for known, value in self.known(words[place]):
                end = place + len(known)
                if tuple(words[place:end]) == known:
                    yield place, end, value
                    place = end - 1
                    break
            place += 1

    def every(self, words: Sequence[str]) -> Iterator[tuple[int, int, _V]]:
        """Yield every phrase at every place, overlapping ones too."""
        for place, word in enumerate(words):
            for known, value in self.known(word):
                if tuple(words[place : place + len(known)]) == known:
                    yield place, place + len(known), value


@cache
def _defaults() -> frozenset[str]:
    """Return words that hold where nothing is said (displaced, closed: I.C.19.c): their absence costs nothing."""
    return frozenset(word for word, role in roles().items() if role == "default")


def _denied_compound(token: str) -> bool:
    return token.startswith("non") and len(token) > 7


def _sites(row: Sequence[str], words: Sequence[str], sites: Phrases[str]) -> list[tuple[tuple[int, ...], str]]:
    """Return the sites of a row with the places of their words; two with a side between may be one: 'joint of left thumb'."""
    found = [(tuple(range(start, end)), value) for start, end, value in sites.longest(words)]
    plain = [place for place, token in enumerate(row) if token not in SIDES]
    if len(plain) == len(row):
        return found
    for start, end, value in sites.longest([words[place] for place in plain]):
        at = tuple(plain[start:end])
        within = [one for one in found if not set(one[0]).isdisjoint(at)]
        if len(within) > 1 and at[-1] - at[0] >= len(at) and sum(len(one[0]) for one in within) <= len(at):
            found = [one for one in found if one not in within] + [(at, value)]
    return found


def _rows(
    text: str, sites: Phrases[str] | None
) -> Iterator[tuple[list[str], list[str], list[str | None], frozenset[int]]]:
    """Yield each clause as tokens and stems, with the site that each word stands for and the places of those that do alone."""
    rows = clauses(text)
    every = [token for row in rows for token in row]
    words = [stem(token) for token in every]
    taken: list[str | None] = [None] * len(every)
    alone: set[int] = set()
    ends = list(accumulate(len(row) for row in rows))
    if sites:
        for row, end in zip(rows, ends, strict=True):
            start = end - len(row)
            for places, value in _sites(row, words[start:end], sites):
                for place in places:
                    taken[start + place] = value
                alone.update([start + places[0]] if len(places) == 1 else [])
        for places, value in _sites(every, words, sites) if len(rows) > 1 else ():
            # 'wrist, hand and finger', but not 'lower limb, except ankle and foot'
            inside = every[places[0] : places[-1]]
            is_listed = "and" in inside and _DENYING.isdisjoint(inside)
            if is_listed and any(places[0] < end <= places[-1] for end in ends):
                for place in places:
                    taken[place] = value
                alone.difference_update(places)
    for row, end in zip(rows, ends, strict=True):
        start = end - len(row)
        yield row, words[start:end], taken[start:end], frozenset(p - start for p in alone if start <= p < end)


def opens(row: Sequence[str]) -> int:
    """Return from which place on a clause names what it leaves open: 'unspecified whether with hypoxia'; its length if nowhere.

    >>> opens(["unspecified", "whether", "with", "hypoxia"]), opens(["hypoxia"])
    (1, 1)
    """
    pairs = enumerate(pairwise(row), 1)
    return next((k for k, (one, other) in pairs if one == "unspecified" and other in _OPENING), len(row))


def keys_of(text: str, sites: Phrases[str] | None = None) -> list[tuple[str, float]]:
    """Return the keys of a name with their share in it.

    The share is 0 for a word that a site stands for, for a default, and for a compound beside its second part.

    >>> keys_of("Burn, not infected")
    [('burn', 1.0), ('!infect', 0.5)]
    """
    keys: dict[str, float] = {}
    for row, words, taken, alone in _rows(text, sites):
        denied, last, is_owned, opening = 0, "", False, opens(row)
        for place, (token, word, site) in enumerate(zip(row, words, taken, strict=True)):
            before, last = last, token
            is_owned = before == "of" or (is_owned and before in NEUTRAL)  # 'of an unspecified finger'
            if denied and is_owned and (site is not None or token in SIDES):
                denied = 0  # 'laceration without foreign body of left hand'
            if token in _DENYING:
                denied = 1 if token == "non" else len(row)
            elif denied and (token in _TURNING or (token == "in" and before not in _DENYING)):
                denied = 0  # 'without complications in remission', but 'not in remission'
            elif (word in NEUTRAL or token in NEUTRAL) and site is None:
                continue
            elif place >= opening:
                keys.setdefault("?" + word, _LEFT_OPEN)
            elif denied or _denied_compound(token):
                keys.setdefault("!" + (word if denied else stem(token[3:])), _NOT_SAID)
                denied = max(0, denied - 1)
            elif token in _PLACING and place and taken[place - 1] is not None:
                keys.setdefault(word, 0.0)  # 'at neck level'
            elif site is not None:
                # The words of 'left upper quadrant' are but half a match for 'right upper quadrant'.
                keys.setdefault(word if place in alone else "~" + word, 0.0)
                keys.setdefault("@" + site, 1.0)
            else:
                rest = next((token[len(p) :] for p in _PREFIXES if token.startswith(p) and len(token) > len(p) + 4), "")
                share = _LEFT_OPEN if before == "unspecified" else 1.0
                keys.setdefault(word, 0.0 if token in _defaults() else share)
                if rest:
                    keys.setdefault(stem(rest), 0.0)
    return list(keys.items())
