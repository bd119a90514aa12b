"""Names and wordings of the field, from tables in `data/`, as N-Triples: what charts say for what the list says."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from nosograph.build.ntriples import A, code, iri, literal, ng, resource_iri, term, triple
from nosograph.errors import SourceError
from nosograph.notation import CODE_NAMESPACE
from nosograph.resources import resource

__all__ = ["TERM_KINDS", "terms_triples"]

#: kinds of names, as in data/terms/README.md
TERM_KINDS = frozenset({"lay", "clinical", "abbreviation", "index", "default"})
_NAMES, _KIND, _TEXT = ng("names"), ng("termKind"), term("skosxl:literalForm")
_PHRASE, _SAYS, _WITHIN, _AGENT = ng("phrase"), ng("says"), ng("within"), ng("agentKind")
_SOURCE = term("dcterms:source")
#: kinds of agents that have no class word of their own
_OTHER_AGENTS = ("brand", "organism")
_ONTOLOGIES = {
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "HP": "http://purl.obolibrary.org/obo/HP_",
    "MESH": "http://id.nlm.nih.gov/mesh/",
}


def _rows(path: Path, *columns: str, known: Mapping[str, Collection[str]] | None = None) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table; `known` are the values that a column may have."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(reader.fieldnames or ()) != columns:
            raise SourceError(f"{path}: its columns are {reader.fieldnames}, not {list(columns)}")
        for row in reader:
            if None in row or None in row.values() or not row[columns[0]] or not row[columns[1]]:
                raise SourceError(f"{path}, line {reader.line_num}: a field is missing, or there is one too many")
            for column, values in (known or {}).items():
                if row[column].partition(":")[0] not in values:
                    raise SourceError(
                        f"{path}, line {reader.line_num}: {row[column]!r} is no {column}; they are {', '.join(sorted(values))}"
                    )
            yield row


def _listed(first: str, others: str) -> list[str]:
    return list(dict.fromkeys([first, *(o.strip() for o in others.split(";") if o.strip())]))


def _me(kind: str, *parts: str) -> str:
    return resource_iri(f"{kind}/{sha256(chr(0).join(parts).encode()).hexdigest()[:16]}")


def _name(entry: str, text: str, kind: str, source: str) -> Iterator[str]:
    me = _me("term", entry, text, kind)
    yield triple(me, A, ng("IndexTerm"))
    yield triple(me, _NAMES, code(entry))
    yield triple(me, _TEXT, literal(text, "en"))
    yield triple(me, _KIND, literal(kind))
    yield triple(me, _SOURCE, source)


def _wording(phrase: str, says: str, scope: str, source: str, kind: str = "") -> Iterator[str]:
    me = _me("wording", phrase, says, scope)
    yield triple(me, A, ng("Wording"))
    yield triple(me, _PHRASE, literal(phrase, "en"))
    yield triple(me, _SAYS, literal(says, "en"))
    yield triple(me, _SOURCE, source)
    if kind:
        yield triple(me, _KIND, literal(kind))
    if scope:
        yield triple(me, _WITHIN, iri(CODE_NAMESPACE + scope))


def _folder(name: str) -> list[Path]:
    return sorted(resource(f"data/{name}").glob("*.tsv"))


def terms_triples(known: Collection[str]) -> Iterator[str]:
    """Yield the names of entries and the wordings within parts of the list that are `known`, each once.

    Raises SourceError for a table that is not what it should be.
    """
    seen: set[str] = set()
    for line in _all(known):
        if line not in seen:
            seen.add(line)
            yield line


def _all(known: Collection[str]) -> Iterator[str]:
    curated = resource_iri("source/curated-terms")
    for path in _folder("terms"):
        for row in _rows(path, "entry", "term", "kind", known={"kind": TERM_KINDS}):
            if row["entry"] in known:
                yield from _name(row["entry"], row["term"], row["kind"], curated)
    for row in _rows(resource("data/synonyms.tsv"), "entry", "term", "concept", known={"concept": _ONTOLOGIES}):
        scheme, _, local = row["concept"].partition(":")
        if row["entry"] in known:
            yield from _name(row["entry"], row["term"], "ontology", iri(_ONTOLOGIES[scheme] + local))
    for path in [*_folder("wordings"), resource("data/mechanisms.tsv")]:
        for row in _rows(path, "phrase", "says", "scope"):
            if not row["scope"] or row["scope"] in known:
                yield from _wording(row["phrase"], row["says"], row["scope"], curated)
    for row in _rows(resource("data/organisms.tsv"), "organism", "says", "also"):
        for text in _listed(row["organism"], row["also"]):
            yield from _wording(text, row["says"], "", curated)
    kinds = {r["kind"]: r["says"] for r in _rows(resource("data/agent-kinds.tsv"), "kind", "says")}
    kinds |= dict.fromkeys(_OTHER_AGENTS, "")
    for row in _rows(resource("data/agents.tsv"), "agent", "entry", "kind", "also", known={"kind": kinds}):
        for text in _listed(row["agent"], row["also"]):
            if row["entry"] in known:
                yield from _name(row["entry"], text, "agent", curated)
            for says in kinds.get(row["kind"], "").split("; "):
                if says:
                    yield from _wording(text, says, "", curated, "class")
