"""Whether a question states two conditions, which no single code is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_rank import Ranked, rank
from nosograph.answers.find_reading import Reading, Slot
from nosograph.answers.find_words import SIDES

__all__ = ["two_conditions"]

#: how well the best entry has to fit each part, and what the one entry for both may cover of it at most
_FITS, _COVERED = 0.72, 0.6
#: or how much better each part fits its own entry than the whole fits the one for both, if it fits it as well as this
_BETTER, _FITS_BETTER = 0.18, 0.6
#: the same within the clause of the 'and' alone
_CLEARLY_BETTER = 0.25
#: how well entries of one category have to fit: hepatitis B and hepatitis C
_FITS_OF_ONE = 0.85
#: no entry fits better than this
_MOST = 1.1
#: a part weighs as much as a word that few entries have
_LEAST = 0.55
Span = Callable[[Sequence[Slot], int], tuple[int, int]]
_NAMING = ("condition", "text")


def two_conditions(index: SearchIndex, reading: Reading, lead: Ranked) -> tuple[Ranked, Ranked] | None:
    """Return the best entries for the two parts of a question that are joined by 'and', if no one entry is for both.

    A symptom beside a disease is part of it (I.B.5), and no second condition.
    """
    for parts in _parts(reading, _ends):
        least = max(_FITS_BETTER, lead.fit + _BETTER)
        if any(_covered(part, lead) <= _COVERED for part in parts):
            least = min(least, _FITS)
        if pair := _pair(index, parts, least):
            return pair
    for one, other in _parts(reading, _clause) if lead.fit < _FITS else ():
        pair = _pair(index, (one, other), _FITS)
        if pair is None or index.is_symptom(pair[0].place) != index.is_symptom(lead.place):
            continue
        both = rank(index, _union(one, other), limit=1)[0]
        if min(r.score for r in pair) >= both.score + _CLEARLY_BETTER:
            return pair
    return None


def _pair(index: SearchIndex, parts: tuple[Reading, Reading], least: float) -> tuple[Ranked, Ranked] | None:
    """Return the entries that fit two parts as well as they have to, if these are conditions apart."""
    found: list[Ranked] = []
    for part in parts if least < _MOST else ():
        best = rank(index, part, limit=1)
        if not best or best[0].score < least:
            break
        found.append(best[0])
    return (found[0], found[1]) if len(found) == 2 and _are_apart(index, *found) else None


def _parts(reading: Reading, span: Span) -> Iterator[tuple[Reading, Reading]]:
    """Yield the two parts of a question at each 'and' that stands between words of the condition, as far as they reach."""
    for place, slot in enumerate(reading.slots):
        if slot.joint == "and" and slot.field in _NAMING:
            low, high = span(reading.slots, place)
            halves = (_half(reading, range(low, place)), _half(reading, range(place, high)))
            if all(_weight(half.slots) >= _LEAST for half in halves):
                yield halves


def _ends(slots: Sequence[Slot], _place: int) -> tuple[int, int]:
    return 0, len(slots)


def _clause(slots: Sequence[Slot], place: int) -> tuple[int, int]:
    """Return where the clause of a place begins and ends: words beyond it tell of neither condition."""
    low = next((k for k in range(place - 1, -1, -1) if slots[k].joint == "comma" or not slots[k].word), 0)
    high = next((k for k in range(place + 1, len(slots)) if slots[k].joint or not slots[k].word), len(slots))
    return low, high


def _union(one: Reading, other: Reading) -> Reading:
    slots = [a if a.weight else b for a, b in zip(one.slots, other.slots, strict=True)]
    return replace(one, slots=slots, sides=[*one.sides, *other.sides])


def _half(reading: Reading, places: range) -> Reading:
    kept = [s if k in places and s.field in _NAMING else replace(s, weight=0.0) for k, s in enumerate(reading.slots)]
    sides = [SIDES[s.token] for k, s in enumerate(reading.slots) if k in places and s.token in SIDES]
    return replace(reading, slots=kept, sides=sides)


def _weight(slots: Sequence[Slot]) -> float:
    return sum(s.weight for s in slots if not s.denied)


def _covered(part: Reading, one: Ranked) -> float:
    told = [(s.weight, float(c)) for s, c in zip(part.slots, one.coverage, strict=True) if s.weight and not s.denied]
    return sum(w * c for w, c in told) / max(sum(w for w, _ in told), 1e-6)


def _are_apart(index: SearchIndex, one: Ranked, other: Ranked) -> bool:
    is_one = index.category(one.place) == index.category(other.place)
    if is_one and (one.place == other.place or min(one.fit, other.fit) < _FITS_OF_ONE):
        return False
    return index.is_symptom(one.place) == index.is_symptom(other.place)
