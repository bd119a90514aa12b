"""Read a question: its words as slots to be covered, and all that may stand for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nosograph.answers.find_clauses import FIELD_WEIGHT, FieldWords
from nosograph.answers.find_context import by_context
from nosograph.answers.find_index import SearchIndex, Wording
from nosograph.answers.find_keys import keys_of
from nosograph.answers.find_model import Question
from nosograph.answers.find_ranges import in_ranges
from nosograph.answers.find_reading import Alternative, OneOf, Reading, Slot, above, below, is_everywhere
from nosograph.answers.find_words import SIDES, handed, stem, stems, tokens

__all__ = ["NARROWER", "read"]

#: what a wider site is worth for each step up, and a narrower one at any depth
_WIDER, NARROWER = 0.93, 0.5
_GENERAL = 0.45
#: what a range of a title is worth for a number in it
_IN_RANGE = 0.97
_WORDING, _MISSPELT, _HALF = 0.95, 0.85, 0.6
#: what a wording is worth by its kind: curated, the name of an entry for its title, the name of a cause or condition, a class
_SAYS = {"says": _WORDING, "told": 0.75, "concept": 0.75, "class": 0.45, "name": 1.0}
#: weight of a word that the list never uses: it can tell nothing apart
_UNKNOWN_WEIGHT = 0.25
_DENIED_WEIGHT = 0.5
#: weight of a phrase of words that say nothing one by one
_WHOLE_WEIGHT = 0.5
#: where an encounter is stated, the words of seventh characters are left to those
_SEVENTH_WEIGHT = 0.25
#: words longer than this are two at times
_LONG = 7
_ENCOUNTERS = {
    "initial encounter": "initial",
    "subsequent encounter": "subsequent",
    "sequela": "sequela",
}


class _Expander:
    """Adds what phrases of the question stand for."""

    def __init__(self, index: SearchIndex, out: Reading) -> None:
        self.index, self.out = index, out
        self.site_length: dict[int, int] = {}
        self.named_sides: set[int] = set()
        self.known: set[Alternative] = set()

    def run(self) -> None:
        """Find phrases in the words with and without those that name a side ('right upper quadrant', 'neck of left femur')."""
        self._whole()
        found = self._found()
        for slots, wording in found:
            # 'laceration without foreign body of scalp'
            if wording[1] == "site" and self.out.slots[slots[0]].is_owned and self.out.slots[slots[0]].denied:
                for s in slots:
                    self.out.slots[s].denied = False
        # Sites first: what a wording stands for is no site beside the one that is named.
        for slots, wording in sorted(dict.fromkeys(found), key=lambda m: (m[1][1] != "site", -len(m[0]))):
            denied = {self.out.slots[s].denied for s in slots}
            if wording[1] == "site":
                if denied == {False}:
                    self._site(slots, wording[2])
            elif wording[1] == "cause":
                if denied == {False}:
                    self._cause(slots, wording[2])
            elif denied == {True}:
                self._denied(slots, wording)
            elif denied == {False}:
                self._says(slots, wording)

    def _whole(self) -> None:
        """Find the phrases of which the slots keep too little: 'comes and goes', 'no appetite', 'left without being seen'."""
        out = self.out
        words = list(out.words)
        made: dict[tuple[int, int], int] = {}
        for start, end, wording in self.index.phrases.every([w for w, _, _ in words]):
            if end - start < 2 or wording[1] in ("site", "cause"):
                continue
            slots = tuple(sorted({s for _, s, _ in words[start:end] if s >= 0}))
            if not slots:
                if (start, end) not in made:
                    name, said = words[start][2], " ".join(w for w, _, _ in words[start:end])
                    made[start, end] = len(out.slots)
                    out.slots.append(Slot(said, said, name, _WHOLE_WEIGHT * FIELD_WEIGHT[name]))
                    out.slots.append(Slot("", "", name, 0.0))
                slots = (made[start, end],)
            if wording[1] == "name":
                out.named.update(slots)
            self._says(slots, wording, is_whole=True)

    def _found(self) -> list[tuple[tuple[int, ...], Wording]]:
        """Return the phrases of the question with their slots."""
        slots = self.out.slots
        every = range(len(slots))
        plain = [p for p in every if slots[p].token not in SIDES]
        found: list[tuple[tuple[int, ...], Wording]] = []
        for places in (every, plain) if len(plain) < len(every) else (plain,):
            words = [slots[p].word for p in places]
            for start, end, wording in self.index.phrases.every(words):
                at = tuple(places[start:end])
                found.append((at, wording))
                if wording[1] == "site" and slots[at[0]].joint and end - start > 1:
                    found += self._shared(at)
        return found

    def _shared(self, at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Wording]]:
        """Yield the sites that share the end of an enumerated one: 'axillary and supraclavicular lymph nodes'."""
        words = [self.out.slots[p].word for p in at]
        before = at[0] - 1
        if before >= 0:
            for known, wording in self.index.phrases.known(self.out.slots[before].word):
                tail = len(known) - 1
                if wording[1] == "site" and 0 < tail < len(words) + 1 and list(known[1:]) == words[-tail:]:
                    yield (before, *at[-tail:]), wording

    def _site(self, slots: tuple[int, ...], site: str) -> None:
        if self.site_length.get(slots[0], 0) > len(slots) or any(
            self.site_length.get(s, 0) > len(slots) for s in slots if slots[-1] - slots[0] < len(slots)
        ):
            return
        self.site_length.update(dict.fromkeys(slots, len(slots)))
        stated = self.out.sites.get(site)
        # 'hip' in the field of sites and 'stage 2 hip' in that of details
        if stated is None or self.out.slots[stated[0]].field != "site":
            self.out.sites[site] = slots
        if not self._is_sided(slots, site):
            self.named_sides.update(s for s in slots if self.out.slots[s].token in SIDES)
        known = self.index.vocabulary
        qualities = {"@" + down: NARROWER for down in below(self.index, site)}
        # The whole body holds everything and says nothing.
        wider = {up: n for up, n in above(self.index, site).items() if up in self.index.holders or not n}
        qualities |= {"@" + up: _WIDER**steps for up, steps in wider.items()}
        if found := {k: q for k, q in qualities.items() if k in known}:
            self.out.places.append(OneOf(slots, found))

    def _is_sided(self, slots: tuple[int, ...], site: str) -> bool:
        """Tell whether a site is one of a pair: 'right lung' is the lung on the right, 'right atrium' is no side of an atrium."""
        plain = [self.out.slots[s].word for s in slots if self.out.slots[s].token not in SIDES]
        holders = self.index.holders.get(site, ())
        return any(
            end - start == len(plain) and wording[1] == "site" and wording[2] in holders
            for start, end, wording in self.index.phrases.every(plain)
        )

    def _cause(self, slots: tuple[int, ...], cause: str) -> None:
        """A cause stated as such stands for the more general ones as well: a fall is a trauma."""
        self.out.causes.setdefault(cause, slots)
        if self.out.slots[slots[0]].field == "cause":
            for up, steps in above(self.index, cause).items():
                for label in self.index.told.get(up, ()) if steps == 1 else ():
                    keys = tuple(k for k, _ in keys_of(label))
                    self._add(Alternative(slots, keys, _GENERAL))

    def _says(self, slots: tuple[int, ...], wording: Wording, *, is_whole: bool = False) -> None:
        _, kind, says, low, high = wording
        first = self.out.slots[slots[0]].token
        said = set(tokens(says))
        is_phrase = is_whole or len(slots) > 1
        if is_phrase and first in ("left", "right") and first not in said and not said <= SIDES.keys():
            self.named_sides.add(slots[0])  # 'left over from an infection', 'nothing left in it'
        if says in _ENCOUNTERS:
            self.out.told.append(_ENCOUNTERS[says])
            self.out.timing.update(slots)
            return
        every, sites = self.index.said(says)
        for keys in every:
            self._add(Alternative(slots, keys, _SAYS[kind], (low, high)))
        for site in sites:
            if self.site_length.keys().isdisjoint(slots):
                self._site(slots, site)

    def _denied(self, slots: tuple[int, ...], wording: Wording) -> None:
        _, _, says, low, high = wording
        for key, share in keys_of(says):
            if share and not key.startswith("!"):
                self._add(Alternative(slots, ("!" + key,), _WORDING, (low, high)))
                self.out.against.setdefault(key, _DENIED_WEIGHT)

    def _add(self, one: Alternative) -> None:
        if one not in self.known and any(k in self.index.vocabulary for k in one.keys):
            self.known.add(one)
            self.out.alternatives.append(one)


def near(index: SearchIndex, word: str, token: str) -> list[str]:
    """Return the known stems that a word may be a misspelling of: the nearest, one letter off, two in long words."""
    if len(token) < 6 or not word.isalpha():
        return []
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    known = index.by_letter.get(word[0], ())
    limit = 1 if len(token) < 10 else 2
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=limit, limit=3)
    return [f[0] for f in found if f[1] == found[0][1]]


def _literal(index: SearchIndex, place: int, slot: Slot, out: Reading) -> None:
    if place in out.named and slot.denied:
        return  # 'no appetite' is a name as it stands
    if slot.is_left_open:
        out.alternatives.append(Alternative((place,), ("?" + slot.word,), 1.0))
        return
    if slot.denied:
        out.alternatives.append(Alternative((place,), ("!" + slot.word,), 1.0))
        out.against[slot.word] = max(out.against.get(slot.word, 0.0), slot.weight)
        return
    out.against["!" + slot.word] = slot.weight
    for key, quality in ((slot.word, 1.0), ("~" + slot.word, _HALF)):
        if key in index.vocabulary:
            out.alternatives.append(Alternative((place,), (key,), quality))


def _joined(index: SearchIndex, out: Reading) -> None:
    """Add words written together for two slots, and apart for one: 'trans-sphincteric', 'preoperative'."""
    for place, (slot, after) in enumerate(pairwise(out.slots)):
        if slot.word and after.word and not after.joint and slot.field == after.field and not slot.denied:
            key = stem(slot.token + after.token)
            if len(slot.token) > 2 and len(key) > _LONG and key in index.vocabulary:
                out.alternatives.append(Alternative((place, place + 1), (key,), _WORDING))
    for place, slot in enumerate(out.slots):
        if slot.word in index.vocabulary or len(slot.token) <= _LONG or not slot.token.isalpha() or slot.denied:
            continue
        for cut in range(3, len(slot.token) - 3):
            pair = stem(slot.token[:cut]), stem(slot.token[cut:])
            if all(key in index.vocabulary for key in pair):
                out.alternatives.append(Alternative((place,), pair, _WORDING))


def _misspelt(index: SearchIndex, out: Reading) -> None:
    for slot in out.unknown(index):
        for known in near(index, slot.word, slot.token):
            out.misspelt[slot.token] = known
            out.alternatives.append(Alternative((out.slots.index(slot),), (known,), _MISSPELT))


def _weigh(index: SearchIndex, out: Reading) -> None:
    best: dict[int, float] = {}
    # What a word stands for in a part of the list says nothing of how telling it is elsewhere.
    everywhere = {slot for one in out.alternatives if is_everywhere(index, one.scope) for slot in one.slots}
    for one in out.alternatives:
        known = [w for w in map(index.weight, one.keys) if w is not None]
        if known and (is_everywhere(index, one.scope) or everywhere.isdisjoint(one.slots)):
            share = sum(known) / len(one.slots) if len(one.slots) > len(known) else max(known)
            for covered in one.slots:
                best[covered] = max(best.get(covered, 0.0), min(share, 1.0))
    for site in out.places:
        # The rarest of the parts of a site that no title names says nothing of how telling it is.
        share = min(
            index.weight(key) or 0.0
            for key, quality in site.qualities.items()
            if quality == max(site.qualities.values())
        )
        for covered in site.slots:
            best[covered] = max(best.get(covered, 0.0), min(share, 1.0))
    for place, slot in enumerate(out.slots):
        if place in out.timing:
            slot.weight = 0.0
        elif out.encounter and ("!" + slot.word if slot.denied else slot.word) in index.seventh_words:
            slot.weight *= _SEVENTH_WEIGHT
            slot.is_seventh = True
        slot.weight *= best.get(place, _UNKNOWN_WEIGHT) * (
            _DENIED_WEIGHT if slot.denied and place not in out.named else 1.0
        )


def _nest(index: SearchIndex, out: Reading) -> None:
    """Let a site that is stated cover the wider ones that are stated beside it: 'thoracic vertebra, T2-T3 level'."""
    for inner in out.sites:
        holders = above(index, inner)
        for place in out.places:
            key = "@" + inner
            if key in place.qualities and out.sites[inner] != place.slots:
                wide = next((s for s, slots in out.sites.items() if slots == place.slots and s in holders), None)
                if wide is not None:
                    between = [s for s, steps in holders.items() if steps < holders[wide]]
                    place.qualities.update({"@" + s: 1.0 for s in between if "@" + s in place.qualities})


def _pruned(index: SearchIndex, alternatives: Sequence[Alternative]) -> list[Alternative]:
    """Return the alternatives without those of a part of the list that hold everywhere as well."""
    best: dict[tuple[tuple[int, ...], tuple[str, ...]], float] = {}
    for one in alternatives:
        if is_everywhere(index, one.scope):
            key = one.slots, one.keys
            best[key] = max(best.get(key, 0.0), one.quality)
    kept = [Alternative(slots, keys, quality) for (slots, keys), quality in best.items()]
    kept += [
        one
        for one in alternatives
        if not is_everywhere(index, one.scope) and one.quality > best.get((one.slots, one.keys), 0.0)
    ]
    return kept


def _tell_dominance(out: Reading, hand: str) -> None:
    """Say whether the side stated is the dominant one (I.C.6.a)."""
    sides = ({SIDES[s.token] for s in out.slots if s.token in SIDES} | set(out.sides)) - {"unilateral"}
    if len(sides) == 1 and sides <= {"left", "right"}:
        told = "dominant" if hand in (*sides, "both") else "non-dominant"
        out.dominance = hand, told
        FieldWords("detail", out).read(f"{told} side")


def _site(index: SearchIndex, text: str) -> str:
    """Return a site in the order of speech where it is one of the graph: 'mediastinum, anterior' as tables have it."""
    head, _, rest = text.partition(",")
    turned = f"{rest.strip()} {head.strip()}"
    words = stems(turned)
    whole = rest and any(end - start == len(words) for start, end, _ in index.sites.longest(words))
    return turned if whole else text


def read(index: SearchIndex, question: Question) -> Reading:
    """Return a question as slots, with what may stand for them."""
    out, hands = Reading(), list[str]()
    if question.side:
        out.sides.append(question.side)
    for name in ("condition", "site", "cause", "detail", "text"):
        given = getattr(question, name)
        for text in given if isinstance(given, tuple) else [given] if given else []:
            text, hand = handed(_site(index, text) if name == "site" else text)
            FieldWords(name, out).read(text)
            hands += [hand] if hand else []
    if hands:
        _tell_dominance(out, hands[0])
    if question.encounter:
        out.encounters = [question.encounter]
    expander = _Expander(index, out)
    expander.run()
    for place, slot in enumerate(out.slots):
        if slot.word and slot.token not in SIDES:
            _literal(index, place, slot, out)
    told = {key for one in out.alternatives for key in one.keys}
    out.alternatives += [Alternative(at, keys, _IN_RANGE) for at, keys in in_ranges(index.ranges, out.slots, told)]
    by_context(index, out, _SAYS["told"])
    _nest(index, out)
    # what is both said and denied ('tubal pregnancy, no intrauterine pregnancy') speaks against nothing
    for word in {s.word for s in out.slots if s.denied} & {s.word for s in out.slots if s.word and not s.denied}:
        out.against.pop(word, None)
        out.against.pop("!" + word, None)
    # 'right upper quadrant' is a place, not a side
    every = [p for p, s in enumerate(out.slots) if s.token in SIDES and p not in expander.named_sides]
    named = [out.slots[p].token for p in every if p not in out.sound] or [out.slots[p].token for p in every]
    # 'both malleoli of the left ankle'
    is_sided = bool(out.sides or {"left", "right"} & set(named))
    out.sides += [SIDES[t] for t in named if t != "both" or not is_sided]
    _joined(index, out)
    _misspelt(index, out)
    out.alternatives = _pruned(index, out.alternatives)
    _weigh(index, out)
    return out
