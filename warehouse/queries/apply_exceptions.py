"""Applies signed-off exceptions and confirmed answers to the findings, and writes quality.exceptions.

An accepted finding has the scope 'accepted': the value stays, no flag is set and no entry is open. An exception has
expired at a site if the newest extract date of the site's deliveries is after `until`: no clock is read, so the tables
remain a function of the archive and the exceptions file (exceptions_file.py). A key names the rows that have it in the
registry and those that were delivered under it, so that an exception of a merged number still holds.
"""

import duckdb
import polars as pl

from schemas.export import Export
from schemas.exports import ANSWERS, EXPORTS
from warehouse.incremental import change_log
from warehouse.intake.exceptions_file import Notes
from warehouse.queries.entry_id import key_text
from warehouse.raw.aliases import delivered_key
from warehouse.storage.connection import table_exists
from warehouse.storage.rule_table import book_of

CONFIRMED = "The site has confirmed the value."
ACCEPTED = {"row_id": pl.Int64, "rule_id": pl.String, "column_name": pl.String}


COLUMNS = (
    "rule_id VARCHAR, site VARCHAR, key VARCHAR, column_name VARCHAR, reason VARCHAR, accepted_by VARCHAR, until DATE, "
    "state VARCHAR, n_findings BIGINT, source VARCHAR"
)
"""Those of quality.exceptions."""
EFFECT = "SELECT rule_id, site, key, export, row_id, column_name, is_in_force FROM work.exceptions"
"""The columns of an exception that decide on findings."""


def apply_exceptions(con: duckdb.DuckDBPyConnection, notes: Notes) -> None:
    """Call load_exceptions, and log the patients affected by exceptions that were added, removed or changed."""
    had_before = table_exists(con, "work", "exceptions") and table_exists(con, "quality", "findings")
    con.begin()
    if had_before:
        con.execute(f"CREATE OR REPLACE TEMP TABLE exceptions_before AS {EFFECT}")
    load_exceptions(con, notes)
    if had_before:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE exceptions_moved AS SELECT DISTINCT rule_id, site FROM "  # noqa: S608
            f"((FROM exceptions_before EXCEPT {EFFECT}) UNION ALL ({EFFECT} EXCEPT FROM exceptions_before))"
        )
        change_log.record_change(con, _patients_of_moved())
    con.commit()


def _patients_of_moved() -> str:
    """Return a SELECT of site and patient_id for the rows that break a rule in exceptions_moved."""
    return " UNION ALL ".join(
        f"SELECT r.site, r.patient_id FROM quality.findings f JOIN raw.{name} r USING (row_id) "  # noqa: S608
        f"JOIN exceptions_moved m ON m.rule_id = f.rule_id AND m.site = r.site WHERE f.export = '{name}'"
        for name in EXPORTS
    )


