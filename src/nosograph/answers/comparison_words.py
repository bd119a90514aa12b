"""The sentences of a comparison, and which fact outweighs which: `data/comparison-words.tsv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from nosograph.namespaces import GUIDELINES
from nosograph.resources import resource

__all__ = ["Wording", "choosing", "together"]

_NO_MATTER = 9


@dataclass(frozen=True, slots=True)
class Wording:
    """What follows from one kind of fact: an answer ('' if none), its rank (the lowest outweighs), which code is first."""

    fact: str
    answer: str
    rank: int
    first: str
    guideline: str
    text: str

    @property
    def section(self) -> str:
        """The IRI of the section of the Official Guidelines, '' if the wording rests on none."""
        return GUIDELINES + self.guideline if self.guideline else ""


@cache
def _words() -> dict[str, Wording]:
    with resource("data/comparison-words.tsv").open(encoding="utf-8", newline="") as stream:
        lines = (line for line in stream if not line.startswith("#"))
        return {
            r["fact"]: Wording(
                r["fact"], r["answer"], int(r["rank"] or _NO_MATTER), r["first"], r["guideline"], r["text"]
            )
            for r in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        }


def together(fact: str) -> Wording | None:
    """Return what a fact says of reporting two codes together, None if it says nothing.

    >>> wording = together("note-excludes1")
    >>> wording.answer, wording.guideline
    ('unless-unrelated', 'I.A.12.a')
    """
    return _words().get(fact)


def choosing(*facts: str) -> Wording | None:
    """Return the wording of the first of some facts that helps to choose between two codes, None if none does."""
    return next((w for w in (_words().get(f"choose-{fact}") for fact in facts) if w), None)
