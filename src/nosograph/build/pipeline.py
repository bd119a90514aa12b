"""From source files to layers: one file of N-Triples for each named graph of the store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from nosograph.build.axes import axes_triples, load_knowledge
from nosograph.build.axes_knowledge import KNOWLEDGE_FILES
from nosograph.build.briefs import brief_triples
from nosograph.build.catalog import LayerNote, catalog_triples
from nosograph.build.contrasts import contrast_triples
from nosograph.build.guidance import governing, guidance_triples
from nosograph.build.msdrg import msdrg_triples
from nosograph.build.ntriples import write_layer
from nosograph.build.payers import ccsr_triples, drg_history_triples, hcc_triples, mce_triples, secondary_triples
from nosograph.build.procedures import citation_triples, procedure_triples
from nosograph.build.references import CodeIndex
from nosograph.build.seventh import expand
from nosograph.build.tabular import tabular_triples
from nosograph.build.terms import terms_triples
from nosograph.build.validity import validity_triples
from nosograph.namespaces import graph_iri
from nosograph.resources import resource
from nosograph.sources.briefs import read_brief
from nosograph.sources.editions import Edition, name_edition
from nosograph.sources.evidence import read_evidence
from nosograph.sources.guidance import guidance_rules
from nosograph.sources.msdrg import read_msdrg
from nosograph.sources.not_codes import read_not_codes
from nosograph.sources.payers import read_ccsr, read_drg_history, read_hcc, read_mce, read_secondary
from nosograph.sources.tabular import TabularList, read_tabular
from nosograph.sources.validity import read_validity

__all__ = ["Layers", "Progress", "TabularInput", "read_inputs", "write_layers"]

#: called with the name of a stage and the part of the whole that is done, from 0 to 1
Progress = Callable[[str, float], None]

#: Turtle files of curated knowledge, one layer together
_KNOWLEDGE = (*KNOWLEDGE_FILES, "data/uberon-sites.ttl")
_VOCABULARY = ("nosograph", "contrasts", "guidance", "payers", "procedures", "editorial")
_ONTOLOGY = tuple(f"ontology/{name}.ttl" for name in _VOCABULARY)
_GUIDELINES = ("data/guidelines-2026.ttl",)
#: Turtle of the layer of citations, beside its table
_EVIDENCE = ("data/evidence.ttl",)
#: version of the MS-DRG tables in data/
_MS_DRG = "43.1"


@dataclass(frozen=True, slots=True)
class TabularInput:
    """A tabular list as read, with the edition it is."""

    path: Path
    edition: Edition
    tabular: TabularList


@dataclass(frozen=True, slots=True)
class Layers:
    """All layers of one build. `editions` stand newest first: the first is the one that queries see by default."""

    notes: tuple[LayerNote, ...]
    editions: tuple[Edition, ...]
    reportable: int


def read_inputs(paths: Iterable[tuple[Path, str | None]]) -> list[TabularInput]:
    """Read tabular lists (with the edition name asked for, if any), newest edition first, each edition once.

    Raises SourceError for a file that is no tabular list.
    """
    found: dict[str, TabularInput] = {}
    for path, asked in paths:
        tabular = read_tabular(path)
        edition = name_edition(tabular.version, tabular.sha256, asked)
        found[edition.name] = TabularInput(path, edition, tabular)
    return sorted(found.values(), key=lambda i: i.edition.sort_key, reverse=True)


def _turtle_lines(names: Sequence[str]) -> Iterator[str]:
    from pyoxigraph import RdfFormat, parse

    for name in names:
        for triple in parse(path=str(resource(name)), format=RdfFormat.TURTLE):
            yield f"{triple.triple} .\n"


def _reportable(index: CodeIndex) -> set[str]:
    plain = {
        n for n, e in index.entries.items() if e.kind == "diagnosis" and not e.children and n not in index.extended
    }
    return plain | set(index.extended_codes)


class _Writer:
    def __init__(self, folder: Path, progress: Progress, steps: int) -> None:
        self.folder, self.progress, self.steps = folder, progress, steps
        self.notes: list[LayerNote] = []

    def write(self, name: str, title: str, source: str, lines: Iterable[str], edition: Edition | None = None) -> None:
        """Write a layer; one that would be empty, as of a part of the list that no payer speaks of, is left out."""
        self.progress(title, len(self.notes) / self.steps)
        layer = write_layer(graph_iri(name), self.folder / f"{len(self.notes)}.nt", lines)
        if layer.triples:
            self.notes.append(LayerNote(layer, title, source, edition))


def _write_payers(writer: _Writer, codes: set[str]) -> None:
    """Write the layers of what payers do with the codes, beside their medical MS-DRGs."""
    data = resource("data")
    history = read_drg_history(data)
    levels = secondary_triples(read_secondary(data, history), _MS_DRG, codes)
    title = f"Levels and exclusions of secondary diagnoses, MS-DRG version {_MS_DRG}"
    writer.write(f"ms-drg-secondary/{_MS_DRG}", title, "ms-drg-versions", levels)
    spans = drg_history_triples(history, codes)
    writer.write("ms-drg-history", "MS-DRGs that differ between versions", "ms-drg-versions", spans)
    writer.write("mce", "Edits of the Medicare Code Editor by diagnosis", "mce", mce_triples(read_mce(data), codes))
    writer.write("hcc", "Payment categories of CMS-HCC by payment year", "cms-hcc", hcc_triples(read_hcc(data), codes))
    ccsr = ccsr_triples(read_ccsr(data), codes)
    writer.write("ccsr", "CCSR categories and chronic condition indicators", "ccsr", ccsr)


def _write_evidence(writer: _Writer, known: Collection[str]) -> None:
    """Write what is added to the official list with its evidence: citations, related procedures."""
    evidence = read_evidence(resource("data"))
    cited = chain(_turtle_lines(_EVIDENCE), citation_triples(evidence.citations.values()))
    writer.write("citations", "Citations and their ranks", "citations", cited)
    procedures = procedure_triples(evidence, known)
    writer.write("procedures", "Related procedures, numbers only", "procedures", procedures)
    briefs = [read_brief(path) for path in sorted(resource("data/briefs").glob("*.yaml"))]
    statements = brief_triples(briefs, evidence.citations, known)
    writer.write("editorial", "Editorial statements", "editorial", statements)


def write_layers(inputs: Sequence[TabularInput], folder: Path, progress: Progress) -> Layers:
    """Write every layer of the graph into the folder.

    The bytes depend on the inputs and the installed data alone. `inputs` as from `read_inputs`: the newest comes first.
    """
    not_codes: re.Pattern[str] = read_not_codes(resource("data/not-codes.tsv"))
    knowledge = load_knowledge()
    writer = _Writer(folder, progress, 3 * len(inputs) + 16)
    remainders: dict[Edition, Counter[str]] = {}
    newest: set[str] = set()
    for place, given in enumerate(inputs):
        edition = given.edition
        index = CodeIndex(given.tabular.entries, expand(given.tabular.entries))
        remainders[edition] = given.tabular.remainder
        newest = newest if place else _reportable(index)
        lines = tabular_triples(given.tabular, index, edition, not_codes)
        writer.write(f"tabular/{edition.name}", edition.title, "tabular-list", lines, edition)
        axes, keys = axes_triples(given.tabular, index, knowledge)
        writer.write(f"axes/{edition.name}", f"Axes of the codes of {edition.name}", "axes", axes, edition)
        contrasts = contrast_triples(keys)
        writer.write(f"contrasts/{edition.name}", f"Contrast sets of {edition.name}", "axes", contrasts, edition)
    intervals, first = read_validity(resource("data/validity.tsv")), inputs[0]
    validity = validity_triples(intervals, newest, first.edition.in_force_from, first.tabular.entries)
    writer.write("validity", "Validity by date of service", "validity", validity)
    drgs = msdrg_triples(read_msdrg(resource("data"), _MS_DRG), newest)
    writer.write(f"ms-drg/{_MS_DRG}", f"Medical MS-DRGs by principal diagnosis, version {_MS_DRG}", "ms-drg", drgs)
    _write_payers(writer, newest)
    writer.write("knowledge", "Sites, causes and conditions", "knowledge", _turtle_lines(_KNOWLEDGE))
    known = {notation for given in inputs for notation in given.tabular.entries}
    writer.write("names", "Further names of entries, and wordings of charts", "names", terms_triples(known))
    guidelines = governing(_turtle_lines(_GUIDELINES), known)
    writer.write("guidelines/FY2026", "Official Guidelines FY2026, by section", "guidelines", guidelines)
    writer.write("guidance", "Rules of guidance", "guidance", guidance_triples(guidance_rules()))
    _write_evidence(writer, known)
    writer.write("ontology", "Vocabulary", "ontology", _turtle_lines(_ONTOLOGY))
    catalog = catalog_triples(graph_iri("catalog"), list(writer.notes), remainders)
    writer.write("catalog", "Editions, layers and sources", "ontology", catalog)
    return Layers(tuple(writer.notes), tuple(i.edition for i in inputs), len(newest))
