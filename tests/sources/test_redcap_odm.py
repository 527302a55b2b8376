"""A REDCap project's XML gives the table of its CSV export, and its dictionary; what is no such XML is refused."""

import csv
import tracemalloc
from pathlib import Path

import pytest

from tests.sources.redcap_kit import PROJECTS, feed_of, sample, sample_dictionary, take
from warehouse.sources.redcap_odm import dictionary_of, is_odm, odm_to_flat
from warehouse.storage.errors import DeliveryRejected

LATER = {("validation-types-1", "f_calculated")}
"""Calculated on the server between the two exports: 7 in the XML, empty in the CSV."""


def table(path: Path) -> list[list[str]]:
    """The cells of a CSV, header first. Blanks are counted once: XML makes a line break in an attribute a blank."""
    with open(path, encoding="utf-8", newline="") as file:
        return [[" ".join(cell.split()) for cell in row] for row in csv.reader(file)]


@pytest.mark.parametrize("project", PROJECTS)
def test_xml_and_csv_are_one_table(project: str, tmp_path: Path) -> None:
    """Header, rows and cells of the XML are those of the CSV export of the same live project."""
    folder = sample(project)
    n_rows = odm_to_flat(folder / "project.xml", tmp_path / "flat.csv")
    flat, exported = table(tmp_path / "flat.csv"), table(folder / "data.csv")
    assert flat[0] == exported[0]
    later = [flat[0].index(name) for where, name in LATER if where == project]
    for row in (*flat[1:], *exported[1:]):
        for place in later:
            row[place] = ""
    assert flat == exported
    assert n_rows == len(exported) - 1


@pytest.mark.parametrize("project", PROJECTS)
def test_the_xml_has_the_dictionary(project: str) -> None:
    """Fields, forms, types, labels, choices and identifiers of the XML are those of the data dictionary."""
    assert dictionary_of(sample(project) / "project.xml").fields == sample_dictionary(project).fields


def test_the_xml_knows_instruments_labels(tmp_path: Path) -> None:
    """An instrument may be named by its label, which only the XML tells."""
    path = tmp_path / "flat.csv"
    odm_to_flat(sample("dag") / "project.xml", path)
    feed = feed_of("patients", 'instrument = "Basic Demography Form"\ncolumns = { patient_id = "record_id" }')
    taken = take(path, feed, dictionary_of(sample("dag") / "project.xml"))
    assert taken.column("record_id") == ["331-1", "331-2", "332-3"]


@pytest.mark.parametrize("name", ["project.xml", "export.csv", "data.txt"])
def test_the_content_tells(name: str, tmp_path: Path) -> None:
    """Whatever its name, a file with the root element ODM is one."""
    path = tmp_path / name
    path.write_bytes((sample("dag") / "project.xml").read_bytes())
    assert is_odm(path)
    assert not is_odm(sample("dag") / "data.csv")


def test_other_xml_is_none(tmp_path: Path) -> None:
    """Another root element, broken XML and an empty file are no ODM."""
    path = tmp_path / "project.xml"
    for text in ("<html></html>", "<ODM", "", "ODM"):
        path.write_text(text, encoding="utf-8")
        assert not is_odm(path), text


REPEATING_EVENT = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org"><Study><GlobalVariables>
<redcap:RepeatingEvent redcap:UniqueEventName="visit_arm_1"/>
<redcap:RepeatingInstrument redcap:UniqueEventName="start_arm_1" redcap:RepeatInstrument="f"/></GlobalVariables>
<MetaDataVersion redcap:RecordIdField="pid">
<StudyEventDef redcap:UniqueEventName="start_arm_1"><FormRef redcap:FormName="f"/></StudyEventDef>
<StudyEventDef redcap:UniqueEventName="visit_arm_1"><FormRef redcap:FormName="f"/></StudyEventDef>
<FormDef OID="Form.f" Name="F" redcap:FormName="f"><ItemGroupRef ItemGroupOID="f.pid"/></FormDef>
<ItemGroupDef OID="f.pid"><ItemRef ItemOID="pid"/><ItemRef ItemOID="x"/>
<ItemRef ItemOID="redcap_survey_identifier"/></ItemGroupDef>
<ItemDef OID="redcap_survey_identifier" redcap:Variable="redcap_survey_identifier"/>
<ItemDef OID="pid" redcap:Variable="pid" redcap:FieldType="text"/>
<ItemDef OID="x" redcap:Variable="x" redcap:FieldType="text"/>
</MetaDataVersion></Study><ClinicalData><SubjectData SubjectKey="007">
<StudyEventData StudyEventRepeatKey="1" redcap:UniqueEventName="start_arm_1">
<FormData FormOID="Form.f" FormRepeatKey="2"><ItemData ItemOID="x" Value="a &lt; &#10;b"/></FormData></StudyEventData>
<StudyEventData StudyEventRepeatKey="2" redcap:UniqueEventName="visit_arm_1">
<FormData FormOID="Form.f" FormRepeatKey="1"><ItemData ItemOID="x" Value="c"/></FormData></StudyEventData>
</SubjectData></ClinicalData></ODM>"""


def test_repeating_events_and_instruments(tmp_path: Path) -> None:
    """An instance of a repeating event has a number without an instrument; zeros of ids and line breaks stay."""
    path, flat = tmp_path / "project.xml", tmp_path / "flat.csv"
    path.write_text(REPEATING_EVENT, encoding="utf-8")
    assert odm_to_flat(path, flat) == 2
    with open(flat, encoding="utf-8", newline="") as file:
        assert [list(row.values()) for row in csv.DictReader(file)] == [
            ["007", "start_arm_1", "f", "2", "a < \nb", ""],
            ["007", "visit_arm_1", "", "2", "c", ""],
        ]


def test_redcaps_own_columns_are_no_fields(tmp_path: Path) -> None:
    """The XML of a survey declares REDCap's own columns beside the fields; the dictionary has only the fields."""
    path = tmp_path / "project.xml"
    path.write_text(REPEATING_EVENT, encoding="utf-8")
    assert [field.name for field in dictionary_of(path).fields] == ["pid", "x"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE ODM [<!ENTITY a "b">]><ODM/>', "declares a document type"),
        (REPEATING_EVENT[:-200], "not valid XML, or only a part of it"),
        ("<ODM></ODM>", "a project without its records"),
        ("<ODM><ClinicalData/></ODM>", "holds records, but not the project's fields"),
        ('<ODM><ItemDef OID="x"/><ClinicalData/></ODM>', "does not say which field is the record id"),
        ("<Study></Study>", "but not a REDCap project"),
        ("", "not valid XML"),
    ],
)
def test_other_xml_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    """A document type, half a file, a project without records, other XML: each has its reason, and nothing is left."""
    path, flat = tmp_path / "project.xml", tmp_path / "flat.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeliveryRejected, match=reason) as refusal:
        odm_to_flat(path, flat)
    assert "REDCap" in refusal.value.cure
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.long
def test_records_are_not_held_in_memory(tmp_path: Path) -> None:
    """A file of many records takes hardly more memory than one of few: each record is written when it ends."""
    head, rest = REPEATING_EVENT.split("<SubjectData", 1)
    record, tail = f"<SubjectData{rest}".split("</ClinicalData>", 1)
    peaks = []
    for n_records in (100, 10_000):
        path = tmp_path / f"{n_records}.xml"
        path.write_text(f"{head}{record * n_records}</ClinicalData>{tail}", encoding="utf-8")
        tracemalloc.start()
        assert odm_to_flat(path, tmp_path / "flat.csv") == 2 * n_records
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000
