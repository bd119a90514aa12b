"""Tests of what a question says beside its words: numbers in ranges, accidents, notes that send a case on, long charts."""

import pytest

from nosograph.answers.find import Question, find
from nosograph.answers.find_ranges import ranges_of
from nosograph.answers.find_store import index_of
from nosograph.store.oxigraph import OxigraphStore


def code(store: OxigraphStore, text: str) -> str | None:
    return find(store, Question(text=text)).code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BMI 42.3, adult", "Z68.41"),
        ("Newborn, birth weight 1100 grams", "P07.14"),
        ("newborn weight 1.2 kg", "P07.14"),
        ("burn covering 15 percent of body, 5 percent third degree", "T31.10"),
        ("Blood alcohol level 130 mg/100 ml", "Y90.6"),
        ("premature newborn, birth weight 1,620 g", "P07.16"),
        ("subdural hematoma, knocked out for 3 hours, ED", "S06.5X3A"),
        ("Salter-Harris III fracture of the lower end of the left radius, ER", "S59.232A"),
    ],
)
def test_numbers(text: str, expected: str, store: OxigraphStore) -> None:
    assert code(store, text) == expected


def test_a_number_of_something_else_lies_in_no_range(store: OxigraphStore) -> None:
    """Ages, doses and pressures are not the body mass index."""
    assert code(store, "A 33 year old adult with whooping cough from Bordetella pertussis") == "A37.00"


def test_ranges_of_titles() -> None:
    def spans(title: str) -> list[tuple[float, float, str]]:
        return [(r.low, r.high, r.unit) for r in ranges_of(title)]

    assert spans("Burns involving 10-19% of body surface with 0% to 9% third degree burns") == [
        (10, 19, "percent"),
        (0, 9, "percent"),
    ]
    assert spans("Concussion with loss of consciousness of 30 minutes or less") == [(0, 30, "minute")]
    assert spans("Fracture of T5-T6 vertebra") == spans("Body mass index, 5th percentile") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Whiplash after another car hit hers from behind, back for a follow-up visit", "S13.4XXD"),
        ("Sprained left ankle from a fall off a skateboard, first visit", "S93.402A"),
        ("Fell off a ladder while painting", "W11.XXXA"),
        ("Slipped on an icy sidewalk and fell, first visit, external cause", "W00.0XXA"),
    ],
)
def test_the_condition_comes_before_the_accident(text: str, expected: str, store: OxigraphStore) -> None:
    assert code(store, text) == expected


@pytest.mark.parametrize(
    ("question", "expected", "owner"),
    [
        (Question(condition="hyphema", side="right", cause="blow by a ball", encounter="initial"), "S05.11XA", "H21.0"),
        (Question(condition="bowel blockage, partial", site=("small bowel",), cause="operation"), "K91.31", "K56"),
        (Question(condition="hypothermia", cause="anesthesia", encounter="initial"), "T88.51XA", "R68.0"),
    ],
)
def test_a_note_sends_the_case_on(question: Question, expected: str, owner: str, store: OxigraphStore) -> None:
    found = find(store, question)
    assert found.code == expected
    sent = [r for r in found.reasons if r.rule == "sent-here"]
    assert any(e.iri.split("/note/")[1].startswith(f"{owner}/excludes1/") for r in sent for e in r.evidence)


def test_what_is_not_reached_is_denied(store: OxigraphStore) -> None:
    assert code(store, "Cavity on the chewing surface of a molar, into the dentin, pulp not reached") == "K02.52"


def test_words_apart_and_together(store: OxigraphStore) -> None:
    assert code(store, "Trans-sphincteric fistula of the anus, recurrent") == "K60.323"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lump in the right breast at 2 o'clock", "N63.12"),
        ("Lump in the left breast at 2 o'clock", "N63.21"),
        ("Cubital tunnel syndrome on the left with ulnar nerve entrapment", "G56.22"),
    ],
)
def test_places_and_sides(text: str, expected: str, store: OxigraphStore) -> None:
    assert code(store, text) == expected


def test_site_in_the_order_of_tables(store: OxigraphStore) -> None:
    assert (
        find(store, Question(condition="malignant primary neoplasm", site=("mediastinum, anterior",))).code == "C38.1"
    )


def test_two_facts_that_each_have_a_code(store: OxigraphStore) -> None:
    found = find(store, Question(condition="acute respiratory failure", detail="hypoxia and hypercapnia"))
    assert (found.status, found.code) == ("ambiguous", None)
    assert {c.code for c in found.candidates[:2]} == {"J96.01", "J96.02"}


def test_a_whole_name_in_a_long_chart_is_enough(store: OxigraphStore) -> None:
    assert code(store, "NSTEMI, trop 4.2, no ST elevation, cath lad 90%") == "I21.4"
    assert code(store, "Vandermeer-Holst crystalline syndrome, stage 2, seen by genetics last spring") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failure to thrive, 12-day-old, still below birth weight", "P92.6"),
        ("3-week-old fracture of the shaft of the left clavicle, first visit", "S42.022A"),
        ("Laceration of the right hand, 8 hours old, no foreign body, ED", "S61.411A"),
    ],
)
def test_the_age_of_a_patient_is_not_that_of_a_wound(text: str, expected: str, store: OxigraphStore) -> None:
    assert code(store, text) == expected


def test_a_category_for_two_conditions_is_for_one_in_each_entry(store: OxigraphStore) -> None:
    """S63 is for dislocations and sprains; S63.6 for sprains alone."""
    assert code(store, "Left middle finger, PIP joint dislocated, ED") == "S63.283A"


@pytest.mark.parametrize(
    "text", ["Which CPT number do I bill for a knee injection?", "Can we bill this with a modifier?"]
)
def test_billing_is_no_diagnosis(text: str, store: OxigraphStore) -> None:
    found = find(store, Question(text=text))
    assert (found.status, found.code) == ("none", None)


def test_a_block_holds_what_stands_in_it(store: OxigraphStore) -> None:
    """D3A has a block of its own, though by its characters it would lie in D37-D48."""
    index = index_of(store)

    def held_by(category: str) -> list[str]:
        return [owner for low, high, owner in index.sending_blocks if low <= index.places[category] < high]

    assert held_by("D3A") == []
    assert "D37-D48" in held_by("D47") and "I10-I1A" in held_by("I1A")
