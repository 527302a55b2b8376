"""Cleans the patients that are due: copies their raw rows into a subset, has them judged, and puts the result back.

Judging (clean.py) runs on the subset as it does on all patients. This module provides what it needs and decides which
rows the result replaces.
"""

from collections.abc import Callable

import duckdb

from schemas.export import Export
from schemas.exports import ANSWERS, EXPORTS
from warehouse.clean.identifiers import IDENTIFIERS
from warehouse.clean.lesions import WITH_TREATMENTS
from warehouse.clean.quarantine import journal
from warehouse.incremental.patient_subset import SUBSET, due_rows, due_subset, put_back, put_back_counted, show
from warehouse.raw import history
from warehouse.raw.inheritance import create_whole_view
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.storage.rule_table import RULE_TABLE, has_rules

SHOWN = ("meta.deliveries", "quality.answers", "work.exceptions", "work.accepted_rows")
"""Tables that judging reads besides raw rows: small, and needed in full."""
CLEAN_TABLES = (*(f"clean.{name}" for name in EXPORTS), "clean.lesions")


def clean_due(con: duckdb.DuckDBPyConnection, judge: Callable[..., None], progress: Callable[[str], None]) -> None:
    """Judge the patients that are due, and replace their rows by the result in one transaction."""
    with due_subset(con) as whole:
        show(con, whole, SHOWN)
        if has_rules(con, whole):
            show(con, whole, [RULE_TABLE])
        for export in EXPORTS.values():
            _take_rows(con, whole, export)
        judge(con, progress)
        con.commit()
        con.execute(f"USE {whole}")
        con.begin()
        for table in CLEAN_TABLES:
            put_back_counted(con, table)
        for table in ("work.set_aside_sessions", WITH_TREATMENTS, IDENTIFIERS):
            put_back(con, table)
        _put_back_entries(con)
        journal(con)
        con.commit()


def _take_rows(con: duckdb.DuckDBPyConnection, whole: str, export: Export) -> None:
    """Copy raw.<export>, its versions and its inherited cells into the subset."""
    con.execute(
        f"CREATE TABLE raw.{export.name} AS "  # noqa: S608 (identifiers from the contract)
        f"SELECT t.* FROM {due_rows(f'{whole}.raw.{export.name}', may_lack_patient=True)}"
    )
    con.execute(
        f"CREATE TABLE raw.{export.name}_versions AS "  # noqa: S608 (identifiers from the contract)
        f"SELECT v.* FROM {whole}.raw.{export.name}_versions v SEMI JOIN raw.{export.name} r USING (row_id)"
    )
    con.execute(
        f"CREATE TABLE raw.{export.name}_inherited AS "  # noqa: S608 (identifiers from the contract)
        f"SELECT i.* FROM {whole}.raw.{export.name}_inherited i SEMI JOIN raw.{export.name} r USING (row_id)"
    )
    create_whole_view(con, export)
    history.create_current_view(con, export)


def _put_back_entries(con: duckdb.DuckDBPyConnection) -> None:
    """Replace the findings and open entries of the subset's rows. Delete those of corrections that no longer exist and
    those of deliveries that no longer count because they are held or were set aside.
    """
    of_part = " UNION ALL ".join(f"SELECT '{name}' AS export, row_id FROM {SUBSET}.raw.{name}" for name in EXPORTS)  # noqa: S608
    gone = " UNION ALL ".join(
        f"SELECT '{name}', f.row_id FROM quality.findings f "  # noqa: S608
        f"JOIN meta.deliveries d ON d.load_no = f.row_id >> {LINE_BITS} AND d.export = '{ANSWERS}' "
        f"WHERE f.export = '{name}' AND f.row_id NOT IN (SELECT row_id FROM raw.{name} r WHERE r.row_id = f.row_id)"
        for name in EXPORTS
    )
    out = " UNION ALL ".join(
        f"SELECT export, row_id FROM quality.{table} WHERE row_id >> {LINE_BITS} NOT IN "  # noqa: S608 (own names)
        "(SELECT load_no FROM meta.deliveries WHERE status = 'accepted')"
        for table in ("findings", "quarantine")
    )
    con.execute(f"CREATE OR REPLACE TABLE work.replaced_rows AS {of_part} UNION ALL {gone} UNION ALL {out}")
    replaced = "(export, row_id) IN (SELECT (export, row_id) FROM work.replaced_rows)"
    con.execute(
        f"CREATE OR REPLACE TABLE work.open_before AS SELECT * FROM quality.quarantine WHERE {replaced}"  # noqa: S608
    )
    con.execute(f"DELETE FROM quality.quarantine WHERE {replaced}")  # noqa: S608
    con.execute(f"INSERT INTO quality.quarantine BY NAME SELECT * FROM {SUBSET}.quality.quarantine")  # noqa: S608
    con.execute(f"CREATE OR REPLACE TABLE work.overtaken AS FROM {SUBSET}.work.overtaken")
    con.execute(f"DELETE FROM quality.findings WHERE {replaced}")  # noqa: S608
    con.execute(f"INSERT INTO quality.findings BY NAME SELECT * FROM {SUBSET}.quality.findings")  # noqa: S608
    con.execute(f"INSERT INTO quality.unjudged BY NAME SELECT * FROM {SUBSET}.quality.unjudged")  # noqa: S608