def load_exceptions(con: duckdb.DuckDBPyConnection, notes: Notes) -> None:
    """Write work.exceptions (one row per exception and site) and work.accepted_rows, before any row is judged.

    meta.exceptions_file keeps the file's SHA-256 for the manifest.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    con.execute("CREATE OR REPLACE TABLE meta.exceptions_file (sha256 VARCHAR, n_notes INTEGER, problem VARCHAR)")
    con.execute("INSERT INTO meta.exceptions_file VALUES (?, ?, ?)", [notes.sha256, len(notes.notes), notes.problem])
    con.execute(
        "CREATE OR REPLACE TABLE work.exception_notes (exception_no INTEGER, rule_id VARCHAR, site VARCHAR, "
        "key VARCHAR, reason VARCHAR, accepted_by VARCHAR, until DATE)"
    )
    for number, n in enumerate(notes.notes, start=1):
        con.execute(
            "INSERT INTO work.exception_notes VALUES (?, ?, ?, ?, ?, ?, ?)",
            [number, n.rule_id, n.site, n.key, n.reason, n.by, n.until],
        )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE work.exceptions AS
        WITH site_date AS (
            SELECT site, max(extract_date) AS newest_extract FROM meta.deliveries
            WHERE status = 'accepted' AND export <> '{ANSWERS}' GROUP BY site
        ), confirmed AS (
            SELECT row_number() OVER (ORDER BY site, delivery, line) + {len(notes.notes)} AS exception_no, *
            FROM quality.answers WHERE answer = 'confirm' AND status = 'applied' AND reason IS NULL
        )
        SELECT n.exception_no, n.rule_id, d.site, n.key, NULL::VARCHAR AS export, NULL::BIGINT AS row_id,
               NULL::VARCHAR AS column_name, n.reason, n.accepted_by, n.until,
               n.until >= d.newest_extract AS is_in_force, 'file' AS source
        FROM work.exception_notes n JOIN site_date d ON n.site IS NULL OR n.site = d.site
        UNION ALL
        SELECT exception_no, rule_id, site, key, export, row_id, column_name, '{CONFIRMED}', answered_by, NULL, true,
               'answer'
        FROM confirmed
        """  # noqa: S608 (own words)
    )
    con.execute(
        "CREATE OR REPLACE TABLE work.accepted_rows AS "
        "SELECT export, row_id, rule_id, column_name FROM work.exceptions WHERE row_id IS NOT NULL"
    )
    for export in EXPORTS.values():
        if rules := _rules_in_force(con, export, "key IS NOT NULL AND row_id IS NULL"):
            for key, also in (
                (key_text(export, "r"), "true"),
                (delivered_key(export, "r"), "r.delivered_as IS NOT NULL"),
            ):
                con.execute(
                    f"""
                    INSERT INTO work.accepted_rows
                    SELECT '{export.name}', r.row_id, x.rule_id, NULL FROM raw.{export.name}_current r
                    JOIN work.exceptions x ON x.site = r.site AND x.key = {key}
                    WHERE x.is_in_force AND x.row_id IS NULL AND list_contains(?, x.rule_id) AND {also}
                    """,  # noqa: S608 (identifiers from the contract)
                    [rules],
                )


def _rules_in_force(con: duckdb.DuckDBPyConnection, export: Export, which: str) -> list[str]:
    """Return the rules of the export that have an exception in force; `which` is an SQL condition of our own."""
    found = con.execute(f"SELECT DISTINCT rule_id FROM work.exceptions WHERE is_in_force AND {which}").fetchall()  # noqa: S608
    book = book_of(con)
    return sorted(rule_id for (rule_id,) in found if (rule := book.get(rule_id)) and export.name in rule.tables)


class Accepted:
    """Which findings of one export's rows are accepted; read once, then queried for each batch."""

    def __init__(self, con: duckdb.DuckDBPyConnection, export: Export):
        rows = con.execute(
            "SELECT row_id, rule_id, column_name FROM work.accepted_rows WHERE export = ?", [export.name]
        ).fetchall()
        self._rows = pl.DataFrame(rows, schema=ACCEPTED, orient="row")
        whole = con.execute(
            "SELECT DISTINCT site, rule_id FROM work.exceptions WHERE is_in_force AND key IS NULL ORDER BY ALL"
        ).fetchall()
        book = book_of(con)
        of_export = [(s, r) for s, r in whole if (rule := book.get(r)) and export.name in rule.tables]
        self._sites = pl.DataFrame(of_export, schema={"site": pl.String, "rule_id": pl.String}, orient="row")

    def of(self, frame: pl.DataFrame) -> pl.DataFrame | None:
        """Return what is accepted in the frame's rows: row_id, rule_id, column_name (null: every column); or None."""
        if self._rows.is_empty() and self._sites.is_empty():
            return None
        keyed = self._rows.join(frame.select("row_id"), on="row_id", how="semi")
        whole = frame.select("row_id", "site").join(self._sites, on="site").with_columns(column_name=pl.lit(None))
        return pl.concat([keyed, whole.select(pl.col(name).cast(kind) for name, kind in ACCEPTED.items())])


