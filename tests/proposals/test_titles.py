"""Tests of what a statistics file calls its columns in words: V12 is "Geburtsjahr des Patienten"."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.proposals.site_files import columns_of, lines_of, proposed, questions_of
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit
from warehouse.proposals.site_proposal import propose
from warehouse.proposals.titles import within, wordings
from warehouse.proposals.words import meanings

FRAME = pd.DataFrame(
    {
        "v1": ["P1", "P2", "P3"],
        "v2": [1.0, 2.0, 2.0],
        "v3": [1950.0, 1944.0, 1961.0],
        "v4": [1.0, 2.0, 9.0],
        "v5": [date(2021, 3, 25), date(2021, 4, 1), date(2021, 5, 2)],
        "v6": ["1", "1", "1"],
        "v7": [2.9, 1.4, 3.1],
        "v8": [1.0, 2.0, 1.0],
        "v9": [5.0, -9.0, 3.0],
        "v10": [170.0, 180.0, 175.0],
    }
)
TITLES = {
    "v1": "Patientennummer",
    "v2": "Geschlecht des Patienten",
    "v3": "Q3. Geburtsjahr des Patienten",
    "v4": "Vitalstatus: 1=lebt, 2=tot",
    "v5": "Datum des Eingriffs",
    "v6": "Nummer der Läsion",
    "v7": "Größter Durchmesser (cm)",
    "v8": "Verfahren",
    "v9": "Minimaler Ablationsrand in mm",
    "v10": "Größe des Patienten",
}
LABELS = {
    "v2": {1.0: "männlich", 2.0: "weiblich"},
    "v4": {1.0: "lebt", 2.0: "verstorben", 9.0: "keine Angabe"},
    "v8": {1.0: "RFA", 2.0: "Mikrowelle"},
    "v9": {-9.0: "nicht bekannt"},
}


def _sav(path: Path) -> None:
    pyreadstat.write_sav(FRAME, path, column_labels=TITLES, variable_value_labels=LABELS)


def _dta(path: Path) -> None:
    codes = {name: FRAME[name].astype("int32") for name in LABELS}
    labels = {name: {int(code): label for code, label in of_name.items()} for name, of_name in LABELS.items()}
    pyreadstat.write_dta(FRAME.assign(**codes), path, column_labels=TITLES, variable_value_labels=labels)


@pytest.mark.long
@pytest.mark.parametrize(("suffix", "write"), quick(1, [("sav", _sav), ("dta", _dta), ("zsav", _sav)]))
def test_a_file_with_cryptic_names_loads_by_its_titles(suffix: str, write: Callable[[Path], None], kit: Kit) -> None:
    """Titles name the columns and their units, labels the codes; nothing is asked, and each value is the file's."""
    folder = kit.home.landing / SITE / "klinik"
    folder.mkdir(parents=True)
    write(folder / f"2024-05-01.{suffix}")
    found = proposed(kit)
    assert found.n_questions == 0
    assert lines_of(found)["sources"]["klinik"] == {"missing": ["-9"]}
    assert '# v3: Q3. Geburtsjahr des Patienten\nbirth_year = "v3"\n' in found.text
    assert "# Nothing is read from v10.\n" in found.text
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, sex, birth_year, vital_status FROM raw.patients_current ORDER BY ALL") == [
        ("P1", "male", "1950", "alive"),
        ("P2", "female", "1944", "dead"),
        ("P3", "female", "1961", "unknown"),
    ]
    assert kit.tuples(
        "SELECT patient_id, session_date::VARCHAR, lesion_id, max_diameter_mm, modality, minimal_margin_mm "
        "FROM clean.rfa_sessions ORDER BY ALL"
    ) == [
        ("P1", "2021-03-25", "1", 29.0, "rfa", 5.0),
        ("P2", "2021-04-01", "1", 14.0, "mwa", None),
        ("P3", "2021-05-02", "1", 31.0, "rfa", 3.0),
    ]


def test_titles_of_a_sas_transport_file(tmp_path: Path) -> None:
    """SAS transport files have titles too; without labels the codes are asked."""
    (tmp_path / "klinik").mkdir()
    columns = ["v1", "v2", "v3"]
    titles = [TITLES[name].replace("ä", "ae") for name in columns]
    pyreadstat.write_xport(
        FRAME[columns], tmp_path / "klinik" / "2024.xpt", column_labels=titles, file_format_version=5
    )
    found = propose(tmp_path)
    assert columns_of(found, "patients") == {"patient_id": "v1", "sex": {"from": "v2"}, "birth_year": "v3"}
    assert 'v2 ("Geschlecht des Patienten"): 2 values are no word' in questions_of(found)


