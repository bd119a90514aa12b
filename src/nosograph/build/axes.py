"""Axes of the codes as N-Triples: condition, site with its scope, side, cause, encounter, and typed details.

`Other site` is the complement of what its siblings name, computed within the family; `other cause` and `other kind` are
likewise told by what the siblings are for. What a code says is joined in one key, which no other code of its category has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nosograph.build.axes_apart import Said, set_apart
from nosograph.build.axes_details import CauseWords, Detail, Told, load_details
from nosograph.build.axes_groups import Group, Grouping, Unit
from nosograph.build.axes_knowledge import FamilyFacts, Knowledge, load_knowledge
from nosograph.build.axes_residual import excluded_causes, excluded_kinds
from nosograph.build.axes_words import phrase, slug
from nosograph.build.ntriples import A, boolean, code, iri, literal, ng, resource_iri, term, triple
from nosograph.build.references import CodeIndex
from nosograph.namespaces import BASE
from nosograph.sources.tabular import TabularList

__all__ = ["AxesReport", "Knowledge", "axes_report", "axes_triples", "load_knowledge"]

_PREF, _BROADER = term("skos:prefLabel"), term("skos:broader")
_FAMILY, _CONDITION, _SITE, _SCOPE = ng("family"), ng("condition"), ng("site"), ng("siteScope")
_SIDE, _CAUSE, _ENCOUNTER, _EXCLUDED = ng("side"), ng("cause"), ng("encounter"), ng("excludedSite")
_DETAIL, _KEY, _KIND_SCOPE, _CAUSE_SCOPE = ng("detail"), ng("axesKey"), ng("kindScope"), ng("causeScope")
_DERIVATION, _SINGLE, _TRUE = ng("derivation"), ng("single"), boolean(True)
_CONDITION_DERIVATION, _CAUSE_DERIVATION = ng("conditionDerivation"), ng("causeDerivation")
_UNSPECIFIED = "unspecified"


@dataclass(slots=True)
class AxesReport:
    """How much of an edition was taken apart, and the site phrases that were not resolved."""

    families: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    unresolved: dict[str, str] = field(default_factory=dict)


class _Axes:
    def __init__(self, tabular: TabularList, index: CodeIndex, knowledge: Knowledge) -> None:
        self.entries = tabular.entries
        self.knowledge = knowledge
        self.details = load_details()
        self.grouping = Grouping(tabular, index, knowledge, self.details)
        self.cause_words = CauseWords(knowledge.causes, knowledge.cause_adjectives)
        self.report = AxesReport()
        self.labelled: set[str] = set()
        self.family_labels: dict[str, str] = {}
        self.narrower: set[str] = set()
        self.known_details: set[str] = set()
        self.names: dict[tuple[str, ...], str] = {}
        self.family_entries: Counter[str] = Counter()
        self.causes_by_title: dict[str, tuple[str, ...]] = {}
        self.kind_scopes: dict[str, tuple[str, ...]] = {}
        self.keys: dict[str, tuple[str, ...]] = {}

    def lines(self) -> Iterator[str]:
        categories = list(self.grouping.categories())
        for group in (g for groups in categories for g in groups if g.is_family):
            self.family_labels.setdefault(group.condition, group.label)
        for groups in categories:
            said = [self._say(g) for g in groups]
            set_apart(said)
            for one in said:
                yield from self._write(one, self._named_beside(one, said))
            residual = [(s.entry, s.parent, s.all_causes, any(t.cause_scope == "other" for t in s.told)) for s in said]
            yield from excluded_causes(residual)
        yield from excluded_kinds(self.entries, self.kind_scopes, self.grouping.reader, self.details)

    # --- what a group says ----------------------------------------------------------------------------------------

    def _curated(self, path: tuple[str, ...]) -> FamilyFacts | None:
        return next((self.knowledge.families[n] for n in reversed(path) if n in self.knowledge.families), None)

    def _title_causes(self, title: str) -> tuple[str, ...]:
        if title not in self.causes_by_title:
            words = [w.norm for w in self.grouping.reader.words(title)]
            found = [m.value for m in self.knowledge.causes.find(words)]
            self.causes_by_title[title] = self.knowledge.finest(found)
        return self.causes_by_title[title]

    def _name(self, text: str) -> str:
        """Return the name of a condition: the first one seen that differs by plural endings and case alone."""
        return self.names.setdefault(phrase(text) or (text,), text)

    def _specific(self, told: Told) -> str:
        """Return the condition of a single code: with the causes that its process leaves out."""
        return resource_iri(f"condition/{slug(self._name(told.name))}")

    def _say(self, group: Group) -> Said:
        facts = self._curated(group.units[0].path)
        told = [
            self.details.read(u.title, u.reading, self.cause_words, keep_sites=group.is_family) for u in group.units
        ]
        process = [f"condition/{slug(self._name(told[0].condition))}"]
        causes: Sequence[str]
        if facts and facts.causes:
            causes = facts.causes
        else:
            causes = self._title_causes(group.label) if group.is_family else self.knowledge.finest(told[0].causes)
        if facts and facts.conditions:
            conditions = [iri(c) for c in facts.conditions]
            process = [c.removeprefix(BASE) for c in facts.conditions]
        else:
            conditions = [group.condition if group.is_family else self._specific(told[0])]
        if not self.knowledge.residual.isdisjoint(causes):
            told = [replace(t, cause_scope="other") for t in told]
        if not group.is_family:
            for unit, one in zip(group.units, told, strict=True):
                sites = self.grouping.reader.sites_outside(unit.reading, one.closed)
                unit.reading = replace(unit.reading, sites=sites)
        return Said(group, facts, conditions, causes, process, told)

    @staticmethod
    def _named_beside(one: Said, said: list[Said]) -> list[str]:
        """Return the sites that `other site` is not for: of a family those it names, of a single code those beside it."""
        if one.group.is_family or one.group.units[0].reading.scope != "other":
            return one.group.named
        return list(
            dict.fromkeys(s for o in said if o.parent == one.parent for u in o.group.units for s in u.reading.sites)
        )

    # --- writing --------------------------------------------------------------------------------------------------

    def _write(self, said: Said, named: list[str]) -> Iterator[str]:
        group = said.group
        yield from self._labels(said)
        shared = "".join(f" {_CONDITION} {c} .\n\0" for c in said.conditions) + "".join(
            f" {_CAUSE} {iri(c)} .\n\0" for c in said.causes
        )
        if said.facts and said.facts.conditions:
            shared += f' {_CONDITION_DERIVATION} "curated" .\n\0'
        if said.facts and said.facts.causes:
            shared += f' {_CAUSE_DERIVATION} "curated" .\n\0'
        if group.is_family:
            self.report.families += 1
            yield from self._family(said)
            shared += f" {_FAMILY} {code(group.entry)} .\n\0"
        else:
            for unit in group.units:
                yield triple(code(unit.path[-1]), _SINGLE, _TRUE)
        for unit, told in zip(group.units, said.told, strict=True):
            self.kind_scopes[unit.path[-1]] = told.kind_scopes
            yield from self._write_unit(unit, told, said, shared, named)

    def _labels(self, said: Said) -> Iterator[str]:
        """Yield the condition of the group and, of a family's condition, the more general one that remains of its title."""
        if said.facts and said.facts.conditions:
            return
        group = said.group
        process = resource_iri(said.process[0])
        yield from self._label(process, self._name(said.told[0].condition))
        specific = said.conditions[0]
        yield from self._label(specific, group.label if group.is_family else self._name(said.told[0].name))
        if process != specific and specific not in self.narrower:
            self.narrower.add(specific)
            yield triple(specific, _BROADER, process)

    def _label(self, condition: str, label: str) -> Iterator[str]:
        if condition in self.labelled or condition[1:-1] in self.knowledge.conditions:
            return
        self.labelled.add(condition)
        yield triple(condition, A, ng("Condition"))
        yield triple(condition, _PREF, literal(self.family_labels.get(condition, label), "en"))

    def _family(self, said: Said) -> Iterator[str]:
        group = said.group
        is_only = self.family_entries[group.entry] == 0
        self.family_entries[group.entry] += 1
        name = group.entry if is_only else f"{group.entry}/{group.condition.rpartition('/')[2][:-1]}"
        me = resource_iri(f"family/{name}")
        yield triple(me, A, ng("Family"))
        yield triple(me, ng("entry"), code(group.entry))
        for condition in said.conditions:
            yield triple(me, _CONDITION, condition)
        for cause in said.causes:
            yield triple(me, _CAUSE, iri(cause))
        for site in group.named:
            yield triple(me, _SITE, iri(site))
        yield triple(me, _DERIVATION, literal("curated" if said.facts else "title"))
        for text in self._terms(group):
            yield triple(me, term("skos:altLabel"), literal(text, "en"))

    def _terms(self, group: Group) -> Iterator[str]:
        """Yield the titles of the entries that hold nothing but this family, and the inclusion terms of its entries.

        The inclusion terms of an entry that holds several families go to the one that its title says no less than.
        """
        inside = {n for u in group.units for n in u.path[u.path.index(group.entry) :] if n in self.entries}
        members = Counter(n for u in group.units for n in u.path)
        texts = [self.entries[n].title for n in sorted(inside) if 1 < members[n] == group.below[n]]
        told = set(group.units[0].reading.remainder) - {_UNSPECIFIED}
        for notation in sorted(inside):
            is_mixed = members[notation] < group.below[notation]
            if is_mixed and not told <= set(phrase(self.entries[notation].title)):
                continue
            texts += [n.text for n in self.entries[notation].notes if n.kind == "inclusion-term"]
        yield from dict.fromkeys(texts)

    def _detail(self, detail: Detail) -> Iterator[str]:
        if detail.path in self.known_details:
            return
        self.known_details.add(detail.path)
        me = resource_iri(detail.path)
        yield triple(me, A, ng("Detail"))
        yield triple(me, ng("detailKind"), literal(detail.kind))
        yield triple(me, _PREF, literal(detail.label, "en"))
        if detail.is_default:
            yield triple(me, ng("isDefault"), _TRUE)

    def _write_unit(self, unit: Unit, told: Told, said: Said, shared: str, named: list[str]) -> Iterator[str]:
        reading, group = unit.reading, said.group
        for detail in (*told.details, *(d for _, seventh in unit.codes for d in seventh.details)):
            yield from self._detail(detail)
        scope = reading.scope or ("named" if reading.sites else None)
        tail = shared + "".join(f" {_SITE} {iri(s)} .\n\0" for s in reading.sites)
        parts = said.parts(unit, told)
        if scope:
            tail += f" {_SCOPE} {ng(scope)} .\n\0"
        if scope == "other":
            # `other parts of pancreas` is for the pancreas too, which the family's unspecified code names.
            tail += "".join(f" {_EXCLUDED} {iri(s)} .\n\0" for s in named if s not in reading.sites)
        derivation = (
            "residual"
            if scope == "other"
            else "curated"
            if said.facts and group.is_family
            else "inherited"
            if unit.inherited
            else "title"
        )
        if derivation != "title":
            tail += f' {_DERIVATION} "{derivation}" .\n\0'
        if scope is None and group.is_family:
            self._unresolved(unit)
        if reading.side:
            tail += f" {_SIDE} {ng(reading.side)} .\n\0"
        for kind_scope in told.kind_scopes:
            tail += f" {_KIND_SCOPE} {ng(kind_scope)} .\n\0"
        if told.cause_scope:
            tail += f" {_CAUSE_SCOPE} {ng(told.cause_scope)} .\n\0"
        self._count(unit, group, scope=bool(group.is_family and (reading.scope or reading.sites)), shared=shared)
        facts = [f for f in tail.split("\0") if f]
        for notation, seventh in unit.codes:
            subject = code(notation)
            for fact in facts:
                yield subject + fact
            details = dict.fromkeys(d.path for d in (*told.details, *seventh.details))
            for path in details:
                yield triple(subject, _DETAIL, resource_iri(path))
            own = [*parts, *(d for d in details if d not in parts)]
            if seventh.encounter:
                yield triple(subject, _ENCOUNTER, ng(seventh.encounter))
                own.append(f"encounter/{seventh.encounter}")
            self.keys[notation] = (unit.path[0], *sorted(own))
            yield triple(subject, _KEY, literal(f"{';'.join(self.keys[notation])};"))

    # --- counting -------------------------------------------------------------------------------------------------

    def _unresolved(self, unit: Unit) -> None:
        reading = unit.reading
        last = max(reading.dropped, default=-1)
        text = unit.title[reading.words[last].end :].strip(" ,") if last >= 0 else unit.title
        self.report.unresolved.setdefault(text or unit.title, unit.codes[0][0])

    def _count(self, unit: Unit, group: Group, scope: bool, shared: str) -> None:
        counts, size = self.report.codes, len(unit.codes)
        counts["all"] += size
        counts["family"] += size * group.is_family
        counts["scope"] += size * scope
        counts["site"] += size * bool(group.is_family and unit.reading.sites)
        counts["condition"] += size * (_CONDITION in shared)
        counts["cause"] += size * (_CAUSE in shared)
        counts[f"side {unit.reading.side}"] += size
        counts["encounter"] += sum(1 for _, seventh in unit.codes if seventh.encounter)


def axes_triples(
    tabular: TabularList, index: CodeIndex, knowledge: Knowledge
) -> tuple[Iterator[str], Mapping[str, tuple[str, ...]]]:
    """Return the N-Triples lines of the axes of one edition, in printed order, and the parts of the keys of its codes.

    The keys are there once the lines have been read.
    """
    axes = _Axes(tabular, index, knowledge)
    return axes.lines(), axes.keys


def axes_report(tabular: TabularList, index: CodeIndex, knowledge: Knowledge) -> AxesReport:
    """Return how much of an edition is taken apart, and one code for each site phrase that is not."""
    axes = _Axes(tabular, index, knowledge)
    for _ in axes.lines():
        pass
    return axes.report
