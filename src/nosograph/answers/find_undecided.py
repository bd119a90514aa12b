"""Whether entries that a question leaves open fit as well as the one chosen, so that a fact is missing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from nosograph.answers.find_keys import keys_of
from nosograph.answers.find_misplaced import holds
from nosograph.answers.find_reading import apart, joined
from nosograph.answers.find_words import FACTS, ORDINALS, agents, roles, stem, tokens

if TYPE_CHECKING:
    from nosograph.answers.find_decide import Decision
    from nosograph.answers.find_index import SearchIndex
    from nosograph.answers.find_rank import Ranked
    from nosograph.answers.find_reading import Reading

__all__ = [
    "UNSPECIFIED",
    "contradicted",
    "is_default",
    "is_open",
    "is_split",
    "is_undecided",
    "is_unplaced",
    "other_agent",
    "other_fact",
    "other_site",
    "told_twice",
]

#: the number of unspecified entries among the residual ones
UNSPECIFIED = 2
#: siblings nearer than this fit equally; nearer than that, almost
_TIE, _NEAR = 0.0025, 0.015
#: entries that fit equally are told apart by this much of what their words mean and how they stand
_ALIKE = 0.006
#: where a fact is said to be unknown, entries that this fact may tell apart fit as well as this, or they are none
_OPEN = 0.25
#: the same for the entry of another organism
_OPEN_GERM = 0.45
#: a site whose words are covered less than this is not told by an entry
_TOLD = 0.5
#: entries cover a word alike within this much
_SAME = 0.05
_RIVALS, _MORE_RIVALS, _MOST_RIVALS = 6, 20, 60
#: what a site is called that is said to be unknown, and how well an entry for any site fits
_PLACES, _PLACED = frozenset({"site", "organ"}), 0.7
#: words that tell something, how far an entry for one covers it, and how far one that is not for it at most
_TELLING, _COVERS, _LEAVES = 0.3, 0.8, 0.3
#: not otherwise specified (I.A.6.b)
_NOS = "NOS"
#: kinds of names that the official list gives
_OFFICIAL = ("inclusion-term", "includes")


def is_undecided(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked], *, is_placed: bool) -> bool:
    """Tell whether siblings fit equally and none is the one for what is not said.

    Where the question says that a fact is not known, a sibling that fits almost as well is enough.
    """
    arrays, lead = index.arrays, ranked[0]
    is_unknown = reading.is_fact_unstated
    margin = _NEAR if is_unknown else -1.0 if is_placed else _TIE
    if _leaves_open(index, lead.place) or (is_unknown and is_default(index, lead.place)):
        return False
    if arrays.residual[lead.place] and not (is_unknown and arrays.residual[lead.place] != UNSPECIFIED):
        return False
    return any(
        abs(lead.fit - other.fit) < margin
        and (is_unknown or lead.score - other.score < _ALIKE)
        and (is_unknown or arrays.parents[lead.place] == arrays.parents[other.place])
        and (is_unknown or index.category(lead.place) == index.category(other.place))
        and arrays.sides[lead.place] == arrays.sides[other.place]
        and (is_unknown or not arrays.residual[other.place])
        for other in ranked[1:_RIVALS]
    )


def is_unplaced(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked], decision: Decision) -> bool:
    """Tell whether no site is stated, the code is for one, and an entry of another category fits as well.

    Where the site is said to be unknown ('stenosis, site not documented'), an entry that adds an organ of its own is none.
    """
    if not reading.sites and not _PLACES.isdisjoint(reading.unstated) and ranked[0].fit < _PLACED:
        return True
    if (
        reading.sites
        or (reading.has_field("site") and not reading.is_site_unknown(index))
        or not decision.pool[0].sites
    ):
        return False
    lead = ranked[0]
    return any(
        abs(lead.fit - other.fit) < _TIE and index.category(lead.place) != index.category(other.place)
        for other in ranked[1:_RIVALS]
    )


def _told(reading: Reading) -> set[str]:
    """Return the keys that words of the question stand for."""
    return {key for one in reading.alternatives for key in one.keys}


def _says(text: str) -> set[str]:
    """Return the keys of a name, but for what it denies and what holds by default."""
    return {key for key, share in keys_of(text) if share and not key.startswith("!")}


def _keys(text: str) -> set[str]:
    """Return the keys of a name with what it denies."""
    return {key for key, _ in keys_of(text)}


def _terms(index: SearchIndex, place: int) -> list[str]:
    """Return the inclusion terms of an entry."""
    start, end = index.arrays.node_start[place], index.arrays.node_start[place + 1]
    lines = [index.name_lines[name].split("\t", 4) for name in range(int(start), int(end))]
    return [line[4] for line in lines if line[0] in _OFFICIAL]


def _leaves_open(index: SearchIndex, place: int) -> bool:
    """Tell whether an entry is for what is not known: 'unspecified', 'undetermined'."""
    return any(roles().get(token) == "missing" for token in tokens(index.titles[place].lower()))


def is_default(index: SearchIndex, place: int) -> bool:
    """Tell whether an entry, or one above it, is the one for a condition that is not further specified: 'diabetes NOS'."""
    while place >= 0:
        if any(_NOS in tokens(term) for term in _terms(index, place)):
            return True
        place = int(index.arrays.parents[place])
    return False


def _all_names(index: SearchIndex, place: int) -> list[set[str]]:
    """Return what each name of an entry says, whosever it is."""
    start, end = index.arrays.node_start[place], index.arrays.node_start[place + 1]
    lines = (index.name_lines[name].split("\t", 4) for name in range(int(start), int(end)))
    return [_says(line[4] if len(line) > 4 else index.titles[place]) for line in lines]


def _names(index: SearchIndex, place: int) -> list[set[str]]:
    """Return what each name that the official list has for an entry says, its title first."""
    return [_says(index.titles[place]), *map(_says, _terms(index, place))]


def _is_what_is_left(index: SearchIndex, reading: Reading, place: int) -> bool:
    """Tell whether an entry is for what is left of that which is said to be unknown, and none beside it is for that.

    'Following other procedure' where the procedure is not named.
    """
    words = [stem(t) for t in tokens(index.titles[place].lower())]
    unknown = {stem(fact) for fact in reading.unstated}
    if not any(word == "other" and after in unknown for word, after in pairwise(words)):
        return False
    beside = np.flatnonzero(index.arrays.parents == index.arrays.parents[place])
    return not (index.arrays.residual[beside] == UNSPECIFIED).any()


def is_open(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked]) -> bool:
    """Tell whether a fact that the question says is unknown is all that tells the best entry from another of its category.

    Each says something beyond the other, and the question says nothing of either. An entry with a name that says no more,
    as 'torsion of spermatic cord NOS', is the one for what is not known.
    """
    if not reading.is_fact_unstated:
        return False
    arrays, lead = index.arrays, ranked[0]
    if _is_what_is_left(index, reading, lead.place):
        return True
    if arrays.residual[lead.place] or _leaves_open(index, lead.place):
        return False
    # 'does not say whether skin test or blood test': the words for what is unknown tell nothing
    told, names = _told(reading) - {stem(word) for word in reading.unstated}, _names(index, lead.place)
    mine = names[0]
    for other in islice(ranked[1:], _MORE_RIVALS):
        if (
            lead.fit - other.fit < _OPEN
            and index.category(lead.place) == index.category(other.place)
            and arrays.sides[lead.place] == arrays.sides[other.place]
            and arrays.residual[other.place] != UNSPECIFIED
        ):
            its = _says(index.titles[other.place])
            if its - mine and told.isdisjoint(mine ^ its) and all(name - its for name in names):
                return True
    return False


def is_split(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked]) -> bool:
    """Tell whether the question says no more than the entry above, which is divided without one for what is not told.

    'Sterilization status' is a vasectomy or a tubal ligation. An entry with a name that is said whole is the one meant.
    """
    arrays, lead = index.arrays, ranked[0]
    beside = np.flatnonzero(arrays.parents == arrays.parents[lead.place])
    if (
        arrays.parents[lead.place] < 0
        or arrays.residual[beside].any()
        or any(_leaves_open(index, int(p)) for p in beside)
    ):
        return False
    told = _told(reading)
    if set(tokens(index.titles[lead.place].lower())) <= set(reading.spoken):
        return False
    if any(name and name <= told for name in _all_names(index, lead.place)) or is_default(index, lead.place):
        return False
    mine, common = _says(index.titles[lead.place]), _says(index.titles[int(arrays.parents[lead.place])])
    weighty = [k for k, s in enumerate(reading.slots) if s.weight and s.word]
    for other in islice(ranked[1:], _MORE_RIVALS):
        its = _says(index.titles[other.place])
        if (
            arrays.parents[other.place] == arrays.parents[lead.place]
            and arrays.sides[lead.place] == arrays.sides[other.place]
            and told.isdisjoint((mine ^ its) - common)
            and mine - its - common
            and its - mine
            and all(lead.coverage[k] - other.coverage[k] < _SAME for k in weighty)
        ):
            return True
    return False


def contradicted(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked], decision: Decision) -> str | None:
    """Return the fact that a question both says and denies, if it alone tells the code from another: with or without tophus."""
    denied = {s.word for s in reading.slots if s.word and s.denied}
    both = denied & {s.word for s in reading.slots if s.word and s.field != "site" and not s.denied}
    if not both:
        return None
    category = index.category(ranked[0].place)
    beside = [index.titles[r.place] for r in ranked[1:_MORE_RIVALS] if index.category(r.place) == category]
    code = decision.pool[0]
    mine = _keys(code.title)
    for title in [*(f.title for f in decision.facts), *beside]:
        its = _keys(title)
        apart = {k for k in its - mine if f"!{k}" in mine} | {k for k in mine - its if f"!{k}" in its}
        if apart and apart <= both:
            return ", ".join(sorted({s.token for s in reading.slots if s.word in apart and not s.denied}))
    return None


def other_fact(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked]) -> Ranked | None:
    """Return an entry for the one of two joined words that the best entry leaves out, if none of its category is for both.

    'Hypoxia and hypercapnia' where each has a code.
    """
    lead = ranked[0]
    placed = {slot for slots in reading.sites.values() for slot in slots}
    near = [r for r in ranked[:_MORE_RIVALS] if index.category(r.place) == index.category(lead.place)]
    for place, slot in enumerate(reading.slots):
        pair = (place - 1, place)
        if slot.joint != "and" or not placed.isdisjoint(pair) or any(reading.slots[k].denied for k in pair):
            continue
        if min(reading.slots[k].weight for k in pair) < _TELLING:
            continue
        for one, other in (pair, pair[::-1]):
            if lead.coverage[one] < _COVERS or lead.coverage[other] > _LEAVES:
                continue
            if any(min(r.coverage[one], r.coverage[other]) > _LEAVES for r in near):
                continue
            for rival in near:
                if rival.coverage[other] >= _COVERS and rival.fit > lead.fit - _OPEN:
                    return rival
    return None


def other_agent(reading: Reading, ranked: Sequence[Ranked]) -> Ranked | None:
    """Return an entry for another drug or agent than the best entry's, if two are joined: 'too much Valium and warfarin'."""
    lead, slots = ranked[0], reading.slots
    told = [
        k for k, s in enumerate(slots) if (s.token.lower() in agents() or s.is_organism) and not s.denied and s.weight
    ]
    for one, other in pairwise(told):
        if not any(s.joint == "and" for s in slots[one + 1 : other + 1]):
            continue
        for mine, its in ((one, other), (other, one)):
            if lead.coverage[mine] < _COVERS or lead.coverage[its] > _TOLD:
                continue
            least = lead.fit - (_OPEN_GERM if slots[its].is_organism else _OPEN)
            for rival in ranked[1:_MORE_RIVALS]:
                if rival.coverage[its] >= _COVERS and rival.coverage[mine] <= _TOLD and rival.fit > least:
                    return rival
    return None


