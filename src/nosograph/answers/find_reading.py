"""A question as read: its words as slots to be covered, and all that may stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_words import SIDES, roles

__all__ = ["Alternative", "OneOf", "Reading", "Slot", "above", "apart", "below", "is_everywhere", "is_tissue", "joined"]


@dataclass(slots=True)
class Slot:
    """One word of the question. A slot without a word is a border that no phrase crosses."""

    word: str
    token: str
    field: str
    weight: float
    denied: bool = False
    is_owned: bool = False  # after 'of'
    is_placed: bool = False  # after 'of', 'in' or 'on', but for an article and a side
    is_seventh: bool = False  # left to the seventh character
    is_left_open: bool = False  # after 'unspecified whether'
    is_caused: bool = False  # after 'from', 'after', 'due to'
    is_organism: bool = False  # names a germ
    is_abbreviation: bool = False  # in capitals, no word of speech
    joint: str = ""  # 'and' after a word that joins, 'comma' after a border


@dataclass(frozen=True, slots=True)
class Alternative:
    """Keys that together stand for some slots, as well as `quality` says, within a range of entries."""

    slots: tuple[int, ...]
    keys: tuple[str, ...]
    quality: float
    scope: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Keys each of which stands for some slots, as well as its quality says: a site, what holds it and its parts."""

    slots: tuple[int, ...]
    qualities: dict[str, float]


@dataclass(slots=True)
class Reading:
    """A question as read. `against` are keys that speak against a name; `sites` are the slots of each site stated;
    `timing` are those that say no more than the encounter, which is `told` by them; `asked` are the residual kinds named,
    'other' or 'unspecified', and `scope` that of the site.
    """

    slots: list[Slot] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    places: list[OneOf] = field(default_factory=list)
    against: dict[str, float] = field(default_factory=dict)
    sides: list[str] = field(default_factory=list)
    encounters: list[str] = field(default_factory=list)
    sites: dict[str, tuple[int, ...]] = field(default_factory=dict)
    causes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    timing: set[int] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    scope: str | None = None
    is_cut: bool = False
    told: list[str] = field(default_factory=list)
    unstated: list[str] = field(default_factory=list)
    misspelt: dict[str, str] = field(default_factory=dict)
    #: all words, marked, with their slots (-1: none) and fields
    words: list[tuple[str, int, str]] = field(default_factory=list)
    #: every word as it was said, in lower case
    spoken: list[str] = field(default_factory=list)
    #: slots of a name with words that are no slot: 'no appetite'
    named: set[int] = field(default_factory=set)
    #: the hand that the patient writes with and what that makes the side stated: 'dominant'
    dominance: tuple[str, str] | None = None
    #: stems of what the code is asked of: 'code for the burn'
    wanted: set[str] = field(default_factory=set)
    #: slots of a side that is said to be well: 'right ear hears normally'
    sound: set[int] = field(default_factory=set)

    @property
    def side(self) -> str | None:
        """Return the one side stated; left and right together are both sides."""
        stated = set(self.sides) - {"unilateral"}
        if stated >= {"left", "right"}:
            return "bilateral"
        return next(iter(stated)) if len(stated) == 1 else "bilateral" if "bilateral" in stated else None

    @property
    def is_one_sided(self) -> bool:
        """Tell whether one side is stated without saying which."""
        return set(self.sides) == {"unilateral"}

    @property
    def encounter(self) -> str | None:
        """Return the encounter that the field, or else the first phrase, tells; a late effect outdoes the others."""
        if not {"encounter", "visit"}.isdisjoint(self.unstated):
            return None
        stated = self.encounters or self.told
        if len(set(stated)) > 2:  # 'initial, subsequent or sequela not stated'
            return None
        return "sequela" if "sequela" in stated else stated[0] if stated else None

    @property
    def cause(self) -> str | None:
        """Return the cause stated: that of the cause field, else the one named by most words."""
        fields = (
            ("cause",) if any(s.field == "cause" for s in self.slots if s.word) else ("condition", "detail", "text")
        )
        found = [c for c, slots in self.causes.items() if self.slots[slots[0]].field in fields]
        return found[0] if found else None

    @property
    def is_fact_unstated(self) -> bool:
        """Tell whether a fact beside the axes is said to be unknown."""
        return any(roles().get(word) != "axis" for word in self.unstated)

    def has_field(self, name: str) -> bool:
        """Tell whether a field of the question says anything."""
        return any(s.field == name for s in self.slots if s.word)

    def is_site_unknown(self, index: SearchIndex) -> bool:
        """Tell whether a site is stated and no word of it is known."""
        stated = [s for s in self.slots if s.word and s.field == "site" and s.token not in SIDES]
        unknown = self.unknown(index)
        return bool(stated) and all(s in unknown for s in stated)

    def unknown(self, index: SearchIndex) -> list[Slot]:
        """Return the words that nothing in the list or its names may stand for."""
        known = {s for a in self.alternatives if any(k in index.vocabulary for k in a.keys) for s in a.slots}
        known.update(s for place in self.places for s in place.slots)
        return [
            s
            for k, s in enumerate(self.slots)
            if s.word and s.token not in SIDES and not s.denied and k not in known and not s.word.startswith("=")
        ]


