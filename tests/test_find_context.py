"""What words stand for by what stands around them: causes, late effects, signs, numbers, denials, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from nosograph.answers.find import Answer, Question, find
from nosograph.store import Store


def ask(store: Store, **fields: Any) -> Answer:
    return find(store, Question.from_json(fields))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # what was done makes a condition a postprocedural one
        ("liver failure after hepatectomy", "K91.82"),
        ("low parathyroid since her neck surgery", "E89.2"),
        # the late effect comes before the injury it is of (I.B.10)
        ("arthritis of the right ankle years after a bad ankle fracture", "M19.171"),
        # an organism that grew is what an infection is due to
        ("left knee joint fluid grew MRSA", "M00.062"),
        # signs are part of a disease (I.B.5), and a place may name one
        ("pseudogout of the right wrist, red and swollen since yesterday", "M11.231"),
        ("Carpal tunnel both wrists", "G56.03"),
        # 'inflammation of' is what '-itis' says
        ("inflammation of the pancreas from alcohol, acute, no necrosis", "K85.20"),
        # a title that denies what is said, or gives it another number, is not meant
        ("Strangulated umbilical hernia with gangrene", "K42.1"),
        ("type 1 diabetic with gastroparesis", "E10.43"),
        ("gouty tophi of the right wrist, chronic, no known cause", "M1A.0311"),
        # not further specified before other
        ("osteoporotic fracture of the left wrist, first visit", "M80.032A"),
        ("Hodgkin's, nodular sclerosis, neck nodes and groin nodes", "C81.18"),
        ("cut left forearm, splinter still stuck in it, ER", "S51.822A"),
        ("third ear infection this winter, right, suppurative, eardrum intact", "H66.004"),
        ("hip fracture, left, intertrochanteric, ER, nothing said about displacement", "S72.142A"),
        ("external cause code: fell off her skateboard, first visit", "V00.131A"),
    ],
)
def test_words_by_what_stands_around_them(store: Store, text: str, code: str) -> None:
    assert ask(store, text=text).code == code


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("trigger finger of the right knee", "misplaced"),
        ("carpal tunnel syndrome of the right foot", "misplaced"),
        ("tonsillitis of the hand", "misplaced"),
        ("kidney stone in the eye", "misplaced"),
        ("asthma of the foot", "misplaced"),
        ("resident's note: acute bucket-handle meniscus tear of the left shoulder, first visit", "misplaced"),
        ("sterilization status", "detail-missing"),
        ("newborn health examination", "detail-missing"),
        ("central retinal vein occlusion of the left eye", "detail-missing"),
        ("chronic gout of the right knee, exam found a tophus, the surgeon states no tophus", "said-and-denied"),
        ("34M with ovarian torsion, right", "organ-conflict"),
        ("7 year old with menopause, hot flashes", "patient-title"),
        ("male patient with endometriosis", "patient-title"),
        ("Pressure ulcer of the sacrum, nurse note says stage 2, physician note says stage 4", "conflicting"),
        ("concussion with and without loss of consciousness", "conflicting"),
        ("took too much Tylenol and Benadryl on purpose, first visit", "two-conditions"),
        ("asthma or croup, not sure which", "alternatives"),
        ("?pyelonephritis", "uncertain"),
        ("knee arthroscopy left, no diagnosis on the form", "procedure"),
        ("Order: MRI of the left shoulder", "procedure"),
        ("family history: none", "no-condition"),
        ("urticaria plus a stye", "two-conditions"),
    ],
)
def test_what_cannot_be_coded_as_it_stands(store: Store, text: str, rule: str) -> None:
    answer = ask(store, text=text)
    assert answer.code is None
    assert rule in [r.rule for r in answer.reasons]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # near places, places of a cause, and organs of the patient's own
        ("torsion of the spermatic cord with scrotal pain, left", "N44.02"),
        ("headache after a diagnostic lumbar puncture, no fluid leak", "G97.1"),
        ("left ring finger catches and locks in the palm, triggering", "M65.342"),
        ("unstable angina with pain radiating to the left arm", "I20.0"),
        ("end stage kidney disease, dialysis fistula in the left arm", "N18.6"),
        ("chronic kidney disease stage 4, AV fistula right forearm", "N18.4"),
        ("woman with family history of prostate cancer", "Z80.42"),
        ("moderate persistent asthma", "J45.40"),
        ("status post vasectomy", "Z98.52"),
        ("stable central retinal vein occlusion of the left eye", "H34.8122"),
        ("lead-induced chronic gout of the left ankle", "M1A.1720"),
        ("52 year old male with enlarged prostate, no urinary symptoms", "N40.0"),
        ("tubal pregnancy on the right, no intrauterine pregnancy", "O00.101"),
        ("inflammation of the retina and choroid from toxoplasma", "B58.01"),
    ],
)
def test_what_only_looks_contradictory(store: Store, text: str, code: str) -> None:
    assert ask(store, text=text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("two days of vomiting on the ship, norovirus in the stool", "A08.11"),
        ("juvenile diabetic with gastroparesis from her diabetes", "E10.43"),
        ("prostate cancer treated years ago, now bony mets in the lumbar spine", "C79.51"),
        ("old tear of the posterior horn of the left medial meniscus, hurt years ago", "M23.222"),
        ("newborn after vacuum delivery with a cephalohematoma", "P12.0"),
        ("term baby by section, TTN", "P22.1"),
        ("alcohol dependent, stopped three days ago, shaking, confused: DTs", "F10.231"),
    ],
)
def test_what_is_told_outweighs_what_surrounds_it(store: Store, text: str, code: str) -> None:
    assert find(store, Question(text=text)).code == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"condition": "gastroparesis", "cause": "type 1 diabetes"}, "E10.43"),
        ({"condition": "gastroparesis", "cause": "type 2 diabetes"}, "E11.43"),
    ],
)
def test_another_type_is_no_answer(store: Store, fields: dict[str, str], code: str) -> None:
    assert find(store, Question.from_json(fields)).code == code
