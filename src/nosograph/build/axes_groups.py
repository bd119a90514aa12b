"""Codes that differ by site and side alone, put together: what titles share when both are taken out of them.

A family is what remains the same when sites and sides are taken out of the titles of a category: its entry is the nearest
one above all its codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nosograph.build.axes_details import DetailReader, Seventh
from nosograph.build.axes_knowledge import Knowledge
from nosograph.build.axes_labels import Taken, remaining
from nosograph.build.axes_titles import TISSUES, Reading, TitleReader, sided_template
from nosograph.build.axes_words import phrase, slug
from nosograph.build.ntriples import resource_iri
from nosograph.build.references import CodeIndex
from nosograph.sources.tabular import Entry, TabularList

__all__ = ["Group", "Grouping", "Unit"]

_UNSPECIFIED = "unspecified"
_RESIDUAL = frozenset({"other", _UNSPECIFIED})
_NO_SEVENTH = Seventh()


@dataclass(slots=True)
class Unit:
    """A printed leaf, or one code of it where the seventh characters name sides, with the reportable codes it stands for."""

    title: str
    path: tuple[str, ...]
    codes: list[tuple[str, Seventh]]
    reading: Reading
    inherited: bool = False


@dataclass(slots=True)
class Group:
    """Units of one category that differ by site and side alone."""

    entry: str
    units: list[Unit]
    label: str
    condition: str
    named: list[str]
    is_family: bool
    below: Counter[str]


class Grouping:
    """The groups of one edition."""

    def __init__(self, tabular: TabularList, index: CodeIndex, knowledge: Knowledge, details: DetailReader) -> None:
        self.entries = tabular.entries
        self.index = index
        self.knowledge = knowledge
        self.reader = TitleReader(knowledge)
        self.details = details
        self._sevenths: dict[str, Seventh] = {}

    def _seventh(self, label: str) -> Seventh:
        found = self._sevenths.get(label)
        if found is None:
            found = self._sevenths[label] = self.details.seventh(label)
        return found

    def _leaves(self, notation: str, path: tuple[str, ...]) -> Iterator[tuple[Entry, tuple[str, ...]]]:
        entry = self.entries[notation]
        path = (*path, notation)
        if not entry.children:
            yield entry, path
        for child in entry.children:
            yield from self._leaves(child, path)

    def _raw_units(self, category: str) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, Seventh]]]]:
        for entry, path in self._leaves(category, ()):
            extended = self.index.extended.get(entry.notation)
            if not extended:
                yield entry.title, path, [(entry.notation, _NO_SEVENTH)]
                continue
            labels = [c.title[len(entry.title) + 2 :] for c in extended]
            if any(sided_template(phrase(label)) for label in labels):
                for one in extended:
                    yield one.title, (*path, one.notation), [(one.notation, _NO_SEVENTH)]
            else:
                yield (
                    entry.title,
                    path,
                    [(c.notation, self._seventh(t)) for c, t in zip(extended, labels, strict=True)],
                )

    def _units(self, category: str) -> list[Unit]:
        raw = list(self._raw_units(category))
        words = [[w.norm for w in self.reader.words(title)] for title, _, _ in raw]
        templates = {t for t in map(sided_template, words) if t}
        return [Unit(title, path, codes, self.reader.read(title, templates)) for title, path, codes in raw]

    def categories(self) -> Iterator[list[Group]]:
        """Yield the groups of every category in printed order, the single codes among them as groups of one."""
        for entry in self.entries.values():
            if entry.kind == "diagnosis" and self.entries[entry.parent or ""].kind != "diagnosis":
                yield list(self._groups(self._units(entry.notation)))

    def _groups(self, units: list[Unit]) -> Iterator[Group]:
        together: dict[tuple[str, ...], list[Unit]] = {}
        for unit in units:
            together.setdefault(unit.reading.remainder, []).append(unit)
        self._rejoin(together)
        below = Counter(n for u in units for n in u.path)
        known: dict[tuple[str, str], Group] = {}
        for members in together.values():
            group = self._group(members, below)
            if group.is_family and known.setdefault((group.entry, group.label), group) is not group:
                group.label = _label_apart(group, known[group.entry, group.label])
                group.condition = resource_iri(f"condition/{slug(group.label)}")
            yield group

    def _rejoin(self, together: dict[tuple[str, ...], list[Unit]]) -> None:
        """Put what is `unspecified` to the units that it is the unspecified one of.

        `X, unspecified` has no site where X differs by site, else no side; `X of unspecified eyelid` has no side, but
        `X of unspecified vein, right leg` is of one side.
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
                    if not read.side:
                        unit.reading = replace(read, side="unspecifiedSide", dropped=drop)
                else:
                    continue
                others.append(unit)
                units.remove(unit)
            if not units:
                del together[remainder]

    def _group(self, members: list[Unit], below: Counter[str]) -> Group:
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
        is_titled = is_pure and entry in self.entries
        label = self._title_label(entry, varied) if is_titled else _condition_label(members, varied)
        if is_family:
            self._inherit(members)
        named = [s for u in members if u.reading.scope is None for s in u.reading.sites]
        return Group(
            entry,
            members,
            label,
            resource_iri(f"condition/{slug(label)}"),
            list(dict.fromkeys(named)),
            is_family,
            below,
        )

    def _title_label(self, entry: str, varied: bool) -> str:
        """Return the title of an entry, without `other finger`, which its codes say more of."""
        title = self.entries[entry].title
        words = self.reader.words(title)
        if not varied or _RESIDUAL.isdisjoint(w.norm for w in words):
            return title
        reading = self.reader.read(title, set())
        if not any(p and words[p - 1].norm in _RESIDUAL for p in reading.site_places):
            return title
        return remaining(title, words, Taken(reading.dropped, reading.site_places, (), True)) or title

    def _inherit(self, members: list[Unit]) -> None:
        """Give `bilateral` the site of its siblings, where they all name the same one."""
        sites = {u.reading.sites for u in members if u.reading.sites}
        if len(sites) == 1 and not any(u.reading.scope for u in members):
            for unit in members:
                if unit.reading.side and not unit.reading.sites:
                    unit.reading = replace(unit.reading, sites=next(iter(sites)))
                    unit.inherited = True