def mark_found(con: duckdb.DuckDBPyConnection, export: str, rule_id: str) -> None:
    """Set the scope of accepted rows in the temporary table `found` (row_id, column_name, scope) to 'accepted'."""
    con.execute(
        f"""
        UPDATE found SET scope = 'accepted'
        WHERE EXISTS (SELECT 1 FROM work.accepted_rows a WHERE a.row_id = found.row_id AND a.export = $export
                      AND a.rule_id = $rule AND coalesce(a.column_name, found.column_name) = found.column_name)
           OR row_id IN (SELECT r.row_id FROM raw.{export} r JOIN work.exceptions x USING (site)
                         WHERE x.is_in_force AND x.key IS NULL AND x.rule_id = $rule)
        """,  # noqa: S608 (an export's name)
        {"export": export, "rule": rule_id},
    )


def rules_with_exceptions(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the rules that have an exception in force."""
    return {r for (r,) in con.execute("SELECT DISTINCT rule_id FROM work.exceptions WHERE is_in_force").fetchall()}


def write_exceptions(con: duckdb.DuckDBPyConnection) -> None:
    """Write quality.exceptions: every exception with its state and the number of findings it covers.

    For an expired exception, `n_findings` counts the findings that are open again.
    """
    asked = con.execute("SELECT EXISTS (FROM work.exceptions) OR EXISTS (FROM work.exception_notes)").fetchone()
    if asked == (False,):  # as most often
        con.execute(f"CREATE OR REPLACE TABLE quality.exceptions ({COLUMNS})")
        return
    rows = " UNION ALL ".join(
        f"SELECT f.rule_id, f.column_name, f.scope = 'accepted' AS is_accepted, r.site, "  # noqa: S608 (own names)
        f"{key_text(export, 'r')} AS key, {delivered_key(export, 'r')} AS delivered_key, '{export.name}' AS export, "
        f"f.row_id "
        f"FROM quality.findings f JOIN raw.{export.name} r USING (row_id) "
        f"WHERE f.export = '{export.name}' AND f.rule_id IN (SELECT rule_id FROM work.exceptions)"
        for export in EXPORTS.values()
    )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE quality.exceptions AS
        WITH found AS ({rows}), stands AS (
            SELECT exception_no, bool_or(is_in_force) AS is_in_force FROM work.exceptions GROUP BY exception_no
        ), counted AS (
            SELECT x.exception_no,
                   count(*) FILTER (f.is_accepted = x.is_in_force AND x.is_in_force = s.is_in_force) AS n
            FROM work.exceptions x JOIN stands s USING (exception_no)
            JOIN found f ON f.rule_id = x.rule_id AND f.site = x.site
             AND coalesce(x.key, f.key) IN (f.key, f.delivered_key)
             AND coalesce(x.row_id, f.row_id) = f.row_id AND coalesce(x.export, f.export) = f.export
             AND (x.column_name IS NULL OR x.column_name = f.column_name)
            GROUP BY x.exception_no
        ), listed AS (
            SELECT exception_no, rule_id, site, key, NULL AS column_name, reason, accepted_by, until, 'file' AS source
            FROM work.exception_notes
            UNION ALL
            SELECT exception_no, rule_id, site, key, column_name, reason, accepted_by, until, source
            FROM work.exceptions WHERE source = 'answer'
        )
        SELECT l.* EXCLUDE (exception_no, source),
               CASE WHEN NOT coalesce(s.is_in_force, true) THEN 'expired' WHEN coalesce(c.n, 0) > 0 THEN 'active'
                    ELSE 'unused' END AS state,
               coalesce(c.n, 0) AS n_findings, l.source
        FROM listed l LEFT JOIN stands s USING (exception_no) LEFT JOIN counted c USING (exception_no)
        ORDER BY l.exception_no
        """  # noqa: S608 (identifiers from the contract)
    )
