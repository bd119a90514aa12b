"""Words of a title or a question, made comparable, and the longest known phrases among them.

Case, punctuation, optional plurals in brackets and regular plural endings make no difference: `Toe(s)` and `toes` are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

__all__ = ["Lexicon", "Match", "Word", "phrase", "slug", "split_words"]

_WORD = re.compile(r"[^\W_]+(?:['’]s\b)?")
_BRACKETED_PLURAL = re.compile(r"\((?:s|es|e)\)")
_NOT_PLURAL = ("ss", "us", "is", "os")


@dataclass(frozen=True, slots=True)
class Word:
    """A comparable word and where it stands in the text."""

    norm: str
    start: int
    end: int


@cache
def _norm(word: str) -> str:
    word = word.lower().removesuffix("'s").removesuffix("’s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(_NOT_PLURAL):
        return word[:-1]
    return word


def split_words(text: str) -> list[Word]:
    """Return the words of a text with their places.

    >>> [w.norm for w in split_words("Lacerations, right toe(s)")]
    ['laceration', 'right', 'toe']
    """
    if "(" in text:
        text = _BRACKETED_PLURAL.sub(lambda m: " " * len(m[0]), text)
    return [Word(_norm(m[0]), m.start(), m.end()) for m in _WORD.finditer(text)]


def phrase(text: str) -> tuple[str, ...]:
    """Return a text as comparable words.

    >>> phrase("Lower Legs") == phrase("lower-leg")
    True
    """
    return tuple(w.norm for w in split_words(text))


def slug(text: str) -> str:
    """Return a text as the last part of an IRI.

    >>> slug("Crohn's disease, other")
    'crohns-disease-other'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "").replace("’", "")).strip("-")


@dataclass(frozen=True, slots=True)
class Match:
    """A known phrase at words `start` to `end` (exclusive), with what it stands for."""

    start: int
    end: int
    value: str


class Lexicon:
    """Phrases and what they stand for, found longest first."""

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], str]]) -> None:
        self.entries = [(words, value) for words, value in entries if words]
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for words, value in self.entries:
            self._by_first.setdefault(words[0], []).append((words, value))
        for known in self._by_first.values():
            known.sort(key=lambda item: (-len(item[0]), item))

    def find(self, words: Sequence[str]) -> Iterator[Match]:
        """Yield the phrases in a row of words, leftmost longest, without overlaps.

        >>> lexicon = Lexicon([(("lower", "leg"), "site/lower-leg"), (("leg",), "site/leg")])
        >>> [m.value for m in lexicon.find(["right", "lower", "leg"])]
        ['site/lower-leg']
        """
        place, last = 0, len(words)
        while place < last:
            for known, value in self._by_first.get(words[place], ()):
                end = place + len(known)
                if len(known) == 1 or tuple(words[place:end]) == known:
                    yield Match(place, end, value)
                    place = end - 1
                    break
            place += 1
