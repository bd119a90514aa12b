"""The tabular list of one edition as SKOS and XKOS, with its notes, references and seventh characters."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from nosograph.build.ntriples import A, boolean, code, integer, literal, ng, resource_iri, term, triple
from nosograph.build.references import CodeIndex, Reference, parse_references
from nosograph.build.seventh import ExtendedCode
from nosograph.notation import undotted
from nosograph.sources.editions import Edition
from nosograph.sources.tabular import Entry, Note, SeventhCharacter, TabularList

__all__ = ["INSTRUCTIONS", "tabular_triples"]

#: kinds of note that are there to send the reader to other codes
INSTRUCTIONS = frozenset({"excludes1", "excludes2", "code-first", "use-additional", "code-also"})

_XKOS_NOTE = {
    "includes": term("xkos:inclusionNote"),
    "inclusion-term": term("xkos:inclusionNote"),
    "excludes1": term("xkos:exclusionNote"),
    "excludes2": term("xkos:exclusionNote"),
}
_SCOPE_NOTE = term("skos:scopeNote")
_CONCEPT, _IN_SCHEME, _NOTATION = term("skos:Concept"), term("skos:inScheme"), term("skos:notation")
_PREF, _ALT, _BROADER, _MEMBER = (
    term("skos:prefLabel"),
    term("skos:altLabel"),
    term("skos:broader"),
    term("skos:member"),
)
_LEVELS = (
    "chapter",
    "block",
    "category",
    "four-character",
    "five-character",
    "six-character",
    "seven-character",
)
_TRUE, _FALSE = boolean(True), boolean(False)
_ORDER, _REPORTABLE = ng("order"), ng("reportable")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _level(entry: Entry) -> int:
    if entry.kind != "diagnosis":
        return 1 if entry.kind == "chapter" else 2
    return len(undotted(entry.notation))


class _Tabular:
    def __init__(
        self, tabular: TabularList, index: CodeIndex, edition: Edition, not_codes: re.Pattern[str] | None
    ) -> None:
        self.tabular = tabular
        self.index = index
        self.not_codes = not_codes
        self.edition = edition
        self.scheme = resource_iri(f"scheme/{edition.name}")
        self.levels = [resource_iri(f"level/{edition.name}/{name}") for name in _LEVELS]

    def lines(self) -> Iterator[str]:
        yield from self._head()
        for entry in self.tabular.entries.values():
            yield from self._entry(entry)
            for extended in self.index.extended.get(entry.notation, ()):
                yield from self._extended(extended)
        yield from self._introduction()

    def _head(self) -> Iterator[str]:
        yield triple(self.scheme, A, term("skos:ConceptScheme"))
        yield triple(self.scheme, term("dcterms:title"), literal(self.edition.title, "en"))
        yield triple(self.scheme, ng("edition"), resource_iri(f"edition/{self.edition.name}"))
        yield triple(self.scheme, term("xkos:numberOfLevels"), integer(len(_LEVELS)))
        rest = [resource_iri(f"level/{self.edition.name}/list/{n}") for n in range(1, len(_LEVELS) + 1)]
        yield triple(self.scheme, term("xkos:levels"), rest[0])
        for depth, (name, level, cell) in enumerate(zip(_LEVELS, self.levels, rest, strict=True), 1):
            yield triple(cell, term("rdf:first"), level)
            yield triple(cell, term("rdf:rest"), rest[depth] if depth < len(rest) else term("rdf:nil"))
            yield triple(level, A, term("xkos:ClassificationLevel"))
            yield triple(level, _PREF, literal(name.replace("-", " "), "en"))
            yield triple(level, term("xkos:depth"), integer(depth))

    def _entry(self, entry: Entry) -> Iterator[str]:
        me = code(entry.notation)
        level = _level(entry)
        reportable = entry.kind == "diagnosis" and not entry.children and entry.notation not in self.index.extended
        yield triple(me, A, _CONCEPT)
        if level <= 3:
            yield triple(me, A, ng(("Chapter", "Block", "Category")[level - 1]))
        if reportable:
            yield triple(me, A, ng("Code"))
        elif level > 3:
            yield triple(me, A, ng("Subcategory"))
        yield triple(me, _IN_SCHEME, self.scheme)
        yield triple(me, _NOTATION, literal(entry.notation))
        yield triple(me, _PREF, literal(entry.title, "en"))
        yield triple(me, _REPORTABLE, _TRUE if reportable else _FALSE)
        yield triple(me, _ORDER, integer(self.index.order[entry.notation]))
        yield triple(self.levels[level - 1], _MEMBER, me)
        if entry.parent:
            yield triple(me, _BROADER, code(entry.parent))
        else:
            yield triple(self.scheme, term("skos:hasTopConcept"), me)
            yield triple(me, ng("chapterNumber"), integer(int(entry.number or 0)))
        if heading := self.index.groups.get(entry.notation):
            yield triple(me, ng("groupedUnder"), code(heading))
        if entry.placeholder:
            yield triple(me, ng("placeholder"), _TRUE)
        for line in entry.index:
            if line.block in self.tabular.entries:
                yield triple(code(line.block), ng("indexLabel"), literal(line.label, "en"))
        for place, seventh in enumerate(entry.seventh, 1):
            yield from self._seventh(entry, place, seventh)
        yield from self._alternatives(me, entry)
        yield from self._notes(me, entry)

    def _alternatives(self, me: str, entry: Entry) -> Iterator[str]:
        terms = dict.fromkeys(n.text for n in entry.notes if n.kind == "inclusion-term" and n.text != entry.title)
        for text in terms:
            yield triple(me, _ALT, literal(text, "en"))

    def _seventh(self, entry: Entry, place: int, seventh: SeventhCharacter) -> Iterator[str]:
        it = resource_iri(f"seventh/{entry.notation}/{seventh.character}")
        yield triple(it, A, ng("SeventhCharacter"))
        yield triple(it, ng("definedAt"), code(entry.notation))
        yield triple(it, ng("character"), literal(seventh.character))
        yield triple(it, _PREF, literal(seventh.label, "en"))
        yield triple(it, _ORDER, integer(place))
        for text in seventh.notes:
            yield triple(it, term("skos:note"), literal(text, "en"))

    def _extended(self, extended: ExtendedCode) -> Iterator[str]:
        me = code(extended.notation)
        yield triple(me, A, _CONCEPT)
        yield triple(me, A, ng("Code"))
        yield triple(me, _IN_SCHEME, self.scheme)
        yield triple(me, _NOTATION, literal(extended.notation))
        yield triple(me, _PREF, literal(extended.title, "en"))
        yield triple(me, _REPORTABLE, _TRUE)
        yield triple(me, _ORDER, integer(self.index.order[extended.notation]))
        yield triple(self.levels[-1], _MEMBER, me)
        yield triple(me, _BROADER, code(extended.base))
        yield triple(me, ng("seventhCharacter"), resource_iri(f"seventh/{extended.owner}/{extended.character}"))

    def _notes(self, me: str, entry: Entry) -> Iterator[str]:
        seen: Counter[tuple[str, str]] = Counter()
        for place, note in enumerate(entry.notes, 1):
            seen[note.kind, note.text] += 1
            again = f"-{seen[note.kind, note.text]}" if seen[note.kind, note.text] > 1 else ""
            path = f"note/{entry.notation}/{note.kind}/{_digest(note.text)}{again}"
            it = resource_iri(path)
            yield triple(it, A, ng("Note"))
            yield triple(it, ng("noteKind"), literal(note.kind))
            yield triple(it, ng("owner"), me)
            yield triple(it, ng("text"), literal(note.text, "en"))
            yield triple(it, _ORDER, integer(place))
            yield triple(me, _XKOS_NOTE.get(note.kind, _SCOPE_NOTE), it)
            yield from self._references(path, it, note)

    def _references(self, path: str, it: str, note: Note) -> Iterator[str]:
        found = parse_references(note.text, self.index, self.not_codes) if note.kind != "seventh-character" else ()
        if not found and note.kind in INSTRUCTIONS:
            yield triple(it, ng("unresolved"), literal("no-code-named"))
        meant: dict[str, None] = {}
        for place, reference in enumerate(found, 1):
            yield from self._reference(resource_iri(f"{path}/reference/{place}"), it, place, reference)
            meant.update(dict.fromkeys(reference.targets if reference.narrowed is None else reference.narrowed))
        for notation in meant:
            yield triple(it, ng("refersTo"), code(notation))

    def _reference(self, me: str, note: str, place: int, reference: Reference) -> Iterator[str]:
        yield triple(note, ng("reference"), me)
        yield triple(me, A, ng("Reference"))
        yield triple(me, ng("text"), literal(reference.text))
        yield triple(me, ng("referenceKind"), literal(reference.kind))
        yield triple(me, _ORDER, integer(place))
        for notation in reference.targets:
            yield triple(me, ng("target"), code(notation))
        for notation in reference.missing:
            yield triple(me, ng("missingCode"), literal(notation))
        if reference.missing:
            yield triple(me, ng("unresolved"), literal("code-does-not-exist"))

    def _introduction(self) -> Iterator[str]:
        for place, section in enumerate(self.tabular.introduction, 1):
            it = resource_iri(f"introduction/{self.edition.name}/{place}")
            yield triple(it, A, ng("Introduction"))
            yield triple(it, term("dcterms:isPartOf"), self.scheme)
            yield triple(it, term("dcterms:type"), literal(section.kind))
            yield triple(it, term("dcterms:title"), literal(section.title, "en"))
            yield triple(it, _ORDER, integer(place))
            for text in section.notes:
                yield triple(it, ng("text"), literal(text, "en"))


def tabular_triples(
    tabular: TabularList, index: CodeIndex, edition: Edition, not_codes: re.Pattern[str] | None = None
) -> Iterator[str]:
    """Yield the N-Triples lines of an edition's layer, in printed order."""
    return _Tabular(tabular, index, edition, not_codes).lines()
