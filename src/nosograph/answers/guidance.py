"""What to do, avoid and document for a code: the findings of the rules of guidance, put into sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from nosograph.answers.entries import titled
from nosograph.answers.evidence import Evidence
from nosograph.answers.properties import cases, local, properties
from nosograph.answers.standing import Says, described, printing, standing_facts, standing_sections
from nosograph.errors import UnknownNameError
from nosograph.namespaces import BASE, NG, PREFIXES
from nosograph.notation import CODE_NAMESPACE, code_iri, normalise
from nosograph.query import run
from nosograph.sources.guidance import AXES, KINDS, SEVERITIES, GuidanceRule, guidance_rules
from nosograph.store import Store, uri
from nosograph.store.base import Rows, Term, Triple

__all__ = ["Guidance", "Section", "facts_of", "guidance", "guidance_below", "guidance_triples", "sections"]

#: properties of a code that decide for no rule
_NO_FACTS = {"order", "axesKey", "validity"}
_FACT = BASE + "fact/"
#: what shared rules have said at the entries of an open store, by rule and entry
_SHARED: WeakKeyDictionary[Store, dict[tuple[str, str], tuple[Guidance, ...]]] = WeakKeyDictionary()
_SLOT = re.compile(r"\{(\w+)(\|titled)?\}")
#: how many codes or labels, and how many codes with titles, a sentence names before it says how many more there are
_MOST, _MOST_TITLED = 12, 6
#: up to how many entries it is faster to ask one by one than to ask all of the graph at once
_FEW = 2_000
#: whose words a label is, by the beginning of the IRI; of all others those of the tabular list
_SOURCES = {
    "term/": "names curated by the nosograph project",
    "ms-drg/": "MS-DRG definitions (CMS)",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the Official Guidelines; the summary is this project's."""

    number: str
    title: str
    summary: str
    iri: str
    governs: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the section as the page of a code gives it."""
        about = {"governs": self.governs} if self.governs else {}
        return {"section": self.number, "title": self.title, "summary": self.summary, "iri": self.iri, **about}


@dataclass(frozen=True, slots=True)
class Guidance:
    """One statement of one rule about a code or the codes of an entry, with the facts it used and its evidence."""

    rule: str
    title: str
    kind: str
    severity: str
    axis: str
    code: str
    text: str
    section: Section
    facts: Mapping[str, tuple[str, ...]]
    evidence: tuple[Evidence, ...]
    iris: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the statement in the form of the page of a code."""
        return {
            "rule": self.rule,
            "title": self.title,
            "kind": self.kind,
            "severity": self.severity,
            "axis": self.axis,
            "code": self.code,
            "text": self.text,
            "guideline": {"section": self.section.number, "title": self.section.title, "iri": self.section.iri},
            "facts": {name: list(values) for name, values in self.facts.items()},
            "evidence": [e.as_json() for e in self.evidence],
            "iris": list(self.iris),
        }


class _Graph:
    """The triples that rules have made, by subject and property, with how the things in them are named."""

    def __init__(self, triples: Iterable[Triple], store: Store) -> None:
        self.found: dict[str, dict[str, list[str]]] = {}
        things: dict[str, None] = {}
        for subject, predicate, value in triples:
            self.found.setdefault(subject.value, {}).setdefault(predicate.value, []).append(value.value)
            if value.kind == "uri":
                things[value.value] = None
        self.described = described(store, things)
        self.by_rule: dict[str, list[str]] = {}
        for finding, facts in self.found.items():
            for rule in facts.get(NG + "rule", ()):
                self.by_rule.setdefault(rule, []).append(finding)

    def values(self, subject: str, predicate: str) -> list[str]:
        return self.found.get(subject, {}).get(predicate, [])

    def value(self, subject: str, predicate: str) -> str:
        return next(iter(self.values(subject, predicate)), "")

    def findings(self, rule: str) -> list[str]:
        return list(dict.fromkeys(self.by_rule.get(f"{BASE}rule/{rule}", ())))

    def said(self, thing: str, *names: str) -> str:
        """Return the first of some properties that has a value."""
        row = self.described.get(thing, {})
        return next((value for name in names if (value := row.get(name))), "")

    def order(self, thing: str) -> tuple[int, str]:
        """Order things as the list does, then by name; words stay in the order in which they were found."""
        return (int(self.said(thing, "order") or 0), self.name(thing) if thing in self.described else "")

    def name(self, thing: str, titled: bool = False) -> str:
        """Return how a sentence names a value: a code by its notation (with its title if asked for), else its label."""
        label = self.said(thing, "prefLabel", "label")
        notation = self.said(thing, "notation") if thing.startswith(CODE_NAMESPACE) else ""
        if not notation:
            return label or (thing.rsplit("/", 1)[-1].rsplit("#", 1)[-1] if thing.startswith(BASE) else thing)
        family = self.said(thing, "reportable") == "false" and "-" not in notation
        code = f"{notation}{'' if '.' in notation else '.'}-" if family else notation
        return f"{code} ({label})" if titled and label else code


