"""What a group of codes says, and what sets apart the units of a category that would say the same.

Two words of the list may stand for one curated cause or site (`coxsackievirus`, `echovirus`): where nothing else differs,
the words stay as a detail. What even they do not set apart keeps its whole wording, which is no typed axis and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nosograph.build.axes_details import Detail, Told
from nosograph.build.axes_groups import Group, Unit
from nosograph.build.axes_knowledge import FamilyFacts
from nosograph.build.axes_labels import kept_text
from nosograph.build.axes_words import slug
from nosograph.namespaces import BASE

__all__ = ["Said", "set_apart"]


@dataclass(slots=True)
class Said:
    """What a group says beside site and side: conditions and causes as IRIs, details of each unit."""

    group: Group
    facts: FamilyFacts | None
    conditions: list[str]
    causes: Sequence[str]
    process: list[str]
    told: list[Told]

    @property
    def entry(self) -> str:
        """The printed entry that a family stands at, or the entry or code of a single unit."""
        return self.group.entry if self.group.is_family else self.group.units[0].path[-1]

    @property
    def parent(self) -> str | None:
        path = self.group.units[0].path
        place = path.index(self.entry) if self.entry in path else 0
        return path[place - 1] if place else None

    def parts(self, unit: Unit, told: Told) -> list[str]:
        """Return the axes of a unit as short names, all but what its seventh characters say."""
        reading = unit.reading
        found = [*self.process, *(c.removeprefix(BASE) for c in (*self.causes, *reading.sites))]
        scope = reading.scope or ("named" if reading.sites else None)
        found += [f"{axis}/{v}" for axis, v in (("siteScope", scope), ("side", reading.side)) if v]
        found += [f"kindScope/{v}" for v in told.kind_scopes]
        found += [f"causeScope/{told.cause_scope}"] if told.cause_scope else []
        return [*found, *dict.fromkeys(d.path for d in told.details)]

    @property
    def all_causes(self) -> dict[str, None]:
        """Causes and cause phrases, as IRIs."""
        named = [*self.causes, *(BASE + d.path for t in self.told for d in t.details if d.kind == "cause")]
        return dict.fromkeys(named)


def _cause_words(unit: Unit, told: Told) -> Detail | None:
    text = kept_text(unit.title, unit.reading.words, told.cause_places)
    return Detail("cause", slug(text), text) if text else None


def _site_words(unit: Unit, _told: Told) -> Detail | None:
    text = kept_text(unit.title, unit.reading.words, unit.reading.site_places)
    return Detail("site-wording", slug(text), text) if text else None


def _wording(unit: Unit, _told: Told) -> Detail | None:
    return Detail("wording", slug(unit.title), unit.title)


def set_apart(groups: Sequence[Said]) -> None:
    """Give units of a category that would say the same their words for cause or site, or else their whole wording."""
    steps: Iterable[Callable[[Unit, Told], Detail | None]] = (_cause_words, _site_words, _wording)
    left = [(said, place) for said in groups for place in range(len(said.group.units))]
    taken: set[tuple[str, ...]] = set()
    for words in steps:
        same: dict[tuple[str, ...], list[tuple[Said, int]]] = {}
        for said, place in left:
            key = tuple(sorted(said.parts(said.group.units[place], said.told[place])))
            same.setdefault(key, []).append((said, place))
        left = [one for key, found in same.items() if len(found) > 1 or key in taken for one in found]
        taken.update(key for key, found in same.items() if len(found) == 1)
        for said, place in left:
            told = said.told[place]
            if detail := words(said.group.units[place], told):
                said.told[place] = replace(told, details=(*told.details, detail))
        if not left:
            break
