"""Which code applies: from a question to one code, with reasons, what is missing, and the neighbours ruled out.

Words gather candidate families; the graph's facts on cause, site, side and encounter decide between them and within one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nosograph.answers.find_decide import Case, CodeFacts, Decision, decide, shown
from nosograph.answers.find_model import Answer, Candidate, Question, Reason, Rejection
from nosograph.answers.find_rules import reason
from nosograph.answers.find_terms import Scored, Terms, Unit, terms_of
from nosograph.answers.find_understand import Meaning, understand
from nosograph.build.axes_words import phrase
from nosograph.notation import iri_notation
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Answer", "Question", "find", "find_many"]

_ENOUGH = 0.45
_CLOSE = 0.3
_TRIED = 12
_REJECTED = 40
#: what a rule of site takes off a candidate's score, by its rank in find-by-site
_SITE_COST = {0: 0.0, 1: 0.0, 2: 0.03, 3: 0.04, 4: 0.1, 5: 0.06, 6: 0.1, 9: 0.4}
#: what it costs that the named site is wider than the stated one, for the whole way up to the body
_WIDER_COST = 0.1
_CAUSE_COST = {"cause": 0.0, "broader-cause": 0.02, "other-cause": 0.06, "": 0.08, "not-understood": 0.1, "no": 0.5}


@dataclass(slots=True)
class _Tried:
    """A unit with the decision within it, and its score after the facts."""

    unit: Unit
    condition: str | None
    decision: Decision
    score: float
    cause_rule: str
    lacks_cause: bool


def _cause_rule(unit: Unit, fits: dict[str, str], meaning: Meaning, scored: Scored, terms: Terms) -> str:
    """Return how a unit's cause stands to the stated one: the name of a rule, '' for neither, 'no' against it."""
    if meaning.cause is None:
        if any(c in terms.residual for c in unit.causes):
            return "cause-not-stated"
        is_told = not scored.is_shared or not meaning.implied.isdisjoint(unit.causes)
        return "" if not unit.causes else "own-cause" if is_told else "no-cause-stated"
    if not unit.causes:
        return ""
    rules = [fits[c] for c in unit.causes if c in fits]
    return min(rules, key=list(_CAUSE_COST).index) if rules else "no"


def _fits(store: Store, meaning: Meaning) -> dict[str, str]:
    if not meaning.cause:
        return {}
    found: dict[str, str] = {}
    for row in run(store, "find-cause-fit", cause=meaning.cause):
        fits = row["fits"] or ""
        rule = row["rule"] or ""
        found.setdefault(fits, "broader-cause" if rule == "cause" and fits != meaning.cause else rule)
    return found


def _cost(rule: str) -> float:
    own = {"cause-not-stated": 0.0, "no-cause-stated": 0.25, "own-cause": 0.0}
    return own[rule] if rule in own else _CAUSE_COST[rule]


def _try(store: Store, terms: Terms, meaning: Meaning, case: Case, scored: Sequence[Scored]) -> list[_Tried]:
    fits = _fits(store, meaning)
    best = scored[0].score if scored else 0.0
    rated = []
    for one in scored:
        rule = _cause_rule(one.unit, fits, meaning, one, terms)
        rated.append((one.score - (0.0 if rule == "" and not meaning.cause else _cost(rule)), one, rule))
    rated.sort(key=lambda r: (-r[0], r[1].unit.entry, r[1].unit.conditions))
    asked = {w for site, label in case.sites for w in phrase(label)}
    depth = 1 + max((len(terms.holders(site)) for site, _ in case.sites), default=0)
    found = []
    for score, one, rule in rated[:_TRIED]:
        if score < best - _CLOSE - 0.3:
            break
        condition = next((c for c in meaning.conditions if c in one.unit.conditions), None)
        decision = decide(store, one.unit, condition, case)
        if case.sites:
            names_site = bool(asked) and asked <= one.words
            score -= 0.0 if decision.rank == 6 and names_site else _SITE_COST[decision.rank]
            score += 0.02 if decision.is_exact else 0.0
            if decision.rank == 1 and decision.depth:
                score -= _WIDER_COST * max(0.0, 1 - decision.depth / depth)
        if decision.status == "none":
            continue
        if case.side and all(f.side is None for f in decision.pool):
            score -= 0.03
        lacks = meaning.cause is None and rule == "cause-not-stated"
        found.append(_Tried(one.unit, condition, decision, score, rule, lacks))
    found.sort(key=lambda t: (-round(t.score, 6), t.decision.status != "answered", t.unit.entry))
    return found


def _candidates(tried: Sequence[_Tried]) -> tuple[Candidate, ...]:
    found: dict[str, Candidate] = {}
    for one in tried:
        for facts in shown(one.decision.pool)[:10]:
            found.setdefault(facts.notation, Candidate(facts.notation, facts.title, round(max(one.score, 0.0), 3)))
    return tuple(found.values())[:10]


def _rejection(facts: CodeFacts, chosen: CodeFacts, case: Case) -> Reason:
    named, site = ", ".join(facts.sites), ", ".join(label for _, label in case.sites)
    if facts.scope != chosen.scope or sorted(facts.sites) != sorted(chosen.sites):
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


