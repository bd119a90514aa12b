"""Questions that no code answers: no condition is asked, facts contradict each other, or the words are not of the list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nosograph.answers.evidence import Evidence
from nosograph.answers.find_keys import keys_of
from nosograph.answers.find_model import Question, Reason
from nosograph.answers.find_reading import above
from nosograph.answers.find_rules import reason
from nosograph.answers.find_words import SIDES, agents, is_procedure, patterns, roles, table, tokens
from nosograph.notation import code_iri
from nosograph.query import run

if TYPE_CHECKING:
    from nosograph.answers.find_codes import CodeFacts
    from nosograph.answers.find_index import SearchIndex
    from nosograph.answers.find_rank import Ranked
    from nosograph.answers.find_reading import Reading
    from nosograph.store import Store

__all__ = ["Refusal", "is_named", "patient_conflict", "refusal", "unasked"]

#: an entry that covers less of the question than this is no answer, unless the question says a whole name of it
_ENOUGH, _LITTLE = 0.26, 0.15
#: how much of a name is its whole, how much it has to tell, and how many words of the question may be unknown
_WHOLE, _TELLING, _UNKNOWN = 0.95, 0.75, 0.25
#: an entry that covers less than this is not the name of what is done, as 'knee replacement' is
_NAMED = 0.99
#: the same where a question of administration has words of a condition
_NAMED_BESIDE = 0.75
#: how far at least one word of the condition must be covered
_SOME = 0.3
#: how far a word is covered that an entry is for
_WELL = 0.9
#: titles that name an agent, and how far an entry covers the one that it is for
_OF_AGENT = re.compile(r"(?:Poisoning by|Adverse effect of|Underdosing of|Toxic effect of) (.*?)(?:, |$)")
_OF_IT = 0.3
#: a word that tells a condition weighs this much
_TELLS = 0.45


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question has no code."""

    status: str
    reason: Reason
    missing: tuple[str, ...] = ()


@cache
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE), fact)
        for one, other, fact in table("opposites")
    )


def _said(question: Question) -> list[str]:
    return [s for s in (question.text, question.condition, question.detail, question.cause) if s]


def _asks(question: Question, what: str) -> bool:
    """Tell whether words of a question ask for several codes, or for no diagnosis at all."""
    said = _said(question)
    # what one field says of another: 'possible malaria' and 'outpatient'
    whole = ["; ".join(said)] if len(said) > 1 else []
    return any(
        asked == what and pattern.search(one)
        for pattern, asked, _ in patterns("request-words")
        for one in (*said, *whole)
    )


def unasked(question: Question, reading: Reading) -> Refusal | None:
    """Return why a question cannot be asked: sides that contradict each other, or no condition."""
    sides = ", ".join(dict.fromkeys(reading.sides))
    if question.side and len(set(reading.sides)) > 1 and question.side != reading.side:
        return Refusal("incomplete", reason("contradiction", sides=sides), ("side",))
    if "bilateral" in reading.sides and _one_only(reading):
        return Refusal("incomplete", reason("contradiction", sides=sides), ("side",))
    if opposed := _opposed(question):
        return Refusal("incomplete", reason("opposites", fact=opposed), ("detail",))
    placed = {k for slots in reading.sites.values() for k in slots} if reading.has_field("text") else set[int]()
    if not reading.named and not any(
        _letters(s.word) > 1 and not s.denied and s.field != "site" and s.token not in SIDES and k not in placed
        for k, s in enumerate(reading.slots)
    ):
        return Refusal("none", reason("no-condition"), ("condition",))
    return None


def _opposed(question: Question) -> str | None:
    """Return the fact of which a question says one thing and its opposite, if it does."""
    said = "; ".join(_said(question))
    return next((fact for one, other, fact in _opposites() if one.search(said) and other.search(said)), None)


def _one_only(reading: Reading) -> bool:
    """Tell whether one side is said to be the only one: 'left wrist only', 'only the left'."""
    row = reading.spoken
    return any(
        roles().get(word) == "sole" and not {"left", "right"}.isdisjoint(row[max(0, k - 3) : k + 3])
        for k, word in enumerate(row)
    )


def _letters(word: str) -> int:
    return sum(c.isalpha() for c in word)


def _told(reading: Reading) -> list[int]:
    """Return the places of the words that tell the condition."""

    def of(*names: str) -> list[int]:
        return [
            k
            for k, s in enumerate(reading.slots)
            if s.word and s.field in names and s.weight and (k in reading.named or not s.denied)
        ]

    # 'aftercare' says no more than the encounter: then the details tell the condition
    return of("condition" if reading.has_field("condition") else "text") or of("detail")


