"""Put the entries that gainsay what a question tells behind, and those that leave open what it tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from nosograph.answers.find_clauses import OTHER, UNSPECIFIED
from nosograph.answers.find_keys import keys_of
from nosograph.answers.find_undecided import is_default
from nosograph.answers.find_words import ORDINALS, opposed_words, patterns, roles, tokens

if TYPE_CHECKING:
    from nosograph.answers.find_index import SearchIndex
    from nosograph.answers.find_rank import Ranked
    from nosograph.answers.find_reading import Reading

__all__ = ["NEAREST", "as_told"]

#: how many of the best entries are looked at
NEAREST = 12
#: what it costs that a title gainsays what is told
_GAINSAID = 0.3
#: and that it denies what is said
_DENIED = 0.15
#: how much better the words fit an entry that is told than the unspecified one, and how far it may be behind in meaning
_SPECIFIED, _AS_TOLD = 0.015, 0.06
#: what it costs that a title has the opposite of a word that is told
_OPPOSED = 0.1
#: what it costs that a symptom says nothing of the organism that is told, and up to how far it may cover that
_SIGN_LEAVES, _LEAVES = 0.15, 0.3
#: what it costs to leave out an abbreviation that one of the best entries covers like this
_NAME_LEFT, _COVERS = 0.05, 0.9
#: how much better an entry for other kinds may fit than the unspecified one that covers as much
_AS_GOOD = 0.05
_OTHER, _LEFT = 1, (1, 2)
#: a difference in what is covered that says nothing
_HARDLY = 0.05
#: and what it is worth that it says the stated side
_SIDE_SAID = 0.01


def _numbers(words: Sequence[str]) -> dict[str, set[str]]:
    """Return the numbers that words give to facts: {'type': {'1'}}; 'second degree' is degree 2.

    >>> _numbers(["type", "1", "diabetes"]), _numbers(["second", "degree", "burn"])
    ({'type': {'1'}}, {'degree': {'2'}})
    """
    found: dict[str, set[str]] = {}
    for one, other in pairwise(words):
        for fact, value in ((one, other), (other, one)):
            number = ORDINALS.get(value, value)
            if roles().get(fact) == "fact" and number.isdigit():
                found.setdefault(fact, set()).add(number)
                break
    return found


def as_told(index: SearchIndex, reading: Reading, found: list[Ranked]) -> list[Ranked]:
    """Return the best entries with those behind whose title, or one above it, gainsays what is told.

    It gives a fact another number ('type 2' where type 1 is told), or denies what is said ('without gangrene').
    """
    told = _numbers(reading.spoken)
    spoken = frozenset(reading.spoken)
    opposed = [(word, other) for word, other in opposed_words() if word in spoken and other not in spoken]
    denied = {s.word for s in reading.slots if s.denied}
    said = {s.word for s in reading.slots if s.word and s.weight and not s.denied} - denied

    line = " ".join(reading.spoken)
    asked = [
        (re.compile(of, re.IGNORECASE), re.compile(has, re.IGNORECASE))
        for said_, of, has in patterns("told-titles")
        if said_.search(line)
    ]

    def gainsays(one: Ranked) -> bool:
        place = one.place
        if any(of.search(index.titles[place]) and not has.search(index.titles[place]) for of, has in asked):
            return True
        while place >= 0:
            title = index.titles[place]
            named = _numbers(tokens(title.lower())) if told else {}
            if any(not told[fact] & named[fact] for fact in told.keys() & named.keys()):
                return True
            place = int(index.arrays.parents[place])
        return False

    def denies(one: Ranked) -> bool:
        place = one.place
        while place >= 0:
            if " without " in index.titles[place] and _denies(index, index.titles[place], said):
                return True
            place = int(index.arrays.parents[place])
        return False

    def told_side(one: Ranked) -> float:
        """Return what it is worth that the title says the side: 'homonymous bilateral field defects, left side'."""
        return _SIDE_SAID * (reading.side in tokens(index.titles[one.place].lower()))

    def opposes(one: Ranked) -> bool:
        """Tell whether a title has the opposite of a word that is told: 'anterior' of 'posterior', 'current' of 'old'."""
        title = set(tokens(index.titles[one.place].lower()))
        return any(other in title and word not in title for word, other in opposed)

    organisms = [k for k, s in enumerate(reading.slots) if s.is_organism and s.weight and not s.denied]

    names = [k for k, s in enumerate(reading.slots) if s.is_abbreviation and s.weight and not s.denied]
    names = [k for k in names if any(r.coverage[k] > _COVERS for r in found[:NEAREST])]

    def costs(one: Ranked) -> float:
        """Return what speaks against an entry; a symptom is part of what an organism causes (I.B.5)."""
        is_sign = bool(organisms) and index.is_symptom(one.place)
        leaves = is_sign and all(one.coverage[k] < _LEAVES for k in organisms)
        unnamed = sum(bool(one.coverage[k] < _LEAVES) for k in names)
        return (
            _NAME_LEFT * unnamed
            + _GAINSAID * gainsays(one)
            + _DENIED * denies(one)
            + _OPPOSED * opposes(one)
            + _SIGN_LEAVES * leaves
        )

    near = [replace(r, score=r.score - cost, fit=r.fit - cost) for r in found[:NEAREST] for cost in [costs(r)]]
    near = [replace(r, score=r.score + told_side(r)) for r in near] if reading.side in ("left", "right") else near
    return [*_specified(index, reading, sorted(near, key=lambda r: -r.score), bool(asked)), *found[NEAREST:]]


def _specified(index: SearchIndex, reading: Reading, found: list[Ranked], is_told: bool) -> list[Ranked]:
    """Return entries with one that is told before the residual one of its category, if words alone speak for it.

    Before the unspecified one, an entry that fits better; before one for others, the one for what is not further specified.
    """
    arrays, lead = index.arrays, found[0] if found else None
    if lead is None or arrays.residual[lead.place] not in _LEFT:
        return found
    is_other = arrays.residual[lead.place] == _OTHER and reading.scope is None
    if (OTHER if is_other else UNSPECIFIED) in reading.asked:
        return found
    for other in found[1:]:
        if other.score < lead.score - _AS_TOLD:
            continue
        if index.category(other.place) != index.category(lead.place):
            # a secondary neoplasm of the omentum is named in another category
            if is_told and is_other and not arrays.residual[other.place] and other.fit > lead.fit + _SPECIFIED:
                return [other, *(r for r in found if r is not other)]
            continue
        # 'unspecified shoulder' is of the site alone
        is_better = not arrays.kinds[other.place] and other.fit > lead.fit + _SPECIFIED
        if is_better or (is_other and (_is_nos(index, lead, other) or _is_unspecified(index, lead, other))):
            return [other, *(r for r in found if r is not other)]
    return found


def _is_nos(index: SearchIndex, lead: Ranked, other: Ranked) -> bool:
    """Tell whether an entry is the one for what is not further specified, and covers as much as the one for others."""
    if index.arrays.residual[other.place]:
        return False
    covers = bool((other.coverage >= lead.coverage - _HARDLY).all())
    return covers and not is_default(index, lead.place) and is_default(index, other.place)


def _is_unspecified(index: SearchIndex, lead: Ranked, other: Ranked) -> bool:
    """Tell whether an entry is the unspecified one beside one for other kinds, and fits as well: no other kind is told."""
    is_unspecified = index.arrays.residual[other.place] == _LEFT[1]
    covers = bool((other.coverage >= lead.coverage - _HARDLY).all())
    return is_unspecified and covers and other.score > lead.score - _AS_GOOD


def _denies(index: SearchIndex, title: str, said: set[str]) -> bool:
    """Tell whether most of what a title denies is said."""
    denied = {key[1:]: index.weight(key[1:]) or 0.0 for key, _ in keys_of(title, index.sites) if key.startswith("!")}
    return 2 * sum(weight for key, weight in denied.items() if key in said) >= sum(denied.values()) > 0