def is_everywhere(index: SearchIndex, scope: tuple[int, int] | None) -> bool:
    """Tell whether a range of entries is the whole list."""
    return scope is None or scope == (0, len(index.titles))


def above(index: SearchIndex, site: str) -> dict[str, int]:
    """Return a site and all that hold it, with how many steps up each is."""
    found, todo = {site: 0}, [site]
    while todo:
        here = todo.pop(0)
        for up in index.holders.get(here, ()):
            if up not in found:
                found[up] = found[here] + 1
                todo.append(up)
    return found


def below(index: SearchIndex, site: str) -> Iterable[str]:
    found: set[str] = set()
    todo = [site]
    while todo:
        for down in index.parts.get(todo.pop(), ()):
            if down not in found:
                found.add(down)
                todo.append(down)
    return sorted(found)


def apart(index: SearchIndex, reading: Reading) -> list[str]:
    """Return the sites stated at different places of a question, without those that hold another of them.

    Where sites are stated as such, those that words of the condition or cause name do not count.
    """
    told = {s: reading.slots[slots[0]].field for s, slots in reading.sites.items()}
    kept = {"site"} if "site" in told.values() else {"condition", "text"}
    sites = {s: slots for s, slots in reading.sites.items() if told[s] in kept}
    plain = {s for s, at in sites.items() if all(is_tissue(reading.slots[k]) for k in at)}
    if len(plain) < len(sites):  # 'bone, humerus' is one site
        sites = {s: at for s, at in sites.items() if s not in plain}
    holders = {s: set(above(index, s)) - {s} for s in sites}
    found: dict[int, str] = {}
    # 'cervix' is of the uterus and 'cervical' of the spine, though their stems are one
    for site, slots in sorted(sites.items(), key=lambda item: not _is_literal(index, reading, *item)):
        if not any(site in holders[other] for other in sites if other != site):
            found.setdefault(slots[0], site)
    return [found[slot] for slot in sorted(found)]


def _is_literal(index: SearchIndex, reading: Reading, site: str, slots: tuple[int, ...]) -> bool:
    """Tell whether the first word of a site as stated is one of its label."""
    return reading.slots[slots[0]].token in index.labels.get(site, "").split()


def joined(reading: Reading, sites: Sequence[str]) -> list[str]:
    """Return the sites that are enumerated ('hands, wrists and knees'): those joined to another by no more than a comma or 'and'.

    A site that is named in passing ('of the foot, from kidney failure') is none of several sites.
    """
    told = sorted(sites, key=lambda s: reading.sites[s][0])
    joints = [_joint(reading, one, other) for one, other in pairwise(told)]
    found: dict[str, None] = {}
    for place, joint in enumerate(joints):
        # 'vertebra, lumbar' is one site: commas enumerate where an 'and' ends them.
        if joint and "and" in takewhile(bool, joints[place:]):
            found |= {told[place]: None, told[place + 1]: None}
    return list(found)


def _joint(reading: Reading, one: str, other: str) -> str:
    """Return what stands between two sites if it is no more than a joint: 'and', 'comma' or nothing."""
    slots = reading.slots
    start = min(reading.sites[other])
    end = max(s for s in reading.sites[one] if s < start or s == reading.sites[one][0]) + 1
    between = slots[end:start]
    if any(s.word and s.token not in SIDES and not is_tissue(s) for s in between):
        return ""
    # what is listed as sites apart is enumerated
    joints = {s.joint for s in slots[end : start + 1]} | ({"and"} if any(not s.word for s in between) else set())
    return "and" if "and" in joints else "comma" if "comma" in joints else ""


def is_tissue(slot: Slot) -> bool:
    """Tell whether a word is for a tissue: skin, bone."""
    return roles().get(slot.token) == "tissue"
