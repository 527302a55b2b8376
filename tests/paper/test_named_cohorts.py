"""Naming a cohort: what is one SELECT of patients, and one sentence with one cure for everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.releases.named_cohort import NAMED, name_cohort
from warehouse.releases.query import READ_ONLY
from warehouse.storage.errors import QueryFailed

PATIENTS = "SELECT site, patient_id FROM derived.patient_ltpfs"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A release's connection in its sandbox, with four patients."""
    with duckdb.connect(str(tmp_path / "registry.duckdb")) as made:
        made.execute("CREATE SCHEMA derived")
        made.execute(
            "CREATE TABLE derived.patient_ltpfs AS "
            "SELECT * FROM (VALUES ('a', 'P-1', 'mutant'), ('a', 'P-2', 'wild_type'), ('b', 'P-1', 'mutant'), "
            "('b', 'P-3', NULL)) AS t(site, patient_id, kras)"
        )
    with duckdb.connect(str(tmp_path / "registry.duckdb"), read_only=True, config=READ_ONLY) as opened:
        yield opened


@pytest.mark.parametrize(
    ("sql", "n"),
    [
        (PATIENTS, 4),
        (f"{PATIENTS} WHERE kras = 'mutant' -- those\n;", 2),
        (f"WITH m AS ({PATIENTS}) SELECT patient_id, site, 1 AS more FROM m UNION ALL SELECT 'P-1', 'a', 2", 4),
        ("FROM derived.patient_ltpfs WHERE site = 'b'", 2),
        ("VALUES ('a', 'P-1')", None),
    ],
)
def test_a_select_names_each_patient_once(con: duckdb.DuckDBPyConnection, sql: str, n: int | None) -> None:
    """Comments, a semicolon, WITH, FROM alone and repeated patients are read; columns go by their names."""
    if n is None:
        with pytest.raises(QueryFailed, match="does not return site and patient_id"):
            name_cohort(con, sql)
        return
    assert name_cohort(con, sql).n_patients == n
    assert con.execute(f"SELECT count(*) FROM {NAMED}").fetchone() == (n,)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("", "There is no SQL that defines a cohort."),
        ("SELEC site", "syntax error"),
        ("kras = 'mutant' AND site = 'a' -- mine", "That is a condition"),
        ("SELECT site FROM derived.patient_ltpfs", "does not return patient_id"),
        (f"{PATIENTS}; {PATIENTS}", "one SELECT and nothing else"),
        ("DROP TABLE derived.patient_ltpfs", "one SELECT and nothing else"),
        (f"CREATE TABLE x AS {PATIENTS}", "one SELECT and nothing else"),
        ("SELECT site, patient_id FROM derived.nothing", "does not exist"),
        (f"{PATIENTS} WHERE age = 3", "not found"),
        ("SELECT site, patient_id FROM read_csv('patients.csv')", "reads its release and nothing else"),
        (f"{PATIENTS} WHERE kras = 'other'", "names no patient of the release"),
        ("SELECT 'a' AS site, 'X-9' AS patient_id", "names no patient of the release"),
        ("SELECT NULL AS site, NULL AS patient_id", "names no patient of the release"),
    ],
)
def test_what_is_no_cohort_is_said_in_one_sentence(con: duckdb.DuckDBPyConnection, sql: str, sentence: str) -> None:
    """Each is a QueryFailed of one line with a cure."""
    with pytest.raises(QueryFailed) as failure:
        name_cohort(con, sql)
    assert sentence in str(failure.value) and "\n" not in str(failure.value)


def test_patients_who_are_not_there_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    """Of two named patients one is in the release."""
    found = name_cohort(con, "SELECT 'a' AS site, unnest(['P-1', 'X-9']) AS patient_id")
    assert (found.n_patients, found.n_unknown) == (1, 1)


def test_the_select_is_shown_without_identifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Texts that are patients' identifiers are replaced, other texts stay."""
    shown = name_cohort(con, f"{PATIENTS} WHERE patient_id IN ('P-1', 'P-3') AND site = 'b'").sql
    assert "P-1" not in shown and "P-3" not in shown and "site = 'b'" in shown
