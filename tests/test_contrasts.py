"""Contrast sets: the codes between which one axis decides."""

from __future__ import annotations

import pytest

from nosograph.build.contrasts import contrast_triples
from nosograph.namespaces import NG
from nosograph.notation import CODE_NAMESPACE
from nosograph.store.oxigraph import OxigraphStore

KEYS = {
    "A10.1": ("A10", "condition/ache", "detail/stage/1", "side/left", "site/arm"),
    "A10.2": ("A10", "condition/ache", "detail/stage/1", "side/right", "site/arm"),
    "A10.3": ("A10", "condition/ache", "detail/stage/1", "side/bilateral", "site/arm"),
    "A10.4": ("A10", "condition/ache", "detail/stage/2", "side/left", "site/arm"),
    "A10.5": ("A10", "condition/ache", "detail/stage/1", "siteScope/other"),
    "A10.6": ("A10", "condition/ache", "cause/burn", "detail/stage/2", "encounter/initial", "side/left", "site/arm"),
    "A10.7": ("A10", "condition/ache", "detail/stage/2", "encounter/initial", "side/left", "site/arm"),
    "B10.1": ("B10", "condition/ache", "detail/stage/1", "side/left", "site/arm"),
}


def sets(lines: list[str]) -> dict[tuple[str, ...], str]:
    found: dict[str, list[str]] = {}
    names = {}
    for line in lines:
        subject, predicate, value = line.rstrip(" .\n").split(" ", 2)
        if predicate.endswith("Set>"):
            found.setdefault(value, []).append(subject.rpartition("/")[2][:-1])
            names[value] = predicate.rpartition("#")[2][:-1]
    return {tuple(members): names[one] for one, members in found.items()}


def test_members_differ_in_one_axis_only() -> None:
    lines = list(contrast_triples(KEYS))
    assert sets(lines) == {
        ("A10.1", "A10.2", "A10.3"): "sideSet",
        ("A10.1", "A10.2", "A10.3", "A10.5"): "siteSet",
        ("A10.1", "A10.4"): "detailSet",
        ("A10.6", "A10.7"): "causeSet",
    }
    assert sum("hasBilateral" in line for line in lines) == 1
    assert [line.split('"')[1] for line in lines if "detailKind" in line] == ["stage"]


def test_order_of_codes_changes_no_set() -> None:
    backwards = dict(reversed(KEYS.items()))
    assert sorted(contrast_triples(backwards)) == sorted(contrast_triples(KEYS))


@pytest.mark.parametrize(
    ("code", "axis", "members"),
    [
        ("M61.051", "sideSet", {"M61.051", "M61.052", "M61.059"}),
        ("M17.11", "sideSet", {"M17.0", "M17.10", "M17.11", "M17.12"}),
        ("M17.11", "causeSet", {"M17.11", "M17.31"}),
        ("M61.08", "sideSet", set()),
    ],
)
def test_sets_of_a_code(store: OxigraphStore, code: str, axis: str, members: set[str]) -> None:
    icd, ng = f"<{CODE_NAMESPACE}{code}>", f"<{NG}{axis}>"
    rows = store.query(f"SELECT ?other WHERE {{ {icd} {ng} ?set . ?other {ng} ?set }}").rows
    assert {row[0].value.removeprefix(CODE_NAMESPACE) for row in rows} == members
