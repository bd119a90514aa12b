"""Phrases that look like codes and are none, from the table in data/."""

from __future__ import annotations

import csv
import re
from pathlib import Path

__all__ = ["read_not_codes"]


def read_not_codes(path: Path) -> re.Pattern[str]:
    """Return a pattern that matches any phrase of the table."""
    with path.open(encoding="utf-8", newline="") as stream:
        phrases = [row["phrase"] for row in csv.DictReader(stream, delimiter="\t")]
    return re.compile("|".join(rf"\b{re.escape(phrase)}\b" for phrase in phrases), re.IGNORECASE)
