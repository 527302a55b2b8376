"""`registry forget` of a patient whose rows lie in the ZIP of a Castor study's export: nothing of them is left."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.erasure.erased_home import PATIENT as ERASED
from tests.erasure.erased_home import SITE, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.orchestration.command import run_here
from tests.sources.castor_kit import ABLATION, STUDY, SURVEY, zip_of
from warehouse.archive.archive import Archive
from warehouse.releases.query import open_release
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home

pytestmark = pytest.mark.long
TOML = """
[sources.edc]
kind = "castor"

[exports.patients]
source = "edc"
[exports.patients.columns]
patient_id = "Participant Id"
sex = { from = "sex", labels = true }
birth_year = "birth_year"
ecog = "site_note"

[exports.rfa_sessions]
source = "edc"
instrument = "Ablation session"
[exports.rfa_sessions.columns]
patient_id = "Participant Id"
session_id = "Repeating data Name Custom"
session_date = "abl_date"
lesion_id = { value = "1" }
max_diameter_mm = { from = "abl_size", unit = "cm" }
segment = "abl_note"
"""
WORDS = (ERASED, "zqnote", "zqsegment")
TABLES = ("clean.patients", "clean.rfa_sessions", "quality.quarantine", "meta.loads")


def zip_with(folder: Path, patient: str) -> bytes:
    """The study's ZIP, in which 002 is called `patient` and has notes that are set aside, and a comment."""
    folder.mkdir()
    study = STUDY.replace('"birth_year"', '"site_note";"birth_year"').replace('00";"', '00";"1";"')
    study = study.replace('10:00:00";"1"', '10:00:00";"zqnote"').replace('"-98"', '"1949"')
    ablation = ABLATION.replace('"01-01-2998";"-95";"4a";""', '"05-03-2020";"3.1";"4a";"zqsegment"')
    comments = f'"Participant Id";"Comment"\n"{patient}";"zqnote"\n'
    texts = {"study": study, "ablation": ablation, "survey": SURVEY, "comments": comments}
    return zip_of(folder, **{key: text.replace("TUK-002", patient) for key, text in texts.items()}).read_bytes()


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that released the study, after the erasure."""
    folder = tmp_path_factory.mktemp("castor")
    home = Home(folder / "home").create()
    site = home.landing / SITE
    (site / "edc").mkdir(parents=True)
    (site / "site.toml").write_text(TOML, encoding="utf-8")
    (site / "edc" / "2024-01-15_study.zip").write_bytes(zip_with(folder / "made", ERASED))
    ran = refresh(home)
    assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    release = list_releases(home)[-1]
    assert set(cells_with(release.database, [ERASED])) >= {"clean.patients", "quality.quarantine"}
    archived = zipfile.ZipFile(io.BytesIO(b"".join(Archive(home).chunks(_zip(home)))))
    assert any(ERASED in archived.read(name).decode() for name in archived.namelist())
    ran = forget(home)
    assert ran.code == 0, ran.err.decode()
    assert "3 rows removed from 1 file" in ran.text
    return home


def _zip(home: Home):
    return next(one for one in Archive(home).arrivals if one.file_name.endswith(".zip"))


def test_nothing_of_the_patient_is_left(erased: Home) -> None:
    """Not in archive, build database, run history or any release: no identifier, no cell set aside, no comment."""
    assert below_home(erased, WORDS) == {}
    for release in list_releases(erased):
        assert cells_with(release.database, WORDS) == {}


def test_no_query_sheet_before_the_refresh(erased: Home, tmp_path: Path) -> None:
    """Between the erasure and the next refresh there are no entries, and the command says what to do."""
    ran = run_here(erased.root, "queries", SITE, "--out", str(tmp_path / "queries.xlsx"))
    assert ran.complaint == "registry: The registry holds no entries yet. Run `registry refresh` first."


def test_a_query_sheet_has_nothing_of_the_patient(erased: Home, tmp_path: Path) -> None:
    """The workbook of the site's open queries holds others' rows as delivered in the ZIP, and none of the patient's."""
    assert refresh(erased).code == 0
    assert run_here(erased.root, "queries", SITE, "--out", str(tmp_path / "queries.xlsx")).code == 0
    parts = zipfile.ZipFile(tmp_path / "queries.xlsx")
    text = b"".join(parts.read(name) for name in parts.namelist()).lower()
    assert b"participant id: tuk-001" in text
    assert not [word for word in WORDS if word.lower().encode() in text]


def test_a_rebuild_gives_the_same_tables(erased: Home) -> None:
    """What is kept of the ZIP is read as the ZIP was: labels, filled columns and lines of the others stay."""
    before = _tables(erased)
    assert [row[:3] for row in before["clean.patients"]] and before["quality.quarantine"]
    erased.build_database.unlink()
    ran = refresh(erased)
    assert ran.code == 0, ran.err.decode()
    assert _tables(erased) == before


def test_the_same_zip_is_no_news(erased: Home) -> None:
    """The ZIP that still lies in landing/ brings nobody back, under its own name or under another."""
    source = erased.landing / SITE / "edc" / "2024-01-15_study.zip"
    source.with_name("2024-01-16_study.zip").write_bytes(source.read_bytes())
    assert refresh(erased).code == 0
    assert below_home(erased, WORDS) == {}


def _tables(home: Home) -> dict[str, list[tuple]]:
    with open_release(list_releases(home)[-1]) as con:
        return {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}
