"""The axes of the codes: what titles say, what families share, what 'other site' leaves out."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from importlib.metadata import distribution
from pathlib import Path

import pytest

from nosograph.build.axes import axes_report, axes_triples, load_knowledge
from nosograph.build.axes_words import phrase
from nosograph.build.references import CodeIndex
from nosograph.build.seventh import expand
from nosograph.notation import CODE_NAMESPACE
from nosograph.sources.tabular import TabularList, read_tabular

Facts = dict[str, dict[str, list[str]]]


def _path() -> Path:
    files = distribution("simple-icd-10-cm").files or ()
    return Path(str(next(f for f in files if f.name.endswith("April-1-2026.xml")).locate()))


@pytest.fixture(scope="module")
def tabular() -> TabularList:
    return read_tabular(_path())


@pytest.fixture(scope="module")
def index(tabular: TabularList) -> CodeIndex:
    return CodeIndex(tabular.entries, expand(tabular.entries))


@pytest.fixture(scope="module")
def lines(tabular: TabularList, index: CodeIndex) -> list[str]:
    return list(axes_triples(tabular, index, load_knowledge())[0])


def _local(term: str) -> str:
    return term.strip("<>").replace(CODE_NAMESPACE, "").rsplit("#", 1)[-1].removeprefix("https://w3id.org/nosograph/")


@pytest.fixture(scope="module")
def facts(lines: list[str]) -> Facts:
    found: Facts = defaultdict(lambda: defaultdict(list))
    for line in lines:
        subject, relation, value = line.removesuffix(" .\n").split(" ", 2)
        found[_local(subject)][_local(relation)].append(_local(value))
    return found


@pytest.fixture(scope="module")
def reportable(tabular: TabularList, index: CodeIndex) -> list[str]:
    plain = [
        n for n, e in tabular.entries.items() if e.kind == "diagnosis" and not e.children and n not in index.extended
    ]
    return [*plain, *index.extended_codes]


@pytest.mark.parametrize(
    ("code", "sites", "scope", "side"),
    [
        ("M61.051", ["thigh"], "named", "right"),
        ("M61.079", ["ankle-and-foot"], "named", "unspecifiedSide"),
        ("M61.08", [], "other", None),
        ("M61.09", [], "multiple", None),
        ("M61.00", [], "unspecified", None),
        ("M61.143", ["hand"], "named", "unspecifiedSide"),
        ("M61.145", ["finger"], "named", "left"),
        ("M61.177", ["toe"], "named", "right"),
        ("M25.511", ["shoulder"], "named", "right"),
        ("M17.0", ["knee"], "named", "bilateral"),
        ("M17.10", ["knee"], "named", "unspecifiedSide"),
        ("M70.61", ["hip"], "named", "right"),
        ("M76.61", ["lower-limb"], "named", "right"),
        ("G56.03", ["carpal-tunnel"], "named", "bilateral"),
        ("H00.015", ["lower-eyelid"], "named", "left"),
        ("H25.13", ["eye"], "named", "bilateral"),
        ("H18.613", ["eye"], "named", "bilateral"),
        ("H92.03", ["ear"], "named", "bilateral"),
        ("C50.411", ["upper-outer-quadrant-of-breast"], "named", "right"),
        ("C34.12", ["upper-lobe-of-lung"], "named", "left"),
        ("C43.9", [], "unspecified", None),
        ("L03.90", [], "unspecified", None),
        ("L03.319", ["trunk"], "unspecified", None),
        ("S72.301A", ["shaft-of-femur"], "named", "right"),
        ("S42.213D", ["surgical-neck-of-humerus"], "named", "unspecifiedSide"),
        ("S62.620S", ["middle-phalanx-of-index-finger"], "named", "right"),
        ("S31.610A", ["right-upper-quadrant-of-abdomen"], "named", "right"),
        ("E11.3211", ["macula"], "named", "right"),
        ("T20.411A", ["ear"], "named", "right"),
    ],
)
def test_axes_of_codes_checked_by_hand(facts: Facts, code: str, sites: list[str], scope: str, side: str | None) -> None:
    found = facts[code]
    assert [s.removeprefix("site/") for s in found["site"]] == sites
    assert (found["siteScope"], found["side"]) == ([scope], [side] if side else [])


@pytest.mark.parametrize(
    ("code", "encounter"),
    [("S72.301A", "initial"), ("S72.301K", "subsequent"), ("S72.301S", "sequela"), ("M80.051D", "subsequent")],
)
def test_encounter_is_that_of_the_seventh_character(facts: Facts, code: str, encounter: str) -> None:
    assert facts[code]["encounter"] == [encounter]


def test_a_seventh_character_that_is_no_encounter_gives_none(facts: Facts) -> None:
    assert not facts["O31.00X2"]["encounter"]
    assert not facts["H40.1131"]["encounter"]


@pytest.mark.parametrize(
    ("code", "side", "detail"),
    [
        ("S55.991A", "right", "unspecified-blood-vessel"),
        ("S75.992D", "left", "unspecified-blood-vessel"),
        ("S44.90XA", "unspecifiedSide", "unspecified-nerve"),
        ("S83.204A", "left", "unspecified-meniscus"),
    ],
)
def test_what_is_unspecified_beside_a_side_is_the_part(facts: Facts, code: str, side: str, detail: str) -> None:
    assert facts[code]["side"] == [side]
    assert f"detail/part/{detail}" in facts[code]["detail"]


def test_what_was_left_behind_is_no_side(facts: Facts) -> None:
    assert not facts["T81.500A"]["side"]
    assert not facts["Z53.21"]["side"]


def test_at_least_27990_codes_name_a_side(facts: Facts, reportable: list[str]) -> None:
    named = [c for c in reportable if set(facts[c]["side"]) & {"left", "right", "bilateral", "unilateral"}]
    assert len(named) >= 27_990
    assert all(len(facts[c]["side"]) <= 1 for c in reportable)


def test_residual_site_is_the_complement_of_its_siblings(facts: Facts) -> None:
    named = {"shoulder", "upper-arm", "forearm", "hand", "thigh", "lower-leg", "ankle-and-foot"}
    assert {s.removeprefix("site/") for s in facts["M61.08"]["excludedSite"]} == named
    progressive = {s.removeprefix("site/") for s in facts["M61.18"]["excludedSite"]}
    assert progressive == (named - {"ankle-and-foot"}) | {"finger", "ankle", "foot", "toe"}


def test_every_residual_code_excludes_what_its_family_names(facts: Facts, reportable: list[str]) -> None:
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for code in reportable:
        for family in facts[code]["family"]:
            if facts[code]["siteScope"] == ["named"]:
                named[family, facts[code]["condition"][0]] |= set(facts[code]["site"])
    others = [c for c in reportable if facts[c]["siteScope"] == ["other"] and facts[c]["family"]]
    assert len(others) > 400
    for code in others:
        # `Other parts of uterus` is for the uterus too, which the family's unspecified code names.
        others_name = named[facts[code]["family"][0], facts[code]["condition"][0]] - set(facts[code]["site"])
        assert set(facts[code]["excludedSite"]) == others_name, code


def test_every_code_of_muscle_ossification_is_taken_apart(facts: Facts, reportable: list[str]) -> None:
    codes = [c for c in reportable if c.startswith("M61")]
    assert len(codes) == 154
    for code in codes:
        assert facts[code]["condition"], code
        if code != "M61.9":
            assert facts[code]["family"] == [code[:5]]
            assert facts[code]["cause"], code
            assert facts[code]["siteScope"], code
    causes = {c[:5]: facts[c]["cause"][0].removeprefix("cause/") for c in codes if c != "M61.9"}
    assert causes == {
        "M61.0": "trauma",
        "M61.1": "genetic",
        "M61.2": "paralysis",
        "M61.3": "burn",
        "M61.4": "other",
        "M61.5": "other",
    }
    assert facts["M61.48"]["condition"] == ["condition/calcification-of-muscle"]
    assert facts["M61.58"]["condition"] == ["condition/ossification-of-muscle"]
    assert len(facts["M61.28"]["condition"]) == 2


def test_no_two_codes_of_muscle_ossification_have_the_same_axes(facts: Facts, reportable: list[str]) -> None:
    axes = ("family", "condition", "cause", "site", "siteScope", "side")
    seen = Counter(str([facts[c][a] for a in axes]) for c in reportable if c.startswith("M61"))
    assert set(seen.values()) == {1}


def test_a_family_is_the_nearest_entry_above_its_codes(facts: Facts) -> None:
    assert facts["S72.301A"]["family"] == facts["S72.302A"]["family"]
    assert facts["M17.0"]["family"] == facts["M17.11"]["family"] == ["M17"]
    assert facts["L03.211"]["condition"] == facts["L03.90"]["condition"]


def test_sites_have_no_shared_labels_and_no_cycles() -> None:
    knowledge = load_knowledge()
    seen: dict[tuple[str, ...], str] = {}
    for text, concept in knowledge.labels:
        if "/site/" in concept:
            assert seen.setdefault(phrase(text), concept) == concept, text
    sites = [c for c, kind in knowledge.kinds.items() if kind.endswith("#Site")]
    assert len(sites) >= 300
    for site in sites:
        assert site not in knowledge.holders(site)
        assert site.endswith("/site/body") or "https://w3id.org/nosograph/site/body" in knowledge.holders(site)


def test_what_is_not_resolved_is_counted(tabular: TabularList, index: CodeIndex) -> None:
    report = axes_report(tabular, index, load_knowledge())
    assert report.codes["all"] == 74_719
    assert report.codes["scope"] / report.codes["family"] > 0.99
    assert 0 < len(report.unresolved) < 80


def test_axes_are_few_and_fast(tabular: TabularList, index: CodeIndex, lines: list[str]) -> None:
    start = time.process_time()
    assert sum(1 for _ in axes_triples(tabular, index, load_knowledge())[0]) == len(lines) == len(set(lines)) < 900_000
    assert time.process_time() - start < 15


@pytest.mark.parametrize(
    ("code", "condition", "details"),
    [
        (
            "S72.331B",
            None,
            {"displacement/displaced", "fracture-pattern/oblique", "fracture-openness/open", "gustilo-type/i-or-ii"},
        ),
        (
            "S72.344N",
            None,
            {
                "displacement/nondisplaced",
                "fracture-pattern/spiral",
                "fracture-openness/open",
                "gustilo-type/iii",
                "healing/nonunion",
            },
        ),
        ("K26.0", None, {"acuity/acute", "hemorrhage/with"}),
        ("L89.153", None, {"stage/3"}),
        ("O26.892", None, {"trimester/second"}),
        ("T36.0X2A", "poisoning", {"intent/self-harm", "substance/penicillins"}),
        ("T36.0X5D", "adverse-effect", {"intent/adverse-effect", "substance/penicillins"}),
        ("G40.911", None, {"intractability/intractable", "status-epilepticus/with"}),
        ("H40.1113", None, {"stage/severe"}),
        ("O31.00X2", None, {"fetus/2"}),
        ("S06.5X1A", "subdural-hemorrhage", {"loss-of-consciousness/30-minutes-or-less"}),
        ("F10.21", None, {"remission/in-remission"}),
        ("C50.411", None, {"behaviour/malignant"}),
        ("I83.011", None, set()),
    ],
)
def test_details_of_codes_checked_by_hand(facts: Facts, code: str, condition: str | None, details: set[str]) -> None:
    said = {d.removeprefix("detail/") for d in facts[code]["detail"]}
    assert details <= said, said
    if condition:
        general = [facts[c]["broader"] or [c] for c in facts[code]["condition"]]
        assert ("condition/" + condition) in {c for one in general for c in one}, general


def test_every_code_has_a_condition_and_one_key(facts: Facts, reportable: list[str]) -> None:
    assert all(facts[c]["condition"] and len(facts[c]["axesKey"]) == 1 for c in reportable)


def test_axes_tell_99_5_percent_of_the_codes_apart(facts: Facts, reportable: list[str]) -> None:
    keys = Counter(facts[c]["axesKey"][0] for c in reportable)
    apart = [c for c in reportable if keys[facts[c]["axesKey"][0]] == 1 and "/wording/" not in facts[c]["axesKey"][0]]
    assert len(apart) / len(reportable) >= 0.995
    # Not by leaving every title whole: conditions recur.
    assert len({facts[c]["axesKey"][0].split("condition/")[1].split(";")[0] for c in reportable}) < 12_000


def test_residual_kinds_and_causes_are_computed(facts: Facts) -> None:
    assert facts["M61.48"]["kindScope"] == facts["M61.48"]["causeScope"] == ["other"]
    assert set(facts["M61.4"]["excludedKind"]) >= {"M61.0", "M61.1", "M61.2", "M61.3"}
    assert {"cause/burn", "cause/genetic", "cause/paralysis", "cause/trauma"} <= set(facts["M61.4"]["excludedCause"])
    assert facts["M61.48"]["conditionDerivation"] == facts["M61.48"]["causeDerivation"] == ['"curated"']


def test_more_general_conditions_have_no_cycle(facts: Facts) -> None:
    above = {c: f["broader"] for c, f in facts.items() if c.startswith("condition/") and f["broader"]}
    assert len(above) > 1000
    for condition in above:
        seen, here = {condition}, condition
        while here in above:
            here = above[here][0]
            assert here not in seen, here
            seen.add(here)
