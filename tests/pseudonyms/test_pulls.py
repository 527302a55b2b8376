"""Tests that what is pulled from a database or fetched from a place goes through pseudonyms like any delivery."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import the_key
from tests.pulls.places.fake_place import HEADER
from tests.pulls.places.fake_place import Clinic as ClinicOfPlace
from tests.pulls.sqlite_clinic import SITE_TOML, Clinic
from tests.warehouse.kit import SITE, Kit
from warehouse.pseudonyms.typed import identifiers_of
from warehouse.pulls.databases import sql_pull
from warehouse.pulls.databases.write_answers import write_answers

BORN = "SELECT no, sex, born AS birth_year FROM patient;\n"
TEXTS = """
DROP TABLE patient; DROP TABLE ablation;
CREATE TABLE patient (no TEXT, sex TEXT, born TEXT);
CREATE TABLE ablation (patient TEXT, session TEXT, day DATE, lesion INTEGER, mm REAL);
INSERT INTO patient VALUES ('AB101', 'w', '1930-02-01'), ('AB102', 'm', '1931-02-01');
INSERT INTO ablation VALUES ('AB101', 'S1', '2024-01-05', 1, 21.5), ('AB102', 'S1', '2024-02-01', 1, 30);
"""


@pytest.mark.long
def test_a_database(keyed: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identifiers, dates and dates of birth; the same answers again are no delivery; the key leads back."""
    monkeypatch.setattr(sql_pull, "ask", write_answers)
    clinic = Clinic(keyed)
    clinic.file.rename(tmp_path / "ehr.sqlite")
    clinic.file = tmp_path / "ehr.sqlite"
    clinic.configure(SITE_TOML)
    (clinic.folder / "patients.sql").write_text(BORN)
    clinic.run(TEXTS)
    assert clinic.pull() == ["patients", "rfa_sessions"]
    keyed.refresh()
    assert keyed.problems == [] and clinic.pull() == []
    patients = [the_key().pseudonym("P", SITE, f"AB{number}") for number in (101, 102)]
    assert keyed.tuples("SELECT DISTINCT patient_id, birth_year FROM clean.patients ORDER BY 1") == sorted(
        (patient, oldest(keyed)) for patient in patients
    )
    days = dict(keyed.tuples("SELECT DISTINCT patient_id, session_date FROM clean.rfa_sessions"))
    back = the_key().days_back(SITE, patients[0])
    assert (date(2024, 1, 5) - days[patients[0]]).days == back
    assert identifiers_of(keyed.home, SITE, patients) == dict(zip(patients, ("AB101", "AB102"), strict=True))
    assert below_home(keyed.home, ["AB101", "AB102", "1930-02-01", "2024-01-05"]) == {}


def oldest(kit: Kit) -> int:
    """The youngest year of birth of the class above 89 years, at the extract."""
    (year,) = kit.tuples("SELECT max(year(extract_date)) FROM meta.deliveries WHERE export = 'patients'")[0]
    return int(year) - 90


def test_a_place(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was fetched is archived under pseudonyms, once; what the pull remembers holds no identifier."""
    clinic = ClinicOfPlace(keyed, monkeypatch)
    clinic.place.put("2025-02-01.csv", f"{HEADER}AB1017,S1,2025-01-05,L1,20\n")
    assert clinic.pull() == ["2025-02-01.csv"]
    keyed.refresh()
    assert clinic.pull() == []
    patient = the_key().pseudonym("P", SITE, "AB1017")
    ((found, day),) = keyed.tuples("SELECT patient_id, session_date FROM clean.rfa_sessions")
    assert (found, (date(2025, 1, 5) - day).days) == (patient, the_key().days_back(SITE, patient))
    assert below_home(keyed.home, ["AB1017", "2025-01-05"]) == {}
