"""Tests of what a question says beside its words: numbers in ranges, accidents, notes that send a case on, long charts."""

import pytest

from nosograph.answers.find import Question, find
from nosograph.answers.find_ranges import ranges_of
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
        ("subdural hematoma, knocked out for 3 hours, ED", "S06.5X3A"),
        ("growth plate fracture of the lower end of the right tibia, Salter-Harris II, ER", "S89.121A"),
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
        ("Whiplash from rear-end collision last month, back for physical therapy", "S13.4XXD"),
        ("Bruised kidney after a fall from a horse, side not documented", "S37.019A"),
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
        (Question(text="newborn with ischemic stroke in the left middle cerebral artery territory"), "P91.822", "I63"),
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
