"""A condition told with the accident or the old injury it came from: the condition is what is coded first.

An accident stands second (I.C.20.a.6), and so does the injury of which the condition is a late effect (I.B.10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_rank import Ranked, rank
from nosograph.answers.find_reading import Reading
from nosograph.answers.find_words import is_cause_asked

__all__ = ["with_condition_first"]

#: what an external cause covers at most of words that name a condition, and how much these weigh
_COVERED, _LEAST = 0.5, 0.5
#: how well an entry has to fit them
_FITS = 0.7
#: what words of the accident are worth for the condition: the list has injuries by their causes
_ACCIDENT = 0.25
_NAMING = ("condition", "text")


def with_condition_first(index: SearchIndex, reading: Reading, ranked: list[Ranked]) -> list[Ranked]:
    """Return the entries for the condition, if the best one is a cause of it that leaves out words of a condition."""
    secondary = index.arrays.secondary
    if reading.encounter == "sequela":
        secondary = secondary | index.arrays.timed
    if not ranked or not secondary[ranked[0].place] or _is_asked_for(reading, ranked[0]):
        return ranked
    named = [k for part in _parts(reading) if _is_left_out(reading, part, ranked[0]) for k in part]
    if sum(reading.slots[k].weight for k in named) < _LEAST:
        return ranked
    alone = rank(index, _weighed(reading, named, 0.0), limit=1)
    if not alone or secondary[alone[0].place] or alone[0].fit < _FITS:
        return ranked
    return [r for r in rank(index, _weighed(reading, named, _ACCIDENT)) if not secondary[r.place]] or ranked


def _is_asked_for(reading: Reading, lead: Ranked) -> bool:
    """Tell whether the code of the cause is what is asked for: 'scar after a burn, code for the burn'."""
    asked = (k for k, s in enumerate(reading.slots) if s.word in reading.wanted)
    return is_cause_asked(reading.spoken) or any(lead.coverage[k] > _COVERED for k in asked)


def _weighed(reading: Reading, named: Sequence[int], others: float) -> Reading:
    """Return a question whose words beside those named have a part of their weight, and tell how it came about."""
    slots = [
        s if k in named else replace(s, weight=s.weight * others, is_caused=True) for k, s in enumerate(reading.slots)
    ]
    return replace(reading, slots=slots)


def _parts(reading: Reading) -> Iterator[list[int]]:
    """Yield the slots of each clause that come before the words for a cause."""
    part: list[int] = []
    for place, slot in enumerate(reading.slots):
        if part and (slot.joint == "comma" or not slot.word or slot.field != reading.slots[part[0]].field):
            yield part
            part = []
        if slot.word and slot.field in _NAMING and not slot.is_caused and not slot.denied:
            part.append(place)
    if part:
        yield part


def _is_left_out(reading: Reading, part: Sequence[int], lead: Ranked) -> bool:
    """Tell whether an entry is hardly for what a part says; an old injury may be where its late effect is."""
    placed = {k for slots in reading.sites.values() for k in slots} if reading.encounter == "sequela" else set[int]()
    return _covered(reading, [k for k in part if k not in placed] or part, lead) <= _COVERED


def _covered(reading: Reading, part: Sequence[int], one: Ranked) -> float:
    weight = sum(reading.slots[k].weight for k in part)
    return sum(reading.slots[k].weight * float(one.coverage[k]) for k in part) / max(weight, 1e-6)
