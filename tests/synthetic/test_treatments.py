"""Tests the treatments of made-up registries: beside the other exports, sound, and drawn without the outcome."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.cli.demo import demo
from schemas.exports import EXPORTS
from synthetic.registry import write_registry
from synthetic.registry_treatments import COLUMNS
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

PATIENTS = 400


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small registry of two sites that deliver treatments."""
    folder: Path = tmp_path_factory.mktemp("landing")
    write_registry(folder, PATIENTS, seed=2, sites=2, defect_rate=0.0, has_treatments=True)
    return folder


def test_the_other_files_are_the_same(landing: Path, tmp_path: Path) -> None:
    """Treatments add a file per site and change no byte of another."""
    names = write_registry(tmp_path, PATIENTS, seed=2, sites=2, defect_rate=0.0)
    assert all((landing / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)
    files = {path.relative_to(landing).as_posix() for path in landing.rglob("*.csv")}
    assert len(files - set(names)) == 2 and all("/treatments/" in name for name in files - set(names))


def test_the_header_is_the_contract() -> None:
    """Every column of the export, in its order."""
    assert tuple(column.name for column in EXPORTS["treatments"].columns) == COLUMNS


def test_each_treatment_is_one_of_its_patients_own_time(landing: Path) -> None:
    """Keys are unique, resections name an ablated lesion of the patient, nothing begins or stops after death or last
    contact, and some therapies are open.
    """
    con = duckdb.connect()
    for export in ("treatments", "patients", "rfa_sessions"):
        con.execute(f"CREATE VIEW {export} AS FROM read_csv('{landing}/*/{export}/*.csv', delim = ',', quote = '\"')")
    (row,) = con.execute(
        """
        SELECT count(*) = count(DISTINCT treatment_id), count(*) > 100,
               count(*) FILTER (t.start_date > p.last_contact_date OR t.stop_date > p.last_contact_date),
               count(*) FILTER (kind = 'systemic' AND stop_date IS NULL) > 0,
               count(*) FILTER (kind = 'resection') > 0, count(DISTINCT kind)
        FROM treatments t JOIN patients p USING (patient_id)
        """
    ).fetchall()
    assert row == (True, True, 0, True, True, 3)
    stray = "FROM treatments ANTI JOIN rfa_sessions USING (patient_id, lesion_id) WHERE kind = 'resection'"
    assert con.execute(stray).fetchall() == []


def test_the_demonstration_study_has_none(tmp_path: Path) -> None:
    """It is said with its cure, and nothing is written."""
    with pytest.raises(RegistryError, match="--patients"):
        demo(Home(tmp_path / "home"), None, 1, 1, True)
    assert not (tmp_path / "home").exists()
