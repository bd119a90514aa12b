"""Which code applies: from a question to one code, with reasons, what is missing, and the neighbours ruled out.

Names gather the entries that the question may mean; the graph's facts on site, side and encounter decide among the codes
of the one that fits best, and give the reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from nosograph.answers.evidence import Evidence
from nosograph.answers.find_codes import Case, CodeFacts
from nosograph.answers.find_decide import Decision, decide
from nosograph.answers.find_fit import Fit, evidence
from nosograph.answers.find_misplaced import misplaced
from nosograph.answers.find_model import Answer, Candidate, Concept, Question, Reason, Rejection, Understood
from nosograph.answers.find_read import read
from nosograph.answers.find_reading import above, apart, is_tissue, joined
from nosograph.answers.find_refusal import Refusal, is_named, patient_conflict, refusal, unasked
from nosograph.answers.find_rules import reason
from nosograph.answers.find_store import index_of
from nosograph.answers.find_undecided import (
    UNSPECIFIED,
    contradicted,
    is_open,
    is_split,
    is_undecided,
    is_unplaced,
    other_agent,
    other_fact,
    other_site,
    told_twice,
)
from nosograph.namespaces import BASE
from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.store import Store

if TYPE_CHECKING:
    from nosograph.answers.find_index import SearchIndex
    from nosograph.answers.find_rank import Ranked
    from nosograph.answers.find_reading import Reading

__all__ = ["Answer", "Question", "find"]

_REJECTED, _CANDIDATES, _RIVALS = 40, 10, 6
#: how far the best entry covers a site that it is for, and at most one that is named in passing
_COVERED, _PASSED = 0.85, 0.4


def _printed(index: SearchIndex, notation: str) -> int:
    """Return the place of the printed entry that a code is, or that its seventh character was added to; -1 if none."""
    plain = notation[:-1].rstrip("X").rstrip(".")
    return next((index.places[n] for n in (notation, notation[:-1], plain) if n in index.places), -1)


def _case(index: SearchIndex, reading: Reading, ranked: Sequence[Ranked], fit: Fit) -> Case:
    scores = {r.place: r.fit for r in ranked}

    def rank(notation: str) -> float:
        """Return the score of the printed entry that a code is made of."""
        return scores.get(_printed(index, notation), -1.0)

    def held(site: str) -> frozenset[str]:
        return frozenset(
            f"{BASE}site/{s}" for s, steps in above(index, site.removeprefix(f"{BASE}site/")).items() if steps
        )

    # 'unspecified site': words of the condition name none
    told = apart(index, reading) if reading.scope != "unspecified" or reading.has_field("site") else []
    told = _of_lead(reading, ranked[0], told)
    sites = tuple((s, index.labels.get(s, s)) for s in told)
    unstated = reading.encounter is None and bool(reading.encounters or {"encounter", "visit"} & set(reading.unstated))
    return Case(
        sites,
        reading.side,
        reading.encounter,
        fit,
        rank,
        held,
        reading.scope,
        reading.is_one_sided,
        unstated,
        reading.has_field("site"),
        reading.has_field("cause"),
        reading.cause,
        index.labels.get(reading.cause or ""),
        frozenset(joined(reading, told)),
        frozenset(s for s in told if max(float(ranked[0].coverage[k]) for k in reading.sites[s]) >= _COVERED),
        frozenset(s.token.lower() for s in reading.slots if s.weight and not s.denied and is_tissue(s)),
        reading.is_fact_unstated,
        frozenset(reading.unstated),
        " ".join(reading.spoken),
    )


def _of_lead(reading: Reading, lead: Ranked, told: list[str]) -> list[str]:
    """Return the sites stated without those named in passing: the best entry is for others, and they are not enumerated.

    'Prostate cancer treated years ago, now metastases in the lumbar spine.'
    """
    if len(told) < 2 or reading.has_field("site") or joined(reading, told):
        return told
    cover = {s: max(float(lead.coverage[k]) for k in reading.sites[s]) for s in told}
    kept = [s for s in told if cover[s] >= _COVERED]
    return kept if any(cover[s] <= _PASSED for s in told) and kept else told


def _understood(index: SearchIndex, reading: Reading, lead: Ranked | None) -> Understood:
    sites = []
    for site in apart(index, reading):
        within = index.holders.get(site)
        sites.append(
            Concept(f"{BASE}site/{site}", index.labels.get(site, site), index.labels.get(within[0]) if within else None)
        )
    condition: tuple[Concept, ...] = ()
    if lead is not None:
        condition = (Concept(code_iri(index.notations[lead.place]), index.titles[lead.place]),)
    cause = Concept(reading.cause, index.labels.get(reading.cause, "")) if reading.cause else None
    return Understood(condition, tuple(sites), reading.side, cause, reading.encounter)


def _not_understood(index: SearchIndex, reading: Reading) -> list[Reason]:
    words = [f"{s.field}: {s.token!r}" for s in reading.unknown(index) if s.token not in reading.misspelt]
    found = [reason("not-understood", words=", ".join(words[:20]))] if words else []
    if reading.is_cut:
        found.append(reason("cut"))
    if reading.misspelt:
        read = ", ".join(f"{k!r} as {v!r}" for k, v in reading.misspelt.items())
        found.append(reason("misspelt", words=read))
    return found


def _candidates(index: SearchIndex, decision: Decision | None, ranked: Sequence[Ranked]) -> tuple[Candidate, ...]:
    found: dict[str, Candidate] = {}
    top = ranked[0].score if ranked else 0.0
    for facts in sorted(decision.pool, key=lambda f: f.order)[:_CANDIDATES] if decision else []:
        found.setdefault(facts.notation, Candidate(facts.notation, facts.title, round(max(top, 0.0), 3)))
    for one in ranked:
        if len(found) >= _CANDIDATES:
            break
        notation = index.notations[one.place]
        if not any(code.startswith(notation) for code in found):
            found.setdefault(notation, Candidate(notation, index.titles[one.place], round(max(one.score, 0.0), 3)))
    return tuple(found.values())[:_CANDIDATES]


def _rejection(facts: CodeFacts, chosen: CodeFacts, case: Case) -> Reason:
    named, site = ", ".join(facts.sites.values()), ", ".join(label for _, label in case.sites)
    if facts.place != chosen.place:
        rule = {
            "other": "reject-other" if site else "reject-other-unstated",
            "multiple": "reject-multiple" if site else "reject-multiple-unstated",
            "unspecified": "reject-unspecified-site",
        }.get(facts.scope or "", "reject-site" if site else "reject-named-unstated")
        if chosen.scope == "multiple" and rule in ("reject-site", "reject-other"):
            rule = "reject-single-site"
        return reason(rule, named=named, site=site)
    if facts.side != chosen.side:
        rule = "reject-unspecified-side" if facts.side == "unspecifiedSide" else "reject-side"
        return reason(rule if case.side else "reject-side-unstated", other=facts.side, side=case.side)
    return reason("reject-encounter")


def _rejected(
    index: SearchIndex, reading: Reading, decision: Decision, case: Case, ranked: Sequence[Ranked]
) -> tuple[Rejection, ...]:
    chosen = decision.pool[0]
    found = [
        Rejection(f.notation, _rejection(f, chosen, case).text)
        for f in decision.facts
        if f.iri != chosen.iri and f.encounter == chosen.encounter and f.seventh == chosen.seventh
    ]
    shown = {r.code for r in found} | {chosen.notation}
    rivals = (r for r in ranked[1:] if not any(code.startswith(index.notations[r.place]) for code in shown))
    for one in islice(rivals, _RIVALS):
        found.append(Rejection(index.notations[one.place], _rival(index, reading, ranked[0], one).text))
    return tuple(found[:_REJECTED])


def _rival(index: SearchIndex, reading: Reading, lead: Ranked, other: Ranked) -> Reason:
    """Say what a neighbour lacks of the question, or says beyond it."""
    lacks = [
        s.token
        for s, mine, its in zip(reading.slots, lead.coverage, other.coverage, strict=True)
        if s.word and mine - its > 0.3
    ]
    if lacks:
        return reason("reject-lacks", words=", ".join(dict.fromkeys(lacks)))
    return reason("reject-adds", words=index.titles[other.place])


def _validity(store: Store, question: Question, code: str) -> Reason | None:
    if not question.date:
        return None
    rows = run(store, "valid-on", code=code, date=question.date)
    if not rows:
        return reason("validity-unknown", code=code, date=question.date)
    return None if rows[0]["valid"] == "true" else reason("not-valid", code=code, date=question.date)


def find(store: Store, question: Question) -> Answer:
    """Return which code applies to a case.

    Raises UsageError if a field is not what it can be. Words that are not understood are said so and never guessed at.
    """
    from nosograph.answers.find_apart import two_conditions
    from nosograph.answers.find_caused import with_condition_first
    from nosograph.answers.find_rank import rank
    from nosograph.answers.find_sent import sent_on

    question = question.checked()
    index = index_of(store)
    reading = read(index, question)
    early = unasked(question, reading)
    if early and early.reason.rule != "no-condition":
        return _unasked(question, early)
    ranked = with_condition_first(index, reading, rank(index, reading))
    # 'carpal tunnel' is a place and the name of what it has
    if early and not (ranked and is_named(index, reading, ranked[0].place)):
        return _unasked(question, early)
    unknown = _not_understood(index, reading)
    if ranked and (sent := sent_on(index, reading, ranked)):
        ranked, why = sent
        unknown = [why, *unknown]
    if refused := refusal(index, question, reading, ranked):
        found = _understood(index, reading, ranked[0] if refused.status == "ambiguous" else None)
        candidates = _candidates(index, None, ranked)
        return Answer(question, found, refused.status, candidates=candidates, reasons=(refused.reason, *unknown))
    if pair := two_conditions(index, reading, ranked[0]):
        return _two(index, question, reading, pair, ranked, unknown)
    return _answer(store, index, question, reading, ranked, unknown)


def _unasked(question: Question, why: Refusal) -> Answer:
    return Answer(question, Understood(), why.status, missing=why.missing, reasons=(why.reason,))


def _two(
    index: SearchIndex,
    question: Question,
    reading: Reading,
    pair: tuple[Ranked, Ranked],
    ranked: Sequence[Ranked],
    unknown: list[Reason],
) -> Answer:
    """Return the answer to a question of two conditions: the two entries, each with a code of its own."""
    understood = _understood(index, reading, None)
    conditions = tuple(Concept(code_iri(index.notations[r.place]), index.titles[r.place]) for r in pair)
    words = {"one": conditions[0].label, "other": conditions[1].label}
    told = tuple(Evidence(c.iri, c.label, index.codes.source) for c in conditions)
    reasons = (reason("two-conditions", told, **words), *unknown)
    candidates = _candidates(index, None, [*pair, *ranked])
    return Answer(
        question, replace(understood, condition=conditions), "ambiguous", candidates=candidates, reasons=reasons
    )


def _answer(
    store: Store,
    index: SearchIndex,
    question: Question,
    reading: Reading,
    ranked: Sequence[Ranked],
    unknown: list[Reason],
) -> Answer:
    fit = Fit(index, reading)
    case = _case(index, reading, ranked, fit)
    decision = decide(store, index, ranked[0].place, case)
    place = _printed(index, decision.pool[0].notation) if decision.pool else -1
    lead = next((r for r in ranked if r.place == place), ranked[0])
    reasons = [*evidence(index, Fit(index, reading, is_literal=True), lead), *decision.reasons, *unknown]
    if reading.dominance and reading.dominance[1] in index.titles[lead.place]:
        hand, told = reading.dominance
        reasons.append(reason("dominance", hand=hand, side=reading.side, dominance=told))
    missing, status = list(decision.missing), decision.status
    if reading.is_site_unknown(index) and len({f.place for f in decision.facts}) > 1:
        status = "incomplete"
        missing += [] if "site" in missing else ["site"]
    if status == "answered" and is_unplaced(index, reading, ranked, decision):
        status = "incomplete"
        missing.append("site")
        reasons.append(reason("site-missing"))
    elif status == "answered" and (site := told_twice(index, reading) or other_site(index, reading, ranked, decision)):
        status = "ambiguous"
        reasons.append(reason("sites-one-by-one", sites=site))
    elif status == "answered" and (fact := contradicted(index, reading, ranked, decision)):
        status = "incomplete"
        missing.append("detail")
        reasons.append(reason("said-and-denied", fact=fact))
    elif status == "answered" and (site := misplaced(store, index, reading, ranked, decision)):
        status = "incomplete"
        missing.append("site")
        reasons.append(reason("misplaced", site=site, code=decision.pool[0].notation))
    elif status == "answered" and (other := other_fact(index, reading, ranked) or other_agent(reading, ranked)):
        return _two(index, question, reading, (ranked[0], other), ranked, unknown)
    elif status == "answered" and (
        is_undecided(index, reading, ranked, is_placed=decision.is_placed)
        or is_open(index, reading, ranked)
        or (not decision.is_placed and is_split(index, reading, ranked))
    ):
        status = "incomplete"
        missing.append("detail")
        reasons.append(reason("detail-missing"))
    elif index.arrays.residual[lead.place] == UNSPECIFIED and not missing:
        missing.append("detail")
    if status == "answered" and (late := _validity(store, question, decision.pool[0].notation)):
        reasons.append(late)
        status = "none" if late.rule == "not-valid" else status
    if status == "answered" and (conflict := patient_conflict(store, index, question, reading, lead, decision.pool[0])):
        status = "incomplete"
        missing.append("patient")
        reasons.append(conflict)
    understood = _understood(index, reading, ranked[0])
    candidates = _candidates(index, decision, ranked)
    if status != "answered":
        return Answer(question, understood, status, None, None, None, tuple(missing), candidates, tuple(reasons))
    chosen = decision.pool[0]
    return Answer(
        question,
        understood,
        status,
        chosen.notation,
        chosen.title,
        True,
        tuple(missing),
        candidates,
        tuple(reasons),
        _rejected(index, reading, decision, case, ranked),
    )
