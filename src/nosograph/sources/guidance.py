"""Rules of guidance: `.rq` files in data/guidance, a CONSTRUCT each, with a header that says what the rule is for.

::

    #+ id: several-sites            as the file is called
    #+ title, rationale             what it is about, and why there is such a rule
    #+ kind                         tip, pitfall, documentation or question (the title asks, the text answers)
    #+ severity                     high, medium or low; the query may give guidance another (ng:guidanceSeverity)
    #+ rank                         order on a page among those of the same severity, small first
    #+ axis, guideline              what it is about; the section of the Official Guidelines
    #+ when                         facts that must hold: `a/b, c|d, !e` is a with value b, and c or d, and not e
                                    `a~words`: a property of the code, a kind of note (`note/excludes1`, `note`) or
                                    one at an entry above it (`above/note`) matches a regular expression
    #+ text                         the sentence (as the title); {name} stands for a fact of that name, {items} for all items
    #+ item, group                  the sentence of one result; the fact by which results are told on separate lines
    #+ ask, answer                 a question that the same results answer, if coders ask it
    #+ each                        true: asked of many codes one by one (it climbs from the code to notes)
    #+ shared                       true: what it finds at an entry (`group: owner`) holds in the same words for each code below
    #+ fires, expects, silent       a code where it fires and words it then says; a code where it must not

The query takes `?code` and makes `ng:Guidance` resources with facts (`fact:...`), evidence (`prov:wasDerivedFrom`) and
what is needed to read them. Its last line, a comment, is the pattern that asks it of all codes below an entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nosograph.errors import DataError
from nosograph.resources import resource

__all__ = ["AXES", "KINDS", "SEVERITIES", "GuidanceRule", "guidance_rules"]

KINDS = ("pitfall", "tip", "documentation", "question")
SEVERITIES = ("high", "medium", "low")
AXES = ("site", "side", "cause", "kind", "detail", "encounter", "note", "sequence", "structure", "payment")

_HEADER = re.compile(r"^#\+ (\w+): (.*)$", re.MULTILINE)
_NEEDED = (
    "id",
    "title",
    "rationale",
    "kind",
    "severity",
    "rank",
    "axis",
    "guideline",
    "when",
    "text",
    "fires",
    "expects",
)
_SCOPE = "# scope: "


@dataclass(frozen=True, slots=True)
class GuidanceRule:
    """One rule. `when` holds alternatives, of each of which one fact must hold; none of `unless` may."""

    id: str
    title: str
    rationale: str
    kind: str
    severity: str
    rank: int
    axis: str
    guideline: str
    when: tuple[frozenset[str], ...]
    unless: frozenset[str]
    text: str
    item: str
    group: str
    ask: str
    answer: str
    each: bool
    shared: bool
    query: str
    fires: str
    expects: tuple[str, ...]
    silent: str

    @property
    def query_below(self) -> str:
        """The query asked of every code below `?scope` in place of one code."""
        return self.query.replace(_SCOPE, "")

    def may_fire(self, facts: frozenset[str]) -> bool:
        """Tell whether the facts that hold for a code let the rule find anything."""
        return all(alternatives & facts for alternatives in self.when) and not self.unless & facts


def _read(path: Path) -> GuidanceRule:
    text = path.read_text(encoding="utf-8")
    header = dict(_HEADER.findall(text))
    lacking = [name for name in _NEEDED if not header.get(name)]
    wrong = (
        header.get("kind") not in KINDS or header.get("severity") not in SEVERITIES or header.get("axis") not in AXES
    )
    if lacking or wrong or header["id"] != path.stem or _SCOPE not in text:
        raise DataError(f"{path.name}: lacks {', '.join(lacking) or 'a known kind, severity, axis, id or scope line'}")
    if header.get("shared") == "true" and header.get("group") != "owner":
        raise DataError(f"{path.name}: what is shared is grouped by the owner of its notes (group: owner)")
    parts = [part.strip() for part in header["when"].split(",")]
    return GuidanceRule(
        path.stem,
        header["title"],
        header["rationale"],
        header["kind"],
        header["severity"],
        int(header["rank"]),
        header["axis"],
        header["guideline"],
        tuple(frozenset(part.split("|")) for part in parts if not part.startswith("!")),
        frozenset(part[1:] for part in parts if part.startswith("!")),
        header["text"],
        header.get("item", ""),
        header.get("group", ""),
        header.get("ask", ""),
        header.get("answer", ""),
        header.get("each") == "true",
        header.get("shared") == "true",
        text,
        header["fires"],
        tuple(word.strip() for word in header["expects"].split(";")),
        header.get("silent", ""),
    )


@cache
def guidance_rules() -> tuple[GuidanceRule, ...]:
    """Return all rules in the order of their ranks.

    Raises DataError if a file is no rule.
    """
    found = [_read(path) for path in sorted(resource("data/guidance").glob("*.rq"))]
    return tuple(sorted(found, key=lambda rule: (rule.rank, rule.id)))
