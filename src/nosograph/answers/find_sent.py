"""Cases that an Excludes1 note sends elsewhere: 'hyphema' from a blow is not H21.0, whose note names 'traumatic hyphema'."""

from __future__ import annotations

from collections.abc import Iterator

from nosograph.answers.evidence import Evidence
from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_model import Reason
from nosograph.answers.find_rank import Ranked, rank
from nosograph.answers.find_reading import Reading
from nosograph.answers.find_rules import reason

__all__ = ["sent_on"]

#: how well words of the question say what the note adds, and how far the best entry covers these at most
_SAID, _COVERED = 0.7, 0.5
#: how much less well the entry that the note names may fit
_LESS = 0.2


def sent_on(index: SearchIndex, reading: Reading, ranked: list[Ranked]) -> tuple[list[Ranked], Reason] | None:
    """Return the entries that an Excludes1 note at the best one or above it sends the case to, before all others, and why.

    It does so if its words beyond those of the entry are words of the question that the entry is not for.
    """
    lead = ranked[0]
    mine = _own_keys(index, lead.place)
    for name in _notes(index, lead.place):
        added = _keys(index, name) - mine
        if added and all(_is_said(reading, key, lead) for key in added):
            there = rank(index, reading, within=int(index.arrays.name_node[name]))
            if there and there[0].score > lead.score - _LESS:
                _, owner, iri, source, text = index.name_lines[name].split("\t", 4)
                words = {"term": text, "owner": owner, "family": index.notations[there[0].place]}
                first = {one.place for one in there}
                rest = [one for one in ranked if one.place not in first]
                return [*there, *rest], reason("sent-here", (Evidence(iri, text, source),), **words)
    return None


def _own_keys(index: SearchIndex, place: int) -> set[str]:
    """Return the keys of the titles of an entry and of those above it."""
    arrays, found = index.arrays, set[str]()
    while place >= 0:
        found |= _keys(index, int(arrays.node_start[place]))
        place = int(arrays.parents[place])
    return found


def _keys(index: SearchIndex, name: int) -> set[str]:
    start, end = index.arrays.name_start[name : name + 2]
    row = zip(index.arrays.items[start:end].tolist(), index.arrays.item_weight[start:end].tolist(), strict=True)
    return {index.keys[key] for key, weight in row if weight and not index.keys[key].startswith(("!", "@", "~"))}


def _notes(index: SearchIndex, place: int) -> Iterator[int]:
    """Yield the names that the Excludes1 notes at an entry, or above it, give others."""
    owners = [owner for low, high, owner in index.sending_blocks if low <= place < high]
    while place >= 0:
        owners.append(index.notations[place])
        place = int(index.arrays.parents[place])
    for owner in owners:
        yield from index.sending.get(owner, ())


def _is_said(reading: Reading, key: str, lead: Ranked) -> bool:
    """Tell whether words of the question that an entry is not for say a key."""
    return any(
        key in one.keys
        and one.quality >= _SAID
        and all(not reading.slots[k].denied and lead.coverage[k] < _COVERED for k in one.slots)
        for one in reading.alternatives
    )
