"""A release of seven patients in memory, drawn as the columns that cohorts are chosen by."""

from __future__ import annotations

import duckdb

PATIENTS = """
    ('north', 'P1', 'mutant', 0, 25.0, 2), ('north', 'P2', 'mutant', 1, 40.0, 1),
    ('north', 'P3', 'wild_type', 2, 12.0, 1), ('south', 'P1', 'wild_type', 0, 31.0, 3),
    ('south', 'P2', 'unknown', NULL, 18.0, 1)
"""
LESIONS = """
    ('north', 'P1', 'L1', 25.0, '7'), ('north', 'P1', 'L2', 9.0, '2'), ('north', 'P2', 'L1', 40.0, '8'),
    ('north', 'P3', 'L1', 12.0, NULL), ('south', 'P1', 'L1', 31.0, '7'), ('south', 'P1', 'L2', 10.0, '7'),
    ('south', 'P1', 'L3', 11.0, '5'), ('south', 'P2', 'L1', 18.0, '4a')
"""


def small_release() -> duckdb.DuckDBPyConnection:
    """A connection with the views that criteria speak of, of five patients and eight lesions."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA cohort")
    con.execute(
        "CREATE TABLE cohort.patients AS SELECT *, kras = 'mutant' AS ltp FROM (VALUES "
        f"{PATIENTS}) t(site, patient_id, kras, ecog, max_diameter_mm, n_lesions)"
    )
    con.execute(
        f"CREATE TABLE cohort.lesions AS FROM (VALUES {LESIONS}) "
        "t(site, patient_id, lesion_id, max_diameter_mm, segment)"
    )
    return con
