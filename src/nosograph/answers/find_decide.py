"""Choose the code of one family by site, side and encounter, each by a rule of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nosograph.answers.find_model import Evidence, Reason
from nosograph.answers.find_rules import reason
from nosograph.answers.find_terms import Unit
from nosograph.build.axes_words import phrase
from nosograph.namespaces import NG
from nosograph.query import run
from nosograph.store import Store

__all__ = ["Case", "CodeFacts", "Decision", "decide"]

_FINER, _OTHER, _NO_AXIS = 4, 5, 6


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a case besides its condition: IRIs of sites with their labels, local names of side and encounter."""

    sites: tuple[tuple[str, str], ...]
    side: str | None
    encounter: str | None
    detail: frozenset[str]


@dataclass(slots=True)
class CodeFacts:
    """A code with its axes."""

    iri: str
    notation: str
    title: str
    source: str
    order: int
    scope: str | None = None
    side: str | None = None
    encounter: str | None = None
    sites: list[str] = field(default_factory=list)

    def evidence(self) -> Evidence:
        return Evidence(self.iri, self.title, self.source)


@dataclass(slots=True)
class _Choice:
    """The codes of a family that one site leads to, and by which rule."""

    codes: list[CodeFacts]
    rank: int
    rule: str
    named: str
    label: str
    depth: int


@dataclass(slots=True)
class Decision:
    """The codes that remain, what is missing to choose among them, and the rules applied.

    `rank` is that of the site rule, `depth` how deep the named site lies below the whole body.
    """

    facts: list[CodeFacts]
    pool: list[CodeFacts]
    status: str = "answered"
    rank: int = 0
    depth: int = 0
    is_exact: bool = False
    missing: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    choice: tuple[str, _Choice] | None = None

    def reasons_for(self, store: Store) -> list[Reason]:
        """Return the rules applied, that of the site first, with the code that remains as its evidence."""
        if self.choice is None or not self.pool:
            return self.reasons
        label, choice = self.choice
        code = self.pool[0]
        excluded = _excluded(store, code) if choice.rule == "other-site" else ""
        words = {"site": label, "named": choice.label, "title": code.title, "excluded": excluded}
        return [reason(choice.rule, (code.evidence(),), **words), *self.reasons]


def _local(iri: str | None) -> str | None:
    return iri.removeprefix(NG) if iri else None


def _facts(store: Store, unit: Unit, condition: str | None) -> list[CodeFacts]:
    if unit.is_family:
        rows = run(store, "find-family-codes", entry=unit.entry, condition=condition or unit.conditions[0])
    else:
        rows = run(store, "find-single-codes", entry=unit.entry)
    found: dict[str, CodeFacts] = {}
    for row in rows:
        iri = row["code"] or ""
        if iri not in found:
            found[iri] = CodeFacts(
                iri,
                row["notation"] or "",
                row["title"] or "",
                row["source"] or "",
                int(row["order"] or 0),
                _local(row.get("scope")),
                _local(row["side"]),
                _local(row["encounter"]),
            )
        if row.get("namedLabel"):
            found[iri].sites.append(row["namedLabel"] or "")
    return list(found.values())


def _by_site(store: Store, unit: Unit, condition: str, facts: list[CodeFacts], site: str) -> _Choice | None:
    rows = run(store, "find-by-site", entry=unit.entry, condition=condition, site=site)
    if not rows:
        return None
    best = rows[0]
    same = {r["code"] for r in rows if all(r[k] == best[k] for k in ("rank", "depth", "named"))}
    rank = int(best["rank"] or 0)
    if rank == _FINER:
        same = {r["code"] for r in rows if r["rank"] == best["rank"]}
    return _Choice(
        [f for f in facts if f.iri in same],
        rank,
        best["rule"] or "",
        best["named"] or "",
        best["namedLabel"] or "",
        int(best["depth"] or 0),
    )


def _excluded(store: Store, code: CodeFacts) -> str:
    return ", ".join(row["label"] or "" for row in run(store, "find-excluded-sites", code=code.iri))


def _without_site(decision: Decision) -> None:
    facts = decision.facts
    unspecified = [f for f in facts if f.scope == "unspecified"]
    plain = [f for f in unspecified if not f.sites]
    if unspecified:
        decision.pool = plain or unspecified
        decision.missing.append("site")
        decision.reasons.append(reason("unspecified-site", (decision.pool[0].evidence(),)))
    elif len({tuple(f.sites) for f in facts}) == 1:
        decision.pool = list(facts)
    else:
        decision.pool, decision.status = list(facts), "incomplete"
        decision.missing.append("site")
        decision.reasons.append(reason("detail-missing"))


def _wider_site(decision: Decision, choice: _Choice, label: str) -> None:
    decision.missing.append("site")
    decision.reasons.append(reason("finer-site", site=label))
    unspecified = [f for f in decision.facts if f.scope == "unspecified" and not f.sites]
    if unspecified:
        decision.pool = unspecified
    elif len({tuple(f.sites) for f in choice.codes}) == 1:
        decision.pool, decision.rank = choice.codes, 1
        decision.missing.remove("site")
        decision.reasons.pop()
    else:
        decision.pool, decision.status = choice.codes, "incomplete"


