"""The question and the answer of `find`, as typed data with the contract's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from nosograph.answers.evidence import Evidence
from nosograph.errors import UsageError

__all__ = ["Answer", "Candidate", "Concept", "Question", "Reason", "Rejection", "Understood"]

_SIDES = ("left", "right", "bilateral")
_ENCOUNTERS = ("initial", "subsequent", "sequela")
_FIELDS = ("text", "condition", "site", "side", "cause", "encounter", "detail", "date")
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Question:
    """A case: in fields, in words, or both.

    `side` is left, right or bilateral; `encounter` initial, subsequent or sequela; `date` an ISO date of service.
    """

    text: str | None = None
    condition: str | None = None
    site: tuple[str, ...] = ()
    side: str | None = None
    cause: str | None = None
    encounter: str | None = None
    detail: str | None = None
    date: str | None = None

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Question:
        """Read one question; any key may be absent or null, and `site` a string or a list.

        Raises UsageError for an unknown key, side or encounter, for a date that is none, and for what is no text.

        >>> Question.from_json({"condition": "cellulitis", "site": "thigh", "side": "Left"}).side
        'left'
        """
        unknown = sorted(set(given) - set(_FIELDS))
        if unknown:
            raise UsageError(f"a question has no key {unknown[0]!r}; it has {', '.join(_FIELDS)}")
        sites = given.get("site")
        listed = [sites] if isinstance(sites, str) else list(sites or ())
        texts = {name: _text(name, given.get(name)) for name in _FIELDS if name != "site"}
        found = cls(**texts, site=tuple(s for s in (_text("site", site) for site in listed) if s))
        return found.checked()

    def checked(self) -> Question:
        """Return the question with side and encounter in lower case.

        Raises UsageError if one of them, or the date, is not what it can be.
        """
        side = _one_of("side", self.side, _SIDES)
        encounter = _one_of("encounter", self.encounter, _ENCOUNTERS)
        if self.date:
            try:
                date.fromisoformat(self.date)
            except ValueError as error:
                raise UsageError(f"{self.date[:40]!r} is not a date like 2026-11-22") from error
        return Question(
            self.text, self.condition, self.site, side, self.cause, encounter, self.detail, self.date or None
        )


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageError(f"{name} is {type(value).__name__}, not text")
    return " ".join(value[:_LONGEST].split()) or None


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> str | None:
    if not value:
        return None
    if value.lower() not in known:
        raise UsageError(f"{name} is {value[:40]!r}; it can be {', '.join(known)}")
    return value.lower()


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of the graph as understood from words; `within` names what holds a site."""

    iri: str
    label: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a question."""

    condition: tuple[Concept, ...] = ()
    site: tuple[Concept, ...] = ()
    side: str | None = None
    cause: Concept | None = None
    encounter: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that was applied, by its name, with the section of the guidelines it is from."""

    rule: str
    text: str
    guideline: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that was considered."""

    code: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """A neighbour that does not apply."""

    code: str
    because: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What `find` says. `status` is answered, incomplete, ambiguous or none; `code` is set only if answered."""

    question: Question
    understood: Understood
    status: str
    code: str | None = None
    title: str | None = None
    billable: bool | None = None
    missing: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[Reason, ...] = ()
    rejected: tuple[Rejection, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the contract's JSON object."""
        plain: dict[str, Any] = _listed(asdict(self))
        for concept in plain["understood"]["condition"]:
            concept.pop("within")
        if plain["understood"]["cause"]:
            plain["understood"]["cause"].pop("within")
        return plain


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value
