"""Questions that no single code answers: each is told so, by the rule that holds; what only looks like one is answered."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from nosograph.answers.find import Answer, Question, find
from nosograph.answers.find_store import index_of
from nosograph.answers.find_words import table
from nosograph.query import run
from nosograph.store import Store

DATA = Path(__file__).parents[1] / "data"
PATTERNS = {
    "request-words": (0,),
    "patient-words": (0,),
    "patient-organs": (0,),
    "caused-words": (0,),
    "opposites": (0, 1),
    "told-titles": (0, 1, 2),
    "ambiguous-abbreviations": (),
}


def ask(store: Store, **fields: Any) -> Answer:
    return find(store, Question.from_json(fields))


def rules(answer: Answer) -> list[str]:
    return [r.rule for r in answer.reasons]


@pytest.mark.parametrize("name", PATTERNS)
def test_the_tables_of_patterns_are_well_formed(name: str) -> None:
    with (DATA / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    assert {len(row) for row in rows} == {3}
    for row in rows[1:]:
        for column in PATTERNS[name]:
            re.compile(row[column])


def test_regions_of_diseases_are_entries_and_sites(store: Store) -> None:
    rows = table("disease-regions")
    listed = {row["notation"] for name in ("concepts", "blocks", "chapters") for row in run(store, name)}
    assert rows and all(basis for _, _, basis in rows)
    assert not {entry for entry, _, _ in rows} - listed
    assert not {region for _, regions, _ in rows for region in regions.split()} - index_of(store).labels.keys()


def test_readings_of_abbreviations_are_entries_of_the_list(store: Store) -> None:
    listed = {row["notation"] for name in ("concepts", "blocks") for row in run(store, name)}
    with (DATA / "ambiguous-abbreviations.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert not {entry for row in rows for entry in row["entries"].split()} - listed
    assert all(len(row["entries"].split()) > 1 and row["abbreviation"].isupper() for row in rows)


@pytest.mark.parametrize(
    ("text", "rule", "status"),
    [
        ("gout of the left ankle, prior authorization for the MRI", None, "answered"),
        ("is prior authorization needed for the MRI", "administrative", "none"),
        ("which DRG weight applies this year", "administrative", "none"),
        ("lisinopril 20 mg PO daily", "procedure", "none"),
        ("CT chest with contrast", "procedure", "none"),
        ("MRI of the lumbar spine ordered", "procedure", "none"),
        ("left leg", "no-condition", "none"),
        ("aftercare following right knee replacement", None, "answered"),
        ("iron deficiency anemia and plantar fasciitis, code both", "several-codes", "ambiguous"),
        ("psoriasis of both elbows, code please", None, "answered"),
        ("Brunnvald-Oster disorder", "no-candidate", "none"),
        ("Brunnvald-Oster syndrome of the right knee, mild", "no-candidate", "none"),
    ],
)
def test_what_is_asked_is_a_code_for_a_condition(store: Store, text: str, rule: str | None, status: str) -> None:
    answer = ask(store, text=text)
    assert answer.status == status
    assert rule is None or rule in rules(answer)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("closed fracture of the right humerus shaft, open fracture type II", "open or closed"),
        ("nondisplaced fracture of the left patella, displaced on the lateral view", "displacement"),
        ("bipolar, single episode, recurrent, moderate", "episode"),
        ("diabetes with ketoacidosis, type 1 on admission, type 2 in the discharge note", "type 1"),
    ],
)
def test_a_thing_and_its_opposite_are_queried(store: Store, text: str, fact: str) -> None:
    answer = ask(store, text=text)
    assert (answer.status, answer.reasons[0].rule) == ("incomplete", "opposites")
    assert fact in answer.reasons[0].text


def test_an_open_reduction_opens_no_fracture(store: Store) -> None:
    answer = ask(store, text="closed fracture of shaft of left tibia, open reduction, first visit")
    assert answer.status == "answered"
    assert answer.code is not None
    assert answer.code.startswith("S82.2") and answer.code.endswith("A")


def test_both_sides_and_one_of_them_only_cannot_hold(store: Store) -> None:
    answer = ask(store, text="bilateral trigger thumb, right thumb only")
    assert (answer.status, answer.missing) == ("incomplete", ("side",))
    assert ask(store, text="sprain of the left ankle only, first visit").code == "S93.402A"


@pytest.mark.parametrize(
    ("text", "patient"),
    [
        ("3-week-old with senile nuclear cataract of the left eye", "a baby"),
        ("52 year old male with hyperemesis gravidarum, mild", "a male patient"),
    ],
)
def test_the_age_that_the_claim_editor_expects(store: Store, text: str, patient: str) -> None:
    answer = ask(store, text=text)
    told = next(r for r in answer.reasons if r.rule == "patient-conflict")
    assert (answer.status, answer.code) == ("incomplete", None)
    assert patient in told.text
    assert told.evidence[0].source.startswith("Medicare Code Editor")


def test_a_baby_is_born_to_a_mother(store: Store) -> None:
    assert ask(store, text="delivered a healthy male infant, mild hyperemesis gravidarum earlier").status != "none"


@pytest.mark.parametrize(
    "fields",
    [
        {"condition": "nuclear cataract left eye and chronic iritis right eye"},
        {"text": "Dog bite of the left forearm and a sprained right ankle"},
        {"text": "gouty arthritis in the right wrist and carpal tunnel on the left"},
        {"text": "pernicious anemia plus plantar fasciitis"},
        {"text": "plantar wart on the right foot, eczema on the hands"},
        {"text": "kidney stone with a broken wrist"},
        {"text": "nosebleed and earache"},
        {"text": "pneumonia and urinary tract infection"},
    ],
)
def test_two_conditions_on_two_sides_are_two_codes(store: Store, fields: dict[str, Any]) -> None:
    answer = ask(store, **fields)
    assert (answer.status, answer.reasons[0].rule) == ("ambiguous", "two-conditions")


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"text": "single liveborn infant born in hospital, vaginal or cesarean not recorded"}, "detail"),
        ({"text": "current long-term use of steroids, inhaled or systemic not documented"}, "detail"),
    ],
)
def test_a_fact_that_alone_tells_codes_apart_is_asked_for(store: Store, fields: dict[str, Any], missing: str) -> None:
    answer = ask(store, **fields)
    assert (answer.status, answer.code) == ("incomplete", None)
    assert missing in answer.missing


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # 'NOS' in the list is the default of what is not known
        ("sepsis from staph aureus, resistance not documented", "A41.01"),
        ("diabetic gastroparesis, type of diabetes not documented", "E11.43"),
        # 'unspecified whether with hypoxia or hypercapnia' says neither
        ("acute respiratory failure with hypoxia", "J96.01"),
        ("intestinal adhesions with complete obstruction", "K56.52"),
    ],
)
def test_what_the_list_leaves_open(store: Store, text: str, code: str) -> None:
    assert ask(store, text=text).code == code


def test_sites_of_one_category_are_coded_one_by_one(store: Store) -> None:
    answer = ask(store, condition="pressure ulcer", site="sacrum and left heel", detail="stage 2 sacrum, stage 3 heel")
    assert answer.status == "ambiguous"
    assert {"sites-one-by-one", "two-conditions"} & set(rules(answer))


@pytest.mark.parametrize(
    ("text", "code"), [("ruptured appendix, no abscess", None), ("leg off above the knee, right", "Z89.611")]
)
def test_a_title_holds_beside_another_name(store: Store, text: str, code: str | None) -> None:
    answer = ask(store, text=text)
    assert code is None or answer.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Right-handed man, left hemiparesis since a stroke last year", "I69.354"),
        ("left-handed woman with left hemiplegia", "G81.92"),
        ("ambidextrous, left hemiplegia", "G81.92"),
        ("the stroke left her with a right hemiplegia", "I69.351"),
        ("hemiplegia after a stroke, side not documented", "I69.359"),
    ],
)
def test_the_hand_that_the_patient_writes_with(store: Store, text: str, code: str) -> None:
    answer = ask(store, text=text)
    assert answer.code == code
    told = [r.guideline for r in answer.reasons if r.rule == "dominance"]
    assert told == (["I.C.6.a"] if "hand" in text or "dextrous" in text else [])
    assert ("dominance-default" in rules(answer)) == ("left her" in text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("r/o appendicitis", "uncertain"),
        ("probable lobar pneumonia, seen in clinic", "uncertain"),
        ("possible lupus, labs pending", "uncertain"),
        ("suspected strep throat, awaiting culture", "uncertain"),
        ("concern for meningitis, lumbar puncture planned", "uncertain"),
        ("either gout or cellulitis of the ankle", "alternatives"),
        ("sprained ankle, cannot tell whether follow-up or first visit", "encounter-missing"),
        ("newborn with osteoarthritis", "no-candidate"),
    ],
)
def test_what_is_not_certain_is_no_diagnosis(store: Store, text: str, rule: str) -> None:
    answer = ask(store, text=text)
    assert answer.status in ("incomplete", "none")
    assert rule in rules(answer)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("suspected physical abuse of a child", "T76.12XA"),
        ("observation for suspected toxic effect of paint, ruled out", "Z03.6"),
        ("heart attack, unclear if STEMI or NSTEMI", "I21.9"),
        ("type 2 MI in a type 1 diabetic: code the type 2 MI", "I21.A1"),
        ("growth in the bladder, nothing said on whether benign or malignant", "D49.4"),
        ("adult slipped on ice, sprained left wrist, first visit", "S63.502A"),
    ],
)
def test_what_only_looks_uncertain_or_double_is_answered(store: Store, text: str, code: str) -> None:
    assert ask(store, text=text).code == code


def test_other_procedure_is_none_for_one_that_is_not_named(store: Store) -> None:
    told = ask(store, text="postprocedural hematoma of the spleen following other procedure")
    untold = ask(store, condition="postprocedural hematoma", site="spleen", detail="procedure unknown")
    assert told.code == "D78.32"
    assert (untold.status, untold.missing) == ("incomplete", ("detail",))


def test_a_fact_told_differently_of_two_sites_is_two_codes(store: Store) -> None:
    answer = ask(store, text="stage 4 bedsore of the sacrum plus a stage 2 one of the left hip")
    assert (answer.status, answer.code) == ("ambiguous", None)
    assert "sites-one-by-one" in rules(answer)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"condition": "PID", "detail": "abbreviation only"}, "abbreviation"),
        ({"text": "problem list says just MS, nothing more"}, "abbreviation"),
        ({"text": "fresh clot in the right femoral vein, old chronic clot in the left femoral vein"}, "several-codes"),
        ({"text": "hole in the right eardrum, left ear full of wax"}, "two-conditions"),
        ({"text": "blood culture grew Salmonella typhi, and Giardia in the stool"}, "two-conditions"),
        ({"text": "gestational hypertension at 34 weeks, second trimester"}, "opposites"),
        ({"text": "low birth weight, 900 g on the card, 2100 g in the letter"}, "conflicting"),
        ({"condition": "possible malaria", "detail": "outpatient, smear pending"}, "uncertain"),
        ({"text": "senile cataract of the right ear"}, "misplaced"),
        ({"text": "stage 3 pressure sore on each heel"}, "bilateral-two-codes"),
        ({"detail": "TSH and A1c ordered"}, "procedure"),
        ({"text": "ulcerative colitis versus Crohn's disease"}, "alternatives"),
    ],
)
def test_what_no_single_code_says(store: Store, fields: dict[str, str], rule: str) -> None:
    answer = ask(store, **fields)
    assert answer.code is None
    assert rule in rules(answer)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"condition": "MS", "detail": "relapsing remitting"}, "G35.A"),
        ({"text": "MS, relapsing remitting"}, "G35.A"),
        ({"text": "acute on chronic clot in the left femoral vein"}, "I82.412"),
        ({"text": "senile cataract of the right eye, mature"}, "H25.89"),
        ({"condition": "graft-versus-host disease", "detail": "acute"}, "D89.810"),
        ({"text": "bee sting, swelling of the face, accidental, first visit"}, "T63.441A"),
    ],
)
def test_what_only_looks_open(store: Store, fields: dict[str, str], code: str) -> None:
    assert ask(store, **fields).code == code