def other_site(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked], decision: Decision) -> str | None:
    """Return the name of an enumerated site that the chosen code is not for and another code of its category is for."""
    code = decision.pool[0]
    asked = joined(reading, apart(index, reading))
    if len(asked) < 2 or code.scope != "named":
        return None
    cover = ranked[0].coverage
    left = [
        site
        for site in asked
        if not holds(index, code.sites, site) and max(cover[s] for s in reading.sites[site]) < _TOLD
    ]
    if not 0 < len(left) < len(asked):
        return None
    for other in ranked[1:_MOST_RIVALS]:
        if index.category(other.place) != index.category(ranked[0].place):
            continue
        for facts in index.codes.of_entry(other.place)[:1]:
            for site in left:
                if facts.scope == "named" and holds(index, facts.sites, site):
                    return index.labels.get(site, site)
    return None


def told_twice(index: SearchIndex, reading: Reading) -> str | None:
    """Return the name of one of several sites of which a question tells a fact differently: 'stage 4 of the sacrum, stage 2 of the hip'."""
    sites = apart(index, reading)
    told: dict[str, set[str]] = {}
    for one, other in pairwise(slot.token.lower() for slot in reading.slots):
        for fact, value in ((one, other), (other, one)):
            if roles().get(fact) in FACTS and (value.isdigit() or value in ORDINALS):
                told.setdefault(fact, set()).add(ORDINALS.get(value, value))
                break
    if len(sites) > 1 and any(len(values) > 1 for values in told.values()):
        return index.labels.get(sites[-1], sites[-1])
    return None
