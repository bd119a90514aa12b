"""Read the official tabular list: the CDC's XML, as a stream, into plain records.

The file is hostile until parsed: a document type declaration (and with it any entity) is refused, and whatever
element the reader does not know is counted in `TabularList.remainder` instead of being dropped in silence.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from nosograph.errors import SourceError

__all__ = [
    "NOTE_KINDS",
    "Entry",
    "IntroSection",
    "Note",
    "SectionRef",
    "SeventhCharacter",
    "TabularList",
    "read_tabular",
]

#: element of the XML: kind of note in the contract
NOTE_KINDS = {
    "includes": "includes",
    "inclusionTerm": "inclusion-term",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code-first",
    "useAdditionalCode": "use-additional",
    "codeAlso": "code-also",
    "notes": "note",
    "sevenChrNote": "seventh-character",
}
_ROOT = "ICD10CM.tabular"
_CHAPTER_RANGE = re.compile(r"\s*\(([A-Z][0-9A-Z]{2}-[A-Z][0-9A-Z]{2})\)\s*$")
_BLOCK_RANGE = re.compile(r"\s*\([A-Z][0-9A-Z]{2}(?:-[A-Z][0-9A-Z]{2})?\)\s*$")
_NOTATION = {
    "chapter": re.compile(r"[A-Z][0-9A-Z]{2}-[A-Z][0-9A-Z]{2}"),
    "block": re.compile(r"[A-Z][0-9A-Z]{2}-[A-Z][0-9A-Z]{2}"),
    "diagnosis": re.compile(r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?"),
}
_READ_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Note:
    """One verbatim note of an entry."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class SeventhCharacter:
    """One character that an entry allows in seventh place, with the notes printed below it."""

    character: str
    label: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionRef:
    """One line of a chapter's index of blocks."""

    block: str
    label: str


@dataclass(frozen=True, slots=True)
class IntroSection:
    """One paragraph group of the list's introduction."""

    kind: str
    title: str
    notes: tuple[str, ...]


@dataclass(slots=True)
class Entry:
    """A chapter, block, category or (sub)code as printed, before 7th characters are added.

    `kind` is chapter, block or diagnosis; `notation` is a range for chapters and blocks (`M00-M99`, `R99-R99`).
    """

    kind: str
    notation: str = ""
    title: str = ""
    parent: str | None = None
    number: str | None = None
    placeholder: bool = False
    notes: list[Note] = field(default_factory=list)
    seventh: list[SeventhCharacter] = field(default_factory=list)
    index: list[SectionRef] = field(default_factory=list)
    children: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TabularList:
    """One edition of the tabular list: entries in printed order, by notation."""

    version: str
    sha256: str
    entries: dict[str, Entry]
    introduction: list[IntroSection]
    remainder: Counter[str]


def _as_range(block_id: str) -> str:
    return block_id if "-" in block_id else f"{block_id}-{block_id}"