def _fits_condition(index: SearchIndex, reading: Reading, lead: Ranked) -> bool:
    """Tell whether an entry says anything of the condition: a site alone finds no code, nor 'disorder' beside a name unknown."""
    placed = {s for slots in reading.sites.values() for s in slots}
    told = _told(reading)
    slots = [k for k in told if k not in placed and _letters(reading.slots[k].word)]
    slots = slots or [k for k in told if k in placed]
    named = [reading.slots[k] for k in told]
    if any(s in named and s.token not in reading.misspelt for s in reading.unknown(index)):
        slots = [k for k in slots if roles().get(reading.slots[k].token.lower()) != "general"]
    # signs are part of a condition that is told by its place: 'carpal tunnel, hands tingle'
    slots = told if any(roles().get(reading.slots[k].token.lower()) == "sign" for k in slots) else slots
    # 'newborn', 'pregnant' say who has it
    said = [k for k in slots if roles().get(reading.slots[k].token.lower()) != "bearer"]
    slots = said if any(reading.slots[k].weight >= _TELLS for k in said) else slots
    return max((float(lead.coverage[k]) for k in slots), default=0.0) > _SOME


def is_named(index: SearchIndex, reading: Reading, place: int) -> bool:
    """Tell whether a long question says a whole name of an entry, or of one above it, beside what surrounds the case.

    Names of drugs, and accidents, are circumstances themselves.
    """
    words = [s for s in reading.slots if s.word.isalpha()]
    unknown = [s for s in reading.unknown(index) if s.word.isalpha()]
    is_joined = any(s.joint == "and" for s in reading.slots)
    if is_joined or len(unknown) > _UNKNOWN * len(words) or index.arrays.secondary[place]:
        return False
    told: dict[int, float] = {}
    for one in reading.alternatives:
        if not any(reading.slots[k].denied for k in one.slots):
            for key in one.keys:
                if key in index.vocabulary:
                    told[index.vocabulary[key]] = max(told.get(index.vocabulary[key], 0.0), one.quality)
    for site in reading.places:
        for key, quality in site.qualities.items():
            told[index.vocabulary[key]] = max(told.get(index.vocabulary[key], 0.0), quality)
    arrays = index.arrays
    while place >= 0:
        for name in range(int(arrays.node_start[place]), int(arrays.node_start[place + 1])):
            row = slice(int(arrays.name_start[name]), int(arrays.name_start[name + 1]))
            weights = arrays.item_weight[row]
            said = sum(float(w) * told.get(int(k), 0.0) for k, w in zip(arrays.items[row], weights, strict=True))
            if said >= max(_WHOLE * float(weights.sum()), _TELLING) and not _is_agent(index.name_lines[name]):
                return True
        place = int(arrays.parents[place])
    return False


def _is_of_organism(reading: Reading, lead: Ranked) -> bool:
    """Tell whether an entry is for an organism that is told: 'vomiting on a cruise, norovirus in the stool'."""
    return any(s.is_organism and not s.denied and lead.coverage[k] > _WELL for k, s in enumerate(reading.slots))


def _unknown_agent(index: SearchIndex, reading: Reading, lead: Ranked) -> str | None:
    """Return the agent that is told where the best entry is of a certain other one: 'poisoning by vegetable'."""
    names = _OF_AGENT.match(index.titles[lead.place])
    keys = {key for key, _ in keys_of(names[1])} - _any_agent() if names else set[str]()
    if not keys or any(not keys.isdisjoint(one.keys) for one in reading.alternatives):
        return None
    told = [
        k
        for k, s in enumerate(reading.slots)
        if s.weight and not s.denied and (s.field == "cause" or s.is_caused or s.is_owned)
    ]
    if not told or any(lead.coverage[k] > _OF_IT for k in told):
        return None
    return " ".join(reading.slots[k].token for k in told)


@cache
def _any_agent() -> frozenset[str]:
    """Return the keys of titles that are for any agent."""
    return frozenset(key for key, _ in keys_of("other unspecified drugs, medicaments and biological substances"))


def _is_agent(line: str) -> bool:
    return line.rpartition("\t")[2].lower() in agents()


def _is_procedure(reading: Reading) -> bool:
    """Tell whether a question tells of nothing but what is done or ordered, beside where and by which drug."""
    placed = {s for slots in reading.sites.values() for s in slots}
    told = [
        s.token
        for k, s in enumerate(reading.slots)
        if s.word
        and s.field in ("condition", "text", "detail")
        and s.token not in SIDES
        and k not in placed
        and s.weight
    ]
    done = [t for t in told if is_procedure(t)]
    return bool(done) and all(is_procedure(t) or t.lower() in agents() for t in told)


def _tells_condition(question: Question, reading: Reading, ranked: Sequence[Ranked]) -> bool:
    """Tell whether a question of administration names a condition as well: a word that is covered and is nothing else."""
    aside = {
        token.lower()
        for pattern, asked, _ in patterns("request-words")
        for said in _said(question)
        for match in pattern.finditer(said)
        if asked == "administrative"
        for token in tokens(match[0])
    }
    placed = {s for slots in reading.sites.values() for s in slots}
    words = ((k, reading.slots[k].token.lower()) for k in _told(reading) if k not in placed)
    return any(
        ranked[0].coverage[k] > _WELL and word not in aside and not is_procedure(word) and word.isalpha()
        for k, word in words
    )


