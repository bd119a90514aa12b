"""Read the words of a field, clause by clause: what is kept as a slot, what is denied, and what is said to be missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nosograph.answers.find_keys import opens
from nosograph.answers.find_reading import Reading, Slot
from nosograph.answers.find_words import (
    FACTS,
    NEUTRAL,
    SIDES,
    asking_words,
    clauses,
    encounters,
    is_cause_asked,
    is_cause_word,
    is_silent,
    roles,
    spelt_out,
    stem,
    tokens,
    wanted,
)

__all__ = ["FIELD_WEIGHT", "OTHER", "UNSPECIFIED", "FieldWords"]

#: how much the words of each field count
FIELD_WEIGHT = {"condition": 1.2, "text": 1.0, "site": 1.0, "detail": 0.8, "cause": 0.7}
#: how many words a denial reaches, and how many words it is of that stands behind them
_REACH, _BRIEF = 5, 3
#: more words than this are no question
_MOST = 80
#: what the code is asked of weighs more than what surrounds it
_WANTED = 3.0
#: and so does what is said to be the diagnosis, less
_DIAGNOSED = 1.5
#: words that change the chapter or the category, who has it, and words that most charts say of the patient
_ROLE_WEIGHT = {"weighty": 1.6, "bearer": 1.6, "soft": 0.3}
#: how much the words of later clauses count: charts name the condition first
_LATER = 0.7
#: an abbreviation is the name of one condition
_ABBREVIATED = 1.5
OTHER, UNSPECIFIED = "other", "unspecified"
#: roles of words that no slot is for
_UNKEPT = ("idle", "neutral", "joining", "speaking", "questioning")
_ABOUT = ("on", "about")
#: words before what something is known by
_MEANS = ("on", "by", "per", "in")
#: roles of words that say at the end of a clause that all is well
_SOUND = ("sound", "certainty")
_AND = re.compile(r"&|\s\+\s")
_SCOPES = {
    "other site": "other",
    "other sites": "other",
    "multiple sites": "multiple",
    "unspecified site": "unspecified",
}

#: a word that is kept: denied, after 'of', joined, and its place in the clause
_Kept = tuple[str, bool, bool, str, int]


def _silence(words: Sequence[str]) -> tuple[int, int] | None:
    """Return where a clause begins to say that something is not known, and where it names what: 'note silent whether'.

    'Unspecified whether' is a kind that the list has codes for.
    """
    known = [roles().get(w.lower(), "") for w in words]
    for place in range(1, len(words)):
        # 'record does not say vaginal or cesarean'
        if known[place - 1] == "speaking" and "denying" in known[: place - 1] and "or" in words[place + 1 :]:
            return max(n for n in range(place - 1) if known[n] == "denying"), place
        # 'nothing said on whether'
        last = place - 2 if known[place] == "questioning" and words[place - 1] in _ABOUT and place > 1 else place - 1
        before = known[last]
        if known[place] != "questioning" and not (before == "silence" and words[place] in _ABOUT):
            continue
        if before in ("missing", "silence") and words[last].lower() != UNSPECIFIED:
            return last, place + 1
        if before in ("speaking", "unstated", "certainty") and "denying" in known[:last]:
            start = max(n for n in range(last) if known[n] == "denying")
            return start, place + 1
    return None


def _without_means(words: list[str]) -> list[str]:
    """Return a clause without how it is known at its end: 'orbit spared on CT'."""
    if len(words) > 2 and words[-2] in _MEANS and roles().get(words[-1].lower()) == "soft":
        return words[:-2]
    return words


#: what says where something is, and what may stand between that and the place
_PLACING = frozenset({"of", "in", "on", "at", "from"})
_ARTICLES = frozenset({"the", "a", "an", "his", "her", "their", "my", "one", "this", "that"})


def _is_abbreviation(token: str) -> bool:
    """Tell whether a word is in capitals."""
    letters = token.removesuffix("s")
    return letters.isupper() and len(letters) > 1


def _is_placed(words: Sequence[str], place: int) -> bool:
    """Tell whether the word before a word, but for an article and a side, says where something is.

    >>> _is_placed("rash on the left hand".split(), 4), _is_placed("left hand".split(), 1)
    (True, False)
    """
    before = (w for w in reversed(words[: max(place, 0)]) if w not in _ARTICLES and w not in SIDES)
    return next(before, "") in _PLACING


def _is_timed(words: Sequence[str]) -> bool:
    """Tell whether words tell an encounter."""
    said = f" {' '.join(words).lower()} "
    return any(f" {' '.join(phrase)} " in said for phrase, _, _ in encounters())


class FieldWords:
    """The words of one field, clause by clause, with what is denied or said to be missing."""

    def __init__(self, name: str, out: Reading) -> None:
        self.name, self.out = name, out

    def read(self, text: str) -> None:
        if self.name == "site" and (scope := _SCOPES.get(" ".join(tokens(text)))):
            self.out.scope = scope
            return
        denied, asked = 0, frozenset[str]() if is_cause_asked(tokens(text)) else wanted(text)
        diagnosed = wanted(text, "diagnosed")
        self.out.wanted |= asked
        asking = asking_words(tokens(text))
        is_shouted = text.upper() == text
        for number, words in enumerate(self._stated(clauses(_AND.sub(" and ", spelt_out(text))))):
            self.out.spoken += [word.lower() for word in words]
            row, places = self._timing(words)
            # 'no trauma, burn or paralysis': the denial holds for the list
            held = _REACH if denied and not {"or", "nor"}.isdisjoint(row) else 0
            found, denied = self._clause(row, places, held)
            if len(self.out.slots) + len(found) > _MOST:
                self.out.is_cut = True
                found = found[: max(0, _MOST - len(self.out.slots))]
            at: dict[int, int] = {}
            is_sound = any(roles().get(token) == "sound" and not denied_one for token, denied_one, *_ in found)
            # 'gallstones, CBD clear': a clause that ends so tells of nothing that is coded
            told = _without_means(words)
            is_idle = number > 0 and len(told) > 1 and roles().get(told[-1]) in _SOUND
            opening = opens(words)
            cause = next((k for k, word in enumerate(words) if is_cause_word(word)), len(words))
            for token, denied_one, owned, after, place in found:
                at[place] = len(self.out.slots)
                if is_sound and token in SIDES:
                    self.out.sound.add(len(self.out.slots))
                weight = 0.0 if token in SIDES or token.lower() in asking else FIELD_WEIGHT[self.name]
                weight *= 0.0 if is_idle else _LATER if number and self.name == "text" else 1.0
                # a number tells as much as its unit
                telling = words[place + 1] if token.isdigit() and 0 <= place < len(words) - 1 else token
                role = roles().get(telling.lower(), "")
                weight *= _ROLE_WEIGHT.get(role, 1.0)
                weight *= _WANTED if stem(token) in asked else _DIAGNOSED if stem(token) in diagnosed else 1.0
                is_abbreviation = not is_shouted and not role and _is_abbreviation(token)
                weight *= _ABBREVIATED if is_abbreviation else 1.0
                slot = Slot(stem(token), token, self.name, weight, denied_one, owned, joint=after)
                slot.is_left_open = place >= opening
                slot.is_placed = _is_placed(words, place)
                slot.is_caused = place > cause
                slot.is_abbreviation = is_abbreviation
                self.out.slots.append(slot)
            self.out.words += [
                ("=" + stem(t), at.get(k, -1), self.name) for k, t in enumerate(words) if not is_silent(t)
            ]
            self.out.words.append(("", -1, self.name))
        self.out.slots.append(Slot("", "", self.name, 0.0))

    def _stated(self, every: Iterable[list[str]]) -> Iterator[list[str]]:
        """Yield the clauses without what they say is not known: 'chart does not say if small, large, or none'."""
        rest = list(every)
        while rest:
            words = rest.pop(0)
            cut = _silence(words)
            if cut is None:
                yield words
                continue
            unknown = words[cut[1] :]
            ends = next((n for n, more in enumerate(rest, 1) if "or" in more), 0) if "or" not in unknown else 0
            for more in rest[:ends]:
                unknown += more
            del rest[:ends]
            self.out.unstated += [t for t in unknown if not is_silent(t) and t not in NEUTRAL] or ["detail"]
            self.out.unstated += ["encounter"] if _is_timed(unknown) else []
            yield words[: cut[0]]

    def _timing(self, words: list[str]) -> tuple[list[str], list[int]]:
        """Take the words that tell the encounter out of a clause; the rest with their places in it, -1 for a word put in."""
        row, places = list(words), list(range(len(words)))
        low = [t.lower() for t in row]
        for phrase, encounter, says in encounters():
            if phrase[0] not in low:
                continue
            place = 0
            while place <= len(low) - len(phrase):
                if tuple(low[place : place + len(phrase)]) == phrase:
                    self.out.encounters.append(encounter)
                    row[place : place + len(phrase)] = says
                    low[place : place + len(phrase)] = [""] * len(says)
                    places[place : place + len(phrase)] = [-1] * len(says)
                place += 1
        return row, places

    def _clause(self, row: Sequence[str], places: Sequence[int], denied: int) -> tuple[list[_Kept], int]:
        known = roles()
        kept: list[_Kept] = []
        before = ""
        joint = "comma" if self.out.words and self.out.words[-1][2] == self.name else ""
        since = 0
        for token, behind, place in zip(row, [*row, ""][1:], places, strict=True):
            role = known.get(token.lower())
            if role == "unstated" and denied and behind == "as":
                continue  # 'not specified as recurrent'
            if token.lower() == "with":
                joint = "with"
            if role == "joining":
                joint = "and"
                # 'migraine without aura and athlete's foot': the denial holds for what it stands before
                denied = 0 if any(not k[1] for k in kept[since:]) else denied
            count = len(kept)
            if token in SIDES:
                kept.append((token, denied > 0, before == "of", joint, place))
            elif role == "missing" or (
                role == "unstated"
                and before != "other"
                and (denied or all(known.get(t) in FACTS for t, *_ in kept[since:]))
            ):
                # 'side not recorded', 'remission not documented': what is missing says nothing of the case
                is_fact = (
                    len(kept) > since and known.get(kept[-1][0]) in FACTS and not any(k[3] for k in kept[since + 1 :])
                )
                # 'CKD stage not given' leaves a fact of the condition open, 'hypoxia not documented' a condition
                whole = bool(denied) and bool(self.out.slots or since) and not is_fact
                if len(kept) > since and kept[-1][0] == "both":
                    kept.pop()  # 'stage and site both unknown'
                while len(kept) > since and (whole or known.get(kept[-1][0]) in FACTS):
                    self.out.unstated.append(kept.pop()[0])
                self.out.unstated += [t for t in row if known.get(t.lower()) in FACTS]
                denied = 0
                if token in ("unspecified", "NOS"):
                    self.out.asked.add(UNSPECIFIED)
            elif token == "other":
                self.out.asked.add(OTHER)
            elif role == "denying":
                denied = _REACH
            elif role == "touching" and known.get(before) == "denying" and len(kept) > since:
                # 'pulp not reached'
                first = since if len(kept) - since <= _BRIEF else len(kept) - 1
                kept[first:] = [(t, True, owned, after, at) for t, _, owned, after, at in kept[first:]]
                denied = 0
            elif role in ("turning", "sole"):
                denied, since = 0, len(kept)
            elif token == "non":
                denied = 1
            elif role in FACTS and denied:
                self.out.unstated.append(token)
            elif role not in _UNKEPT and token not in NEUTRAL:
                compound = token.startswith("non") and len(token) > 7
                kept.append((token[3:] if compound else token, denied > 0 or compound, before == "of", joint, place))
                denied = max(0, denied - 1)
            joint = joint if len(kept) <= count else ""
            before = token
        return kept, denied
