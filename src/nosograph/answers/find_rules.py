"""The rules that `find` names, worded in `data/find-rules.tsv`."""

from __future__ import annotations

import csv
from functools import cache

from nosograph.answers.evidence import Evidence
from nosograph.answers.find_model import Reason
from nosograph.resources import resource

__all__ = ["reason"]


@cache
def _rules() -> dict[str, tuple[str, str]]:
    with resource("data/find-rules.tsv").open(encoding="utf-8", newline="") as stream:
        return {row["rule"]: (row["guideline"], row["text"]) for row in csv.DictReader(stream, delimiter="\t")}


def reason(rule: str, evidence: tuple[Evidence, ...] = (), /, **words: str | None) -> Reason:
    """Return a rule as it applies to one case.

    >>> reason("side", side="right").text
    'The side is stated: right.'
    """
    guideline, text = _rules()[rule]
    return Reason(rule, text.format_map({k: v or "" for k, v in words.items()}), guideline, evidence)
