"""Finds the cells that a row inherits from the version before it if its delivery lacks a column.

raw.<export>_inherited holds the inherited cells, raw.<export>_whole every raw row with them. A column that a delivery
lacks says nothing, so its row keeps, column by column, what the current version of its key had. Conflicting rows pass
nothing on, and neither does a life of the key that a snapshot ended. Only keys in deliveries that lack a column which
their site delivered before, or lack it for some labels or sheets (absent_cells.py), are examined.
"""

import duckdb

from schemas.export import Export
from warehouse.raw.absent_cells import is_absent
from warehouse.raw.aliases import DELIVERED_AS
from warehouse.raw.key_lives import cells_text, lives, shared_keys
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.storage.connection import table_exists
from warehouse.storage.sql_files import sql_text

TOUCHED = "touched_keys"


def can_be_inherited(export: Export) -> list[str]:
    """Return the columns that a row can inherit: all optional ones, except key columns, where absent means empty."""
    return [c.name for c in export.columns if not c.required and c.name not in export.key]


def inherit(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Write raw.<export>_inherited: row_id and, per column, the inherited cell or null. Create raw.<export>_whole."""
    absent = [
        name
        for (name,) in con.execute(
            "SELECT DISTINCT unnest(list_concat(absent, map_keys(lacking))) AS name FROM meta.delivery_order "
            "WHERE export = ? ORDER BY name",
            [export.name],
        ).fetchall()
        if name in can_be_inherited(export)
    ]
    if absent:
        _carry_on(con, export, absent)
    elif not table_exists(con, "raw", f"{export.name}_inherited") or has_inherited(con, export):
        names = ", ".join(["row_id", *can_be_inherited(export)])
        con.execute(
            f"CREATE OR REPLACE TABLE raw.{export.name}_inherited AS "  # noqa: S608 (identifiers from the contract)
            f"SELECT {names} FROM raw.{export.name} LIMIT 0"
        )
    create_whole_view(con, export)


def _carry_on(con: duckdb.DuckDBPyConnection, export: Export, absent: list[str]) -> None:
    """Carry cells forward. A present cell is a list of one, so that an empty cell ends what is carried forward and an
    absent one does not.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {TOUCHED} AS SELECT DISTINCT key_hash FROM raw.{export.name} "  # noqa: S608
        f"WHERE row_id >> {LINE_BITS} IN (SELECT load_no FROM meta.delivery_order "
        f"WHERE export = '{export.name}' "
        f"AND list_has_any(list_concat(absent, map_keys(lacking)), [{', '.join(map(sql_text, absent))}]))"
    )
    says_nothing = {name: is_absent(name, "r.row_id") for name in absent}
    carried = ", ".join(
        f"CASE WHEN {says_nothing[name]} THEN "
        f"last_value(CASE WHEN NOT {says_nothing[name]} THEN [r.{name}] END IGNORE NULLS) OVER before END AS {name}"
        for name in absent
    )
    cells = ", ".join(
        f"{name}[1] AS {name}" if name in absent else f"CAST(NULL AS VARCHAR) AS {name}"
        for name in can_be_inherited(export)
    )
    shared = shared_keys(export, f"SEMI JOIN {TOUCHED} USING (key_hash)")
    con.execute(
        f"""
        CREATE OR REPLACE TABLE raw.{export.name}_inherited AS
        WITH {lives(con, export, shared)}, carried AS (
            SELECT l.row_id, {carried}
            FROM life l JOIN raw.{export.name} r USING (row_id)
            JOIN meta.delivery_order o ON o.load_no = r.row_id >> {LINE_BITS}
            WHERE NOT l.is_conflict
            WINDOW before AS (PARTITION BY l.site, l.key, l.life_no ORDER BY l.position
                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        )
        SELECT row_id, {cells} FROM carried WHERE {" OR ".join(f"{name}[1] IS NOT NULL" for name in absent)}
        """  # noqa: S608 (identifiers from the contract)
    )
    con.execute(f"DROP TABLE {TOUCHED}")


def has_inherited(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    """Return whether any row of the export has inherited a cell."""
    return con.execute(f"SELECT 1 FROM raw.{export.name}_inherited LIMIT 1").fetchone() is not None  # noqa: S608


def create_whole_view(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Create the view raw.<export>_whole: every raw row with the cells that it has inherited."""
    if not has_inherited(con, export):
        con.execute(f"CREATE OR REPLACE VIEW raw.{export.name}_whole AS FROM raw.{export.name}")
        return
    taken = can_be_inherited(export)
    cells = ", ".join(f"coalesce(r.{n}, i.{n}) AS {n}" if n in taken else f"r.{n}" for n in export.column_names)
    con.execute(
        f"CREATE OR REPLACE VIEW raw.{export.name}_whole AS SELECT r.row_id, r.site, r.key_hash, {cells}, r.extra, "  # noqa: S608
        f"r.{DELIVERED_AS} FROM raw.{export.name} r LEFT JOIN raw.{export.name}_inherited i USING (row_id)"
    )


def whole_cells(export: Export) -> str:
    """Return a SELECT of row_id, cells of the rows that have inherited a cell; cells are as versions compare them."""
    return (
        f"SELECT row_id, {cells_text(export)} AS cells FROM raw.{export.name}_whole "  # noqa: S608
        f"SEMI JOIN raw.{export.name}_inherited USING (row_id)"
    )