def _listed(names: list[str], most: int) -> str:
    shown = list(dict.fromkeys(names))
    if len(shown) > most + 1:
        return f"{', '.join(shown[:most])} and {len(shown) - most} more"
    return ", ".join(shown)


def _filled(template: str, graph: _Graph, facts: Mapping[str, list[str]], items: list[str]) -> str:
    def fill(match: re.Match[str]) -> str:
        if match[1] == "items":
            return "; ".join(items[:_MOST]) + (f"; and {len(items) - _MOST} more" if len(items) > _MOST else "")
        values = sorted(facts.get(match[1], []), key=graph.order)
        titled = bool(match[2])
        names = [graph.name(v, titled) for v in values]
        joined = "; ".join(dict.fromkeys(names)) if any("," in n for n in names) and len(names) <= _MOST else ""
        return joined or _listed(names, _MOST_TITLED if titled else _MOST)

    # A line of a note that ends in a colon is the heading of those that follow.
    return re.sub(r":[;,] ", ": ", _SLOT.sub(fill, template))


def _facts(graph: _Graph, findings: Iterable[str]) -> dict[str, list[str]]:
    merged: dict[str, list[str]] = {}
    for finding in findings:
        for predicate, values in graph.found[finding].items():
            if predicate.startswith(_FACT):
                held = merged.setdefault(predicate.removeprefix(_FACT), [])
                held.extend(v for v in values if v not in held)
    return merged


def _evidence(graph: _Graph, findings: Iterable[str], edition: str) -> tuple[Evidence, ...]:
    things = dict.fromkeys(v for f in findings for v in graph.values(f, PREFIXES["prov"] + "wasDerivedFrom"))
    listed = f"ICD-10-CM tabular list {edition}"
    found = []
    for thing in sorted(things, key=graph.order):
        note, owner = graph.said(thing, "text"), graph.said(thing, "owner").removeprefix(CODE_NAMESPACE)
        source = (
            f"{listed}, note at {owner}" if note else f"{listed}, title" if graph.said(thing, "notation") else listed
        )
        source = next((words for path, words in _SOURCES.items() if thing.startswith(BASE + path)), source)
        found.append(Evidence(thing, note or graph.said(thing, "prefLabel", "label") or graph.name(thing), source))
    return tuple(found)


