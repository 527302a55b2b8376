"""A registry of 200 patients with one lesion each that meets every expectation, for tests that plant defects."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from tests.spec import clean_rows
from tests.spec.clean_rows import complete
from warehouse.clean import lesions
from warehouse.derived import derive
from warehouse.derived.completeness import IMAGING_TABLES, build_completeness

N_PATIENTS = 200
FIRST_SESSION = date(2018, 1, 2)
DAYS_AFTER = (40, 130, 220)
"""Exams after the ablation."""


def sound_registry() -> duckdb.DuckDBPyConnection:
    """Clean and derived tables in memory: 40 % KRAS mutant, 20 % with LTP, 60 % below 30 mm, no date heaped."""
    clean: clean_rows.Clean = {name: [] for name in (*clean_rows.EXPORTS, clean_rows.SET_ASIDE, clean_rows.TOLD)}
    for number in range(N_PATIENTS):
        told = {"patient_id": f"P{number:03}"}
        day = FIRST_SESSION + timedelta(days=5 * number)
        contact = {"last_contact_date": day + timedelta(days=300), "vital_status": "alive", "cea_ng_ml": 5.0}
        clean["patients"].append(complete("patients", told | contact, number + 1))
        treated = {"session_date": day, "max_diameter_mm": 12.0 + number % 30, "minimal_margin_mm": 6.0}
        clean["rfa_sessions"].append(complete("rfa_sessions", told | treated, number + 1))
        for gene in ("KRAS", "NRAS", "BRAF"):
            mutant = gene == "KRAS" and number % 5 < 2
            result = {"gene": gene, "result": "mutant" if mutant else "wild_type", "panel": "ngs"}
            variant = {"variant": "p.G12D" if mutant else None, "specimen_date": day - timedelta(days=20)}
            clean["genotypes"].append(complete("genotypes", told | result | variant, number + 1))
        for days in DAYS_AFTER:
            has_ltp = days == DAYS_AFTER[-1] and number % 5 == 0
            exam = {"exam_date": day + timedelta(days=days), "lesion_status": "ltp" if has_ltp else "no_viable"}
            clean["imaging_followups"].append(complete("imaging_followups", told | exam, 10 * number + days))
    con = duckdb.connect(config={"threads": 1})
    lesions.create_clean_tables(con)
    clean_rows.insert(con, clean)
    derive.derive_all(con)
    for table in IMAGING_TABLES:
        build_completeness(con, table)
    return con
