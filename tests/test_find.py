"""Which code applies: the competency questions, other families, and bad input."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nosograph.answers.find import Answer, Question, find
from nosograph.answers.find_batch import find_many
from nosograph.answers.find_reading import above, below
from nosograph.answers.find_sites import reach
from nosograph.answers.find_store import index_of
from nosograph.errors import UsageError
from nosograph.namespaces import BASE, NG
from nosograph.query import run
from nosograph.store import Rows, Store

SEVEN = ("shoulder", "upper arm", "forearm", "hand", "thigh", "lower leg", "ankle and foot")


def ask(store: Store, **fields: Any) -> Answer:
    return find(store, Question.from_json(fields))


def rules(answer: Answer) -> list[str]:
    return [r.rule for r in answer.reasons]


@pytest.mark.parametrize(
    ("code", "missing", "question"),
    [
        ("M61.051", (), {"condition": "myositis ossificans", "cause": "trauma", "site": "thigh", "side": "right"}),
        ("M61.051", (), {"condition": "Traumatic myositis ossificans", "site": "Thigh", "side": "right"}),
        ("M61.051", (), {"text": "Traumatic myositis ossificans, right thigh"}),
        ("M61.08", (), {"condition": "myositis ossificans", "cause": "trauma", "site": "chest wall"}),
        ("M61.00", ("site",), {"condition": "myositis ossificans", "cause": "trauma"}),
        ("M61.522", ("cause",), {"condition": "ossification of muscle", "site": "upper arm", "side": "left"}),
        (
            "M61.522",
            (),
            {"condition": "ossification of muscle", "cause": "non-traumatic", "site": "upper arm", "side": "left"},
        ),
        (
            "M61.422",
            (),
            {"condition": "calcification of muscle", "cause": "nontraumatic", "site": "upper arm", "side": "left"},
        ),
        ("M61.422", ("cause",), {"condition": "other calcification of muscle", "site": "upper arm", "side": "left"}),
        ("M61.177", (), {"condition": "myositis ossificans progressiva", "site": "toes", "side": "right"}),
        ("M61.177", (), {"condition": "FOP", "site": "toes", "side": "right"}),
        (
            "M61.251",
            (),
            {"condition": "ossification of muscle", "cause": "paraplegia", "site": "thigh", "side": "right"},
        ),
        ("M61.332", (), {"condition": "ossification of muscle", "cause": "burn", "site": "forearm", "side": "left"}),
        ("M61.09", (), {"condition": "myositis ossificans", "cause": "trauma", "site": ["chest wall", "thigh"]}),
        ("M61.9", ("detail",), {"condition": "calcification and ossification of muscle"}),
    ],
)
def test_competency_questions(store: Store, code: str, missing: tuple[str, ...], question: dict[str, Any]) -> None:
    answer = ask(store, **question)
    assert (answer.status, answer.code, answer.missing) == ("answered", code, missing)
    assert answer.billable is True
    assert answer.candidates[0].code == code


def test_other_site_names_the_seven_it_is_not(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="trauma", site="chest wall")
    reason = next(r for r in answer.reasons if r.rule == "other-site")
    assert all(site in reason.text for site in SEVEN)
    assert reason.guideline == "I.A.9.a"
    assert reason.evidence[0].text == "Myositis ossificans traumatica, other site"
    assert "FY2026" in reason.evidence[0].source
    rejected = {r.code: r.because for r in answer.rejected}
    assert "thigh" in rejected["M61.051"]
    assert "M61.09" in rejected
    assert "trauma" in rejected["M61.58"]


def test_both_thighs_show_both_rules(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="trauma", site="thigh", side="bilateral")
    assert (answer.status, answer.code) == ("ambiguous", None)
    assert [c.code for c in answer.candidates[:3]] == ["M61.051", "M61.052", "M61.09"]
    assert {"bilateral-two-codes", "bilateral-multiple-sites"} <= set(rules(answer))


def test_regions_of_chapter_13_are_used_where_no_named_site_holds_the_asked_one(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="trauma", site="elbow", side="left")
    assert answer.code == "M61.022"
    assert "site-group" in rules(answer)


def test_a_wider_site_than_the_family_names_is_asked_for(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="trauma", site="lower limb", side="left")
    assert (answer.code, answer.missing[0]) == ("M61.00", "site")
    assert "finer-site" in rules(answer)


def test_variants_of_a_code(store: Store) -> None:
    rows = run(store, "variants", code="m6108")
    assert len({r["notation"] for r in rows} - {"M61.08"}) == 23
    table = {(r["site"], r["side"]): r["notation"] for r in rows if r["scope"] == "named"}
    assert table["thigh", "right"] == "M61.051"
    assert len(table) == 21


def test_excluded_sites_of_every_other_site_code(store: Store) -> None:
    rows = run(store, "excluded-sites")
    assert {r["site"] for r in rows if r["notation"] == "M61.08"} == set(SEVEN)


OTHER_FAMILIES = [
    ("S72.301A", {"condition": "fracture of shaft of femur", "side": "right", "encounter": "initial"}),
    ("S72.302D", {"condition": "fracture", "site": "shaft of femur", "side": "left", "encounter": "subsequent"}),
    ("S82.001A", {"condition": "fracture of patella", "side": "right", "encounter": "initial"}),
    ("S93.401A", {"condition": "sprain of ankle", "side": "right", "encounter": "initial"}),
    ("S93.402S", {"condition": "sprain", "site": "ankle", "side": "left", "encounter": "sequela"}),
    ("S40.012A", {"condition": "contusion", "site": "shoulder", "side": "left", "encounter": "initial"}),
    (
        "S61.211A",
        {
            "condition": "laceration without foreign body",
            "site": "index finger",
            "side": "left",
            "detail": "without damage to nail",
            "encounter": "initial",
        },
    ),
    ("S01.01XA", {"condition": "laceration without foreign body of scalp", "encounter": "initial"}),
    ("T24.212A", {"condition": "second degree burn", "site": "thigh", "side": "left", "encounter": "initial"}),
    ("M25.511", {"condition": "pain in joint", "site": "shoulder", "side": "right"}),
    ("M25.562", {"condition": "joint pain", "site": "knee", "side": "left"}),
    ("M25.50", {"condition": "pain in joint"}),
    ("M17.11", {"condition": "primary osteoarthritis", "site": "knee", "side": "right"}),
    ("M17.0", {"condition": "primary osteoarthritis", "site": "knee", "side": "bilateral"}),
    ("M17.32", {"condition": "post-traumatic osteoarthritis", "site": "knee", "side": "left"}),
    ("M16.11", {"condition": "primary osteoarthritis", "site": "hip", "side": "right"}),
    ("M75.01", {"condition": "adhesive capsulitis", "site": "shoulder", "side": "right"}),
    ("M65.312", {"condition": "trigger finger", "site": "thumb", "side": "left"}),
    ("M65.331", {"condition": "trigger finger", "site": "middle finger", "side": "right"}),
    ("M70.22", {"condition": "olecranon bursitis", "site": "elbow", "side": "left"}),
    ("M79.651", {"condition": "pain in limb", "site": "thigh", "side": "right"}),
    ("M84.361A", {"condition": "stress fracture", "site": "tibia", "side": "right", "encounter": "initial"}),
    ("M00.061", {"condition": "staphylococcal arthritis", "site": "knee", "side": "right"}),
    ("M10.071", {"condition": "idiopathic gout", "site": "ankle and foot", "side": "right"}),
    ("M10.072", {"condition": "idiopathic gout", "site": "great toe", "side": "left"}),
    ("M86.161", {"condition": "other acute osteomyelitis", "site": "tibia", "side": "right"}),
    ("H25.11", {"condition": "age-related nuclear cataract", "side": "right"}),
    ("H25.13", {"condition": "age-related nuclear cataract", "side": "bilateral"}),
    ("H00.015", {"condition": "hordeolum externum", "site": "lower eyelid", "side": "left"}),
    ("H65.02", {"condition": "acute serous otitis media", "side": "left"}),
    ("H40.1131", {"condition": "primary open-angle glaucoma", "side": "bilateral", "detail": "mild stage"}),
    ("G56.01", {"condition": "carpal tunnel syndrome", "side": "right"}),
    ("G56.03", {"condition": "carpal tunnel syndrome", "side": "bilateral"}),
    ("G56.00", {"condition": "carpal tunnel syndrome"}),
    ("L03.115", {"condition": "cellulitis", "site": "lower limb", "side": "right"}),
    ("L03.116", {"condition": "cellulitis", "site": "calf", "side": "left"}),
    ("L03.012", {"condition": "cellulitis", "site": "finger", "side": "left"}),
    ("L03.221", {"condition": "cellulitis", "site": "neck"}),
    ("L03.311", {"condition": "cellulitis", "site": "abdominal wall"}),
    ("L03.90", {"condition": "cellulitis"}),
    (
        "C50.411",
        {"condition": "malignant neoplasm of female breast", "site": "upper outer quadrant", "side": "right"},
    ),
    ("C34.11", {"condition": "malignant neoplasm", "site": "upper lobe of lung", "side": "right"}),
    ("C44.622", {"condition": "squamous cell carcinoma of skin", "site": "upper limb", "side": "right"}),
    ("N60.01", {"condition": "solitary cyst of breast", "side": "right"}),
    ("Q66.01", {"condition": "congenital talipes equinovarus", "side": "right"}),
    ("I82.411", {"condition": "acute embolism and thrombosis of femoral vein", "side": "right"}),
    ("R22.41", {"condition": "localized swelling, mass and lump", "site": "thigh", "side": "right"}),
    ("Z89.511", {"condition": "acquired absence", "site": "leg below knee", "side": "right"}),
]


@pytest.mark.parametrize(("code", "question"), OTHER_FAMILIES, ids=[c for c, _ in OTHER_FAMILIES])
def test_families_of_other_chapters(store: Store, code: str, question: dict[str, Any]) -> None:
    assert ask(store, **question).code == code


def test_the_encounter_is_presumed_initial_and_named_as_missing(store: Store) -> None:
    answer = ask(store, condition="fracture of shaft of femur", side="right")
    assert (answer.status, answer.code) == ("answered", "S72.301A")
    assert "encounter" in answer.missing
    assert {"encounter-presumed", "seventh-default"} <= set(rules(answer))


def test_an_encounter_that_is_said_to_be_unknown_is_asked_for(store: Store) -> None:
    answer = ask(store, condition="fracture of shaft of femur", side="right", detail="encounter not documented")
    assert (answer.status, answer.code) == ("incomplete", None)
    assert "encounter" in answer.missing


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("kidney stone and nosebleed", None),
        ("nuclear cataract of the left eye and acute angle-closure glaucoma of the right", {"H25.12"}),
        ("type 2 diabetes and gout", {"E11.9", "M10.9"}),
        ("asthma and scabies, seen the same morning", {"J45.909", "B86"}),
    ],
)
def test_two_conditions_are_told_apart(store: Store, text: str, codes: set[str] | None) -> None:
    answer = ask(store, text=text)
    if codes is None:  # a symptom is no second condition
        assert answer.reasons[0].rule != "two-conditions"
    else:
        assert (answer.status, answer.code) == ("ambiguous", None)
        assert answer.reasons[0].rule == "two-conditions" and len(answer.reasons[0].evidence) == 2
        assert codes <= {c.code for c in answer.candidates[:2]}


@pytest.mark.parametrize(
    ("text", "code", "missing"),
    [
        ("Follow-up of a broken left tibia shaft, healing normally", "S82.202D", None),
        ("Follow-up of a broken left tibia shaft, chart does not say whether it unites or heals late", None, "healing"),
        ("Follow-up of a broken left tibia shaft, note silent on healing", None, "healing"),
        ("Broken left tibia shaft, not clear whether this is the initial treatment or follow-up", None, "encounter"),
        ("Broken left tibia shaft, first visit, note silent on displacement", "S82.202A", None),
        ("hip pain, does not hurt if resting, left", "M25.552", None),
    ],
)
def test_what_the_record_is_silent_on_is_asked_for(
    store: Store, text: str, code: str | None, missing: str | None
) -> None:
    answer = ask(store, text=text)
    assert (answer.status, answer.code) == ("answered" if code else "incomplete", code)
    assert missing is None or missing in answer.missing


def test_unspecified_whether_is_a_kind_that_the_list_has(store: Store) -> None:
    words = "unspecified whether traffic or nontraffic accident"
    assert ask(store, text=f"Pedestrian on foot hurt in collision with car, {words}, first visit").code == "V03.90XA"


def test_the_sites_looked_up_are_those_of_the_graph(store: Store) -> None:
    index = index_of(store)
    for site in ("gastrocnemius", "elbow", "thigh", "index-finger", "chest-wall"):
        for path, found in (("", set(above(index, site)) - {site}), ("^", set(below(index, site)))):
            rows = store.query(f"SELECT ?s {{ <{BASE}site/{site}> {path}<{NG}partOf>+ ?s }}", {})
            assert isinstance(rows, Rows)
            assert {r[0].value.removeprefix(f"{BASE}site/") for r in rows.rows if r[0]} == found
    ways = reach(index, index.places["M61.02"], {"upper-arm", "forearm", "thigh"}, "elbow")
    assert [(w.named, w.rule) for w in ways] == [("upper-arm", "site-group")]


def test_one_code_for_both_is_no_pair(store: Store) -> None:
    assert ask(store, text="nausea and vomiting").code == "R11.2"


def test_a_bare_fracture_asks_for_its_site(store: Store) -> None:
    answer = ask(store, text="fracture")
    assert answer.code == "T14.8XXA"  # 'Fracture NOS' is an inclusion term of T14.8
    assert "site" in answer.missing


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("80M, fx R wrist, 1st visit", "S62.101A"),
        ("sensorineural deafness on the left, right ear hears normally", "H90.42"),
        ("squamous cell carcinoma of right lung, upper lobe", "C34.11"),
        ("type 2 diabetic with kidney disease, CKD stage not given", "E11.22"),
        ("pus in the chest cavity, no tract to the outside", "J86.9"),
        ("dichorionic twins @ 20w", "O30.042"),
    ],
)
def test_shorthand_sides_and_likeness(store: Store, text: str, code: str) -> None:
    assert ask(store, text=text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bedsore over tailbone, stage 3", "L89.153"),  # 'Pressure ulcer of coccyx' is an inclusion term of L89.15
        ("non-pressure ulcer of right axilla", "L98.A119"),
    ],
)
def test_a_site_that_an_inclusion_term_names_is_named(store: Store, text: str, code: str) -> None:
    assert ask(store, text=text).code == code


@pytest.mark.parametrize("text", ["laparoscopic cholecystectomy", "arthroscopic meniscectomy"])
def test_what_is_done_is_no_condition(store: Store, text: str) -> None:
    answer = ask(store, text=text)
    assert (answer.status, answer.reasons[0].rule) == ("none", "procedure")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("migraine without aura and tinea pedis", {"G43.009", "B35.3"}),
        ("long-term aspirin and insulin", {"Z79.82", "Z79.4"}),
    ],
)
def test_two_conditions_are_two_codes(store: Store, text: str, codes: set[str]) -> None:
    answer = ask(store, text=text)
    assert answer.status == "ambiguous"
    assert codes <= {c.code for c in answer.candidates[:2]}


def test_several_codes_are_asked_one_by_one(store: Store) -> None:
    answer = ask(store, text="dementia in Alzheimer's disease, all codes")
    assert (answer.status, answer.reasons[0].rule) == ("ambiguous", "several-codes")


def test_phrases_of_words_that_say_nothing_one_by_one(store: Store) -> None:
    assert ask(store, text="no appetite").code == "R63.0"
    assert ask(store, text="type I diabetes").code == "E10.9"
    assert ask(store, text="left without being seen").code == "Z53.21"


def test_the_unspecified_side_serves_and_is_named_as_missing(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="trauma", site="thigh")
    assert (answer.code, answer.missing) == ("M61.059", ("side",))
    assert next(r for r in answer.reasons if r.rule == "unspecified-side").guideline == "I.B.13"


def test_dates_decide_whether_the_code_may_be_reported(store: Store) -> None:
    question = {"condition": "myositis ossificans", "cause": "trauma", "site": "thigh", "side": "right"}
    assert ask(store, **question, date="2026-01-05").code == "M61.051"
    late = ask(store, **question, date="2031-01-05")
    assert "validity-unknown" in rules(late)


@pytest.mark.parametrize("question", [{}, {"text": "   "}, {"side": "left"}, {"site": "thigh"}])
def test_without_a_condition_there_is_no_code(store: Store, question: dict[str, Any]) -> None:
    answer = ask(store, **question)
    assert (answer.status, answer.code) == ("none", None)
    assert answer.missing == ("condition",)


def test_an_unknown_site_is_said_so_and_not_taken_for_missing(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="trauma", site="flurbl", side="right")
    assert (answer.status, answer.code) == ("incomplete", None)
    assert "'flurbl'" in next(r.text for r in answer.reasons if r.rule == "not-understood")


def test_an_unknown_cause_is_said_so(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans", cause="zorp", site="thigh", side="right")
    assert "not-understood" in rules(answer)


def test_an_unknown_condition_finds_nothing(store: Store) -> None:
    answer = ask(store, condition="qwertzuiop asdf", site="thigh")
    assert (answer.status, answer.code) == ("none", None)


def test_contradictory_sides_are_refused(store: Store) -> None:
    answer = ask(store, condition="myositis ossificans of left thigh", cause="trauma", side="right")
    assert (answer.status, answer.code, answer.missing) == ("incomplete", None, ("side",))
    assert "contradiction" in rules(answer)


@pytest.mark.parametrize(
    "question",
    [{"side": "up"}, {"encounter": "third"}, {"date": "yesterday"}, {"condition": 5}, {"sight": "thigh"}],
)
def test_fields_that_cannot_be_are_usage_errors(question: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Question.from_json(question)


def test_the_json_has_the_keys_of_the_contract(store: Store) -> None:
    question = {"condition": "myositis ossificans", "cause": "fall", "site": "calf", "side": "left"}
    found = json.loads(json.dumps(ask(store, **question).as_json()))
    assert found["question"] == {
        "text": None,
        "condition": "myositis ossificans",
        "site": ["calf"],
        "side": "left",
        "cause": "fall",
        "encounter": None,
        "detail": None,
        "date": None,
    }
    assert list(found) == [
        "question", "understood", "status", "code", "title", "billable", "missing", "candidates", "reasons", "rejected",
    ]  # fmt: skip
    assert found["code"] == "M61.062"
    assert found["understood"]["site"] == [
        {"iri": "https://w3id.org/nosograph/site/calf", "label": "calf", "within": "lower leg"}
    ]
    assert found["understood"]["cause"]["label"] == "fall"
    assert len(found["candidates"]) <= 10
    assert all({"code", "because"} == set(r) for r in found["rejected"])


def test_many_questions_are_answered_in_order(store: Store) -> None:
    questions = [Question(condition="carpal tunnel syndrome", side=side) for side in ("right", "left")]
    assert [a.code for a in find_many(store, questions)] == ["G56.01", "G56.02"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_no_text_is_a_crash(store: Store, condition: str, site: str, cause: str) -> None:
    answer = find(store, Question.from_json({"condition": condition, "site": site, "cause": cause}))
    assert answer.status in ("answered", "incomplete", "ambiguous", "none")
    assert (answer.code is not None) == (answer.status == "answered")


def test_a_term_that_holds_a_tab_is_quoted_as_it_stands(store: Store) -> None:
    term = "Dementia in other diseases classified elsewhere, severe, with behavioral disturbances such as sleep disturbance"
    answer = ask(store, text=term + ", social disinhibition")
    assert answer.code == "F02.C18"
    assert "with \tbehavioral" in answer.reasons[0].evidence[0].text


def test_several_processes_answer_as_one_does(store: Store) -> None:
    sites = ("thigh", "shoulder", "hand", "forearm", "chest wall")
    questions = [Question(condition="cellulitis", site=(site,), side="left") for site in sites] * 24
    shared = [a.code for a in find_many(store, iter(questions), processes=2)]
    assert shared == [a.code for a in find_many(store, questions)]
    assert len(shared) == 120 and set(shared[:5]) == set(shared[5:10])