def _choose_sites(store: Store, unit: Unit, condition: str, case: Case, decision: Decision) -> None:
    choices: list[tuple[str, _Choice]] = []
    for site, label in case.sites:
        choice = _by_site(store, unit, condition, decision.facts, site)
        if choice:
            choices.append((label, choice))
    if not choices:
        decision.status, decision.pool, decision.rank = "none", [], 9
        return
    decision.rank = max(c.rank for _, c in choices)
    label, choice = choices[0]
    decision.depth = choice.depth
    decision.is_exact = any(choice.named == site for site, _ in case.sites) and choice.rule == "named-site"
    distinct = {(c.named if c.rank == _OTHER else "", tuple(f.iri for f in c.codes)) for _, c in choices}
    if len(distinct) > 1 and decision.rank < _NO_AXIS:
        _several_sites(case, decision, choices)
    elif choice.rank == _FINER:
        _wider_site(decision, choice, label)
    else:
        decision.pool = choice.codes
        if choice.rank < _NO_AXIS:
            decision.choice = (label, choice)


def _several_sites(case: Case, decision: Decision, choices: Sequence[tuple[str, _Choice]]) -> None:
    multiple = [f for f in decision.facts if f.scope == "multiple"]
    named = ", ".join(label for label, _ in choices)
    if multiple:
        decision.pool, decision.rank = multiple, 1
        decision.reasons.append(reason("multiple-sites", (multiple[0].evidence(),), sites=named))
    else:
        decision.pool = list({f.iri: f for _, c in choices for f in _of_side(c.codes, case.side)}.values())
        decision.status = "ambiguous"
        decision.reasons.append(reason("sites-one-by-one", sites=named))


def _of_side(codes: list[CodeFacts], side: str | None) -> list[CodeFacts]:
    wanted = side or "unspecifiedSide"
    return [f for f in codes if f.side == wanted] or codes


def _choose_side(case: Case, decision: Decision) -> None:
    pool = decision.pool
    sides = {f.side for f in pool}
    if sides == {None}:
        if case.side and pool:
            decision.reasons.append(reason("no-side-axis", (pool[0].evidence(),)))
        return
    if case.side is None:
        chosen = [f for f in pool if f.side == "unspecifiedSide"] or [f for f in pool if f.side is None]
        decision.missing.append("side")
        if not chosen:
            decision.status = "incomplete"
            return
        decision.reasons.append(reason("unspecified-side", (chosen[0].evidence(),)))
    elif case.side == "bilateral":
        chosen = [f for f in pool if f.side == "bilateral"]
        if not chosen:
            _both_sides(decision)
            return
        decision.reasons.append(reason("bilateral", (chosen[0].evidence(),)))
    else:
        chosen = [f for f in pool if f.side == case.side] or [f for f in pool if f.side in (None, "unilateral")]
        if not chosen:
            decision.status = "incomplete"
            decision.missing.append("detail")
            return
        decision.reasons.append(reason("side", (chosen[0].evidence(),), side=case.side))
    decision.pool = chosen


def _both_sides(decision: Decision) -> None:
    pair = [f for f in decision.pool if f.side in ("right", "left")]
    multiple = [f for f in decision.facts if f.scope == "multiple"]
    decision.status = "ambiguous"
    decision.pool = pair + multiple
    decision.reasons.append(reason("bilateral-two-codes", tuple(f.evidence() for f in pair[:2])))
    if multiple:
        decision.reasons.append(reason("bilateral-multiple-sites", (multiple[0].evidence(),)))


def _choose_encounter(case: Case, decision: Decision) -> None:
    pool = decision.pool
    if all(f.encounter is None for f in pool):
        return
    if case.encounter is None:
        decision.missing.append("encounter")
        decision.reasons.append(reason("encounter-missing"))
        if decision.status == "answered":
            decision.status = "incomplete"
        return
    chosen = [f for f in pool if f.encounter == case.encounter]
    if chosen:
        decision.pool = chosen
        decision.reasons.append(reason("encounter", (chosen[0].evidence(),), encounter=case.encounter))


def _choose_detail(case: Case, decision: Decision) -> None:
    """Choose by the words of the detail; else what the list calls unspecified; else, of one encounter, the first."""
    if len(decision.pool) < 2 or decision.status != "answered":
        return
    told = {f.iri: len(case.detail & set(phrase(f.title))) for f in decision.pool}
    most = max(told.values())
    chosen = [f for f in decision.pool if told[f.iri] == most]
    if len(chosen) > 1:
        least = min(len(set(phrase(f.title)) - case.detail) for f in chosen) if most else None
        closest = [f for f in chosen if least is not None and len(set(phrase(f.title)) - case.detail) == least]
        chosen = closest if len(closest) == 1 else chosen
    if len(chosen) > 1 and all(f.encounter for f in chosen):
        decision.reasons.append(reason("seventh-default", (chosen[0].evidence(),)))
        chosen = chosen[:1]
    elif len(chosen) > 1:
        open_ended = [f for f in chosen if f.title.endswith("unspecified") or "unspecified" in phrase(f.title)]
        if len(open_ended) == 1:
            chosen = open_ended
            decision.missing.append("detail")
    decision.pool = chosen
    if len(chosen) > 1:
        decision.status = "ambiguous"
        decision.missing.append("detail")
        decision.reasons.append(reason("detail-missing"))


def decide(store: Store, unit: Unit, condition: str | None, case: Case) -> Decision:
    """Return the codes of a unit that a case leads to. `condition` is the one asked, if the unit has several."""
    facts = _facts(store, unit, condition)
    decision = Decision(facts, facts)
    if not facts:
        decision.status = "none"
        return decision
    if unit.is_family and case.sites:
        _choose_sites(store, unit, condition or unit.conditions[0], case, decision)
    elif unit.is_family:
        _without_site(decision)
    else:
        decision.rank = _NO_AXIS
    if decision.status == "none":
        return decision
    _choose_side(case, decision)
    _choose_encounter(case, decision)
    _choose_detail(case, decision)
    return decision


def shown(codes: Iterable[CodeFacts]) -> list[CodeFacts]:
    """Return codes in printed order."""
    return sorted(codes, key=lambda f: f.order)
