"""Validates the current raw rows and writes the clean table and its findings, in one pass over bounded batches.

quality.findings has a row for every broken rule: export, row_id, rule_id, column_name, scope (row, value, flag, or
accepted if an exception applies). Rules across rows (cross_rules.py) run later.
"""

import duckdb
import polars as pl

from schemas import genotypes
from schemas.contract import judge
from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.clean.own_row_rules import OwnRowRules
from warehouse.clean.typed_cells import typed_select
from warehouse.queries.apply_exceptions import Accepted
from warehouse.raw.row_numbers import LINE_BITS, line_of
from warehouse.storage import content_hashes
from warehouse.storage.connection import one_thread, reader_of
from warehouse.storage.rule_table import book_of

BATCH_ROWS = 2 * 122_880  # whole row groups of DuckDB; larger batches are no faster


def clean_columns(export: Export) -> dict[str, str]:
    """Return column -> DuckDB type of clean.<export>, in order. row_id comes first and is not released."""
    columns = {"row_id": "BIGINT", "site": "VARCHAR"}
    columns |= {c.name: c.duckdb_type for c in export.columns}
    if export.name == "genotypes":
        columns |= {c.name: c.duckdb_type for c in genotypes.PARSED_COLUMNS}
    if export.name == "patients":
        columns["origin"] = "VARCHAR"
    return columns | {"delivery": "VARCHAR", "line": "BIGINT", "flags": "VARCHAR[]"}


def create_findings(con: duckdb.DuckDBPyConnection) -> None:
    """Create an empty quality.findings, and an empty quality.unjudged for rules that evaluate to null."""
    con.execute(
        "CREATE OR REPLACE TABLE quality.findings "
        "(export VARCHAR, row_id BIGINT, rule_id VARCHAR, column_name VARCHAR, scope VARCHAR)"
    )
    con.execute("CREATE OR REPLACE TABLE quality.unjudged (export VARCHAR, rule_id VARCHAR, n_rows BIGINT)")


def has_unjudged(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether any rule evaluated to null on any row."""
    return con.execute("SELECT 1 FROM quality.unjudged LIMIT 1").fetchone() is not None


def create_clean_table(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Create an empty clean.<export>."""
    columns = ", ".join(f"{name} {kind}" for name, kind in clean_columns(export).items())
    con.execute(f"CREATE OR REPLACE TABLE clean.{export.name} ({columns})")
    content_hashes.invalidate(con, f"clean.{export.name}")


def validate(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Fill clean.<export>, which is empty, and quality.findings from raw.<export>_current by the export's row rules.

    Peak memory is that of one batch. write_flags writes the flags after the rules across tables have run.
    """
    accepted = Accepted(con, export)
    book = book_of(con)
    own = OwnRowRules(con)
    reader = reader_of(con, in_batches=True)
    typed = f"""
        SELECT row_id, r.site, d.extract_date, d.delivery, {line_of("row_id", "d.slots")} AS line,
               {typed_select(export)}
        FROM raw.{export.name}_current r
        JOIN (SELECT load_no, delivery, extract_date, slots FROM meta.deliveries) d
          ON d.load_no = r.row_id >> {LINE_BITS}
    """  # noqa: S608 (identifiers from the contract)
    with one_thread(con):  # which fetches, and inserts, a batch
        for batch in reader.execute(typed).to_arrow_reader(BATCH_ROWS):
            frame = pl.DataFrame(pl.from_arrow(batch))
            if export is EXPORTS["genotypes"]:
                frame = genotypes.add_parsed_columns(frame)
            judgement = judge(export, frame, accepted.of(frame), book, own.broken)
            _store(con, export, judgement.accepted, judgement.findings)
            for rule_id, n_rows in judgement.unjudged.items():
                con.execute("INSERT INTO quality.unjudged VALUES (?, ?, ?)", [export.name, rule_id, n_rows])
    reader.close()
    own.close()
    _mark_open_conflicts(con, export)


def _store(con: duckdb.DuckDBPyConnection, export: Export, accepted: pl.DataFrame, findings: pl.DataFrame) -> None:
    cells = ", ".join(_clean_cell(name, kind) for name, kind in clean_columns(export).items())
    _insert(con, f"clean.{export.name}", accepted, cells)
    _insert(con, "quality.findings", findings, f"'{export.name}', *")


def _insert(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame, cells: str) -> None:
    """Insert a frame. It is not registered as a view, because the transaction would keep its rows until the end."""
    if frame.height:
        views = pl.CompatLevel.newest()  # polars' own text format, which DuckDB reads without copying
        con.from_arrow(frame.to_arrow(compat_level=views)).select(cells).insert_into(table)


def _clean_cell(name: str, kind: str) -> str:
    if name == "origin":
        return "'patients'"
    if name == "line":
        return f"CAST(line AS {kind})"
    if name == "flags":
        return "CAST([] AS VARCHAR[])"
    return f"CAST({name} AS {kind})"


def _mark_open_conflicts(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Flag with KEY-01 each current version whose newest delivery contradicts itself."""
    con.execute(
        f"INSERT INTO quality.findings SELECT '{export.name}', row_id, 'KEY-01', NULL, 'flag' "  # noqa: S608
        f"FROM raw.{export.name}_versions WHERE has_open_conflict"
    )


def write_flags(con: duckdb.DuckDBPyConnection) -> None:
    """Write each clean row's sorted flags from the findings."""
    flagged = con.execute("SELECT DISTINCT export FROM quality.findings WHERE scope = 'flag'").fetchall()
    for (export,) in flagged:
        con.execute(
            f"""
            UPDATE clean.{export} AS c SET flags = f.flags
            FROM (SELECT row_id, list_sort(list_distinct(list(rule_id))) AS flags FROM quality.findings
                  WHERE export = '{export}' AND scope = 'flag' GROUP BY row_id) f
            WHERE c.row_id = f.row_id
            """  # noqa: S608 (identifiers from the contract)
        )