def _rejected(tried: Sequence[_Tried], terms: Terms, chosen: CodeFacts, case: Case) -> tuple[Rejection, ...]:
    best = tried[0]
    found = []
    for facts in best.decision.facts:
        if facts.iri != chosen.iri and facts.encounter == chosen.encounter:
            found.append(Rejection(facts.notation, _rejection(facts, chosen, case).text))
    for other in tried[1:]:
        if (
            other.unit.entry != best.unit.entry
            and set(other.unit.conditions) & set(best.unit.conditions)
            and other.unit.causes
        ):
            causes = ", ".join(terms.labels.get(c, "") for c in other.unit.causes)
            for facts in other.decision.pool[:1]:
                found.append(Rejection(facts.notation, reason("reject-cause", other=causes).text))
    return tuple(found[:_REJECTED])


def _unit_reasons(best: _Tried, terms: Terms, meaning: Meaning) -> Iterator[Reason]:
    evidence = tuple(f.evidence() for f in best.decision.pool[:1])
    family = iri_notation(best.unit.entry)
    condition = ", ".join(terms.labels.get(c, "") for c in meaning.conditions) or " ".join(meaning.condition_words)
    yield reason("condition", evidence, condition=condition, family=family)
    rule = best.cause_rule
    if rule in ("cause", "broader-cause", "other-cause", "cause-not-stated"):
        fits = ", ".join(terms.labels.get(c, "") for c in best.unit.causes)
        yield reason(rule, evidence, cause=terms.labels.get(meaning.cause or "", ""), fits=fits, family=family)


def _validity(store: Store, question: Question, code: str) -> Reason | None:
    if not question.date:
        return None
    rows = run(store, "valid-on", code=code, date=question.date)
    if not rows:
        return reason("validity-unknown", code=code, date=question.date)
    return None if rows[0]["valid"] == "true" else reason("not-valid", code=code, date=question.date)


def _not_understood(meaning: Meaning) -> list[Reason]:
    return [reason("not-understood", words=f"{name} {words!r}") for name, words in meaning.unknown.items()]


def _stop(
    question: Question, meaning: Meaning, rule: str, status: str, missing: tuple[str, ...], **words: str
) -> Answer:
    reasons = (reason(rule, **words), *_not_understood(meaning))
    return Answer(question, meaning.as_understood(), status, missing=missing, reasons=reasons)


def find(store: Store, question: Question) -> Answer:
    """Return which code applies to a case.

    Raises UsageError if a field is not what it can be. Words that are not understood are said so and never guessed at.
    """
    question = question.checked()
    terms = terms_of(store)
    meaning = understand(question, terms)
    if len(meaning.sides) > 1 and len(meaning.sites) < 2:
        return _stop(question, meaning, "contradiction", "incomplete", ("side",), sides=", ".join(meaning.sides))
    if not meaning.condition_words:
        return _stop(question, meaning, "no-condition", "none", ("condition",))
    context = [
        *phrase(" ".join((*question.site, question.cause or "", question.detail or ""))),
        *meaning.condition_words,
    ]
    context += [w for s in meaning.sites for w in phrase(terms.labels[s])]
    case = Case(tuple((s, terms.labels[s]) for s in meaning.sites), meaning.side, meaning.encounter, frozenset(context))
    tried = _try(
        store,
        terms,
        meaning,
        case,
        terms.candidates(meaning.condition_words, context, meaning.sites, meaning.site_words),
    )
    if not tried or tried[0].score < _ENOUGH:
        stopped = _stop(question, meaning, "no-candidate", "none", ())
        return _with_candidates(stopped, tried)
    return _answer(store, question, terms, meaning, case, tried)


def _with_candidates(answer: Answer, tried: Sequence[_Tried]) -> Answer:
    return Answer(
        answer.question,
        answer.understood,
        answer.status,
        missing=answer.missing,
        reasons=answer.reasons,
        candidates=_candidates(tried),
    )


def _answer(
    store: Store, question: Question, terms: Terms, meaning: Meaning, case: Case, tried: Sequence[_Tried]
) -> Answer:
    best = tried[0]
    decision = best.decision
    reasons = [*_unit_reasons(best, terms, meaning), *decision.reasons_for(store), *_not_understood(meaning)]
    missing = [*decision.missing, *(["cause"] if best.lacks_cause else [])]
    status = decision.status
    if "site" in meaning.unknown:
        status, missing = "incomplete", [*missing, *(["site"] if "site" not in missing else [])]
    if status == "answered" and (late := _validity(store, question, decision.pool[0].notation)):
        reasons.append(late)
        status = "none" if late.rule == "not-valid" else status
    if status != "answered":
        return Answer(
            question,
            meaning.as_understood(),
            status,
            missing=tuple(missing),
            candidates=_candidates(tried),
            reasons=tuple(reasons),
        )
    chosen = decision.pool[0]
    return Answer(
        question,
        meaning.as_understood(),
        status,
        chosen.notation,
        chosen.title,
        True,
        tuple(missing),
        _candidates(tried),
        tuple(reasons),
        _rejected(tried, terms, chosen, case),
    )


def find_many(store: Store, questions: Iterable[Question]) -> Iterator[Answer]:
    """Answer questions one by one, in order."""
    for question in questions:
        yield find(store, question)
