"""The tables of names and wordings are well-formed and name what there is; the body sites reach down to single parts."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from nosograph.answers.find_words import stems
from nosograph.build import terms
from nosograph.build.references import CodeIndex
from nosograph.build.seventh import expand
from nosograph.build.terms import TERM_KINDS, terms_triples
from nosograph.errors import SourceError
from nosograph.namespaces import NG, PREFIXES
from nosograph.sources.editions import installed_edition
from nosograph.sources.tabular import read_tabular

DATA = Path(__file__).parents[1] / "data"
TERMS = sorted((DATA / "terms").glob("*.tsv"))
WORDINGS = [*sorted((DATA / "wordings").glob("*.tsv")), DATA / "mechanisms.tsv"]
COLUMNS = {
    **{path: ["entry", "term", "kind"] for path in TERMS},
    **{path: ["phrase", "says", "scope"] for path in WORDINGS},
    DATA / "agent-kinds.tsv": ["kind", "says"],
    DATA / "agents.tsv": ["agent", "entry", "kind", "also"],
    DATA / "encounters.tsv": ["phrase", "encounter", "says"],
    DATA / "not-synonyms.tsv": ["entry", "term", "because"],
    DATA / "organisms.tsv": ["organism", "says", "also"],
    DATA / "question-words.tsv": ["word", "role"],
    DATA / "synonyms.tsv": ["entry", "term", "concept"],
    DATA / "word-forms.tsv": ["word", "form"],
}
#: kinds of agents that are told by their entry alone
SILENT_AGENTS = {"organism", "substance of abuse"}
ENCOUNTERS = {"initial", "subsequent", "sequela"}
HEALING = {"", "routine healing", "delayed healing", "nonunion", "malunion"}
ROLES = set(
    "axis bearer certainty default denying fact idle joining missing neutral questioning general sign silence soft sole sound speaking"
    " tissue touching turning unstated weighty".split()
)

Row = tuple[int, list[str]]


def _id(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@cache
def table(path: Path) -> tuple[list[str], list[Row]]:
    """Return the columns of a table, and its rows with their line numbers."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return next(reader), [(reader.line_num, row) for row in reader]


def rows(path: Path) -> list[Row]:
    return table(path)[1]


class Listed:
    """The tabular list: its entries, all codes, and the stems of the words that stand at an entry and below it."""

    def __init__(self) -> None:
        entries = read_tabular(installed_edition()).entries
        self.entries = set(entries)
        self.codes = self.entries | set(CodeIndex(entries, expand(entries)).extended_codes)
        above = {n: e.parent for n, e in entries.items()}
        self.words: dict[str, set[str]] = {"": set()}
        for notation, entry in entries.items():
            texts = [entry.title, *(n.text for n in entry.notes), *(s.label for s in entry.seventh or ())]
            mine = {w for text in texts for w in stems(text)}
            at: str | None = notation
            while at:
                self.words.setdefault(at, set()).update(mine)
                at = above[at]
            self.words[""] |= mine
        # Below a heading, a block that holds other blocks, nothing is printed: it has the words of its range.
        for heading in (n for n in entries if "-" in n):
            low, high = heading.split("-")
            for notation in entries:
                if len(notation) == 3 and low <= notation <= high:
                    self.words[heading] |= self.words[notation]


@pytest.fixture(scope="module")
def listed() -> Listed:
    return Listed()


@pytest.mark.parametrize("path", COLUMNS, ids=_id)
def test_form(path: Path) -> None:
    columns, found = table(path)
    assert columns == COLUMNS[path]
    assert len(found) > 10
    assert b"\r" not in path.read_bytes() and path.read_bytes().endswith(b"\n")
    for line, row in found:
        where = f"{path.name}, line {line}: {row}"
        assert len(row) == len(columns) and row[0] and row[1], where
        assert all(field == " ".join(field.split()) for field in row), where
    assert [row for row, n in Counter(tuple(row) for _, row in found).items() if n > 1] == []


@pytest.mark.parametrize("path", TERMS, ids=_id)
def test_terms_name_codes_by_known_kinds(path: Path, listed: Listed) -> None:
    assert [(n, row) for n, row in rows(path) if row[0] not in listed.codes] == []
    assert {row[2] for _, row in rows(path)} <= TERM_KINDS


def test_terms_stand_in_one_table() -> None:
    every = Counter(tuple(row) for path in TERMS for _, row in rows(path))
    assert [row for row, n in every.items() if n > 1] == []
    assert len(every) > 50_000
    assert {kind for _, _, kind in every} == TERM_KINDS


def test_wordings_stand_in_one_table() -> None:
    every = Counter(tuple(row) for path in WORDINGS for _, row in rows(path))
    assert [row for row, n in every.items() if n > 1] == []
    assert len(every) > 7_000


@pytest.mark.parametrize("path", WORDINGS, ids=_id)
def test_wordings_say_words_of_their_scope(path: Path, listed: Listed) -> None:
    assert [(n, row) for n, row in rows(path) if row[2] and row[2] not in listed.entries] == []
    assert [(n, row) for n, row in rows(path) if not set(stems(row[1])) <= listed.words[row[2]]] == []
    assert [(n, row) for n, row in rows(path) if row[0].lower() == row[1].lower()] == []


