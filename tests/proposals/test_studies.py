"""Tests of files that hold a whole study: Castor's ZIP and its single files, and a REDCap project's XML."""

import shutil
from pathlib import Path

import pytest

from tests.proposals.site_files import answered, columns_of, lines_of, proposal_of, proposed, questions_of
from tests.sources.castor_kit import ABLATION, FIELD_OPTIONS, STUDY, SURVEY, VARIABLES, groups_text, old, zip_of
from tests.sources.redcap_kit import sample
from tests.warehouse.kit import SITE, Kit
from warehouse.proposals.site_proposal import propose

LESION = 'lesion_id = "{} Name Custom"'
SIZE = 'max_diameter_mm = { from = "abl_size", unit = "cm" }'
PATIENTS = [("TUK-001", "female", "1950"), ("TUK-002", "male", None), ("TUK-003", None, "1962")]
SESSIONS = [("TUK-001", "TUK-001_2020-01-05", "2020-01-05", "Ablation - 1", 25.0, "7")]


def _loaded(kit: Kit) -> tuple[list[tuple], list[tuple]]:
    return (
        kit.tuples("SELECT patient_id, sex, birth_year FROM raw.patients_current ORDER BY 1"),
        kit.tuples(
            "SELECT patient_id, session_id, session_date::VARCHAR, lesion_id, max_diameter_mm, segment "
            "FROM clean.rfa_sessions ORDER BY 1"
        ),
    )


@pytest.mark.long
def test_the_zip_of_a_castor_study_loads(kit: Kit) -> None:
    """Kind and forms are found, options give the codes, dates are Castor's own, marks of missing values are no cells;
    with the lesion and the unit answered, every value is the study's.
    """
    (kit.home.landing / SITE / "castor").mkdir(parents=True)
    zip_of(kit.home.landing / SITE / "castor")
    found = proposed(kit)
    said = lines_of(found)
    assert found.found[0].read_as == "Castor study"
    assert said["sources"] == {"castor": {"kind": "castor"}}
    assert said["exports"]["rfa_sessions"]["instrument"] == "Ablation_session"
    assert said["exports"]["rfa_sessions"]["columns"]["session_date"] == "abl_date"
    assert said["exports"]["patients"]["columns"]["sex"] == {"from": "sex", "labels": True}
    assert found.n_questions == 2
    kit.configure(SITE, answered(found.text, LESION.format("Repeating data"), SIZE))
    kit.refresh()
    assert kit.problems == []
    assert _loaded(kit) == (PATIENTS, SESSIONS)


@pytest.mark.parametrize("is_old", [True, pytest.param(False, marks=pytest.mark.long)])
def test_single_files_of_a_castor_study_load(is_old: bool, kit: Kit) -> None:
    """Each form is a source of its own, in both generations of Castor's words, and the option groups are the file
    beside site.toml.
    """
    site = kit.home.landing / SITE
    (site / "castor").mkdir(parents=True)
    for name, text in (("T_export_1", STUDY), ("T_Ablation_session_export_1", ABLATION), ("T_Survey_export_1", SURVEY)):
        (site / "castor" / f"{name}.csv").write_text(old(text) if is_old else text, encoding="utf-8")
    (site / "optiongroups.csv").write_text(groups_text(), encoding="utf-8")
    found = proposed(kit)
    assert [one.exports for one in found.found] == [("rfa_sessions",), (), ("patients",)]
    assert "# [sources.castor_t_survey_export]" in found.text
    assert {one["kind"] for one in lines_of(found)["sources"].values()} == {"castor"}
    assert columns_of(found, "patients")["patient_id"] == ("Record Id" if is_old else "Participant Id")
    kit.configure(SITE, answered(found.text, LESION.format("Report" if is_old else "Repeating data"), SIZE))
    (site / "castor" / "T_Survey_export_1.csv").unlink()
    kit.refresh()
    assert kit.problems == []
    assert _loaded(kit) == (PATIENTS, SESSIONS)


@pytest.mark.long
def test_titles_in_a_castor_study(tmp_path: Path) -> None:
    """What forms call their fields stands in the variable lists: V1 is the year of birth."""
    (tmp_path / "castor").mkdir()
    study, variables = (text.replace("birth_year", "V1") for text in (STUDY, VARIABLES))
    zip_of(tmp_path / "castor", study=study, variables=variables)
    found = propose(tmp_path)
    assert '# V1: Year of birth\nbirth_year = "V1"\n' in found.text


def test_parts_of_option_groups_in_the_folder_are_said(tmp_path: Path) -> None:
    """Options in one file and fields in another say nothing alone: the note says how to deliver them."""
    files: dict[str, str | bytes] = {
        "castor/T_export_1.csv": STUDY,
        "castor/field_options.csv": FIELD_OPTIONS,
        "castor/study_variablelist.csv": VARIABLES,
    }
    found = proposal_of(tmp_path, files)
    assert found.notes == (
        "field_options.csv, study_variablelist.csv hold option groups or fields of a Castor study: deliver the whole "
        "ZIP of the export, or put them into one file beside site.toml, one below the other.",
    )
    assert 'sex.codes."1" = "?"' in questions_of(found)


@pytest.mark.long
def test_the_xml_of_a_redcap_project_loads(kit: Kit) -> None:
    """It holds the project's fields, so that no dictionary is named, and loads as the CSV with its dictionary does."""
    (kit.home.landing / SITE / "redcap").mkdir(parents=True)
    shutil.copyfile(sample("clinical-trial-1") / "project.xml", kit.home.landing / SITE / "redcap" / "project.xml")
    found = proposed(kit)
    assert found.found[0].read_as == "REDCap project's XML"
    assert lines_of(found)["sources"] == {"redcap": {"kind": "redcap"}}
    assert columns_of(found, "patients") == {"patient_id": "record_id", "sex": {"from": "gender", "labels": True}}
    kit.refresh()
    assert kit.problems == []
    (load,) = kit.rows("SELECT * FROM meta.loads")
    assert (load["status"], load["rows_received"]) == ("accepted", found.found[0].n_rows)
    assert kit.value("SELECT count(*) FROM raw.patients_current WHERE lower(sex) IN ('female', 'male')") > 1


@pytest.mark.long
def test_the_xml_of_a_project_without_records_is_a_dictionary(tmp_path: Path) -> None:
    """Beside site.toml it is named as the dictionary of the export, in place of the CSV."""
    (tmp_path / "redcap").mkdir()
    project = sample("clinical-trial-1")
    shutil.copyfile(project / "data.csv", tmp_path / "redcap" / "data.csv")
    xml = (project / "project.xml").read_text(encoding="utf-8")
    start = xml.index("<ClinicalData")
    (tmp_path / "project.xml").write_text(f"{xml[:start]}</ODM>", encoding="utf-8")
    found = propose(tmp_path)
    assert lines_of(found)["sources"] == {"redcap": {"kind": "redcap", "dictionary": "project.xml"}}
    assert columns_of(found, "patients")["sex"] == {"from": "gender", "labels": True}
