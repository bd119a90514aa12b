"""What words stand for and weigh by what stands around them: after a word for a cause, among signs, as an organism."""

from __future__ import annotations

from collections.abc import Iterator

from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_reading import Alternative, Reading, Slot, above
from nosograph.answers.find_words import SIDES, agents, patterns, roles
from nosograph.namespaces import BASE

__all__ = ["by_context"]

#: what stands for the name of a drug or agent in the table of words for causes
_AGENT = "=agent"
#: words before an agent that is to blame: 'due to', 'from', 'caused by'
_BLAMING = frozenset({"from", "to", "by"})
#: what is left of the weight of signs, and roles of words beside them that tell no more
_SIGNS, _SIGNS_ALONE = 0.5, ("sign", "soft", "idle")
#: organisms are kinds of this cause, and weigh so much more
_INFECTION, _ORGANISM = f"{BASE}cause/infection", 1.4


def by_context(index: SearchIndex, out: Reading, quality: float) -> None:
    """Add to a reading what words stand for after a word for a cause, as well as `quality` says, and weigh signs and organisms."""
    _caused(index, out, quality)
    _stress_organisms(index, out)
    _soften_signs(out)


def _clauses(out: Reading) -> Iterator[list[Slot]]:
    """Yield the words of the text clause by clause."""
    clause: list[Slot] = []
    for slot in out.slots:
        if clause and (slot.joint == "comma" or slot.field != "text" or not slot.word):
            yield clause
            clause = []
        if slot.word and slot.field == "text":
            clause.append(slot)


def _soften_signs(out: Reading) -> None:
    """Let signs weigh little that a later clause tells alone: they are part of the disease named before (I.B.5).

    Where an organism is told, signs are of what it causes, wherever they stand.
    """
    placed = {id(out.slots[k]) for slots in out.sites.values() for k in slots}
    names_more = any(s.is_organism and not s.denied for s in out.slots)
    for clause in _clauses(out):
        told = [s for s in clause if s.weight and id(s) not in placed and s.token.lower() not in SIDES]
        known = [roles().get(s.token.lower()) for s in told]
        is_signs = "sign" in known and all(role in _SIGNS_ALONE for role in known) and not any(s.denied for s in told)
        for slot in clause if is_signs and names_more else ():
            slot.weight *= _SIGNS
        names_more |= any(role not in _SIGNS_ALONE for role in known)


def _stress_organisms(index: SearchIndex, out: Reading) -> None:
    """Let the name of an organism weigh more: the list has codes for what it causes."""
    for cause, slots in out.causes.items():
        if _INFECTION in above(index, cause).keys() - {cause}:
            for place in slots:
                out.slots[place].weight *= _ORGANISM
                out.slots[place].is_organism = True


def _is_blamed(out: Reading, slot: Slot) -> bool:
    """Tell whether an agent is told as a cause: 'from steroids', and not 'woke after dextrose'."""
    spoken = out.spoken
    places = (k for k, word in enumerate(spoken) if word == slot.token.lower())
    return slot.field == "cause" or any(not _BLAMING.isdisjoint(spoken[max(0, k - 2) : k]) for k in places)


def _caused(index: SearchIndex, out: Reading, quality: float) -> None:
    """Add what words for a cause make of the condition: 'liver failure after hepatectomy' is a postprocedural one."""
    for place, slot in enumerate(out.slots):
        if not slot.word or slot.denied or not (slot.is_caused or slot.field == "cause"):
            continue
        kind = _AGENT if slot.token.lower() in agents() and _is_blamed(out, slot) else slot.token
        for pattern, says, _ in patterns("caused-words"):
            if pattern.fullmatch(kind):
                out.alternatives += [Alternative((place,), keys, quality) for keys in index.said(says)[0]]
