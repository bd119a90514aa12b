"""Keep a search index in a folder: arrays, lines of text that open in a moment, and a little JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from nosograph.answers.find_codes import Codes, Lines
from nosograph.answers.find_index import Arrays, SearchIndex, Wording
from nosograph.answers.find_keys import Phrases
from nosograph.answers.find_words import Stems

__all__ = ["load_index", "save_index"]

#: parts of an index that are kept as JSON
_SMALL = ("site_labels", "holders", "labels", "told", "sevenths", "residual_causes", "groups", "ranges", "sending")
_CODES = ("entries", "unit_start", "unit_of")


class _KeptPhrases(Phrases[Wording]):
    """Phrases in a text of lines, of which those that a question may need are read."""

    def __init__(self, text: str, starts: dict[str, tuple[int, int]]) -> None:
        super().__init__(())
        self._text, self._starts = text, starts

    def known(self, first: str) -> Sequence[tuple[Stems, Wording]]:
        if first not in self._by_first and first in self._starts:
            start, end = self._starts[first]
            self._by_first[first] = [_parsed(line) for line in self._text[start:end].splitlines()]
        return self._by_first.get(first, ())

    def groups(self) -> Iterator[tuple[str, Sequence[tuple[Stems, Wording]]]]:
        yield from ((first, self.known(first)) for first in self._starts)


def _parsed(line: str) -> tuple[Stems, Wording]:
    phrase, kind, says, low, high = line.split("\t")
    words = tuple(phrase.split(" "))
    return words, (words, kind, says, int(low), int(high))


def _lines(phrases: Phrases[Wording]) -> tuple[str, dict[str, tuple[int, int]]]:
    parts: list[str] = []
    starts: dict[str, tuple[int, int]] = {}
    at = 0
    for first, known in phrases.groups():
        text = "".join(f"{' '.join(w)}\t{kind}\t{says}\t{low}\t{high}\n" for w, (_, kind, says, low, high) in known)
        starts[first] = (at, at + len(text))
        parts.append(text)
        at += len(text)
    return "".join(parts), starts


def save_index(index: SearchIndex, folder: Path) -> None:
    """Write an index into an empty folder: arrays, lines of text that open in a moment, and a little JSON."""
    codes = index.codes
    kept = {f.name: getattr(index.arrays, f.name) for f in fields(Arrays)}
    kept |= {f"codes_{name}": getattr(codes, name) for name in _CODES}
    kept |= {"codes_lines": codes.lines.starts, "name_lines": index.name_lines.starts}
    np.savez(folder / "arrays.npz", **kept)
    np.save(folder / "directions.npy", index.directions)
    (folder / "codes.txt").write_bytes(codes.lines.data)
    (folder / "names.txt").write_bytes(index.name_lines.data)
    phrases, starts = _lines(index.phrases)
    for name, text in (
        ("phrases", phrases),
        ("titles", "\n".join(index.titles)),
        ("notations", "\n".join(index.notations)),
        ("vocabulary", "\n".join(index.vocabulary)),
    ):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
    words = {name: getattr(index, name) for name in _SMALL} | {"starts": starts}
    words |= {"units": codes.units, "source": codes.source}
    (folder / "words.json").write_text(json.dumps(words, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def load_index(folder: Path) -> SearchIndex:
    """Read an index back.

    Raises OSError, ValueError or LookupError if it is not whole.
    """
    with np.load(folder / "arrays.npz", allow_pickle=False) as kept:
        arrays = Arrays(**{f.name: kept[f.name] for f in fields(Arrays)})
        numbers = {name: kept[f"codes_{name}"] for name in _CODES}
        code_lines = Lines((folder / "codes.txt").read_bytes(), kept["codes_lines"])
        name_lines = Lines((folder / "names.txt").read_bytes(), kept["name_lines"])
    # read where a question needs it
    directions = np.load(folder / "directions.npy", mmap_mode="r", allow_pickle=False)
    texts = {
        n: (folder / f"{n}.txt").read_text(encoding="utf-8") for n in ("phrases", "titles", "notations", "vocabulary")
    }
    lines = {name: text.split("\n") for name, text in texts.items() if name != "phrases"}
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    starts = {first: (start, end) for first, (start, end) in words.pop("starts").items()}
    units = [(family, condition) for family, condition in words.pop("units")]
    codes = Codes(code_lines, units=units, labels=words["labels"], source=words.pop("source"), **numbers)
    words["site_labels"] = [(tuple(w), site) for w, site in words["site_labels"]]
    if not len(lines["titles"]) == len(lines["notations"]) == len(arrays.parents) or len(directions) != len(
        arrays.name_node
    ):
        raise ValueError("the parts of the index are not of one size")
    return SearchIndex(
        arrays=arrays,
        vocabulary={key: place for place, key in enumerate(lines["vocabulary"])},
        notations=lines["notations"],
        titles=lines["titles"],
        phrases=_KeptPhrases(texts["phrases"], starts),
        codes=codes,
        name_lines=name_lines,
        directions=directions,
        **words,
    )
