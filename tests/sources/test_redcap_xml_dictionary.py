"""The XML of a REDCap project without records is its data dictionary, with the project's missing-data codes."""

import re
from pathlib import Path

import pytest

from tests.sources.redcap_kit import DATA, PROJECTS, STUDY, feed_of, sample, sample_dictionary, take
from tests.sources.redcap_xml import project_xml
from warehouse.sources.site_dictionary import read_project_dictionary
from warehouse.sources.stored_dictionary import as_text, from_text
from warehouse.storage.errors import RegistryError

MISSING = "UNK, Unknown\n-99, Not asked\nNI, No information"
ABLATION = 'instrument = "ablation"\ncolumns = { patient_id = "pid", session_date = "rfa_date", guidance = "done" }'


def xml_of(project: str) -> str:
    """The XML of a sample project without its records."""
    text = (sample(project) / "project.xml").read_text(encoding="utf-8")
    return re.sub("<ClinicalData.*</ClinicalData>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("project", PROJECTS)
def test_it_has_what_the_csv_has(project: str) -> None:
    """Fields, forms, types, validation, choices and identifiers are those of the project's dictionary as CSV."""
    found = read_project_dictionary(xml_of(project))
    assert found.fields == sample_dictionary(project).fields
    assert set(found.form_labels) == set(found.forms)


@pytest.mark.parametrize("project", PROJECTS)
def test_an_xml_with_records_is_no_dictionary(project: str) -> None:
    """It would be kept where no erasure reaches it."""
    text = (sample(project) / "project.xml").read_text(encoding="utf-8")
    with pytest.raises(RegistryError, match="holds records, and a data dictionary holds none") as refusal:
        read_project_dictionary(text)
    assert "metadata only" in refusal.value.cure


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (project_xml(STUDY)[:-300], "not valid XML, or only a part of it"),
        ('<!DOCTYPE ODM [<!ENTITY a "b">]><ODM/>', "declares a document type"),
        ("<html><body>Log in</body></html>", "not a REDCap project"),
        ("<ODM></ODM>", "has no fields"),
    ],
)
def test_other_xml_is_refused(text: str, reason: str) -> None:
    """Half a file, a document type, a page of the server, a project without fields: each has its reason."""
    with pytest.raises(RegistryError, match=reason) as refusal:
        read_project_dictionary(text)
    assert "In REDCap" in refusal.value.cure


def test_it_may_begin_with_a_mark_and_blanks() -> None:
    """A byte order mark or a blank line before the first element do not make it a CSV."""
    assert read_project_dictionary(
        f"\ufeff\n{project_xml(STUDY)}".replace('<?xml version="1.0" encoding="UTF-8" ?>', "")
    )


def test_missing_data_codes_are_kept_with_the_dictionary() -> None:
    """The codes have their labels; what is kept of a file after an erasure has them too."""
    dictionary = read_project_dictionary(project_xml(STUDY, missing=MISSING))
    assert dictionary.missing == {"UNK": "Unknown", "-99": "Not asked", "NI": "No information"}
    assert from_text(as_text(dictionary)) == dictionary


def test_missing_data_codes_are_empty(tmp_path: Path) -> None:
    """A code in place of a date, a number or a choice is empty; the remark names the codes."""
    text = DATA.replace("2020-01-05", "UNK").replace('"1,5"', "-99").replace(",0.750,,2", ",0.750,NI,2")
    taken = _take(tmp_path, text, f"{ABLATION[:-1]}, max_diameter_mm = 'size' }}")
    assert [row["session_date"] for row in taken.canonical] == [None, "2020-02-05", "2020-03-05"]
    assert [row["max_diameter_mm"] for row in taken.canonical] == ["2,5", None, "3,0"]
    assert [row["guidance"] for row in taken.canonical] == ["1", None, "0"]
    assert "Read as not known, as the project says: UNK, -99, NI." in taken.remark


def test_a_missing_data_code_is_no_value_to_fill_in(tmp_path: Path) -> None:
    """A patient's field that is marked as not known in the record's own row is empty beside each session."""
    text = DATA.replace("Anna,2,", "Anna,UNK,")
    taken = _take(tmp_path, text, ABLATION.replace('"done"', '"sex"'))
    assert [row["guidance"] for row in taken.canonical] == [None, None, "1"]


def test_a_choice_of_the_same_code_stays(tmp_path: Path) -> None:
    """A code that the field has among its own choices means the choice."""
    taken = _take(tmp_path, DATA, ABLATION, missing="1, Not asked")
    assert [row["guidance"] for row in taken.canonical] == ["1", None, "0"]


def test_label_exports_have_labels_of_the_codes(tmp_path: Path) -> None:
    """In a label export the code's label is empty too; in a raw export that word stays a text."""
    feed = 'instrument = "patient"\ncolumns = { patient_id = "pid", sex = "sex" }'
    labels = "Record ID,Event Name,Repeat Instrument,Repeat Instance,Sex\n001,Start,,,Unknown\n002,Start,,,male\n"
    assert [row["sex"] for row in _take(tmp_path, labels, feed).canonical] == [None, "male"]
    raw = "pid,sex,patient_complete,rfa_date\n001,2,2,Not asked\n"
    feed = 'instrument = "patient"\ncolumns = { patient_id = "pid", ecog = "rfa_date" }'
    assert [row["ecog"] for row in _take(tmp_path, raw, feed).canonical] == ["Not asked"]


def _take(folder: Path, text: str, feed: str, missing: str = MISSING):
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    export = "rfa_sessions" if "session_date" in feed else "patients"
    return take(path, feed_of(export, feed), read_project_dictionary(project_xml(STUDY, missing=missing)))