class _Reader:
    """Expat handlers that keep no more than the open elements."""

    def __init__(self) -> None:
        self.version = ""
        self.entries: dict[str, Entry] = {}
        self.introduction: list[IntroSection] = []
        self.remainder: Counter[str] = Counter()
        self.path: list[str] = []
        self.open: list[Entry] = []
        self.text: list[str] = []
        self.attributes: list[dict[str, str]] = []
        self.intro: tuple[str, list[str], list[str]] = ("", [], [])
        self.skipping = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.path and tag != _ROOT:
            raise SourceError(f"this is not an ICD-10-CM tabular list: its root is <{tag}>, not <{_ROOT}>")
        self.path.append(tag)
        self.attributes.append(attributes)
        self.text = []
        if self.skipping or not self._known(tag):
            self.skipping += 1
            self.remainder["/".join(self._generic_path())] += 1
        elif tag in ("chapter", "section", "diag"):
            self._open_entry(tag, attributes)
        elif tag == "introSection":
            self.intro = (attributes.get("type", ""), [], [])

    def _generic_path(self) -> Iterator[str]:
        for above, tag in zip(["", *self.path], self.path, strict=False):
            if tag != above:
                yield tag

    def _known(self, tag: str) -> bool:
        parent = self.path[-2] if len(self.path) > 1 else ""
        if tag in NOTE_KINDS:
            return parent in ("chapter", "section", "diag")
        return parent in {
            _ROOT: ("",),
            "version": (_ROOT,),
            "introduction": (_ROOT,),
            "introSection": ("introduction",),
            "instruction": ("introSection",),
            "title": ("introSection",),
            "chapter": (_ROOT,),
            "section": ("chapter",),
            "diag": ("section", "diag"),
            "name": ("chapter", "diag"),
            "desc": ("chapter", "section", "diag"),
            "sectionIndex": ("chapter",),
            "sectionRef": ("sectionIndex",),
            "sevenChrDef": ("diag",),
            "extension": ("sevenChrDef",),
            "note": ("sevenChrDef", "instruction", *NOTE_KINDS),
        }.get(tag, ())

    def _open_entry(self, tag: str, attributes: dict[str, str]) -> None:
        entry = Entry({"chapter": "chapter", "section": "block", "diag": "diagnosis"}[tag])
        entry.placeholder = attributes.get("placeholder") == "true"
        if self.open:
            entry.parent = self.open[-1].notation
            if not entry.parent:
                raise SourceError(f"a {self.open[-1].kind} has no name before what stands below it")
        if tag == "section":
            entry.notation = _as_range(attributes.get("id", ""))
            self._register(entry)
        self.open.append(entry)

    def _register(self, entry: Entry) -> None:
        if not _NOTATION[entry.kind].fullmatch(entry.notation):
            raise SourceError(f"{entry.notation[:40]!r} is not the name of a {entry.kind} (below {entry.parent})")
        if entry.notation in self.entries:
            raise SourceError(f"{entry.notation} stands twice in the tabular list")
        self.entries[entry.notation] = entry
        if entry.parent:
            self.entries[entry.parent].children.append(entry.notation)

    def end(self, tag: str) -> None:
        text = "".join(self.text)
        self.text = []
        attributes = self.attributes.pop()
        self.path.pop()
        parent = self.path[-1] if self.path else ""
        if self.skipping:
            self.skipping -= 1
        elif tag in ("chapter", "section", "diag"):
            if not self.open.pop().notation:
                raise SourceError(f"a <{tag}> has no name")
        elif tag == "name":
            self._name(text.strip())
        elif tag == "desc":
            self._title(text.strip())
        elif tag == "note":
            self._note(parent, text)
        elif tag == "extension":
            self.open[-1].seventh.append(SeventhCharacter(self._attribute(attributes, "char"), text.strip()))
        elif tag == "sectionRef":
            self.open[-1].index.append(SectionRef(_as_range(self._attribute(attributes, "id")), " ".join(text.split())))
        elif tag == "version":
            self.version = text.strip()
        elif tag == "title":
            self.intro[1].append(text.strip())
        elif tag == "introSection":
            kind, titles, notes = self.intro
            self.introduction.append(IntroSection(kind, " ".join(titles), tuple(notes)))

    def _attribute(self, attributes: dict[str, str], name: str) -> str:
        if not re.fullmatch(r"[0-9A-Z-]+", attributes.get(name, "")):
            raise SourceError(
                f"below {self.open[-1].notation}: an element lacks its {name}, or it is no part of a code"
            )
        return attributes[name]

    def _name(self, text: str) -> None:
        entry = self.open[-1]
        if entry.kind == "chapter":
            if not text.isdecimal():
                raise SourceError(f"{text[:40]!r} is not the number of a chapter")
            entry.number = text
        else:
            entry.notation = text
            self._register(entry)

    def _title(self, text: str) -> None:
        entry = self.open[-1]
        if entry.kind == "chapter":
            match = _CHAPTER_RANGE.search(text)
            if not match:
                raise SourceError(f"chapter {entry.number}: no range of codes in its title {text!r}")
            entry.notation, text = match[1], text[: match.start()]
            self._register(entry)
        elif entry.kind == "block":
            text = _BLOCK_RANGE.sub("", text)
        entry.title = text

    def _note(self, parent: str, text: str) -> None:
        if parent == "instruction":
            self.intro[2].append(text)
            return
        entry = self.open[-1]
        if parent != "sevenChrDef":
            entry.notes.append(Note(NOTE_KINDS[parent], text))
        elif entry.seventh:
            last = entry.seventh[-1]
            entry.seventh[-1] = SeventhCharacter(last.character, last.label, (*last.notes, text))
        else:
            self.remainder["diag/sevenChrDef/note before any extension"] += 1

    def refuse_doctype(self, *_: object) -> None:
        raise SourceError("the file has a document type declaration; the tabular list has none, so it is refused")


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_READ_BYTES):
                yield chunk
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error


def _check_complete(reader: _Reader, path: Path) -> None:
    untitled = [e.notation for e in reader.entries.values() if not e.title]
    if not any(e.kind == "diagnosis" for e in reader.entries.values()) or not reader.version:
        raise SourceError(f"{path} is not a whole tabular list: it has no version or no codes")
    if untitled:
        raise SourceError(f"{path}: {len(untitled)} entries have no title, the first is {untitled[0]}")


def read_tabular(path: Path) -> TabularList:
    """Read a tabular list in the CDC's format, whatever its edition.

    Raises SourceError if the file is missing, cut off, not well formed, has a document type, or is another kind of file.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = lambda data: reader.text.append(data)
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    digest = hashlib.sha256()
    try:
        for chunk in _chunks(path):
            digest.update(chunk)
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: an encoding that is not known
        raise SourceError(f"{path} is not a well-formed tabular list ({error}); is the download complete?") from error
    _check_complete(reader, path)
    return TabularList(reader.version, digest.hexdigest(), reader.entries, reader.introduction, reader.remainder)


def leaves(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the diagnosis entries that have no finer entry printed below them."""
    return (e for e in entries if e.kind == "diagnosis" and not e.children)
