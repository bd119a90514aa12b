"""Which code applies, asked as people ask: words of charts and patients, misspellings, denials, and nonsense."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nosograph.answers.find import Answer, Question, find
from nosograph.answers.find_kept import load_index, save_index
from nosograph.answers.find_store import index_of
from nosograph.store import Home, Store, open_store
from nosograph.store.oxigraph import OxigraphStore

ROOT = Path(__file__).parent.parent
FIELDS = ("condition", "site", "side", "cause", "encounter", "detail")
#: shares of right first answers that are kept; what is reached stands in the README
KEPT = {
    ("questions", "fields"): 0.96,
    ("questions", "text"): 0.94,
    ("lookups", "fields"): 0.95,
    ("lookups", "text"): 0.97,
}
ROUND_TRIP = 0.985


def ask(store: Store, **fields: Any) -> Answer:
    return find(store, Question.from_json(fields))


WORDS = [
    ("H00.015", "stye on the lower lid of the left eye"),
    ("G56.03", "carpal tunnel syndrome in both wrists"),
    ("I21.9", "heart attack"),
    ("L89.153", "bedsore over the sacrum, stage 3"),
    ("S62.336A", "displaced fracture of the neck of the 5th metacarpal, right hand, first visit"),
    ("S61.210A", "cut on the right index finger, nail intact, nothing left in it, ER"),
    ("S68.612A", "tip of the right middle finger cut off completely, ER"),
    ("S78.112A", "left leg torn off through the middle of the thigh, ER"),
    ("L03.012", "felon of the left thumb"),
    ("B20", "HIV with thrush: the HIV code"),
    ("E09.42", "steroid-induced diabetes with polyneuropathy in both feet"),
    ("J18.9", "pneumonia"),
    ("J69.0", "aspiration pneumonia"),
    ("T81.42XA", "infected surgical wound, deep incision, first visit"),
    ("T63.441A", "bee sting with allergic shock, ER"),
    ("Z20.3", "exposure to rabies"),
    ("S63.502A", "slipped on ice, sprained left wrist, first visit"),
    ("L03.116", "celulitis of the left thigh"),
    ("L03.116", "cellulitis, left thigh, no abscess"),
    ("S82.002A", "broken left kneecap, seen in the ER today"),
    ("S13.4XXD", "whiplash from a car crash, follow-up"),
    ("M17.11", "wear and tear arthritis of the right knee"),
    ("T39.011A", "aspirin poisoning, accidental, first visit"),
    ("T45.515A", "adverse effect of warfarin, initial encounter"),
    ("C50.411", "cancer of the upper outer quadrant of the right breast in a woman"),
    ("O14.13", "severe preeclampsia at 34 weeks"),
    ("K80.00", "gallstones with acute cholecystitis, no blockage"),
    ("J45.41", "moderate persistent asthma with acute exacerbation"),
    ("W54.0XXA", "bitten by dog, initial"),
]


@pytest.mark.parametrize(("code", "text"), WORDS, ids=[t for _, t in WORDS])
def test_words_of_charts(store: Store, code: str, text: str) -> None:
    answer = ask(store, text=text)
    assert (answer.status, answer.code) == ("answered", code), [(c.code, c.score) for c in answer.candidates[:3]]
    assert answer.reasons[0].evidence[0].text


@pytest.mark.parametrize("name", ["questions", "lookups"])
@pytest.mark.parametrize("how", ["fields", "text"])
def test_share_of_right_answers(store: Store, name: str, how: str) -> None:
    rows = [
        json.loads(line) for line in (ROOT / "benchmarks" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    rows = [r for r in rows if r.get("code") or r.get("prefix")]
    right = 0
    for row in rows:
        answer = ask(store, **{k: row.get(k) for k in (("text",) if how == "text" else FIELDS)})
        code = answer.code or ""
        right += (
            code == row["code"] or code in row.get("accept", []) if row.get("code") else code.startswith(row["prefix"])
        )
    assert right / len(rows) >= KEPT[name, how], f"{right} of {len(rows)}"


@pytest.fixture(scope="module")
def trip() -> ModuleType:
    spec = importlib.util.spec_from_file_location("roundtrip", ROOT / "benchmarks" / "roundtrip.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["roundtrip"] = module
    spec.loader.exec_module(module)
    return module


def test_the_axes_of_a_code_give_it_back(store: Store, trip: ModuleType) -> None:
    codes = trip.Codes(store)
    results = trip.roundtrip(store, trip.sample(codes, 3000), codes)
    back = sum(r.code == r.got for r in results)
    assert len(results) >= 2990
    assert back / len(results) >= ROUND_TRIP, f"{back} of {len(results)}"


@pytest.mark.parametrize(
    ("code", "stated"),
    [
        ("B91", {"text": "sequelae of poliomyelitis"}),
        ("A80.9", {"text": "poliomyelitis"}),
        (
            "S63.111A",
            {"text": "subluxation of metacarpophalangeal joint of right thumb, initial encounter"},
        ),
        (
            "S15.9XXA",
            {"condition": "injury of unspecified blood vessel", "site": "neck", "encounter": "initial"},
        ),
        (
            "S56.511A",
            {"condition": "strain of other extensor muscle, forearm", "side": "right", "encounter": "initial"},
        ),
        ("V01.00XA", {"text": "pedestrian on foot in collision with pedal cycle in nontraffic accident, initial"}),
        ("M62.10", {"condition": "other rupture of muscle (nontraumatic)", "site": "unspecified site"}),
        ("M62.18", {"condition": "other rupture of muscle (nontraumatic)", "site": "other site"}),
    ],
)
def test_words_that_tell_neighbours_apart(store: Store, code: str, stated: dict[str, str]) -> None:
    assert ask(store, **stated).code == code


def test_a_denial_chooses_between_siblings(store: Store) -> None:
    stated = {"condition": "laceration", "site": "hand", "side": "right", "encounter": "initial"}
    assert ask(store, **stated, detail="without foreign body").code == "S61.411A"
    assert ask(store, **stated, detail="with foreign body").code == "S61.421A"


def test_what_is_read_otherwise_is_said(store: Store) -> None:
    answer = ask(store, text="celulitis of the left thigh")
    assert "celulitis" in next(r.text for r in answer.reasons if r.rule == "misspelt")


def test_a_name_that_is_not_official_is_marked(store: Store) -> None:
    reason = ask(store, text="heart attack").reasons[0]
    assert reason.rule == "index-term"
    assert "no part of the official list" in reason.text
    assert reason.evidence[0].source.startswith("http")


def test_a_note_that_sends_the_case_elsewhere_is_quoted(store: Store) -> None:
    answer = ask(store, condition="hypothermia following anesthesia", encounter="initial")
    assert answer.code == "T88.51XA"


def test_an_inclusion_term_is_quoted_with_its_owner(store: Store) -> None:
    answer = ask(store, text="dry socket")
    assert answer.code == "M27.3"
    assert any(e.text == "Dry socket" for r in answer.reasons for e in r.evidence)


def test_the_encounter_is_presumed_unless_it_is_said_to_be_unknown(store: Store) -> None:
    sprain = ask(store, condition="sprain of ankle", side="right")
    assert (sprain.code, sprain.missing) == ("S93.401A", ("encounter",))
    silent = ask(store, condition="sprain of ankle", side="right", detail="encounter not documented")
    assert (silent.status, silent.code) == ("incomplete", None)
    fracture = ask(store, condition="fracture of shaft of femur", side="right")
    assert (fracture.code, fracture.missing) == ("S72.301A", ("encounter",))


def test_healing_chooses_the_seventh_character(store: Store) -> None:
    stated = {"condition": "fracture of shaft of femur", "side": "right"}
    for words, character in (
        ("not united", "K"),
        ("healing well", "D"),
        ("slow to heal", "G"),
        ("healed crooked", "P"),
    ):
        answer = ask(store, **stated, detail=f"closed, {words}")
        assert answer.code == f"S72.301{character}", words


def test_a_side_that_the_place_names_is_not_asked_for(store: Store) -> None:
    assert ask(store, text="right upper quadrant abdominal pain").code == "R10.11"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.sampled_from(["condition", "text", "detail"]))
def test_any_text_is_answered_or_refused(store: Store, text: str, field: str) -> None:
    answer = ask(store, **{field: text})
    assert answer.status in ("answered", "incomplete", "ambiguous", "none")
    assert (answer.code is None) == (answer.status != "answered")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        st.characters(categories=["Lo", "So", "Cc"], min_codepoint=0x590) | st.characters(max_codepoint=31), max_size=80
    )
)
def test_other_scripts_and_control_characters_find_nothing(store: Store, text: str) -> None:
    assert ask(store, text=text).code is None


def test_ten_thousand_words(store: Store) -> None:
    answer = find(store, Question(text="broken left wrist of the patient " * 1500))
    assert "cut" in [r.rule for r in answer.reasons]


@pytest.mark.parametrize("text", ["", "   ", "the of and", "left", "x", "???", "no", "without"])
def test_nothing_is_asked(store: Store, text: str) -> None:
    answer = ask(store, text=text)
    assert (answer.status, answer.code) == ("none", None)


def test_words_that_mean_nothing(store: Store) -> None:
    answer = ask(store, condition="blorptastic frobnication", site="left wug")
    assert (answer.status, answer.code) == ("none", None)
    assert "blorptastic" in " ".join(r.text for r in answer.reasons)


def test_the_index_is_kept_whole(store: OxigraphStore, tmp_path: Path) -> None:
    index = index_of(store)
    save_index(index, tmp_path)
    again = load_index(tmp_path)
    assert again.vocabulary == index.vocabulary
    assert again.notations == index.notations
    assert (again.arrays.items == index.arrays.items).all()


def test_a_damaged_index_is_drawn_anew(home: Home, store: OxigraphStore, tmp_path: Path) -> None:
    index_of(store)
    current = home.current()
    assert current is not None
    shutil.copytree(current, tmp_path / "store", ignore=shutil.ignore_patterns("*.gz", "dataset"))
    kept = next((tmp_path / "store").glob("search-*"))
    (kept / "words.json").write_text("{", encoding="utf-8")
    opened = open_store(home)
    opened.folder = tmp_path / "store"
    assert ask(opened, text="dry socket").code == "M27.3"
    opened.close()
