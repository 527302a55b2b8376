"""Tests of proposals for files from outside the project: REDCap projects and CSV templates of an mCODE extractor."""

import shutil
from pathlib import Path

import pytest

from tests.proposals.site_files import columns_of, lines_of, questions_of
from tests.sources.redcap_kit import PROJECTS, sample
from tests.structure.checkout import ROOT
from tests.warehouse.kit import SITE, Kit
from warehouse.intake.site_config import parse
from warehouse.proposals.site_proposal import Proposal, propose

MCODE = ROOT.parent / "shared" / "samples" / "mcode_csv"
SEX = {
    "clinical-trial-1": {"from": "gender", "labels": True},
    "dag": {"from": "sex", "labels": True},
    "longitudinal": {"from": "sex", "labels": True},
    "repeating-instruments": {"from": "sex", "labels": True},
}
"""Project -> how the sex of its patients is delivered; the others have no column of the registry."""


def _redcap(site: Path, project: str) -> Proposal:
    (site / "redcap").mkdir(parents=True)
    shutil.copyfile(sample(project) / "data.csv", site / "redcap" / "data.csv")
    shutil.copyfile(next(sample(project).glob("diction*.csv")), site / "dictionary.csv")
    return propose(site)


@pytest.mark.long
@pytest.mark.parametrize("project", PROJECTS)
def test_a_redcap_project(project: str, tmp_path: Path) -> None:
    """The export and its dictionary are recognised; fields that the registry has are taken with their choices, and
    identifier fields are never named.
    """
    found = _redcap(tmp_path / "north", project)
    assert found.found[0].read_as.startswith("REDCap export")
    if project not in SEX:
        assert 'kind = "redcap"' in questions_of(found)
        assert 'dictionary = "dictionary.csv"' in questions_of(found)
        return
    assert lines_of(found)["sources"] == {"redcap": {"kind": "redcap", "dictionary": "dictionary.csv"}}
    assert columns_of(found, "patients")["sex"] == SEX[project]


@pytest.mark.long
def test_a_dictionary_in_the_folder_of_its_data(tmp_path: Path) -> None:
    """It is used, no data is read from it, and it is said where it belongs."""
    shutil.copytree(sample("clinical-trial-1"), tmp_path / "north" / "redcap")
    found = propose(tmp_path / "north")
    source = lines_of(found)["sources"]["redcap_data"]
    assert (source["files"], source["dictionary"]) == (["data.csv"], "dictionary.csv")
    assert columns_of(found, "patients")["sex"] == SEX["clinical-trial-1"]
    assert "dictionary.csv is the data dictionary of redcap_data: move it out of the folder" in found.notes[0]


@pytest.mark.long
@pytest.mark.parametrize("project", ["repeating-instruments", "clinical-trial-1"])
def test_a_redcap_project_loads(project: str, kit: Kit) -> None:
    """What is proposed loads as it is."""
    found = _redcap(kit.home.landing / SITE, project)
    kit.configure(SITE, found.text)
    kit.refresh()
    assert kit.problems == []
    (load,) = kit.rows("SELECT * FROM meta.loads")
    assert (load["export"], load["status"]) == ("patients", "accepted")
    assert kit.value("SELECT count(*) FROM raw.patients_current WHERE lower(sex) IN ('female', 'male')") > 1


@pytest.mark.long
def test_the_templates_of_an_mcode_extractor(kit: Kit) -> None:
    """Each template is a source; patients load once their record number is taken as pseudonym."""
    if not MCODE.is_dir():
        pytest.skip("The samples are not here: no folder shared/samples beside the checkout")
    shutil.copytree(MCODE, kit.home.landing / SITE / "mcode")
    found = propose(kit.home.landing / SITE)
    assert {one.exports for one in found.found if "patient-information" in one.place} == {("patients",)}
    assert [one.file_name for one in found.unread] == ["LICENSE"]
    taken = found.text.replace('# patient_id = "mrn"', 'patient_id = "mrn"')
    parse(taken, SITE)
    kit.configure(SITE, taken)
    (kit.home.landing / SITE / "mcode" / "LICENSE").unlink()
    kit.refresh()
    assert kit.value("SELECT count(*) FROM raw.patients_current WHERE sex = 'female'") > 0
