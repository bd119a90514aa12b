"""Choose the code of one family by site, side and encounter, each by a rule of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nosograph.answers.find_beside import beside, by_dominance, without_side
from nosograph.answers.find_codes import Case, CodeFacts
from nosograph.answers.find_index import SearchIndex
from nosograph.answers.find_model import Reason
from nosograph.answers.find_rules import reason
from nosograph.answers.find_seventh import is_seventh_unknown, seventh_fits, states_nothing
from nosograph.answers.find_sites import FINER, GROUPED, reach
from nosograph.answers.find_words import dominance, tokens
from nosograph.namespaces import BASE
from nosograph.notation import iri_notation
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Decision", "decide"]

#: ranks of the rules for what is left over, among those of find_sites
_OTHER_PART, _OTHER = 2, 5
_UNSPECIFIED = "unspecified"
_SITE = BASE + "site/"
#: a fit of no more than this is none
_NOTHING = 1e-6
#: a better fit by this much of the question is clear
_CLEARLY = 0.04
#: by this much, more than a site that no code names can make up for, and by this much, more than any site can
_MORE, _MUCH = 0.1, 0.2


@dataclass(frozen=True, slots=True)
class _Choice:
    """The codes of a family that one site leads to, and by which rule."""

    codes: list[CodeFacts]
    rank: int
    rule: str
    named: str
    label: str
    #: codes that name the site or what holds it, and those that name a part of it as well
    named_by: frozenset[str]
    holding: frozenset[str]


@dataclass(slots=True)
class Decision:
    """The codes that remain, what is missing to choose among them, and the rules applied."""

    facts: list[CodeFacts]
    pool: list[CodeFacts]
    status: str = "answered"
    missing: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    family: str | None = None
    #: the stated site chose the codes
    is_placed: bool = False


def _by_site(index: SearchIndex, entry: int, facts: list[CodeFacts], case: Case, site: str) -> _Choice | None:
    """Return the codes that a stated site leads to; where no named site does, those for other sites."""
    asked = _SITE + site
    ways = reach(index, entry, {s.removeprefix(_SITE) for f in facts for s in f.sites if f.scope == "named"}, site)
    named = {_SITE + w.named for w in ways if w.rank <= GROUPED}
    holding = {_SITE + w.named for w in ways}
    named_by = frozenset(f.iri for f in facts if f.scope == "named" and not named.isdisjoint(f.sites))
    finer = frozenset(f.iri for f in facts if f.scope == "named" and not holding.isdisjoint(f.sites))
    residual = _residual(facts, asked, case)
    if residual and (not ways or ways[0].rank > residual.rank):
        return replace(residual, named_by=named_by, holding=finer)
    if not ways:
        return None
    best = ways[0]
    same = {_SITE + w.named for w in ways if w.rank == FINER == best.rank} or {_SITE + best.named}
    codes = [f for f in facts if f.scope == "named" and not same.isdisjoint(f.sites)]
    return _Choice(codes, best.rank, best.rule, _SITE + best.named, best.label, named_by, finer)


def _residual(facts: list[CodeFacts], asked: str, case: Case) -> _Choice | None:
    """Return the codes for other sites: those for other parts of what holds the stated site before those for any other."""
    none: frozenset[str] = frozenset()
    above = case.above(asked)
    unspecified = [f for f in facts if f.scope == "unspecified" and asked in f.sites]
    if unspecified:
        return _Choice(unspecified, 1, "unspecified-site", asked, unspecified[0].sites[asked], none, none)
    for part, rank in ((above, _OTHER_PART), (None, _OTHER)):
        for fact in facts:
            held = [s for s in fact.sites if part is None or s in part]
            if fact.scope == "other" and (held if part else not fact.sites):
                codes = [f for f in facts if f.scope == "other" and f.sites == fact.sites]
                return _Choice(codes, rank, "other-site", held[0] if held else asked, "", none, none)
    return None


def _excluded(store: Store, code: CodeFacts) -> str:
    return ", ".join(row["label"] or "" for row in run(store, "find-excluded-sites", code=code.iri))


def _named(store: Store, decision: Decision, choice: _Choice, label: str, side: str | None) -> None:
    decision.pool, decision.is_placed = choice.codes, True
    code = next((f for f in choice.codes if f.side == side), choice.codes[0])
    excluded = _excluded(store, code) if choice.rule == "other-site" else ""
    words = {"site": label, "named": choice.label, "title": code.title, "excluded": excluded}
    decision.reasons.append(reason(choice.rule, (code.evidence(),), **words))


def _wider_site(decision: Decision, choice: _Choice, label: str) -> None:
    """The stated site is wider than what the family names: 'unspecified' if there is such a code."""
    if len({f.place for f in choice.codes}) == 1:
        decision.pool = choice.codes
        return
    decision.missing.append("site")
    decision.reasons.append(reason("finer-site", site=label))
    unspecified = [f for f in decision.facts if f.scope == "unspecified"]
    if unspecified:
        decision.pool = unspecified
    else:
        decision.pool, decision.status = choice.codes, "incomplete"


def _choose_sites(store: Store, index: SearchIndex, entry: int, case: Case, decision: Decision) -> None:
    """Choose by the stated sites; the entry whose names fit best stands where the sites allow it and it fits clearly better."""
    lead = max(decision.pool, key=lambda f: case.rank(f.notation))
    if {_SITE + site for site, _ in case.sites} <= set(lead.sites):
        decision.pool = [f for f in decision.pool if f.place == lead.place]
        return
    choices: list[tuple[str, _Choice]] = []
    enumerated: list[tuple[str, _Choice]] = []
    for site, label in case.sites:
        choice = _by_site(index, entry, decision.facts, case, site)
        if choice and choice.codes:
            choices.append((label, choice))
            enumerated += [(label, choice)] if site in case.joined else []
    # In running words, a site that the family names outdoes words that no code of it is for.
    if not case.are_sites_stated:
        choices = [c for c in choices if c[1].rank <= GROUPED or c in enumerated] or choices
    if len(case.joined) > 1 and not any(all(f.iri in c.named_by for _, c in choices) for f in decision.facts):
        multiple = [f for f in decision.facts if f.scope == "multiple"]
        if multiple and case.rank(multiple[0].notation) > case.rank(lead.notation) - _CLEARLY:
            _several_sites(case, decision, choices)
            return
    if lead.scope == "multiple" and len(case.joined) > 1 and _leads(case, lead, choices, 0.0):
        return
    if not choices or (all(_is_narrower(lead, c) for _, c in choices) and _leads(case, lead, choices)):
        return
    if len({(c.named if c.rank == _OTHER else "", tuple(f.iri for f in c.codes)) for _, c in enumerated}) > 1:
        _several_sites(case, decision, enumerated)
        return
    label, choice = min(choices, key=lambda c: (c[1].rank, lead not in c[1].codes))
    if choice.rank == FINER and lead not in choice.codes and lead.scope != "other":
        return
    own = _of_tissue(index, entry, case, decision.facts, lead)
    if own and (choice.rule == "other-site" or own[0].place == lead.place):
        decision.pool = own
        return
    is_of_lead = all(site in case.of_lead for site, _ in case.sites)
    if choice.rule == "other-site" and lead.scope is None and _leads(case, lead, choices, 0.0 if is_of_lead else _MORE):
        return  # 'bony metastases to the spine' are of bone
    if choice.rule == "unspecified-site" and _leads(case, lead, [(label, choice)], _MUCH):
        return  # other words name what the 'unspecified' entry leaves open
    if choice.rank == FINER:
        _wider_site(decision, choice, label)
    else:
        _named(store, decision, choice, label, case.side)


def _of_tissue(
    index: SearchIndex, entry: int, case: Case, facts: Sequence[CodeFacts], lead: CodeFacts
) -> list[CodeFacts]:
    """Return the codes of a family that are for a tissue told with the site, wherever that is: skin of the cheek."""
    if not case.tissues:
        return []
    above = int(index.arrays.parents[entry])
    near = {f.iri: f for f in (*facts, *beside(index, entry), *(beside(index, above) if above >= 0 else ()))}.values()
    own = [f for f in near if f.scope is None or (f.place == lead.place and f.scope == "named")]
    found = [
        f for f in own if not case.tissues.isdisjoint(tokens(f.title.lower())) and not f.title.endswith(_UNSPECIFIED)
    ]
    most = max((case.rank(f.notation) for f in found), default=0.0)
    return [f for f in found if case.rank(f.notation) == most]


def _is_narrower(lead: CodeFacts, choice: _Choice) -> bool:
    """Tell whether a code names a part of the stated site: then other words of the question name that part."""
    return lead.iri in choice.holding and lead.iri not in choice.named_by


def _leads(case: Case, lead: CodeFacts, choices: Sequence[tuple[str, _Choice]], by: float = _CLEARLY) -> bool:
    """Tell whether an entry fits clearly better than those that the sites alone lead to."""
    rivals = [case.rank(f.notation) for _, c in choices for f in c.codes if f.place != lead.place]
    return case.rank(lead.notation) > max(rivals, default=-1.0) + by


def _several_sites(case: Case, decision: Decision, choices: Sequence[tuple[str, _Choice]]) -> None:
    multiple = [f for f in decision.facts if f.scope == "multiple"]
    named = ", ".join(label for _, label in case.sites)
    if multiple:
        decision.pool = multiple
        decision.reasons.append(reason("multiple-sites", (multiple[0].evidence(),), sites=named))
    else:
        decision.pool = list({f.iri: f for _, c in choices for f in _of_side(c.codes, case.side)}.values())
        decision.status = "ambiguous"
        decision.reasons.append(reason("sites-one-by-one", sites=named))


def _of_side(codes: list[CodeFacts], side: str | None) -> list[CodeFacts]:
    wanted = side or "unspecifiedSide"
    return [f for f in codes if f.side == wanted] or codes


def _choose_side(index: SearchIndex, entry: int, case: Case, decision: Decision) -> None:
    pool = decision.pool
    if {f.side for f in pool} <= {None}:
        if case.side and pool:
            decision.reasons.append(reason("no-side-axis", (pool[0].evidence(),)))
        return
    if case.is_one_sided and (one := [f for f in pool if f.side in ("unilateral", "unspecifiedSide")]):
        decision.pool = one
        return
    if case.side is None and len({f.side for f in pool}) == 1 and {f.side for f in decision.facts} >= {"right", "left"}:
        # 'right upper quadrant': the place names the side
        here = {f.place for f in pool}
        if len({f.side for f in decision.facts if f.place in here}) == 1:
            return
    if case.side is None:
        chosen = [f for f in pool if f.side == "unspecifiedSide"] or [f for f in pool if f.side is None]
        decision.missing.append("side")
        if not chosen:
            # 'limb, unspecified' where no code is for the site without its side
            chosen = [f for f in decision.facts if f.scope == "unspecified" and f.side in (None, "unspecifiedSide")]
            chosen = chosen or without_side(index, entry)
            if not chosen:
                decision.status = "incomplete"
                return
            if "site" not in decision.missing:
                decision.missing.append("site")
        decision.reasons.append(reason("unspecified-side", (chosen[0].evidence(),)))
    elif case.side == "bilateral":
        chosen = [f for f in pool if f.side == "bilateral"]
        if not chosen:
            _both_sides(decision)
            return
        decision.reasons.append(reason("bilateral", (chosen[0].evidence(),)))
    else:
        chosen = [f for f in pool if f.side == case.side] or [f for f in pool if f.side in (None, "unilateral")]
        # 'homonymous bilateral field defects, left side'
        chosen = chosen or [f for f in pool if case.side in tokens(f.title.lower())]
        if not chosen:
            decision.status = "incomplete"
            decision.missing.append("detail")
            return
        decision.reasons.append(reason("side", (chosen[0].evidence(),), side=case.side))
    decision.pool = chosen


def _both_sides(decision: Decision) -> None:
    pair = [f for f in decision.pool if f.side in ("right", "left")]
    if not pair:
        return
    multiple = [f for f in decision.facts if f.scope == "multiple"]
    decision.status = "ambiguous"
    decision.pool = pair + multiple
    decision.reasons.append(reason("bilateral-two-codes", tuple(f.evidence() for f in pair[:2])))
    if multiple:
        decision.reasons.append(reason("bilateral-multiple-sites", (multiple[0].evidence(),)))


def _choose_entry(case: Case, decision: Decision) -> None:
    """Keep the codes of the printed entry whose names fit the question best."""
    if decision.status == "answered" and len(decision.pool) > 1:
        ranks = {f.iri: case.rank(f.notation) for f in decision.pool}
        most = max(ranks.values())
        decision.pool = [f for f in decision.pool if ranks[f.iri] >= most - 1e-6]


def _choose_dominance(index: SearchIndex, case: Case, decision: Decision) -> None:
    """Take the side for dominant or not by default where the hand that the patient writes with is not stated (I.C.6.a)."""
    told = dominance().get(case.side or "")
    if told and decision.pool and "dominant" in decision.pool[0].title and "dominant" not in case.spoken:
        decision.pool = by_dominance(index, decision.pool[0], told) or decision.pool
        words = {"side": case.side, "dominance": told}
        decision.reasons.append(reason("dominance-default", (decision.pool[0].evidence(),), **words))


def _choose_encounter(case: Case, decision: Decision) -> None:
    pool = decision.pool
    if all(f.encounter is None for f in pool):
        return
    encounter = case.encounter
    if encounter is None:
        decision.missing.append("encounter")
        if case.is_encounter_unstated or not any(f.encounter == "initial" for f in pool):
            decision.reasons.append(reason("encounter-missing"))
            if decision.status == "answered":
                decision.status = "incomplete"
            return
        # The first record of a case is about its active treatment.
        encounter = "initial"
        decision.reasons.append(reason("encounter-presumed"))
    chosen = [f for f in pool if f.encounter == encounter]
    if chosen:
        decision.pool = chosen
        if case.encounter:
            decision.reasons.append(reason("encounter", (chosen[0].evidence(),), encounter=encounter))


def _choose_seventh(case: Case, decision: Decision) -> None:
    """Choose among what remains by its seventh character, else by its title; the first is the default of several."""
    pool = decision.pool
    if len(pool) < 2 or decision.status != "answered":
        return
    if is_seventh_unknown(case, pool):
        decision.status = "incomplete"
        decision.missing.append("healing" if pool[0].encounter else "detail")
        decision.reasons.append(reason("detail-missing"))
        return
    fits = seventh_fits(case, pool) if all(f.seventh for f in pool) else {f.iri: case.fit(f.title, "") for f in pool}
    most = max(fits.values())
    chosen = [f for f in pool if fits[f.iri] >= most - 1e-6]
    if len(chosen) > 1 and all(f.seventh for f in chosen):
        open_ended = [f for f in chosen if "unspecified" in (f.seventh or "")]
        if case.is_detail_unstated and not open_ended and all(f.encounter in (None, "subsequent") for f in chosen):
            decision.status = "incomplete"
            decision.missing.append("healing" if chosen[0].encounter else "detail")
            decision.reasons.append(reason("detail-missing"))
            return
        # Of an encounter the first is the default, of another fact the one that states nothing: 'without tophus'.
        settled = open_ended or [f for f in chosen if f.encounter or states_nothing(f.seventh or "")]
        chosen = settled[:1] or chosen
    if most <= _NOTHING and len(chosen) == 1 and chosen[0].seventh:  # no word of the question speaks for it
        decision.reasons.append(reason("seventh-default", (chosen[0].evidence(),)))
    decision.pool = chosen
    if len(chosen) > 1:
        decision.status = "ambiguous"
        decision.missing.append("detail")
        decision.reasons.append(reason("detail-missing"))


def _tell_cause(store: Store, index: SearchIndex, case: Case, decision: Decision, own: Sequence[CodeFacts]) -> None:
    """Say how the stated cause stands to the one that the family is for."""
    causes = {cause: index.labels.get(cause, "") for fact in own for cause in fact.causes}
    if not causes:
        return
    evidence, fits = (decision.pool[0].evidence(),), ", ".join(sorted(causes.values()))
    words = {"family": iri_notation(decision.family or ""), "fits": fits, "cause": case.cause_label}
    residual = not causes.keys().isdisjoint(index.residual_causes)
    if case.cause is None:
        if residual and not case.is_cause_stated:
            decision.missing.append("cause")
            decision.reasons.append(reason("cause-not-stated", evidence, **words))
        return
    rows = run(store, "find-cause-fit", cause=case.cause)
    if case.cause in causes:
        decision.reasons.append(reason("cause", evidence, **words))
    elif any(r["fits"] in causes and r["rule"] == "cause" for r in rows):
        decision.reasons.append(reason("broader-cause", evidence, **words))
    elif residual:
        decision.reasons.append(reason("other-cause", evidence, **words))


def decide(store: Store, index: SearchIndex, entry: int, case: Case) -> Decision:
    """Return the codes that a case leads to, given the place of the printed entry that its words fit best."""
    own = index.codes.of_entry(entry)
    decision = Decision(own, own)
    if not own:
        decision.status = "none"
        return decision
    unit = index.codes.unit(entry)
    if unit:
        decision.family = unit[0]
        decision.facts = index.codes.of_unit(unit)
        here, known = {f.place for f in own}, {f.iri for f in decision.facts}
        decision.pool = [f for f in decision.facts if f.place in here]
        decision.pool += [f for f in own if f.iri not in known]
        if case.scope and case.scope != "unspecified":
            decision.pool = [f for f in decision.facts if f.scope == case.scope] or decision.pool
        elif case.sites and len({f.place for f in decision.facts}) > 1:
            _choose_sites(store, index, entry, case, decision)
        _tell_cause(store, index, case, decision, own)
    if {f.scope for f in decision.pool} == {"unspecified"} and "site" not in decision.missing:
        decision.missing.append("site")
        decision.reasons.append(reason("unspecified-site", (decision.pool[0].evidence(),)))
    _choose_side(index, entry, case, decision)
    _choose_entry(case, decision)
    _choose_dominance(index, case, decision)
    _choose_encounter(case, decision)
    _choose_seventh(case, decision)
    return decision
