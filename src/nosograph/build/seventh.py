"""Seventh characters: which codes the printed entries stand for.

The list prints `S06.5X7` and, at S06, the characters A, D and S; reportable are the codes with the character in seventh
place, with X in every empty place before it (conventions I.A.4 and I.A.5). A note may forbid some of them: S06 says that
D and S do not apply where the sixth character is 7 or 8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nosograph.notation import dotted, undotted
from nosograph.sources.tabular import Entry, SeventhCharacter

__all__ = ["Exclusion", "ExtendedCode", "defining_entry", "exclusions", "expand"]

_EXCLUSION = re.compile(
    r"7th characters? (?P<chars>[0-9A-Z](?:(?:, | and | or )[0-9A-Z])*) do(?:es)? not apply to codes in "
    r"(?:sub)?category (?P<owner>[0-9A-Z.]+) with (?P<position>[4-6])th characters? (?P<rest>.*)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?:^|, | or )([0-9A-Z]) - ")
_FULL_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A note's rule that some 7th characters do not apply below an entry."""

    owner: str
    characters: frozenset[str]
    position: int
    values: frozenset[str]

    def forbids(self, stem: str, character: str) -> bool:
        """Tell whether the rule forbids the character after this undotted stem."""
        return (
            character in self.characters
            and stem.startswith(undotted(self.owner))
            and stem[self.position - 1 : self.position] in self.values
        )


@dataclass(frozen=True, slots=True)
class ExtendedCode:
    """A reportable code made of a printed entry and a 7th character."""

    notation: str
    title: str
    base: str
    owner: str
    character: str


def exclusions(entries: dict[str, Entry]) -> tuple[Exclusion, ...]:
    """Read the rules that notes state about characters that do not apply.

    >>> from nosograph.sources.tabular import Note
    >>> text = "7th characters D and S do not apply to codes in category S06 with 6th character 7 - death, or 8 - death."
    >>> rule, = exclusions({"S06": Entry("diagnosis", "S06", notes=[Note("note", text)])})
    >>> sorted(rule.characters), rule.position, sorted(rule.values)
    (['D', 'S'], 6, ['7', '8'])
    """
    found = []
    for entry in entries.values():
        for note in entry.notes:
            if match := _EXCLUSION.match(note.text):
                characters = re.split(r", | and | or ", match["chars"])
                found.append(
                    Exclusion(
                        match["owner"],
                        frozenset(characters),
                        int(match["position"]),
                        frozenset(_VALUE.findall(match["rest"])),
                    )
                )
    return tuple(dict.fromkeys(found))


def defining_entry(entry: Entry, entries: dict[str, Entry]) -> Entry | None:
    """Return the nearest entry, itself or above, that defines 7th characters; a nearer one replaces a farther one."""
    above: Entry | None = entry
    while above is not None and not above.seventh:
        above = entries[above.parent] if above.parent else None
    return above


def _extend(entry: Entry, owner: Entry, seventh: SeventhCharacter) -> ExtendedCode:
    stem = undotted(entry.notation).ljust(_FULL_LENGTH, "X")
    return ExtendedCode(
        dotted(stem + seventh.character),
        f"{entry.title}, {seventh.label}",
        entry.notation,
        owner.notation,
        seventh.character,
    )


def expand(entries: dict[str, Entry]) -> dict[str, list[ExtendedCode]]:
    """Return, for every printed leaf that takes a 7th character, the codes it stands for, in the printed order.

    >>> entries = {"W19": Entry("diagnosis", "W19", "Unspecified fall", seventh=[SeventhCharacter("A", "initial encounter")])}
    >>> expand(entries)["W19"][0].notation
    'W19.XXXA'
    """
    rules = exclusions(entries)
    found: dict[str, list[ExtendedCode]] = {}
    for entry in entries.values():
        if entry.kind != "diagnosis" or entry.children:
            continue
        owner = defining_entry(entry, entries)
        if owner is None:
            continue
        stem = undotted(entry.notation).ljust(_FULL_LENGTH, "X")
        found[entry.notation] = [
            _extend(entry, owner, s) for s in owner.seventh if not any(r.forbids(stem, s.character) for r in rules)
        ]
    return found
