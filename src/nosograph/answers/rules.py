"""The rules of guidance as the graph describes them, each with its section of the guidelines and a code where it fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nosograph.answers.guidance import Section
from nosograph.errors import UnknownNameError
from nosograph.query import run
from nosograph.sources.guidance import guidance_rules
from nosograph.store import Store

__all__ = ["Rule", "rule", "rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `template` is its sentence, with names of facts in braces; `query` the SPARQL that asks it of a code.

    `fires` is a code where it finds something; it and `query` are empty if this installation has no such rule.
    """

    id: str
    title: str
    rationale: str
    kind: str
    severity: str
    axis: str
    template: str
    section: Section
    fires: str
    silent: str
    query: str

    def as_json(self) -> dict[str, Any]:
        """Return the rule without its query."""
        return {
            "rule": self.id,
            "title": self.title,
            "rationale": self.rationale,
            "kind": self.kind,
            "severity": self.severity,
            "axis": self.axis,
            "template": self.template,
            "guideline": self.section.as_json(),
            "fires": self.fires or None,
            "silent": self.silent or None,
        }


def rules(store: Store) -> tuple[Rule, ...]:
    """Return the rules in the order of their ranks."""
    files = {r.id: r for r in guidance_rules()}
    found: dict[str, Rule] = {}
    for row in run(store, "guidance-rules"):
        told = {name: value or "" for name, value in row.items()}
        file = files.get(told["rule"])
        section = Section(told["number"], told["heading"], told["summary"], told["section"])
        one = Rule(
            id=told["rule"],
            title=told["title"],
            rationale=told["rationale"],
            kind=told["kind"],
            severity=told["severity"],
            axis=told["axis"],
            template=told["text"],
            section=section,
            fires=file.fires if file else "",
            silent=file.silent if file else "",
            query=file.query if file else "",
        )
        found.setdefault(one.id, one)
    return tuple(found.values())


def rule(store: Store, name: str) -> Rule:
    """Return one rule.

    Raises UnknownNameError if the graph has none of that name.
    """
    known = {r.id: r for r in rules(store)}
    if name not in known:
        raise UnknownNameError("rule of guidance", name[:40], known)
    return known[name]