def refusal(index: SearchIndex, question: Question, reading: Reading, ranked: Sequence[Ranked]) -> Refusal | None:
    """Return why no code is given for a question, though entries may share words with it."""
    # the first may be the one that a note sends to, before the one that the words fit
    fit = max((r.fit for r in ranked[:2]), default=0.0)
    # 'aftercare' is the reason of an encounter
    if _is_procedure(reading) and fit < (_NAMED_BESIDE if reading.encounters else _NAMED):
        return Refusal("none", reason("procedure"))
    if _asks(question, "empty"):
        return Refusal("none", reason("no-condition"), ("condition",))
    if _asks(question, "undiagnosed") and any(is_procedure(s.token) for s in reading.slots if s.weight):
        return Refusal("none", reason("procedure"))
    if _asks(question, "billing"):
        return Refusal("none", reason("administrative"))
    if fit < _NAMED_BESIDE and _asks(question, "administrative") and not _tells_condition(question, reading, ranked):
        return Refusal("none", reason("administrative"))
    if abbreviated := _two_readings(index, question):
        return Refusal("ambiguous", abbreviated, ("diagnosis",))
    is_told = fit >= _ENOUGH or (
        fit >= _LITTLE and (_is_of_organism(reading, ranked[0]) or is_named(index, reading, ranked[0].place))
    )
    if not is_told or not _fits_condition(index, reading, ranked[0]):
        return Refusal("none", reason("no-candidate"))
    if agent := _unknown_agent(index, reading, ranked[0]):
        return Refusal("incomplete", reason("agent-unknown", agent=agent), ("cause",))
    if _asks(question, "several"):
        return Refusal("ambiguous", reason("several-codes"))
    if _asks(question, "conflict"):
        return Refusal("incomplete", reason("conflicting"), ("detail",))
    if _asks(question, "uncertain"):
        return Refusal("incomplete", reason("uncertain"), ("diagnosis",))
    if _asks(question, "alternatives") and not reading.unstated:
        return Refusal("incomplete", reason("alternatives"), ("diagnosis",))
    return None


def _two_readings(index: SearchIndex, question: Question) -> Reason | None:
    """Return that the condition is nothing but an abbreviation which charts use for more than one: 'MS'."""
    is_bare = _asks(question, "bare")
    if not is_bare and (question.site or question.cause or question.detail):
        return None
    said = (question.condition or question.text or "").strip(" .?")
    for abbreviation, readings, entries in table("ambiguous-abbreviations"):
        if said.upper() == abbreviation or (is_bare and abbreviation in tokens(said)):
            shown = tuple(
                Evidence(code_iri(entry), index.titles[index.places[entry]], "ICD-10-CM Tabular List, title")
                for entry in entries.split()
                if entry in index.places
            )
            return reason("abbreviation", shown, word=abbreviation, readings=readings)
    return None


def _patients(question: Question, table_name: str) -> list[tuple[str, str]]:
    """Return what a table tells of the patient of a question: who that is, and the third column."""
    said = _said(question)
    return [(says, other) for pattern, says, other in patterns(table_name) if any(pattern.search(s) for s in said)]


def patient_conflict(
    store: Store, index: SearchIndex, question: Question, reading: Reading, lead: Ranked, code: CodeFacts
) -> Reason | None:
    """Return that a code is not for a patient like the one who is told of: by age for the claim editor, by its title or an organ."""
    patients = _patients(question, "patient-words")
    ages = {row["age"] for row in run(store, "find-expected-age", code=code.iri)} if patients else set[str]()
    for says, age in patients:
        if age in ages:
            shown = Evidence(code.iri, age, "Medicare Code Editor, expected age")
            return reason("patient-conflict", (shown,), patient=says, code=code.notation, expected=age)
    shown = code.evidence()
    # 'female, family history of prostate cancer': the organ is that of another
    for says, sites in () if _asks(question, "relative") else _patients(question, "patient-organs"):
        if {f"={word}" for word in tokens(code.title.lower())} & set(sites.split()):
            return reason("patient-title", (shown,), patient=says, code=code.notation, title=code.title)
        told = {s for s, at in reading.sites.items() if max(float(lead.coverage[k]) for k in at) > _WELL}
        for site in sorted(told | {s.rsplit("/", 1)[-1] for s in code.sites}):
            if not set(sites.split()).isdisjoint(above(index, site)):
                organ = index.labels.get(site, site)
                return reason("organ-conflict", (shown,), patient=says, code=code.notation, organ=organ)
    return None
