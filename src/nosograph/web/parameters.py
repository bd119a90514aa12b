"""What the addresses of the API take: one declaration checks a request and describes it in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nosograph.errors import UsageError

__all__ = ["Parameter", "checked"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an address; `kind` is text, integer, date or several (texts)."""

    name: str
    about: str
    kind: str = "text"
    among: tuple[str, ...] = ()
    pattern: str = ""
    least: int = 0
    most: int = 2000
    in_path: bool = False
    required: bool = False

    def schema(self) -> dict[str, Any]:
        """Return the parameter as JSON Schema."""
        if self.kind == "integer":
            return {"type": "integer", "minimum": self.least, "maximum": self.most}
        if self.among:
            return {"type": "string", "enum": list(self.among)}
        if self.kind == "date":
            return {"type": "string", "format": "date"}
        text: dict[str, Any] = {"type": "string", "minLength": self.least, "maxLength": self.most}
        if self.pattern:
            text["pattern"] = f"^{self.pattern}$"
        return {"type": "array", "items": text, "maxItems": 20} if self.kind == "several" else text

    def described(self) -> dict[str, Any]:
        """Return the parameter as OpenAPI has it."""
        place = "path" if self.in_path else "query"
        required = self.in_path or self.required
        return {
            "name": self.name,
            "in": place,
            "required": required,
            "description": self.about,
            "schema": self.schema(),
        }

    def value(self, text: Any) -> Any:
        """Return a value as typed; UsageError if it is none of this parameter."""
        if self.kind == "integer":
            if not re.fullmatch(r"-?[0-9]{1,6}", str(text)) or not self.least <= int(text) <= self.most:
                raise UsageError(f"{self.name} is a whole number from {self.least} to {self.most}")
            return int(text)
        if not isinstance(text, str):
            raise UsageError(f"{self.name} is no text")
        if self.among and text not in self.among:
            raise UsageError(f"{self.name} is {text[:40]!r}; it can be {', '.join(self.among)}")
        if self.kind == "date":
            return _day(self.name, text)
        if not self.least <= len(text) <= self.most:
            raise UsageError(f"{self.name} has {len(text)} characters; it can have {self.least} to {self.most}")
        return text


def _day(name: str, text: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise UsageError(f"{name} is {text[:40]!r}, not a date like 2026-11-22")


def checked(parameters: Sequence[Parameter], given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the values of a request by name.

    Raises UsageError for one that is unknown, missing, repeated, or not of its kind.
    """
    known = {p.name: p for p in parameters}
    found: dict[str, Any] = {}
    for name, text in given:
        if name not in known:
            raise UsageError(f"no parameter is named {name[:40]!r}; there are: {', '.join(known)}")
        value = known[name].value(text)
        if known[name].kind == "several":
            found.setdefault(name, []).append(value)
        elif name in found:
            raise UsageError(f"{name} is given twice")
        else:
            found[name] = value
    missing = [p.name for p in parameters if (p.required or p.in_path) and p.name not in found]
    if missing:
        raise UsageError(f"{missing[0]} is missing")
    return found