def _groups(rule: GuidanceRule, graph: _Graph) -> Iterator[tuple[str, list[str]]]:
    """Yield the findings that make one statement, with the code they are about."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in graph.findings(rule.id):
        about = graph.value(finding, NG + "concerns")
        groups.setdefault((about, graph.value(finding, _FACT + rule.group) if rule.group else ""), []).append(finding)
    for (about, _), findings in sorted(groups.items(), key=lambda group: (group[0][0], graph.order(group[0][1]))):
        yield about, findings


def _first_evidence(graph: _Graph, finding: str) -> tuple[int, str]:
    return min((graph.order(e) for e in graph.values(finding, PREFIXES["prov"] + "wasDerivedFrom")), default=(0, ""))


def _statements(rule: GuidanceRule, graph: _Graph, store: Store) -> Iterator[Guidance]:
    for about, members in _groups(rule, graph):
        findings = sorted(members, key=lambda f: (_first_evidence(graph, f), f))
        facts = _facts(graph, findings)
        items = list(dict.fromkeys(_filled(rule.item, graph, _facts(graph, [f]), []) for f in findings))
        severities = {graph.value(f, NG + "guidanceSeverity") or rule.severity for f in findings}
        said = Guidance(
            rule.id,
            _filled(rule.title, graph, facts, []),
            rule.kind,
            # A heading that says "if applicable" speaks for all of its lines.
            max(severities, key=SEVERITIES.index),
            rule.axis,
            about.removeprefix(CODE_NAMESPACE),
            _filled(rule.text, graph, facts, items if rule.item else []),
            _sections(store)[rule.guideline],
            {name: tuple(sorted(values, key=graph.order)) for name, values in facts.items()},
            _evidence(graph, findings, store.edition),
            tuple(findings),
        )
        yield said
        if rule.ask:
            ask, answer = (_filled(template, graph, facts, items) for template in (rule.ask, rule.answer))
            yield replace(said, title=ask, kind="question", severity="low", text=answer)


@lru_cache(maxsize=4)
def _sections(store: Store) -> Mapping[str, Section]:
    """Return the sections that rules rest on, by number."""
    rows = run(store, "guidance-sections")
    return {
        r["number"] or "": Section(r["number"] or "", r["title"] or "", r["summary"] or "", r["section"] or "")
        for r in rows
    }


def sections(store: Store, code: str) -> tuple[Section, ...]:
    """Return the sections of the guidelines that govern a code, those about the nearest entry first."""
    return tuple(
        Section(r["number"] or "", r["title"] or "", r["summary"] or "", r["section"] or "", r["governs"] or "")
        for r in standing_sections(store, normalise(code))
    )


def facts_of(store: Store, code: str) -> frozenset[str]:
    """Return what stands at a code or holds for it: `siteScope/other`, and `siteScope` alone; `editorial`, `procedure`."""
    notation = normalise(code)
    entry = properties(store, notation)
    said, named = entry.values, entry.into.get("names", ())
    held = standing_facts(store, notation, _says())
    held |= cases(store, (*said.get("cause", ()), *said.get("detail", ()), *named))
    held |= {f"{name}/{local(value)}" for name in entry.own - _NO_FACTS for value in said[name]}
    held |= {says.fact for says in _says() if any(says.words.search(v) for v in said.get(says.name, ()))}
    return frozenset(held | {fact.split("/", 1)[0] for fact in held})


@cache
def _says() -> tuple[Says, ...]:
    """Return the words that rules look for in a property of a code or in notes: `prefLabel~classified elsewhere`."""
    facts = {fact for rule in guidance_rules() for each in (*rule.when, rule.unless) for fact in each if "~" in fact}
    parts = ((fact, *fact.split("~", 1)) for fact in sorted(facts))
    return tuple(Says(fact, name, re.compile(words, re.IGNORECASE)) for fact, name, words in parts)


def _asked(store: Store, code: str, rules: Iterable[GuidanceRule]) -> Iterator[Triple]:
    """Yield what rules find about a code."""
    binding: dict[str, Term | list[Term]] = {"code": uri(code_iri(code))}
    for rule in rules:
        triples = store.query(rule.query, binding)
        if not isinstance(triples, (bool, Rows)):
            yield from triples


def _fitting(facts: frozenset[str]) -> list[GuidanceRule]:
    return [rule for rule in guidance_rules() if rule.may_fire(facts)]


def _printing(store: Store, rule: GuidanceRule, code: str) -> list[str]:
    """Return the entries at which a shared rule can find something that holds for a code."""
    return printing(store, code, (fact.removeprefix("note/") for facts in rule.when for fact in facts))


def _restated(store: Store, rule: GuidanceRule, code: str) -> tuple[Guidance, ...] | None:
    """Return what a shared rule says of a code, from what it said of others below the same entries; None if it must be asked."""
    known, owners = _SHARED.setdefault(store, {}), _printing(store, rule, code)
    if code_iri(code) in owners or any((rule.id, owner) not in known for owner in owners):
        return None
    start = f"{BASE}guidance/{rule.id}/"
    return tuple(
        replace(g, code=code, iris=tuple(start + code + iri.removeprefix(start + g.code) for iri in g.iris))
        for owner in owners
        for g in known[rule.id, owner]
    )


def _share(store: Store, rule: GuidanceRule, code: str, said: tuple[Guidance, ...]) -> None:
    """Keep what a shared rule says of a code for the others below the entries where it stands."""
    for owner in _printing(store, rule, code):
        if owner != code_iri(code):
            _SHARED.setdefault(store, {})[rule.id, owner] = tuple(g for g in said if owner in g.facts[rule.group])


def guidance(store: Store, code: str, facts: frozenset[str] | None = None) -> tuple[Guidance, ...]:
    """Return what the rules say about a code or entry, the most severe first; `facts` as from `facts_of`, if known."""
    notation = normalise(code)
    rules = _fitting(facts_of(store, notation) if facts is None else facts)
    known = {rule.id: _restated(store, rule, notation) if rule.shared else None for rule in rules}
    graph = _Graph(_asked(store, notation, (r for r in rules if known[r.id] is None)), store)
    found: list[Guidance] = []
    for rule in rules:
        said = known[rule.id]
        if said is None:
            said = tuple(_statements(rule, graph, store))
            if rule.shared:
                _share(store, rule, notation, said)
        found += said
    return tuple(sorted(found, key=lambda g: SEVERITIES.index(g.severity)))


def guidance_triples(store: Store, code: str) -> list[Triple]:
    """Return what the rules say about a code as RDF."""
    notation = normalise(code)
    return list(_asked(store, notation, _fitting(facts_of(store, notation))))


def _known(what: str, value: str | None, known: Iterable[str]) -> None:
    if value is not None and value not in known:
        raise UnknownNameError(what, value, tuple(known))


@lru_cache(maxsize=4)
def _entries_below(store: Store, entry: str) -> tuple[str, ...]:
    """Return the IRIs of an entry and of all below it."""
    return tuple(
        code_iri(code) for code in (entry, *(r["notation"] or "" for r in run(store, "descendants", code=entry)))
    )


def _below(store: Store, rule: GuidanceRule, entry: str) -> Iterator[Triple]:
    """Yield what a rule finds about all codes below an entry."""
    codes = _entries_below(store, entry)
    if rule.each or len(codes) <= _FEW:
        asked: list[tuple[str, dict[str, Term | list[Term]]]] = [(rule.query, {"code": uri(code)}) for code in codes]
    else:
        asked = [(rule.query_below, {"scope": uri(code_iri(entry))})]
    for query, bindings in asked:
        triples = store.query(query, bindings)
        if not isinstance(triples, (bool, Rows)):
            yield from triples


def guidance_below(
    store: Store, entry: str, *, rule: str | None = None, kind: str | None = None, axis: str | None = None
) -> Iterator[Guidance]:
    """Yield what the rules of a name, kind or axis say about an entry and all below: 'all pitfalls about side in chapter 13'.

    A rule is one query over all codes, or one a code where these are few or it climbs to notes. Raises UnknownNameError for
    a rule, kind or axis that does not exist, UnknownCodeError for an unknown entry.
    """
    _known("rule", rule, [r.id for r in guidance_rules()])
    _known("kind of guidance", kind, KINDS)
    _known("axis of guidance", axis, AXES)
    scope = titled(store, entry).code
    for one in guidance_rules():
        kinds = (None, one.kind, *(["question"] if one.ask else []))
        if rule in (None, one.id) and kind in kinds and axis in (None, one.axis):
            graph = _Graph(_below(store, one, scope), store)
            yield from (g for g in _statements(one, graph, store) if kind in (None, g.kind))
