"""Writes a night's delivery into a large registry: some patients seen again, the diameters of their lesions corrected.

The patients are drawn by a hash of their ids, so they are spread over the tables, and the same ones are drawn each
time.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.storage.sql_files import sql_text

CORRECTED = "* REPLACE (least(TRY_CAST(max_diameter_mm AS DOUBLE) + 1, 150)::VARCHAR AS max_diameter_mm)"


def deliver(landing: Path, n_patients: int, name: str, after: int = 0) -> int:
    """Write sessions and last exams of `n_patients` patients, those `after` so many, and return the number of rows.

    Each session's diameter is 1 mm larger; each last exam is a day later, under another id. After the last patient the
    first one follows, and is then seen as many days later as there were deliveries of this size before.
    """
    site = min(folder for folder in landing.iterdir() if folder.is_dir())
    with duckdb.connect() as con:
        sessions, exams = (_read(site / export) for export in ("rfa_sessions", "imaging_followups"))
        con.execute(
            f"CREATE TABLE chosen AS SELECT patient_id FROM (SELECT DISTINCT patient_id FROM {sessions}) QUALIFY "
            f"(row_number() OVER (ORDER BY hash(patient_id)) - 1 - {after} % count(*) OVER () + count(*) OVER ()) "
            f"% count(*) OVER () < {n_patients}"
        )
        rows = _write(con, f"SELECT {CORRECTED} FROM {sessions} SEMI JOIN chosen USING (patient_id)", site, name)
        last = "QUALIFY row_number() OVER (PARTITION BY patient_id, lesion_id ORDER BY exam_date DESC, exam_id) = 1"
        day = f"(TRY_CAST(exam_date AS DATE) + {after // n_patients + 1})::VARCHAR AS exam_date"
        again = f"* REPLACE (exam_id || '-again-{after}' AS exam_id, {day})"
        seen = f"SELECT {again} FROM {exams} SEMI JOIN chosen USING (patient_id) {last}"
        return rows + _write(con, seen, site, name, "imaging_followups")


def _read(folder: Path) -> str:
    (first, *_) = sorted(folder.glob("*.csv"))
    return f"read_csv({sql_text(str(first))}, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"


def _write(con: duckdb.DuckDBPyConnection, rows: str, site: Path, name: str, export: str = "rfa_sessions") -> int:
    row = con.execute(f"COPY ({rows}) TO {sql_text(str(site / export / name))} (HEADER)").fetchone()
    return int(row[0]) if row else 0
