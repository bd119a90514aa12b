"""What tells two codes apart: what is above both, axes, notes between them, whether both may stand, when to use which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nosograph.answers.comparison_words import Wording, choosing, together
from nosograph.answers.entries import Titled, titled
from nosograph.answers.evidence import Evidence
from nosograph.notation import code_iri
from nosograph.query import run
from nosograph.store import Store

__all__ = ["ANSWERS", "Axis", "Between", "Comparison", "Said", "Together", "compare"]

Row = dict[str, str | None]
#: how the answers of `together` are worded
ANSWERS = {
    "no": "not together",
    "unless-unrelated": "not together, unless unrelated",
    "ordered": "together, in order",
    "yes": "may stand together",
    "if-documented": "each if the record states it",
}
_LOCAL = re.compile(r"[#/]")
_TABULAR = "ICD-10-CM Tabular List, edition {}"
_GUIDELINES = "ICD-10-CM Official Guidelines FY 2026, {}, in this project's words"


@dataclass(frozen=True, slots=True)
class Axis:
    """The values (IRI, label) of one axis; `kind` is that of a detail. Where the codes agree, `a` and `b` are the same."""

    axis: str
    kind: str | None
    a: tuple[tuple[str, str], ...]
    b: tuple[tuple[str, str], ...]

    @property
    def agrees(self) -> bool:
        return self.a == self.b

    def as_json(self) -> dict[str, Any]:
        def values(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
            return [{"iri": iri, "label": label} for iri, label in pairs]

        return {"axis": self.axis, "kind": self.kind, "a": values(self.a), "b": values(self.b)}


@dataclass(frozen=True, slots=True)
class Between:
    """A note that holds for one of the codes (printed at `owner`) and names the other, or `target` above it."""

    kind: str
    text: str
    code: str
    other: str
    owner: str
    target: str
    iri: str

    @property
    def inherited(self) -> bool:
        return self.owner != self.code

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "text": self.text,
            "code": self.code,
            "owner": self.owner,
            "inherited": self.inherited,
            "names": self.target,
            "direct": self.target == self.other,
            "iri": self.iri,
        }


@dataclass(frozen=True, slots=True)
class Said:
    """One statement, about `code`, with the rule of `data/comparison-words.tsv`, its guideline, and its evidence."""

    rule: str
    code: str
    text: str
    guideline: str
    evidence: tuple[Evidence, ...]
    answer: str = ""
    rank: int = 9
    first: str | None = None

    def as_json(self) -> dict[str, Any]:
        evidence = [p.as_json() for p in self.evidence]
        return {
            "rule": self.rule,
            "code": self.code,
            "text": self.text,
            "guideline": self.guideline or None,
            "evidence": evidence,
        }


@dataclass(frozen=True, slots=True)
class Together:
    """May both be reported at one encounter: no, unless-unrelated, ordered, yes, or if-documented.

    `first` is the code that comes first where the answer is `ordered` (None where the notes do not agree).
    The reasons stand in order of weight: the first ones give the answer.
    """

    answer: str
    first: str | None
    reasons: tuple[Said, ...]

    def as_json(self) -> dict[str, Any]:
        reasons = [{**s.as_json(), "answer": s.answer or None} for s in self.reasons]
        return {"answer": self.answer, "first": self.first, "reasons": reasons}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two codes beside each other. `above` are the entries above both, the nearest first."""

    a: Titled
    b: Titled
    edition: str
    above: tuple[Titled, ...]
    axes: tuple[Axis, ...]
    notes: tuple[Between, ...]
    together: Together
    choice: tuple[Said, ...]

    def as_json(self) -> dict[str, Any]:
        def shown(one: Titled) -> dict[str, Any]:
            return {"code": one.code, "title": one.title}

        return {
            "codes": [{**shown(one), "reportable": one.reportable} for one in (self.a, self.b)],
            "edition": self.edition,
            "common_ancestor": shown(self.above[0]) if self.above else None,
            "above_both": [shown(one) for one in self.above],
            "axes": {
                "differ": [axis.as_json() for axis in self.axes if not axis.agrees],
                "agree": [axis.as_json() for axis in self.axes if axis.agrees],
            },
            "notes": [note.as_json() for note in self.notes],
            "together": self.together.as_json(),
            "choice": [said.as_json() for said in self.choice],
        }


class _Pair:
    """The two codes, and how statements about them are made."""

    def __init__(self, store: Store, a: Titled, b: Titled) -> None:
        self.store, self.a, self.b = store, a, b
        self.sections: dict[str, tuple[Evidence, ...]] = {}

    def rows(self, name: str) -> list[Row]:
        return run(self.store, name, code=self.a.code, other=self.b.code)

    def of(self, row: Row, variable: str) -> tuple[Titled, Titled]:
        """Return the code that a row is about (A or B), and the other."""
        return (self.a, self.b) if row[variable] == "A" else (self.b, self.a)

    def words(self, iri: str, text: str | None) -> Evidence:
        return Evidence(iri, text or "", _TABULAR.format(self.store.edition))

    def title(self, one: Titled) -> Evidence:
        return self.words(code_iri(one.code), one.title)

    def section(self, wording: Wording) -> tuple[Evidence, ...]:
        """Return the section of the guidelines as evidence; of a graph without them its number alone."""
        if wording.guideline and wording.guideline not in self.sections:
            found = run(self.store, "guideline-section", section=wording.section)
            text = (found[0]["summary"] or found[0]["title"] or "") if found else ""
            source = _GUIDELINES.format(wording.guideline)
            self.sections[wording.guideline] = (Evidence(wording.section, text, source),)
        return self.sections.get(wording.guideline, ())

    def say(self, wording: Wording, of: Titled, evidence: Iterable[Evidence], **words: str) -> Said:
        other = self.b if of is self.a else self.a
        text = wording.text.format_map({**words, "of": of.code, "not_of": other.code})
        first = {"owner": of.code, "target": other.code}.get(wording.first)
        proofs = (*evidence, *self.section(wording))
        return Said(
            wording.fact.removeprefix("choose-"),
            of.code,
            text,
            wording.guideline,
            proofs,
            wording.answer,
            wording.rank,
            first,
        )


