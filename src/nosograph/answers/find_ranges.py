"""Ranges of numbers in titles ('500-749 grams', '30 minutes or less'), and the numbers of a question that lie in them."""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from nosograph.answers.find_keys import keys_of
from nosograph.resources import resource

if TYPE_CHECKING:
    from nosograph.answers.find_reading import Slot

__all__ = ["Range", "in_ranges", "ranges_of"]

_NUMBER, _UNIT = r"(?<![\w.-])(\d+(?:\.\d+)?)(?!\d|st|nd|rd|th)", r"(?:\s*(?:completed )?(%|[a-z]+))?"
_ABBREVIATION = re.compile(r"\[([A-Z]{2,})\]")
_PLAIN = re.compile(r"\d{1,9}(?:\.\d+)?")
_MOST = 1e9
#: lowest and highest number each with its unit; 'less than', 'more than'; 'or less', 'or more'
_BETWEEN = re.compile(rf"{_NUMBER}{_UNIT}\s*(?:-|to)\s*(\d+(?:\.\d+)?){_UNIT}(?:\s+(\d+)\s+([a-z]+))?")
_THAN = re.compile(rf"\b(less|more|greater) than {_NUMBER}{_UNIT}")
_OR = re.compile(rf"{_NUMBER}{_UNIT} or (less|more|greater|over)\b")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both in it, of a unit ('' if the title names none), and the words that say so.

    `about` is what a number without a unit is of: the key of an abbreviation, else those of the rest of the title.
    """

    low: float
    high: float
    unit: str
    says: str
    about: tuple[str, ...] = ()


@cache
def _units() -> dict[str, tuple[str, float]]:
    with resource("data/units.tsv").open(encoding="utf-8", newline="") as stream:
        return {r["word"]: (r["unit"], float(r["times"])) for r in csv.DictReader(stream, delimiter="\t")}


def _measure(number: str, *words: str | None) -> tuple[float, str]:
    """Return a number in the unit that the first word that is one tells."""
    unit, times = next((_units()[w] for w in words if w and w in _units()), ("", 1.0))
    return float(number) * times, unit


def ranges_of(title: str) -> Iterator[Range]:
    """Yield the ranges that a title names.

    >>> [(r.low, r.high, r.unit) for r in ranges_of("loss of consciousness of 1 hours to 5 hours 59 minutes")]
    [(60.0, 359.0, 'minute')]
    >>> list(ranges_of("Newborn light for gestational age, less than 500 grams"))
    [Range(low=0.0, high=499.99, unit='gram', says='less than 500 grams', about=())]
    """
    text = title.lower()
    for one in _ranges(text):
        short = _ABBREVIATION.search(title)
        rest = short[1] if short else text.replace(one.says, " ")
        yield one if one.unit else replace(one, about=tuple(sorted({k for k, share in keys_of(rest) if share})))


def _ranges(text: str) -> Iterator[Range]:
    for found in _BETWEEN.finditer(text):
        low, unit = _measure(found[1], found[2], found[4])
        high, own = _measure(found[3], found[4], found[2])
        more, further = _measure(found[5], found[6]) if found[5] else (0.0, "")
        if unit == own and low < high:
            yield Range(low, high + (more if further == unit else 0.0), unit, found[0])
    for found in _THAN.finditer(text):
        number, unit = _measure(found[2], found[3])
        yield (
            Range(0.0, number - 0.01, unit, found[0])
            if found[1] == "less"
            else Range(number + 0.01, _MOST, unit, found[0])
        )
    for found in _OR.finditer(text):
        number, unit = _measure(found[1], found[2])
        yield Range(0.0, number, unit, found[0]) if found[3] == "less" else Range(number, _MOST, unit, found[0])


def in_ranges(
    ranges: Sequence[tuple[float, float, str, str, Sequence[str]]], slots: Sequence[Slot], told: Container[str]
) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Yield the slots of each number of a question, with the unit behind it, and the keys of each range it lies in.

    Ranges are tuples of the fields of `Range`, as an index keeps them; `told` are the keys that the question stands for,
    of which a number without a unit needs half of those that the range is about.
    """
    for place, slot in enumerate(slots):
        if not _PLAIN.fullmatch(slot.token) or slot.denied:
            continue
        after = slots[place + 1] if place + 1 < len(slots) else None
        behind = after.token.lower() if after and not after.joint else ""
        number, unit = _measure(slot.token, behind)
        at = (place, place + 1) if unit else (place,)
        for low, high, of, says, about in ranges:
            if of == unit and low <= number <= high and 2 * sum(key in told for key in about) >= len(about):
                yield at, tuple(dict.fromkeys(key for key, share in keys_of(says) if share))
