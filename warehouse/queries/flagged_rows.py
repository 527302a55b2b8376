"""Reads, for the query sheet, the genotypes that are kept although they are unreadable or contradict themselves, and
the rows of any export with a flag of an own rule that asks the site (askSite in its file).

They need no answer in the sheet: a flagged row is kept as it is, and the site corrects it by delivering it again.
"""

import duckdb

from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.raw.aliases import DELIVERED_AS
from warehouse.storage.hashing import columns_of
from warehouse.storage.rule_table import book_of

SHEET = "to look at"
COLUMNS = (
    *("export", "delivery", "line", "patient", "specimen", "gene", "result", "variant", "rule", "what to look at"),
    "row",
)
RULES_SHOWN = ("GEN-01-W", "GEN-02", "GEN-05")
"""Flags of genotypes that only the site can settle: unreadable, contradictory notations, contradictory results."""
UNREADABLE = "The gene or the variant cannot be read."
WIDTHS = (12, 24, 7, 14, 14, 12, 12, 34, 12, 60, 60)


def flagged_rows(con: duckdb.DuckDBPyConnection, site: str) -> list[tuple[str, ...]]:
    """Return the cells of COLUMNS, one row per flag, from the build database."""
    rows = con.execute(
        "SELECT 'genotypes', delivery, line, patient_id, specimen_id, gene, result, coalesce(variant, ''), flag, "  # noqa: S608
        f"{_cells('genotypes')} "
        f"FROM (SELECT *, unnest(flags) AS flag FROM {_as_delivered(con, 'genotypes')} WHERE site = ?) "
        "WHERE list_contains(?, flag) "
        "ORDER BY delivery, line, flag",
        [site, list(RULES_SHOWN)],
    ).fetchall()
    shown = [
        (*map(str, row), flag, UNREADABLE if flag == "GEN-01-W" else RULES[flag].sentence, cells)
        for *row, flag, cells in rows
    ]
    return shown + [row for export in EXPORTS for row in _of_own_rules(con, site, export)]


def _as_delivered(con: duckdb.DuckDBPyConnection, export: str) -> str:
    """Return the rows of clean.<export>, a merged number as the site delivered it, with what it is read as."""
    if DELIVERED_AS not in dict(columns_of(con, "raw", export)):  # made by an earlier version
        return f"clean.{export}"
    number = f"coalesce(r.{DELIVERED_AS} || ' (read as ' || c.patient_id || ')', c.patient_id) AS patient_id"
    return f"(SELECT c.* REPLACE ({number}) FROM clean.{export} c LEFT JOIN raw.{export} r ON r.row_id = c.row_id)"  # noqa: S608


def _cells(export: str) -> str:
    """Return SQL of a clean row's filled cells as `name: value; name: value`."""
    named = (f"'{column.name}: ' || {column.name}" for column in EXPORTS[export].columns)
    return f"concat_ws('; ', {', '.join(named)})"


def _of_own_rules(con: duckdb.DuckDBPyConnection, site: str, export: str) -> list[tuple[str, ...]]:
    """Return the cells of COLUMNS for the flags of own rules that ask the site."""
    asking = {one.rule_id: one.rule.reason(one.column) for one in book_of(con).own if one.asks_site}
    if not asking or not columns_of(con, "clean", export):  # a build of before the export was known
        return []
    rows = con.execute(
        f"SELECT delivery, line, patient_id, flag, {_cells(export)} FROM (SELECT *, unnest(flags) AS flag "  # noqa: S608 (own names)
        f"FROM {_as_delivered(con, export)} WHERE site = ?) WHERE list_contains(?, flag) ORDER BY ALL",
        [site, list(asking)],
    ).fetchall()
    nothing = [""] * 4
    return [
        (export, *map(str, (delivery, line, patient)), *nothing, flag, asking[flag], cells)
        for delivery, line, patient, flag, cells in rows
    ]