def _axes(pair: _Pair) -> tuple[Axis, ...]:
    found: dict[tuple[str, str | None], tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {}
    for row in pair.rows("compare-axes"):
        of_a, of_b = found.setdefault((row["axis"] or "", row["kind"]), ([], []))
        value = (row["value"] or "", row["label"] or (row["value"] or "").rpartition("/")[2])
        if "A" in (row["has"] or ""):
            of_a.append(value)
        if "B" in (row["has"] or ""):
            of_b.append(value)
    return tuple(Axis(axis, kind, tuple(a), tuple(b)) for (axis, kind), (a, b) in found.items())


def _notes(pair: _Pair) -> tuple[Between, ...]:
    found: dict[tuple[str | None, str | None], Between] = {}
    for row in pair.rows("compare-notes"):
        of, other = pair.of(row, "from")
        # The rows of a note begin with the nearest entry that it names.
        found.setdefault(
            (row["from"], row["note"]),
            Between(
                row["kind"] or "",
                row["text"] or "",
                of.code,
                other.code,
                row["owner"] or "",
                row["target"] or "",
                row["note"] or "",
            ),
        )
    return tuple(found.values())


def _reasons(pair: _Pair, facts: Sequence[Row], notes: Sequence[Between]) -> Iterator[Said]:
    for note in notes:
        wording = together(f"note-{note.kind}")
        if wording:
            of = pair.a if note.code == pair.a.code else pair.b
            proof = pair.words(note.iri, note.text)
            yield pair.say(wording, of, (proof,), owner=note.owner, target=note.target)
    for row in facts:
        wording = together(row["fact"] or "")
        if wording:
            of, other = pair.of(row, "of")
            proofs = (pair.title(of),) if of.code == other.code else (pair.title(of), pair.title(other))
            yield pair.say(wording, of, proofs, third=row["third"] or "")


def _together(pair: _Pair, facts: Sequence[Row], notes: Sequence[Between]) -> Together:
    reasons = list(dict.fromkeys(_reasons(pair, facts, notes)))
    if not any(reason.answer for reason in reasons):
        wording = together("none")
        reasons += [pair.say(wording, pair.a, (pair.title(pair.a), pair.title(pair.b)))] if wording else []
    remark = together("not-reportable")
    is_heading = any(row["fact"] == "heading" for row in facts)
    for one in (pair.a, pair.b):
        if remark and not one.reportable and not is_heading:
            reasons.append(pair.say(remark, one, (pair.title(one),)))
    reasons.sort(key=lambda reason: reason.rank)
    best = [reason for reason in reasons if reason.rank == reasons[0].rank]
    firsts = {reason.first for reason in best}
    return Together(best[0].answer, firsts.pop() if len(firsts) == 1 else None, tuple(reasons))


def _choice(pair: _Pair, axes: Sequence[Axis], facts: Sequence[Row]) -> Iterator[Said]:
    for axis in axes:
        for of, mine, its in ((pair.a, axis.a, axis.b), (pair.b, axis.b, axis.a)):
            own = [value for value in mine if value not in its]
            names = [f"axis-{axis.axis}-{_LOCAL.split(iri)[-1]}" for iri, _ in own]
            wording = choosing(*names, f"axis-{axis.axis}") if own else None
            if wording:
                values = ", ".join(label for _, label in own)
                kind = (axis.kind or "").replace("-", " ")
                yield pair.say(wording, of, (pair.title(of),), values=values, kind=kind)
    for row in pair.rows("compare-excluded"):
        wording = choosing(f"excluded-{row['axis']}")
        if wording:
            of, other = pair.of(row, "from")
            proofs = (pair.words(row["at"] or "", row["text"]), pair.title(other))
            label = row["label"] or ""
            yield pair.say(wording, of, proofs, owner=row["owner"] or "", label=label)
    for row in facts:
        wording = choosing(row["fact"] or "")
        if wording:
            of, _ = pair.of(row, "of")
            yield pair.say(wording, of, (pair.title(of),))


def compare(store: Store, a: str, b: str) -> Comparison:
    """Return what tells two codes, categories or blocks apart.

    Raises UsageError if a text has not the form of a code, UnknownCodeError if there is none of that name.
    """
    pair = _Pair(store, titled(store, a), titled(store, b))
    above = tuple(Titled(r["common"] or "", r["title"] or "") for r in pair.rows("compare-common"))
    axes, notes, facts = _axes(pair), _notes(pair), pair.rows("compare-facts")
    return Comparison(
        pair.a,
        pair.b,
        store.edition,
        above,
        axes,
        notes,
        _together(pair, facts, notes),
        tuple({(said.code, said.text): said for said in _choice(pair, axes, facts)}.values()),
    )
