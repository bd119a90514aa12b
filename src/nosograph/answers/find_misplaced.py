"""Whether a condition is told of a place where it never is: tonsillitis of the hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nosograph.answers.find_reading import above, apart, below, is_tissue, joined
from nosograph.answers.find_words import SIDES, stems, table
from nosograph.query import run

if TYPE_CHECKING:
    from nosograph.answers.find_decide import Decision
    from nosograph.answers.find_index import SearchIndex
    from nosograph.answers.find_rank import Ranked
    from nosograph.answers.find_reading import Reading
    from nosograph.store import Store

__all__ = ["holds", "misplaced"]

#: words that an entry is for are covered this far, those that it is not for at most that far
_COVERS, _LEAVES = 0.8, 0.3
#: a region of no more parts than this is small, and one as large as a hand
_SMALL, _LIMB = 60, 200


def misplaced(
    store: Store, index: SearchIndex, reading: Reading, ranked: Sequence[Ranked], decision: Decision
) -> str | None:
    """Return the name of a site stated that the code leaves out: it is for others, that neither hold that one nor are parts of it.

    A site of the cause may be another: a headache after a lumbar puncture.
    """
    asked, code = apart(index, reading), decision.pool[0]
    slots = reading.slots
    placed = {k for at in reading.sites.values() for k in at} | {k for k, s in enumerate(slots) if s.token in SIDES}
    if any((s.is_caused and k not in placed) or s.field == "cause" for k, s in enumerate(slots) if s.word):
        return None
    if not asked or code.scope not in (None, "named") or joined(reading, asked):
        return None
    # 'lymph node of the axilla': the code is for the tissue
    if any(all(is_tissue(slots[k]) for k in at) and holds(index, code.sites, s) for s, at in reading.sites.items()):
        return None
    site, cover = asked[-1], ranked[0].coverage
    first = reading.sites[site][0]
    is_field = slots[first].field == "site"
    if not is_field and _is_beside(reading, first, ranked[0]):
        return None
    # 'catches in the palm' says where it is felt
    is_stated = is_field or slots[first].is_owned or slots[max(first - 1, 0)].token in SIDES
    if not is_stated and not _is_located(reading, first, ranked[0]):
        return None
    if max(float(cover[k]) for k in reading.sites[site]) > _LEAVES:
        return None
    named = set(code.sites) or _titled(index, ranked[0].place) or _headed(store, index, ranked[0].place)
    if not named or holds(index, named, site):
        return None
    most = _SMALL if is_stated else _LIMB
    if any(_is_near(index, site, one.rsplit("/", 1)[-1], most) for one in named):
        return None
    return index.labels.get(site, site)


def _is_beside(reading: Reading, first: int, lead: Ranked) -> bool:
    """Tell whether a site stands behind a comma or 'with' after the condition: 'spleen ruptured, left shoulder pain'.

    It is then the place of something else, unless the words say that it is the site.
    """
    slots = reading.slots
    begins = next((k for k in range(first) if slots[k].weight and lead.coverage[k] >= _COVERS), first)
    return "site" not in reading.spoken and any(s.joint in ("comma", "with") for s in slots[begins + 1 : first + 1])


def _is_located(reading: Reading, first: int, lead: Ranked) -> bool:
    """Tell whether what the entry is for is said to be of or in a site: 'kidney stone in the eye'."""
    slots = reading.slots
    before = next((k for k in range(first - 1, -1, -1) if slots[k].token not in SIDES), -1)
    return slots[first].is_placed and before >= 0 and float(lead.coverage[before]) >= _COVERS


def _titled(index: SearchIndex, place: int) -> set[str]:
    """Return the sites that the title of an entry says: plantar fascial fibromatosis."""
    return {site for _, _, site in index.sites.longest(stems(index.titles[place]))}


def _headed(store: Store, index: SearchIndex, place: int) -> set[str]:
    """Return the sites that the chapter of an entry is for, diseases of the eye and adnexa, or the regions of its block."""
    rows = run(store, "ancestors", code=index.notations[place])
    above = {row["notation"] for row in rows}
    sites = {site for _, _, site in index.sites.longest(stems(rows[0]["title"] or ""))} if rows else set()
    return sites or {
        region for entry, regions, _ in table("disease-regions") if entry in above for region in regions.split()
    }


def _is_near(index: SearchIndex, one: str, other: str, most: int) -> bool:
    """Tell whether a region of at most so many parts holds both sites, as the external genital organs scrotum and spermatic cord."""
    return any(len(list(below(index, site))) <= most for site in above(index, one).keys() & above(index, other).keys())


def holds(index: SearchIndex, sites: Iterable[str], asked: str) -> bool:
    """Tell whether one of some sites, by their IRIs, is the one asked, holds it or is a part of it."""
    named = {site.rsplit("/", 1)[-1] for site in sites}
    return not named.isdisjoint(above(index, asked)) or any(asked in above(index, one) for one in named)