def test_agents_and_organisms(listed: Listed) -> None:
    agents, organisms = rows(DATA / "agents.tsv"), rows(DATA / "organisms.tsv")
    kinds = {row[0]: row[1] for _, row in rows(DATA / "agent-kinds.tsv")}
    assert [(n, row) for n, row in agents if row[1] not in listed.codes] == []
    assert {row[2] for _, row in agents} == set(kinds) | SILENT_AGENTS
    for told in kinds.values():
        assert all(set(stems(says)) <= listed.words[""] for says in told.split("; "))
    assert [(n, row) for n, row in organisms if not set(stems(row[1])) <= listed.words[""]] == []
    for found in (agents, organisms):
        assert [name for name, n in Counter(row[0].lower() for _, row in found).items() if n > 1] == []


def test_synonyms_name_codes_and_concepts(listed: Listed) -> None:
    found = rows(DATA / "synonyms.tsv")
    assert [(n, row) for n, row in found if row[0] not in listed.codes] == []
    assert {row[2].partition(":")[0] for _, row in found} == {"MONDO", "HP", "MESH"}
    assert [name for name, n in Counter((row[0], row[1]) for _, row in found).items() if n > 1] == []


@pytest.mark.parametrize(
    ("name", "known"), [("encounters", ENCOUNTERS), ("question-words", ROLES), ("word-forms", None)]
)
def test_words_of_questions(name: str, known: set[str] | None) -> None:
    found = rows(DATA / f"{name}.tsv")
    assert [word for word, n in Counter(row[0].lower() for _, row in found).items() if n > 1] == []
    if known is not None:
        assert {row[1] for _, row in found} <= known
    if name == "encounters":
        assert {row[2] for _, row in found} == HEALING
    if name == "word-forms":
        assert [(n, row) for n, row in found if row != [w.lower() for w in row]] == []


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        ("data/terms/mind-nerves-eye-ear.tsv", "F01\tvascular dementia", "line"),
        ("data/terms/mind-nerves-eye-ear.tsv", "F01\tvascular dementia\tlay\tmore", "line"),
        ("data/terms/mind-nerves-eye-ear.tsv", "F01\tvascular dementia\tslang", "slang"),
        ("data/wordings/musculoskeletal-injury.tsv", "\tpatella\t", "line"),
        ("data/wordings/musculoskeletal-injury.tsv", "kneecap\t\tS80", "line"),
        ("data/mechanisms.tsv", "fell", "line"),
        ("data/organisms.tsv", "a bug", "line"),
        ("data/agents.tsv", "a pill\tT36.0X", "line"),
        ("data/synonyms.tsv", "A00\tcholera", "line"),
    ],
)
def test_a_wrong_row_is_an_error_that_names_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: Listed, name: str, row: str, says: str
) -> None:
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*.ttl", "*.gz", "validity.tsv"))
    monkeypatch.setattr(terms, "resource", lambda wanted: tmp_path / wanted)
    assert sum(1 for _ in terms_triples(listed.entries)) > 300_000
    path = tmp_path / name
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    path.write_text(f"{head}\n{row}\n{rest}", encoding="utf-8")
    with pytest.raises(SourceError) as error:
        list(terms_triples(frozenset()))
    assert path.name in str(error.value)
    assert says in str(error.value)
    if says == "line":
        assert "line 2:" in str(error.value)


def test_wrong_columns_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*.ttl", "*.gz", "validity.tsv"))
    monkeypatch.setattr(terms, "resource", lambda wanted: tmp_path / wanted)
    path = tmp_path / "data" / "mechanisms.tsv"
    path.write_text("phrase\tsays\nfell\tfall\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"mechanisms\.tsv"):
        list(terms_triples(frozenset()))


@pytest.fixture(scope="module")
def sites() -> ox.Store:
    store = ox.Store()
    for path in [*DATA.glob("sites*.ttl"), DATA / "uberon-sites.ttl"]:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return store


def select(store: ox.Store, pattern: str) -> set[str]:
    """Return the local names of the sites that a pattern of SPARQL finds as ?site."""
    prefixes = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in ("skos", "rdf"))
    query = (
        f"{prefixes}PREFIX ng: <{NG}>\nPREFIX site: <https://w3id.org/nosograph/site/>\nSELECT ?site {{ {pattern} }}"
    )
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    return {row["site"].value.removeprefix("https://w3id.org/nosograph/site/") for row in found}


def test_sites_are_many_and_matched(sites: ox.Store) -> None:
    every = select(sites, "?site a ng:Site")
    matched = select(sites, "?site skos:exactMatch|skos:closeMatch ?other")
    assert len(every) >= 2_400
    assert len(matched) >= 1_300
    assert matched <= every
    assert select(sites, "?site a ng:Site FILTER NOT EXISTS { ?site ng:partOf ?whole }") == {"body"}


@pytest.mark.parametrize(
    ("label", "whole"),
    [
        ("gastrocnemius", "lower-leg"),
        ("intercostal muscles", "thorax"),
        ("bridge of the nose", "nose"),
        ("base of the fifth metatarsal", "foot"),
        ("left main coronary", "coronary-artery"),
        ("lower outer quadrant", "breast"),
    ],
)
def test_single_parts_lie_within_their_region(sites: ox.Store, label: str, whole: str) -> None:
    label = label.replace(" the ", " ")  # the search leaves articles out
    named = f'skos:prefLabel|skos:altLabel|skos:hiddenLabel "{label}"@en'
    found = select(sites, f"?site a ng:Site ; {named}")
    assert found
    assert select(sites, f"?site a ng:Site ; {named} ; ng:partOf+ site:{whole}") == found
