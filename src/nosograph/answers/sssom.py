"""Mappings of the graph as SSSOM (https://w3id.org/sssom/): a header of metadata as YAML behind '#', then a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import IO

from nosograph.errors import UnknownNameError, UsageError
from nosograph.namespaces import BASE, PREFIXES
from nosograph.notation import CODE_NAMESPACE
from nosograph.query import run
from nosograph.resources import resource
from nosograph.sources.tables import read_rows
from nosograph.store import Store

__all__ = ["COLUMNS", "MappingSet", "mapping_names", "mapping_sets", "write_mapping"]

COLUMNS = ("subject_id", "predicate_id", "object_id", "object_label", "mapping_justification")
_HEADER = "name\tquery\tparams\ttitle\tversion\tobject_version\tprovider\tlicence\tnote"
#: the source states a mapping and does not tell how it was found
_JUSTIFICATION = "semapv:UnspecifiedMatching"
_CURIES = {
    "ICD10CM": CODE_NAMESPACE,
    "UBERON": "http://purl.obolibrary.org/obo/UBERON_",
    "ngccsr": f"{BASE}ccsr/",
    "nghcc": f"{BASE}hcc/",
    "ngdrg": f"{BASE}ms-drg/",
    "ngsite": f"{BASE}site/",
    "ngsource": f"{BASE}source/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": PREFIXES["skos"],
}


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A set of mappings: the query of the catalogue that draws it, with its parameters, and what its header says."""

    name: str
    query: str
    params: dict[str, str]
    title: str
    version: str
    object_version: str
    provider: str
    licence: str
    note: str


@cache
def mapping_sets() -> dict[str, MappingSet]:
    """Return the sets by name, as data/mappings.tsv lists them."""
    sets = {}
    for name, query, params, *rest in read_rows(resource("data/mappings.tsv"), _HEADER, "mapping sets"):
        pairs = (part.partition("=") for part in params.split())
        sets[name] = MappingSet(name, query, {key: value for key, _, value in pairs}, *rest)
    return sets


def mapping_names() -> tuple[str, ...]:
    return tuple(mapping_sets())


def _curie(iri: str) -> str:
    prefix = next(p for p, namespace in _CURIES.items() if iri.startswith(namespace))
    return f"{prefix}:{iri.removeprefix(_CURIES[prefix])}"


def _header(one: MappingSet, edition: str, prefixes: set[str]) -> list[str]:
    subject = {"subject_source": "ngsource:knowledge"}
    if "ICD10CM" in prefixes:
        subject = {"subject_source": "ngsource:tabular-list", "subject_source_version": edition}
    slots = {
        "mapping_set_id": f"{BASE}mapping/{one.name}",
        "mapping_set_title": one.title,
        "mapping_set_version": one.version,
        "license": one.licence,
        **subject,
        "object_source_version": one.object_version,
        "mapping_provider": one.provider,
        "other": one.note,
    }
    curies = [f"#  {prefix}: {_CURIES[prefix]}" for prefix in sorted(prefixes | {"ngsource", "semapv"})]
    return ["#curie_map:", *curies, *(f'#{slot}: "{value}"' for slot, value in slots.items())]


def write_mapping(store: Store, name: str, out: IO[bytes]) -> None:
    """Write a set of mappings; titles of codes are left out, for they stand in the graph.

    Raises UnknownNameError if there is no such set, UsageError if the store has none of its mappings.
    """
    if name not in mapping_sets():
        raise UnknownNameError("mapping set", name, mapping_names())
    one = mapping_sets()[name]
    rows = sorted(
        (_curie(r["subject"] or ""), _curie(r["predicate"] or ""), _curie(r["object"] or ""), r.get("label") or "")
        for r in run(store, one.query, **one.params)
    )
    if not rows:
        raise UsageError(f"the store has no mappings of the set {name}: build it anew")
    prefixes = {curie.partition(":")[0] for row in rows for curie in row[:3]}
    lines = [*_header(one, store.edition, prefixes), "\t".join(COLUMNS)]
    lines += ["\t".join((*row, _JUSTIFICATION)) for row in rows]
    out.write(("\n".join(lines) + "\n").encode())
