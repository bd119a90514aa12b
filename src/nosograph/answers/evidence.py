"""What a statement rests on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The resource that a statement rests on, its words, and whose words they are."""

    iri: str
    text: str
    source: str

    def as_json(self) -> dict[str, str]:
        """Return the evidence in the form of the contract."""
        return {"iri": self.iri, "text": self.text, "source": self.source}
