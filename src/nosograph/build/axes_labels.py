"""What remains of a title when words are taken out of it, as a readable phrase.

A title is a row of parts, each with the word that joins it to what stands before: `Injury | of left thumb | at hand level`.
A part goes as a whole when all that it says is taken away; words at its start go if its last word stays; what stands in
the midst of it stays, unless it is a site or a side that the codes of a family differ by.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nosograph.build.axes_words import Word

__all__ = ["Taken", "clause_text", "kept_text", "remaining"]

#: words that join a part to what stands before it
_OPENING = frozenset(
    "of in to at on for by with without due from following after during involving affecting into as than except"
    " causing complicating including resulting secondary associated".split()
)
_ARTICLES = frozenset({"the", "a", "an"})
_LISTING = frozenset({"and", "or", "nor"})
_LOOSE = _OPENING | _ARTICLES | _LISTING
#: words that qualify or hold what is taken away, and say nothing without it
_QUALIFYING = frozenset(
    "other specified unspecified part parts level region side site area bone joint not and or".split()
)
#: words that count what the codes of a family differ by
_COUNTING = frozenset({"one", "single", "any", "multiple"})
#: words that say where, and name nothing once the site is taken away
_PLACING = frozenset({"level", "side", "region", "part", "parts", "area"})
_JOINING = frozenset("of in to at on the and or a an with by for from as affecting involving".split())
_SPACES = re.compile(r"\s+")
_PLURAL = re.compile(r"\((?:s|es)\)")


@dataclass(frozen=True, slots=True)
class Taken:
    """The places of the words to be taken out of a title.

    `sides` go wherever they stand; `sites` too, if the codes differ by site (`is_varied`), otherwise only with the whole
    part (`of hip`); `said` are details, clauses and residual kinds.
    """

    sides: Collection[int]
    sites: Collection[int]
    said: Collection[int] = frozenset()
    is_varied: bool = False

    def all(self) -> set[int]:
        return {*self.sides, *self.sites, *self.said}


@dataclass(frozen=True, slots=True)
class _Part:
    """Places of words; `depth` is that of the brackets around them, `is_after_comma` if one stands before."""

    opening: tuple[int, ...]
    content: tuple[int, ...]
    depth: int
    is_after_comma: bool


def _parts(title: str, words: Sequence[Word], said: Collection[int]) -> list[_Part]:
    parts: list[_Part] = []
    opening: list[int] = []
    content: list[int] = []
    depth, last, comma = 0, 0, False

    def close() -> None:
        if opening or content:
            parts.append(_Part(tuple(opening), tuple(content), at, comma))
        opening.clear()
        content.clear()

    at = 0
    for place, word in enumerate(words):
        between = _PLURAL.sub("", title[last : word.start])
        token = title[word.start : word.end].lower()
        last = word.end
        is_sign = any(s in ",;()[]" for s in between)
        is_whole = {place - 1, place} <= set(said)  # 'acute on chronic'
        if is_sign or (token in _OPENING and content and not is_whole):
            close()
            depth += sum(s in "([" for s in between) - sum(s in ")]" for s in between)
            at, comma = depth, any(s in ",;" for s in between)
        if not content and (token in _OPENING or token in _ARTICLES or (token in _LISTING and opening)):
            opening.append(place)
        else:
            content.append(place)
    close()
    return parts


def _kept(part: _Part, taken: Taken, tokens: Sequence[str]) -> tuple[int, ...]:
    """Return the places of a part that stay, none if it goes as a whole."""
    gone = taken.all()
    if gone.isdisjoint(part.content):
        return tuple(p for p in (*part.opening, *part.content) if p not in gone)
    loose = _QUALIFYING | _COUNTING if taken.is_varied else _QUALIFYING
    if all(p in gone or tokens[p] in loose for p in part.content):
        return ()
    sided = [p for p in part.content if p not in taken.sides]
    sites, said = set(taken.sites), set(taken.said)
    first = next(p for p in sided if p not in gone)
    kept = [p for p in sided if p not in sites] if taken.is_varied else list(sided)
    if sided[-1] in said or first != sided[0]:
        # words at the start, and at the end what is said of the whole: 'acute X', 'X type 1'
        while said.issuperset(part.opening) and kept and kept[0] in said:
            del kept[0]
        if kept and tokens[kept[0]] in _ARTICLES:  # 'person boarding a bus'
            kept = list(sided)
        while kept and kept[-1] in said:
            del kept[-1]
    if taken.is_varied and sided[-1] in sites:
        # `other` of 'other finger' goes with the finger
        while len(kept) > 1 and tokens[kept[-1]] in loose:
            del kept[-1]
    if kept and kept[0] != part.content[0]:
        while len(kept) > 1 and tokens[kept[0]] in _LISTING:
            del kept[0]
    return (*(p for p in part.opening if p not in said), *kept) if kept else ()


def remaining(title: str, words: Sequence[Word], taken: Taken) -> str:
    """Return what remains of a title; nothing if all is taken.

    >>> from nosograph.build.axes_words import split_words
    >>> title = "Injury of blood vessel of left thumb at hand level, initial encounter"
    >>> remaining(title, split_words(title), Taken({5}, {6, 8}, {10, 11}))
    'Injury of blood vessel'
    """
    found = _tidy(_remaining(title, words, taken), _LOOSE)
    return found[:1].upper() + found[1:]


def clause_text(title: str, words: Sequence[Word], inside: range, taken: Taken) -> str:
    """Return what remains of the words in a clause, after the one that opens it."""
    here = {place: at for at, place in enumerate(inside)}

    def within(places: Collection[int]) -> set[int]:
        return {here[p] for p in places if p in here}

    part = Taken(within(taken.sides), within(taken.sites), within(taken.said), taken.is_varied)
    return _tidy(_remaining(title, words[inside.start : inside.stop], part), _ARTICLES)


def _remaining(title: str, words: Sequence[Word], taken: Taken) -> str:
    tokens = [title[w.start : w.end].lower() for w in words]
    parts = _parts(title, words, taken.said)
    stays = [_kept(part, taken, tokens) for part in parts]
    after = next((k for k, kept in enumerate(stays) if kept), None)
    if after is None:
        return ""
    if after and parts[after].opening and not parts[after].is_after_comma:
        # 'Driver of car injured': what the rest depends on stays
        for k in range(after):
            stays[k] = tuple(p for p in (*parts[k].opening, *parts[k].content) if p not in taken.sides)
    return _text(title, words, parts, stays)


def _text(title: str, words: Sequence[Word], parts: Sequence[_Part], stays: Sequence[tuple[int, ...]]) -> str:
    out = ""
    last: int | None = None
    comma = False
    for part, kept in zip(parts, stays, strict=True):
        comma = comma or part.is_after_comma
        for place in kept:
            if last is None:
                joined = ""
            elif place == last + 1:
                joined = title[words[last].end : words[place].start]
            elif comma and part.depth == 0 and not part.opening:
                joined = _closed(out) + ", "
            else:
                joined = _closed(out) + " " + (_bracket(title, words, place) if place == kept[0] else "")
            out += joined + title[words[place].start : words[place].end]
            last, comma = place, False
    if last is not None:
        tail = re.match(r"\((?:s|es)\)|[)\]]", title[words[last].end :])
        out += tail[0] if tail else ""
    return out


def _bracket(title: str, words: Sequence[Word], place: int) -> str:
    """Return the bracket that opens before a word, if one does."""
    between = _PLURAL.sub("", title[words[place - 1].end if place else 0 : words[place].start])
    return next((sign for sign in reversed(between) if sign in "(["), "")


def _closed(text: str) -> str:
    """Return the brackets that a text leaves open, closed."""
    return ")" * (text.count("(") - text.count(")")) + "]" * (text.count("[") - text.count("]"))


def _tidy(text: str, leading: frozenset[str]) -> str:
    for opening, closing in ("()", "[]"):
        missing = text.count(opening) - text.count(closing)
        text += closing * max(0, missing)
        if missing < 0:
            text = text.replace(closing, "")
    words = _SPACES.sub(" ", text).strip(" ,;-/").split(" ")
    while len(words) > 1 and words[0].lower() in leading:
        del words[0]
    while len(words) > 1 and words[-1].lower() in _LOOSE:
        del words[-1]
    return " ".join(words).strip(" ,;-/")


def kept_text(title: str, words: Sequence[Word], kept: Collection[int]) -> str:
    """Return the words at these places as a text, without joining words at the ends and at gaps.

    >>> from nosograph.build.axes_words import split_words
    >>> title = "Injury of the neck with pain"
    >>> kept_text(title, split_words(title), {0, 1, 2, 4})
    'Injury'
    """
    out: list[str] = []
    last: int | None = None
    for place in sorted(kept):
        if last is not None and place == last + 1:
            out.append(title[words[last].end : words[place].start])
        else:
            _strip(out)
            out.append(" ")
        out.append(title[words[place].start : words[place].end])
        last = place
    _strip(out)
    while out and _is_loose(out[0]):
        del out[0]
    text = re.sub(r"\s+", " ", "".join(out))
    for pair in ("()", "[]"):
        if text.count(pair[0]) != text.count(pair[1]):
            text = text.replace(pair[0], " ").replace(pair[1], " ")
    return re.sub(r"\s+", " ", text).strip(" ,;-/")


def _is_loose(text: str) -> bool:
    return text.lower() in _JOINING or not text.strip(" ,;-/()[]")


def _strip(out: list[str]) -> None:
    while out and (_is_loose(out[-1]) or (len(out) > 1 and out[-1].lower() in _PLACING)):
        del out[-1]
