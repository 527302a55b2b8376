"""Fixtures of the tests of data quality."""

import shutil
from pathlib import Path

import pytest

from tests.quality.answering_site import EXAM, GENOTYPE, GOOD, NO_SEGMENT, TOO_LARGE, TOO_STRONG
from tests.quality.site_at_work import Site


@pytest.fixture(scope="session")
def asked_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `site` as it is before anybody answers; tests get copies."""
    site = Site(tmp_path_factory.mktemp("asked-site"))
    site.sessions("2024-01-31.csv", GOOD, TOO_LARGE, TOO_STRONG, NO_SEGMENT)
    exams = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status"
    site.deliver("imaging_followups", "2024-01-31.csv", exams, EXAM)
    site.deliver(
        "genotypes", "2024-01-31.csv", "patient_id,specimen_id,specimen_site,gene,result,variant,panel", GENOTYPE
    )
    site.refresh()
    assert site.open_rules() == ["ABL-06", "LES-03", "LES-05", "PARENT-01", "PARENT-01"]
    return site.home.root


@pytest.fixture
def site(asked_site: Path, tmp_path: Path) -> Site:
    """A site with LES-03 (row), whose lesion takes an exam and a genotype along, ABL-06 and LES-05 (values)."""
    shutil.copytree(asked_site, tmp_path, dirs_exist_ok=True)
    return Site(tmp_path)