def _site_words(unit: Unit) -> set[str]:
    return {unit.reading.words[p].norm for p in unit.reading.site_places}


def _varied_places(members: list[Unit], reading: Reading) -> frozenset[int]:
    """Return the places of sites that members do not share: `thumb` of `thumb at hand level`."""
    shared = set.intersection(*(_site_words(u) for u in members))
    kept: set[int] = set()
    for place in sorted(reading.site_places, reverse=True):
        is_last = place + 1 not in reading.site_places
        if reading.words[place].norm in shared and (is_last or place + 1 in kept):
            kept.add(place)
    return reading.site_places - kept


def _label_apart(group: Group, other: Group) -> str:
    """Return a label for a family beside another of the same entry and label: with the residual word that it has more."""
    mine, its = (g.units[0].reading.remainder for g in (group, other))
    more = [w for w in mine if w in _RESIDUAL and mine.count(w) > its.count(w)]
    return f"{group.label}, {more[0]}" if more else _condition_label(group.units, varied=False)


def _condition_label(members: list[Unit], varied: bool) -> str:
    """Return the first title without its side, and without its site where the members differ by site."""
    unit = next((u for u in members if u.reading.scope == "unspecified"), members[0])
    reading = unit.reading
    sites = _varied_places(members, reading) if varied else frozenset()
    every = set.intersection(*({w.norm for w in u.reading.words} for u in members))
    loose = {p for p, w in enumerate(reading.words) if w.norm in TISSUES and w.norm not in every}
    taken = Taken(reading.dropped, sites, loose - reading.site_places, varied)
    return remaining(unit.title, reading.words, taken) or unit.title
