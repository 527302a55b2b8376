"""What a cohort's page and manifest show of its SELECT: nothing that could be somebody's identifier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here
from warehouse.releases.shown_sql import Known, shown

KNOWN = Known(
    frozenset(
        {
            *("t", "site", "patient_id", "lesion_id", "kras", "ecog", "birth_year", "max_diameter_mm", "lower"),
            *("date", "ablation_year"),
        }
    ),
    frozenset({"mutant", "a-site"}),
    frozenset({"ecog", "birth_year", "max_diameter_mm", "ablation_year"}),
    frozenset({"P-1", "mutant"}),
)
HIDING = (
    "lesion_id = 'P-77-L1'",
    "patient_id LIKE '%P-77%'",
    "patient_id = $$P-77$$",
    "patient_id = $x$P-77$x$",
    "patient_id = E'P-77\\n'",
    "patient_id IN ('x', 'P-77')",
    "patient_id = 'P-' '77'\n'P-77'",
    "site = 'a-site' -- P-77",
    "site = 'a-site' /* P-77 /* P-77 */ */",
    'kras = 1 AS "P-77"',
    "P_77 = patient_id",
    "patient_id = 77",
    "patient_id::INT IN (77, 78)",
    "lower(patient_id) = 'p-77'",
    "birth_year = 1977 OR birth_year < 1977",
    "max_diameter_mm = 23.77",
    "ablation_year = 1977 OR ablation_year < 77",
    "site < DATE '1977-07-07'",
    "ecog BETWEEN 7777 AND 77777",
)


@pytest.mark.parametrize("condition", HIDING)
def test_no_literal_that_is_not_known_is_shown(condition: str) -> None:
    """However an identifier is written, it is not shown; the rest of the SQL is."""
    said = shown(f"SELECT site, patient_id FROM t WHERE {condition}", KNOWN)
    assert "77" not in said and said.startswith("SELECT site, patient_id FROM t WHERE ")


@pytest.mark.parametrize(
    "condition",
    ["ecog = 0", "ecog IN (0, 1)", "max_diameter_mm < 30", "max_diameter_mm BETWEEN 20 AND 30", "site = 'a-site'"]
    + ["ablation_year >= 2015"],
)
def test_what_tells_of_no_person_is_shown(condition: str) -> None:
    """Codes, sites and thresholds are the meaning of a cohort."""
    assert shown(f"FROM t WHERE {condition}", KNOWN) == f"FROM t WHERE {condition}"


def test_a_patient_who_is_called_as_a_code_is_hidden() -> None:
    """An identifier that is a code word at the same time is an identifier."""
    assert shown("FROM t WHERE patient_id = 'mutant'", KNOWN) == "FROM t WHERE patient_id = '(a patient)'"


@pytest.mark.long
def test_page_manifest_and_the_owners_file(demonstration: Demonstration, tmp_path: Path) -> None:
    """No file of the folder holds the identifier; the whole SELECT is beside it for its owner, and the page says that
    it describes individuals."""
    out = tmp_path / "three"
    sql = "-- of Dr. Miller\nFROM derived.patient_ltpfs WHERE patient_id LIKE 'SYN-000%' AND n_lesions < 9"
    ran = run_here(demonstration.home.root, "cohort", sql, "--out", str(out))
    assert ran.code == 0 and b"individuals" in ran.err
    for file in (path for path in out.rglob("*") if path.is_file()):
        assert b"SYN-000" not in file.read_bytes() and b"Miller" not in file.read_bytes(), file.name
    said = json.loads((out / "manifest.json").read_text())["cohort"]
    assert said["sql"] == "FROM derived.patient_ltpfs WHERE patient_id LIKE '(hidden)' AND n_lesions < 9"
    page = (out / "report.html").read_text(encoding="utf-8").replace("\u00a0", " ")  # numbers keep their units
    assert f"describes individuals: it is about {said['patients']} patients" in page
    whole = tmp_path / "three.private.sql"
    assert sql in whole.read_text() and whole.stat().st_mode & 0o777 == 0o600
