"""Whether a question states two conditions, which no single code is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_rank import Ranked, rank
from nosograph.answers.find_reading import Reading, Slot, above
from nosograph.answers.find_words import SIDES, roles, tokens

__all__ = ["two_conditions"]

#: how well the best entry has to fit each part, and what the one entry for both may cover of it at most
_FITS, _COVERED = 0.72, 0.6
#: or how much better each part fits its own entry than the whole fits the one for both, if it fits it as well as this
_BETTER, _FITS_BETTER = 0.18, 0.6
#: the same within the clause of the 'and' alone
_CLEARLY_BETTER = 0.25
#: parts that fit so well that less has to speak against the entry for both
_FITS_WELL, _COVERED_WELL = 0.9, 0.7
#: a part that fits its own entry like this and is hardly covered, beside one that the entry for both is for
_FITS_ALONE, _HARDLY_COVERED, _FITS_BESIDE = 0.95, 0.4, 0.5
#: how well entries of one category have to fit, hepatitis B and hepatitis C, and parts on different sides
_FITS_OF_ONE, _FITS_OF_SIDE = 0.85, 0.85
#: or one of them, where the other does wholly
_FITS_ONE = 0.7
#: a part weighs as much as a word that few entries have
_LEAST = 0.55
#: what an entry may leave out of one of two parts that each name a site
_LEAST_LEFT = 0.3
#: an entry that covers both parts like this is for both
_WHOLLY = 0.98
#: an entry that covers a site like this is for it
_FOR_SITE = 0.9
#: no entry fits better than this
_MOST = 1.1
Span = Callable[[Sequence[Slot], int], tuple[int, int]]
_NAMING = ("condition", "text")
#: how well parts on each side of 'with' have to fit that name no site
_FITS_LOOSE = 0.97
#: what may stand between two conditions, or within one
_LOOSE = ("comma", "with")


def two_conditions(index: SearchIndex, reading: Reading, lead: Ranked) -> tuple[Ranked, Ranked] | None:
    """Return the best entries for the two parts of a question that are joined by 'and', if no one entry is for both.

    A symptom beside a disease is part of it (I.B.5), and no second condition.
    """
    for parts in _parts(reading, lead, _ends):
        # 'drowning and submersion' is one
        if not _may_differ(parts, lead) or (_least_covered(parts, lead) >= _WHOLLY and not _differ_in_side(parts)):
            continue
        least = max(_FITS_BETTER, lead.fit + _BETTER)
        if _least_covered(parts, lead) <= _COVERED:
            least = min(least, _FITS)
        if (pair := _pair(index, parts, lead)) and (_fit(pair) >= least or _is_beyond(index, parts, pair, lead)):
            return pair
    for parts in _parts(reading, lead, _clause):
        if not _may_differ(parts, lead) or _is_told_elsewhere(reading, parts, lead):
            continue
        pair = _pair(index, parts, lead)
        if pair is None or index.is_symptom(pair[0].place) != index.is_symptom(lead.place):
            continue
        if _is_beyond(index, parts, pair, lead) or (lead.fit < _FITS <= _fit(pair) and _is_better(index, parts, pair)):
            return pair
    for parts in _parts(reading, lead, _clause, frozenset(_LOOSE)):
        pair = _pair(index, parts, lead) if _differ_in_side(parts) else None
        if pair and _fit(pair) >= _FITS and _differ_unsided(index, pair):
            return pair
    for joint in _LOOSE:
        for parts in _parts(reading, lead, _ends, frozenset({joint})):
            # 'UTI with prostate cancer', where a comma stands before what surrounds the case as well
            is_placed = all(part.sides or _sites(part) for part in parts)
            if not (is_placed or joint == "with") or not any(_is_left_out(part, lead) for part in parts):
                continue
            if any(_is_sign(part) for part in parts):
                continue
            pair = _pair(index, parts, lead)
            least = _FITS_WELL if is_placed else _FITS_LOOSE
            if pair and _fit(pair) >= least and _are_told_apart(index, parts, pair):
                return pair
    return None


def _sites(part: Reading) -> set[int]:
    """Return the words of a part that say where it is."""
    return {k for slots in part.sites.values() for k in slots if part.slots[k].weight}


def _is_sign(part: Reading) -> bool:
    """Tell whether a part says nothing but a sign and where it is: 'scrotal pain'."""
    told = [s for k, s in enumerate(part.slots) if s.weight and k not in _sites(part)]
    return bool(told) and all(roles().get(s.token.lower()) in ("sign", "soft") for s in told)


def _is_left_out(part: Reading, lead: Ranked) -> bool:
    """Tell whether an entry says nothing of a part but where it is."""
    slots = [s if k not in _sites(part) else replace(s, weight=0.0) for k, s in enumerate(part.slots)]
    return _weight(slots) >= _LEAST_LEFT and _covered(replace(part, slots=slots), lead) <= _HARDLY_COVERED


def _are_told_apart(index: SearchIndex, parts: tuple[Reading, Reading], pair: tuple[Ranked, Ranked]) -> bool:
    """Tell whether two entries are of two categories, or for two sites, and none is the circumstance of the other."""
    is_one = index.category(pair[0].place) == index.category(pair[1].place)
    if is_one and not (_fit(pair) >= _FITS_ALONE and _are_sites_apart(index, parts)):
        return False
    return not any(index.arrays.secondary[r.place] for r in pair)


def _are_sites_apart(index: SearchIndex, parts: tuple[Reading, Reading]) -> bool:
    """Tell whether two parts name a site each, on two sides or so that none holds another, as the thigh the quadriceps."""
    one, other = ({s for s, at in part.sites.items() if any(part.slots[k].weight for k in at)} for part in parts)
    held = {up for s in one for up in above(index, s)}, {up for s in other for up in above(index, s)}
    if one and other and _differ_in_side(parts):
        return True
    return bool(one and other) and held[0].isdisjoint(other) and held[1].isdisjoint(one)


def _is_told_elsewhere(reading: Reading, parts: tuple[Reading, Reading], lead: Ranked) -> bool:
    """Tell whether an entry is for more than both parts in other clauses, and for neither: 'hives and wheezing, anaphylaxis'."""
    told = [k for k, s in enumerate(reading.slots) if s.weight and lead.coverage[k] > _COVERED and not s.denied]
    inside = {k for part in parts for k, s in enumerate(part.slots) if s.weight}
    outside = sum(reading.slots[k].weight for k in told if k not in inside)
    return inside.isdisjoint(told) and outside > max(_weight(part.slots) for part in parts)


def _may_differ(parts: tuple[Reading, Reading], lead: Ranked) -> bool:
    """Tell whether entries for two parts can be better than the one for both, so that they are worth being looked for."""
    return lead.fit < _MOST - _BETTER or _least_covered(parts, lead) <= _COVERED_WELL or _differ_in_side(parts)


def _is_better(index: SearchIndex, parts: tuple[Reading, Reading], pair: tuple[Ranked, Ranked]) -> bool:
    """Tell whether two parts fit their own entries clearly better than both fit one."""
    return _fit(pair) >= rank(index, _union(*parts), limit=1)[0].score + _CLEARLY_BETTER


def _is_beyond(index: SearchIndex, parts: tuple[Reading, Reading], pair: tuple[Ranked, Ranked], lead: Ranked) -> bool:
    """Tell whether two parts fit entries of their own well, and the one for both leaves out one of them."""
    categories = [index.category(r.place) for r in pair]
    if categories[0] == categories[1]:
        return _differ_in_side(parts) and _differ_unsided(index, pair) and _fit(pair) >= _FITS_ALONE
    if _differ_in_side(parts) and _fit(pair) >= _FITS_OF_SIDE:
        return True
    if _fit(pair) >= _FITS_WELL and _least_covered(parts, lead) <= _COVERED_WELL:
        return True
    return any(
        pair[k].fit >= _FITS_ALONE
        and _covered(parts[k], lead) <= _HARDLY_COVERED
        and pair[1 - k].fit >= _FITS_BESIDE
        and categories[1 - k] == index.category(lead.place)
        for k in (0, 1)
    )


def _differ_in_side(parts: tuple[Reading, Reading]) -> bool:
    """Tell whether one part is of the left and the other of the right."""
    return {frozenset(part.sides) for part in parts} == {frozenset({"left"}), frozenset({"right"})}


def _differ_unsided(index: SearchIndex, pair: tuple[Ranked, Ranked]) -> bool:
    """Tell whether the titles of two entries differ in more than the side."""
    one, other = (set(tokens(index.titles[r.place].lower())) - SIDES.keys() for r in pair)
    return one != other


def _fit(pair: tuple[Ranked, Ranked]) -> float:
    return min(r.fit for r in pair)


def _least_covered(parts: tuple[Reading, Reading], lead: Ranked) -> float:
    return min(_covered(part, lead) for part in parts)


def _pair(index: SearchIndex, parts: tuple[Reading, Reading], lead: Ranked) -> tuple[Ranked, Ranked] | None:
    """Return the entries that two parts fit best, if these are conditions apart."""
    found = [best for part in parts if (best := _best(index, part))]
    return (found[0], found[1]) if len(found) == 2 and _are_apart(index, found[0], found[1], lead) else None


def _best(index: SearchIndex, part: Reading) -> Ranked | None:
    """Return the entry that a part fits best; a site that it does not tell is left out, as psoriasis has no code for elbows."""
    best = next(iter(rank(index, part, limit=1)), None)
    if best is None or best.fit >= _FITS_WELL:
        return best
    untold = {k for k in _sites(part) if best.coverage[k] <= _HARDLY_COVERED}
    if not untold or untold >= {k for k, s in enumerate(part.slots) if s.weight}:
        return best
    slots = [replace(s, weight=0.0) if k in untold else s for k, s in enumerate(part.slots)]
    return next(iter(rank(index, replace(part, slots=slots), limit=1)), best)


def _parts(
    reading: Reading, lead: Ranked, span: Span, joints: frozenset[str] = frozenset({"and"})
) -> Iterator[tuple[Reading, Reading]]:
    """Yield the two parts of a question at each 'and' that stands between words of the condition, as far as they reach.

    Two sites that one entry is for are no two conditions: 'inflammation of the retina and choroid'.
    """
    whole = [at for at in reading.sites.values() if all(lead.coverage[k] >= _FOR_SITE for k in at)]
    placed = {k for at in whole for k in at} - {k for at in reading.sites.values() for k in at if at not in whole}
    for place, slot in enumerate(reading.slots):
        if slot.joint in joints and slot.field in _NAMING:
            low, high = span(reading.slots, place)
            halves = (_half(reading, range(low, place)), _half(reading, range(place, high)))
            if {place - 1, place} <= placed and not _differ_in_side(halves):
                continue
            # 'newborn', 'pregnant' say who has it
            if all(_weight([s for s in h.slots if roles().get(s.token.lower()) != "bearer"]) >= _LEAST for h in halves):
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
    return replace(
        one,
        slots=slots,
        sides=[*one.sides, *other.sides],
        alternatives=[*one.alternatives, *other.alternatives],
        places=[*one.places, *other.places],
    )


def _half(reading: Reading, places: range) -> Reading:
    kept = [s if k in places and s.field in _NAMING else replace(s, weight=0.0) for k, s in enumerate(reading.slots)]
    sides = [SIDES[s.token] for k, s in enumerate(reading.slots) if k in places and s.token in SIDES]
    # what the other half says explains nothing of a name
    own = [a for a in reading.alternatives if all(k in places for k in a.slots)]
    at = [p for p in reading.places if all(k in places for k in p.slots)]
    return replace(reading, slots=kept, sides=sides, alternatives=own, places=at)


def _weight(slots: Sequence[Slot]) -> float:
    return sum(s.weight for s in slots if not s.denied)


def _covered(part: Reading, one: Ranked) -> float:
    told = [(s.weight, float(c)) for s, c in zip(part.slots, one.coverage, strict=True) if s.weight and not s.denied]
    return sum(w * c for w, c in told) / max(sum(w for w, _ in told), 1e-6)


def _fit_of_one(one: float, other: float) -> bool:
    """Tell whether parts fit two entries of one category: both well, or one of them wholly."""
    return min(one, other) >= _FITS_OF_ONE or (min(one, other) >= _FITS_ONE and max(one, other) >= _FITS_ALONE)


def _are_apart(index: SearchIndex, one: Ranked, other: Ranked, lead: Ranked) -> bool:
    is_one = index.category(one.place) == index.category(other.place)
    if is_one and (one.place == other.place or not _fit_of_one(one.fit, other.fit)):
        return False
    # A symptom that fits best is no part of the other condition.
    return index.is_symptom(lead.place) or index.is_symptom(one.place) == index.is_symptom(other.place)
