"""Axes of the codes: condition, site with its scope, side, cause and encounter, as N-Triples.

A family is what remains the same when sites and sides are taken out of the titles of a category: its entry is the nearest
one above all its codes. `Other site` is the complement of what its siblings name, computed within the family.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from nosograph.build.axes_knowledge import FamilyFacts, Knowledge, load_knowledge
from nosograph.build.axes_titles import Reading, TitleReader, sided_template
from nosograph.build.axes_words import phrase, slug
from nosograph.build.ntriples import A, boolean, code, iri, literal, ng, resource_iri, term, triple
from nosograph.build.references import CodeIndex
from nosograph.sources.tabular import Entry, TabularList

__all__ = ["AxesReport", "Knowledge", "axes_report", "axes_triples", "load_knowledge"]

_PREF, _IN_SCHEME = term("skos:prefLabel"), term("skos:inScheme")
_FAMILY, _CONDITION, _SITE, _SCOPE = ng("family"), ng("condition"), ng("site"), ng("siteScope")
_SIDE, _CAUSE, _ENCOUNTER, _EXCLUDED = ng("side"), ng("cause"), ng("encounter"), ng("excludedSite")
_DERIVATION, _SINGLE, _TRUE = ng("derivation"), ng("single"), boolean(True)
_ENCOUNTERS = ("initial", "subsequent", "sequela")
_UNSPECIFIED = "unspecified"
_LOOSE = re.compile(
    r"\(\s*\)|(?:\s*\b(?:of|in|to|at|on|the|and)\b)+\s*(?=,|$)|(?<=,)\s*,|\s+(?=,)|[\s,;-]+$"
    r"|\b(?:of|in|to|at|on)(?: the)?\s+(?=(?:of|with|without|following|causing|affecting|due)\b)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Unit:
    """A printed leaf, or one code of it where the seventh characters name sides, with the reportable codes it stands for."""

    title: str
    path: tuple[str, ...]
    codes: list[tuple[str, str | None]]
    reading: Reading
    inherited: bool = False


@dataclass(slots=True)
class _Group:
    """Units of one category that differ by site and side alone."""

    entry: str
    units: list[_Unit]
    label: str
    condition: str
    named: list[str]
    is_family: bool
    below: Counter[str]


@dataclass(slots=True)
class AxesReport:
    """How much of an edition was taken apart, and the site phrases that were not resolved."""

    families: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    unresolved: dict[str, str] = field(default_factory=dict)


def _encounter(label: str) -> str | None:
    """Return the phase of care that the label of a seventh character names.

    >>> _encounter("subsequent encounter for closed fracture with nonunion"), _encounter("fetus 2")
    ('subsequent', None)
    """
    return next((word for word in _ENCOUNTERS if label.lower().startswith(word)), None)


class _Axes:
    def __init__(self, tabular: TabularList, index: CodeIndex, knowledge: Knowledge) -> None:
        self.entries = tabular.entries
        self.index = index
        self.knowledge = knowledge
        self.reader = TitleReader(knowledge)
        self.report = AxesReport()
        self.labelled: set[str] = set()
        self.family_entries: Counter[str] = Counter()
        self.causes_by_title: dict[str, tuple[str, ...]] = {}

    # --- reading --------------------------------------------------------------------------------------------------

    def _leaves(self, notation: str, path: tuple[str, ...]) -> Iterator[tuple[Entry, tuple[str, ...]]]:
        entry = self.entries[notation]
        path = (*path, notation)
        if not entry.children:
            yield entry, path
        for child in entry.children:
            yield from self._leaves(child, path)

    def _raw_units(self, category: str) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, str | None]]]]:
        for entry, path in self._leaves(category, ()):
            extended = self.index.extended.get(entry.notation)
            if not extended:
                yield entry.title, path, [(entry.notation, None)]
                continue
            labels = [c.title[len(entry.title) + 2 :] for c in extended]
            if any(sided_template(phrase(label)) for label in labels):
                for one in extended:
                    yield one.title, (*path, one.notation), [(one.notation, None)]
            else:
                yield (
                    entry.title,
                    path,
                    [(c.notation, _encounter(t)) for c, t in zip(extended, labels, strict=True)],
                )

    def _units(self, category: str) -> list[_Unit]:
        raw = list(self._raw_units(category))
        words = [[w.norm for w in self.reader.words(title)] for title, _, _ in raw]
        templates = {t for t in map(sided_template, words) if t}
        return [_Unit(title, path, codes, self.reader.read(title, templates)) for title, path, codes in raw]

    def groups(self) -> Iterator[_Group]:
        """Yield the groups of every category in printed order, the single codes among them as groups of one."""
        for entry in self.entries.values():
            if entry.kind == "diagnosis" and self.entries[entry.parent or ""].kind != "diagnosis":
                yield from self._groups(self._units(entry.notation))

    def _groups(self, units: list[_Unit]) -> Iterator[_Group]:
        together: dict[tuple[str, ...], list[_Unit]] = {}
        for unit in units:
            together.setdefault(unit.reading.remainder, []).append(unit)
        self._rejoin(together)
        below = Counter(n for u in units for n in u.path)
        for members in together.values():
            yield self._group(members, below)

    def _rejoin(self, together: dict[tuple[str, ...], list[_Unit]]) -> None:
        """Put what is `unspecified` to the units that it is the unspecified one of.

        `X, unspecified` has no site where X differs by site, else no side; `X of unspecified eyelid` has no side.
        """
        for remainder, units in list(together.items()):
            others = together.get(tuple(w for w in remainder if w != _UNSPECIFIED))
            if _UNSPECIFIED not in remainder or not others:
                continue
            by_site = len({u.reading.sites for u in others}) > 1
            has_sides = any(u.reading.side for u in others)
            for unit in list(units):
                read = unit.reading
                place = max(p for p, w in enumerate(read.words) if w.norm == _UNSPECIFIED and p not in read.dropped)
                drop = read.dropped | {place}
                if by_site and unit.title.endswith(f", {_UNSPECIFIED}"):
                    unit.reading = replace(read, scope=read.scope or _UNSPECIFIED, dropped=drop)
                elif has_sides and (unit.title.endswith(f", {_UNSPECIFIED}") or place + 1 in read.site_places):
                    unit.reading = replace(read, side=read.side or "unspecifiedSide", dropped=drop)
                else:
                    continue
                others.append(unit)
                units.remove(unit)
            if not units:
                del together[remainder]

    def _group(self, members: list[_Unit], below: Counter[str]) -> _Group:
        shared = members[0].path
        for unit in members[1:]:
            shared = shared[
                : next(
                    (i for i, (a, b) in enumerate(zip(shared, unit.path, strict=False)) if a != b),
                    len(shared),
                )
            ]
        kinds = {(u.reading.sites, u.reading.scope, u.reading.side) for u in members}
        is_family = len(members) > 1 and len(kinds) > 1
        entry = shared[-1] if shared else members[0].path[0]
        is_pure = below[entry] == len(members)
        varied = len({(u.reading.sites, u.reading.scope) for u in members}) > 1
        label = self.entries[entry].title if is_pure and entry in self.entries else _condition_label(members, varied)
        if is_family:
            self._inherit(members)
        named = [s for u in members if u.reading.scope is None for s in u.reading.sites]
        return _Group(
            entry,
            members,
            label,
            resource_iri(f"condition/{slug(label)}"),
            list(dict.fromkeys(named)),
            is_family,
            below,
        )

    def _inherit(self, members: list[_Unit]) -> None:
        """Give `bilateral` the site of its siblings, where they all name the same one."""
        sites = {u.reading.sites for u in members if u.reading.sites}
        if len(sites) == 1 and not any(u.reading.scope for u in members):
            for unit in members:
                if unit.reading.side and not unit.reading.sites:
                    unit.reading = replace(unit.reading, sites=next(iter(sites)))
                    unit.inherited = True

    # --- writing --------------------------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        for group in self.groups():
            yield from self._write(group)

    def _curated(self, path: tuple[str, ...]) -> FamilyFacts | None:
        return next((self.knowledge.families[n] for n in reversed(path) if n in self.knowledge.families), None)

    def _title_causes(self, title: str) -> tuple[str, ...]:
        if title not in self.causes_by_title:
            words = [w.norm for w in self.reader.words(title)]
            found = [m.value for m in self.knowledge.causes.find(words)]
            self.causes_by_title[title] = self.knowledge.finest(found)
        return self.causes_by_title[title]

    def _write(self, group: _Group) -> Iterator[str]:
        facts = self._curated(group.units[0].path)
        if facts and facts.conditions:
            conditions = [iri(c) for c in facts.conditions]
        elif group.is_family:
            conditions = [group.condition]
            yield from self._label(group)
        else:
            conditions = []
        causes = facts.causes if facts and facts.causes else self._title_causes(group.label) if group.is_family else ()
        shared = "".join(f" {_CONDITION} {c} .\n\0" for c in conditions) + "".join(
            f" {_CAUSE} {iri(c)} .\n\0" for c in causes
        )
        if group.is_family:
            self.report.families += 1
            yield from self._family(group, conditions, causes, "curated" if facts else "title")
        else:
            for unit in group.units:
                yield triple(code(unit.path[-1]), _SINGLE, _TRUE)
        if group.is_family:
            shared += f" {_FAMILY} {code(group.entry)} .\n\0"
        for unit in group.units:
            yield from self._write_unit(unit, group, shared, bool(facts))

    def _label(self, group: _Group) -> Iterator[str]:
        if group.condition in self.labelled or group.condition[1:-1] in self.knowledge.conditions:
            return
        self.labelled.add(group.condition)
        yield triple(group.condition, A, ng("Condition"))
        yield triple(group.condition, _PREF, literal(group.label, "en"))

    def _family(self, group: _Group, conditions: list[str], causes: Sequence[str], derivation: str) -> Iterator[str]:
        is_only = self.family_entries[group.entry] == 0
        self.family_entries[group.entry] += 1
        name = group.entry if is_only else f"{group.entry}/{group.condition.rpartition('/')[2][:-1]}"
        me = resource_iri(f"family/{name}")
        yield triple(me, A, ng("Family"))
        yield triple(me, ng("entry"), code(group.entry))
        for condition in conditions:
            yield triple(me, _CONDITION, condition)
        for cause in causes:
            yield triple(me, _CAUSE, iri(cause))
        for site in group.named:
            yield triple(me, _SITE, iri(site))
        yield triple(me, _DERIVATION, literal(derivation))
        for text in self._terms(group):
            yield triple(me, term("skos:altLabel"), literal(text, "en"))

    def _terms(self, group: _Group) -> Iterator[str]:
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

    def _write_unit(self, unit: _Unit, group: _Group, shared: str, curated: bool) -> Iterator[str]:
        reading = unit.reading
        tail = shared
        if group.is_family:
            tail += "".join(f" {_SITE} {iri(s)} .\n\0" for s in reading.sites)
            scope = reading.scope or ("named" if reading.sites else None)
            if scope:
                tail += f" {_SCOPE} {ng(scope)} .\n\0"
            if scope == "other":
                # `other parts of pancreas` is for the pancreas too, which the family's unspecified code names.
                tail += "".join(f" {_EXCLUDED} {iri(s)} .\n\0" for s in group.named if s not in reading.sites)
            derivation = (
                "residual" if scope == "other" else "curated" if curated else "inherited" if unit.inherited else "title"
            )
            if derivation != "title":
                tail += f' {_DERIVATION} "{derivation}" .\n\0'
            if scope is None:
                self._unresolved(unit)
        if reading.side:
            tail += f" {_SIDE} {ng(reading.side)} .\n\0"
        self._count(unit, group, scope=bool(group.is_family and (reading.scope or reading.sites)), shared=shared)
        facts = [f for f in tail.split("\0") if f]
        for notation, encounter in unit.codes:
            subject = code(notation)
            for fact in facts:
                yield subject + fact
            if encounter:
                yield triple(subject, _ENCOUNTER, ng(encounter))

    def _unresolved(self, unit: _Unit) -> None:
        reading = unit.reading
        last = max(reading.dropped, default=-1)
        text = unit.title[reading.words[last].end :].strip(" ,") if last >= 0 else unit.title
        self.report.unresolved.setdefault(text or unit.title, unit.codes[0][0])

    def _count(self, unit: _Unit, group: _Group, scope: bool, shared: str) -> None:
        counts, size = self.report.codes, len(unit.codes)
        counts["all"] += size
        counts["family"] += size * group.is_family
        counts["scope"] += size * scope
        counts["site"] += size * bool(group.is_family and unit.reading.sites)
        counts["condition"] += size * (_CONDITION in shared)
        counts["cause"] += size * (_CAUSE in shared)
        counts[f"side {unit.reading.side}"] += size
        counts["encounter"] += sum(1 for _, e in unit.codes if e)


def _condition_label(members: list[_Unit], varied: bool) -> str:
    """Return the first title without its side, and without its site where the members differ by site."""
    unit = next((u for u in members if u.reading.scope == "unspecified"), members[0])
    reading = unit.reading
    drop = reading.dropped | reading.site_places if varied else reading.dropped
    text, last = "", 0
    for place, word in enumerate(reading.words):
        between = unit.title[last : word.start]
        text += re.sub(r"[^,()]+", " ", between) if place in drop else between + unit.title[word.start : word.end]
        last = word.end
    text = re.sub(r"\s+", " ", text + unit.title[last:])
    while (shorter := _LOOSE.sub("", text)) != text:
        text = shorter
    return text.strip() or unit.title


def axes_triples(tabular: TabularList, index: CodeIndex, knowledge: Knowledge) -> Iterator[str]:
    """Yield the N-Triples lines of the axes of one edition, in printed order."""
    return _Axes(tabular, index, knowledge).lines()


def axes_report(tabular: TabularList, index: CodeIndex, knowledge: Knowledge) -> AxesReport:
    """Return how much of an edition is taken apart, and one code for each site phrase that is not."""
    axes = _Axes(tabular, index, knowledge)
    for _ in axes.lines():
        pass
    return axes.report