def test_a_title_with_words_of_a_column_is_asked(tmp_path: Path) -> None:
    """A sentence that holds a column's name may say something else, so that it makes a question."""
    (tmp_path / "klinik").mkdir()
    titles = {**TITLES, "v7": "Größter Durchmesser laut letztem Befund (cm)", "v6": "Herd"}
    pyreadstat.write_sav(FRAME, tmp_path / "klinik" / "2024.sav", column_labels=titles, variable_value_labels=LABELS)
    found = propose(tmp_path)
    assert "max_diameter_mm" not in columns_of(found, "rfa_sessions")
    assert '# max_diameter_mm = { from = "v7", unit = "cm" }' in found.text
    assert 'v7 ("Größter Durchmesser laut letztem Befund (cm)") may be max_diameter_mm' in questions_of(found)


def test_a_name_and_a_title_that_differ_are_asked(tmp_path: Path) -> None:
    """Of a column that its name calls one thing and its title another, neither is taken without a question."""
    (tmp_path / "klinik").mkdir()
    frame = FRAME.rename(columns={"v9": "Todesdatum"})
    titles = {**{n: t for n, t in TITLES.items() if n != "v9"}, "Todesdatum": "Geburtsjahr"}
    titles["v3"] = "Bemerkung"
    pyreadstat.write_sav(frame, tmp_path / "klinik" / "2024.sav", column_labels=titles)
    found = propose(tmp_path)
    assert {"death_date", "birth_year"}.isdisjoint(columns_of(found, "patients"))
    assert "The name of Todesdatum may mean death_date, and its title birth_year. Which is it?" in questions_of(found)


def test_whose_a_thing_is_matters_for_patients_alone() -> None:
    """Geschlecht des Patienten is the sex; Größe des Patienten is no size of a lesion."""
    assert [one.column for one in meanings("patients", "Date de naissance du patient")] == []
    assert [one.column for one in meanings("patients", "Sexo del paciente")] == ["sex"]
    assert [one.column for one in meanings("patients", "患者性别")] == ["sex"]
    assert meanings("rfa_sessions", "Größe des Patienten") == ()
    assert within("rfa_sessions", "Größe des Patienten bei der Aufnahme") is None
    assert list(wordings("Patient: Geschlecht"))[1:] == ["Geschlecht", "Patient"]


@pytest.mark.parametrize("label", quick(1, ["nicht bestimmbar", "Rand 9 mm zu klein"]))
def test_a_number_for_not_known_with_any_label(tmp_path: Path, label: str) -> None:
    """-9 of a margin would be a margin; the file's label says that it is none, whatever its words."""
    (tmp_path / "klinik").mkdir()
    labels = {**LABELS, "v9": {-9.0: label}}
    pyreadstat.write_sav(FRAME, tmp_path / "klinik" / "2024.sav", column_labels=TITLES, variable_value_labels=labels)
    assert lines_of(propose(tmp_path))["sources"]["klinik"] == {"missing": ["-9"]}


def test_a_labelled_number_that_may_be_a_value_is_asked(tmp_path: Path) -> None:
    """A margin of 3 with a label of words: it may be a measurement, so that a person says whether it is one."""
    (tmp_path / "klinik").mkdir()
    labels = {**LABELS, "v9": {-9.0: "nicht bekannt", 3.0: "kein Rand", 5.0: "5 mm"}}
    pyreadstat.write_sav(FRAME, tmp_path / "klinik" / "2024.sav", column_labels=TITLES, variable_value_labels=labels)
    found = propose(tmp_path)
    assert "the file gives a label to 3 (kein Rand). If it is no value, add it to missing" in questions_of(found)
    assert found.n_questions == 1


def test_a_question_of_yes_and_no_is_asked_with_its_codes(tmp_path: Path) -> None:
    """Ist der Patient verstorben? yes and no are no status of life: the answer has a place for what each means."""
    (tmp_path / "klinik").mkdir()
    titles = {**TITLES, "v4": "Ist der Patient verstorben?"}
    labels = {**LABELS, "v4": {1.0: "nein", 2.0: "ja"}}
    pyreadstat.write_sav(FRAME, tmp_path / "klinik" / "2024.sav", column_labels=titles, variable_value_labels=labels)
    found = propose(tmp_path)
    codes = '{ "nein" = "?", "ja" = "?", "9" = "?" }'
    assert f'# vital_status = {{ from = "v4", labels = true, codes = {codes} }}' in found.text
    assert "Write a code in place of each ?." in questions_of(found)


def test_a_german_genitive() -> None:
    """Lokalisation des Primärtumors is the site of the primary; a name that only ends in s is not shortened."""
    assert [one.column for one in meanings("patients", "Lokalisation des Primärtumors")] == ["primary_site"]
    assert [one.column for one in meanings("rfa_sessions", "Durchmesser des Herdes")] == ["max_diameter_mm"]
    assert [one.column for one in meanings("patients", "n lesions")] == ["n_clm_total"]
