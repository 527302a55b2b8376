"""Finds the patients of rows whose state changed when the history was computed again.

Inherited cells are compared too. A row that was delivered again unchanged has no state and changes no patient.
"""

from collections.abc import Collection

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS, TREATMENTS
from warehouse.raw.history import VERSION_COLUMNS
from warehouse.raw.inheritance import can_be_inherited
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.storage.connection import table_exists

APPLIED = (
    "SELECT export, row_id, rule_id, column_name, answer FROM quality.answers "
    "WHERE status = 'applied' AND row_id IS NOT NULL"
)
"""The answers that were applied to a row, which can change what the row counts as."""
NO_ANSWERS = "SELECT ''::VARCHAR AS export, 0::BIGINT AS row_id, '' AS rule_id, '' AS column_name, '' AS answer LIMIT 0"
TELLING = f"SELECT DISTINCT site FROM meta.delivery_order WHERE export = '{TREATMENTS}'"  # noqa: S608 (own name)
"""The sites that have delivered treatments, which says of each of their patients whether there were any."""


def remember(con: duckdb.DuckDBPyConnection, was_counted: bool) -> None:
    """Copy the present versions, inherited cells, answers and counted loads, for changed_patients to compare with.

    Without `was_counted`, no load counts as counted before. An arrival that was set aside and comes back is a load that
    was not counted, whatever its number.
    """
    loads = "SELECT load_no FROM meta.delivery_order" if was_counted else "SELECT 0 AS load_no LIMIT 0"
    con.execute(f"CREATE OR REPLACE TEMP TABLE counted_loads AS {loads}")
    told = TELLING if was_counted else "SELECT '' AS site LIMIT 0"
    con.execute(f"CREATE OR REPLACE TEMP TABLE telling_before AS {told}")
    for name in EXPORTS:
        if table_exists(con, "raw", f"{name}_versions"):
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_before AS FROM raw.{name}_versions")
        else:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_before ({VERSION_COLUMNS})")
        inherited = (
            f"raw.{name}_inherited" if table_exists(con, "raw", f"{name}_inherited") else _nothing_inherited(name)
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name}_inherited_before AS FROM {inherited}")
    is_there = table_exists(con, "quality", "answers")
    con.execute(f"CREATE OR REPLACE TEMP TABLE answers_before AS {APPLIED if is_there else NO_ANSWERS}")


def _nothing_inherited(name: str) -> str:
    cells = ", ".join(f"NULL::VARCHAR AS {column}" for column in can_be_inherited(EXPORTS[name]))
    return f"(SELECT 0::BIGINT AS row_id, {cells} LIMIT 0)"


def newest_load(con: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the newest load, or 0 if there is none."""
    row = con.execute("SELECT coalesce(max(load_no), 0) FROM meta.deliveries").fetchone()
    return int(row[0]) if row else 0


def changed_patients(exports: Collection[Export]) -> str:
    """Return a SELECT of site, patient_id of rows that differ from what `remember` copied.

    `exports` are those with rows. Such a row became or ceased to be current, open or in conflict, was answered, or
    inherits other cells. Of a site that begins to tell treatments, or tells none any more, all patients are among them.
    """
    answered = f"((FROM answers_before EXCEPT {APPLIED}) UNION ALL ({APPLIED} EXCEPT FROM answers_before))"
    begun = f"((FROM telling_before EXCEPT {TELLING}) UNION ALL ({TELLING} EXCEPT FROM telling_before))"
    of_sites = f"SELECT site, patient_id FROM raw.rfa_sessions_current SEMI JOIN {begun} b USING (site)"  # noqa: S608
    of_rows = " UNION ALL ".join(
        f"""
        SELECT r.site, r.patient_id FROM raw.{name} r
        LEFT JOIN {name}_before b USING (row_id) LEFT JOIN raw.{name}_versions v USING (row_id)
        WHERE CASE WHEN r.row_id >> {LINE_BITS} NOT IN (FROM counted_loads) THEN 'none'
                   WHEN b.row_id IS NULL THEN 'current' ELSE coalesce(b.state, 'none') END
              <> CASE WHEN v.row_id IS NULL THEN 'current' ELSE coalesce(v.state, 'none') END
           OR coalesce(b.has_open_conflict, false) <> coalesce(v.has_open_conflict, false)
        UNION ALL
        SELECT r.site, r.patient_id FROM raw.{name} r JOIN (
            (FROM {name}_inherited_before EXCEPT FROM raw.{name}_inherited)
            UNION ALL (FROM raw.{name}_inherited EXCEPT FROM {name}_inherited_before)
        ) i USING (row_id)
        UNION ALL
        SELECT r.site, r.patient_id FROM raw.{name} r JOIN {answered} a USING (row_id) WHERE a.export = '{name}'
        """  # noqa: S608 (identifiers from the contract)
        for name in [export.name for export in exports] or EXPORTS
    )
    return f"{of_rows} UNION ALL {of_sites}"
