"""Editorial briefs: what an editor adds to a family of codes, in a YAML file that is described in docs/briefs.md."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nosograph.errors import SourceError

__all__ = ["CLAIMS", "Brief", "Claim", "Problem", "Statement", "problems", "read_brief", "statements"]

KINDS = ("meaning", "tip", "pitfall", "context", "not-this", "question")
SEVERITIES = ("info", "warning", "error")
#: what a claim may say of a code, with the folder of the resource that its value names (none: a word)
CLAIMS: Mapping[str, str] = {"condition": "condition", "cause": "cause", "site": "site", "word": ""}
#: the most characters that a statement and an answer may have
LONGEST = 400
_KEYS = frozenset(
    "kind codes text answer citation locator date severity claims contradicts".split(),
)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief as it stands in its file: its head, and its statements unread."""

    name: str
    author: str
    date: str | None
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement says of one code, in a form that a machine can compare: `kind` is a key of CLAIMS."""

    code: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a brief, read; `query` and `parameters` where the catalogue answers the question."""

    kind: str
    codes: tuple[str, ...]
    text: str
    citation: str
    locator: str | None
    date: str
    severity: str
    answer: str | None
    query: str | None
    parameters: Mapping[str, str]
    claims: tuple[Claim, ...]
    contradicts: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a brief: the place (0 is its head, 1 its first statement), and what to do."""

    file: str
    statement: int
    wrong: str
    advice: str

    def __str__(self) -> str:
        place = f"statement {self.statement}" if self.statement else "head"
        return f"{self.file}, {place}: {self.wrong}; {self.advice}"


def read_brief(path: Path) -> Brief:
    """Read the file of a brief.

    Raises SourceError if it cannot be read, is no YAML, or has not the keys author and statements.
    """
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise SourceError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict) or not isinstance(found.get("statements"), list) or not found.get("author"):
        raise SourceError(f"{path} is no brief: it has to begin with author, date and statements (see docs/briefs.md)")
    given = found.get("date")
    return Brief(path.stem, str(found["author"]), _day(given), tuple(found["statements"]))


def _day(value: Any) -> str | None:
    """Return a date of YAML, or a text that is one, in ISO form."""
    try:
        return date.fromisoformat(str(value)).isoformat() if value else None
    except ValueError:
        return None


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(str(v) for v in listed)


def problems(
    brief: Brief, codes: Container[str], citations: Container[str], queries: Container[str] | None = None
) -> list[Problem]:
    """Return everything that is wrong with a brief; `queries` are the names of the catalogue, None does not ask for them."""
    found = []
    for place, item in enumerate(brief.items, 1):
        wrong = (
            _wrong(item, brief, codes, citations)
            if isinstance(item, dict)
            else [("it is no list of keys", "see docs/briefs.md")]
        )
        if isinstance(item, dict) and queries is not None:
            wrong = [*wrong, *_wrong_query(item, queries)]
        found += [Problem(f"{brief.name}.yaml", place, what, advice) for what, advice in wrong]
    return found


def _wrong(
    item: dict[str, Any], brief: Brief, codes: Container[str], citations: Container[str]
) -> Iterator[tuple[str, str]]:
    yield from _wrong_words(item)
    listed = _texts(item.get("codes"))
    if not listed:
        yield "it names no code", "add 'codes: [...]' with entries of the list"
    for code in (*listed, *(str(c.get("code")) for c in _claim_items(item))):
        if code not in codes:
            yield f"there is no code {code}", "write it as the list does, with the dot"
    cited = item.get("citation")
    if not cited:
        yield "it has no citation", "add 'citation: ID' with an id of data/citations.tsv"
    elif str(cited) not in citations:
        yield f"there is no citation {cited}", "take an id of data/citations.tsv, or add a line there"
    if not _day(item.get("date")) and not (brief.date and not item.get("date")):
        yield "it has no date", "write the day it was written as 'date: 2026-11-22', here or in the head of the brief"
    yield from _wrong_marks(item)


def _wrong_words(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind, severity = item.get("kind"), item.get("severity", "info")
    if kind not in KINDS:
        yield f"there is no kind {kind!r}", f"the kinds are {', '.join(KINDS)}"
    if severity not in SEVERITIES:
        yield f"there is no severity {severity!r}", f"it is one of {', '.join(SEVERITIES)}"
    for key in sorted(item.keys() - _KEYS, key=str):
        yield f"there is no key {key!r}", f"the keys are {', '.join(sorted(_KEYS))}"
    answer = item.get("answer")
    if not str(item.get("text") or "").strip():
        yield "it has no text", "add 'text: ...' in your own words"
    if (kind == "question") != bool(answer):
        yield "a question has an answer, and nothing else has", "add 'answer:', or take it out"
    answer_text = answer.get("text") if isinstance(answer, dict) else answer
    for name, text in (("text", item.get("text")), ("answer", answer_text)):
        if len(str(text or "")) > LONGEST:
            yield f"its {name} has {len(str(text))} characters", f"{LONGEST} are the most: make two statements of it"


def _claim_items(item: dict[str, Any]) -> list[dict[str, Any]]:
    claims = item.get("claims") or []
    return [c for c in claims if isinstance(c, dict)] if isinstance(claims, list) else []


def _wrong_marks(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for claim in _claim_items(item):
        if not claim.keys() - {"code"} or not claim.keys() <= {"code", *CLAIMS}:
            yield f"the claim {claim} is not understood", f"it has a code and one or more of {', '.join(CLAIMS)}"
        for kind, value in claim.items():
            if CLAIMS.get(kind) and not _SLUG.fullmatch(str(value)):
                yield f"{value!r} is no name of a {kind}", "write it in small letters joined by hyphens, as data/ does"
    marked = item.get("contradicts")
    if marked is None:
        return
    if not isinstance(marked, dict) or not _IRI.fullmatch(str(marked.get("fact"))) or not marked.get("because"):
        yield "the mark of its contradiction is not complete", "write 'contradicts: {fact: IRI, because: ...}'"


def _wrong_query(item: dict[str, Any], queries: Container[str]) -> Iterator[tuple[str, str]]:
    answer = item.get("answer")
    if isinstance(answer, dict) and answer.get("query") is not None and answer["query"] not in queries:
        yield f"there is no query {answer['query']}", "'nosograph queries' lists them"


def statements(brief: Brief) -> Iterator[Statement]:
    """Yield the statements of a brief that has no problems."""
    for item in brief.items:
        given = item.get("answer")
        answer = given if isinstance(given, dict) else {"text": given}
        marked = item.get("contradicts") or {}
        yield Statement(
            item["kind"],
            _texts(item["codes"]),
            " ".join(str(item["text"]).split()),
            str(item["citation"]),
            str(item["locator"]) if item.get("locator") else None,
            _day(item.get("date")) or brief.date or "",
            item.get("severity", "info"),
            " ".join(str(answer["text"]).split()) if answer.get("text") else None,
            answer.get("query"),
            {str(k): str(v) for k, v in (answer.get("params") or {}).items()},
            tuple(
                Claim(str(c["code"]), kind, str(c[kind])) for c in _claim_items(item) for kind in CLAIMS if kind in c
            ),
            marked.get("fact"),
            " ".join(str(marked["because"]).split()) if marked else None,
        )
