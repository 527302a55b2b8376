"""Reads, for the query sheet, the genotypes that are kept although they are unreadable or contradict themselves, and
the rows of any export with a flag of an own rule that asks the site (askSite in its file).

They need no answer in the sheet: a flagged row is kept as it is, and the site corrects it by delivering it again.
"""

import duckdb

from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.storage.rule_table import book_of

SHEET = "to look at"
COLUMNS = ("export", "delivery", "line", "patient", "specimen", "gene", "result", "variant", "rule", "what to look at")
RULES_SHOWN = ("GEN-01-W", "GEN-02", "GEN-05")
"""Flags of genotypes that only the site can settle: unreadable, contradictory notations, contradictory results."""
UNREADABLE = "The gene or the variant cannot be read."
WIDTHS = (12, 24, 7, 14, 14, 12, 12, 34, 12, 60)


def flagged_rows(con: duckdb.DuckDBPyConnection, site: str) -> list[tuple[str, ...]]:
    """Return the cells of COLUMNS, one row per flag, from clean.genotypes of a release."""
    rows = con.execute(
        "SELECT 'genotypes', delivery, line, patient_id, specimen_id, gene, result, coalesce(variant, ''), flag "
        "FROM (SELECT *, unnest(flags) AS flag FROM clean.genotypes WHERE site = ?) WHERE list_contains(?, flag) "
        "ORDER BY delivery, line, flag",
        [site, list(RULES_SHOWN)],
    ).fetchall()
    shown = [(*map(str, row), UNREADABLE if row[-1] == "GEN-01-W" else RULES[row[-1]].sentence) for row in rows]
    return shown + [row for export in EXPORTS for row in _of_own_rules(con, site, export)]


def _of_own_rules(con: duckdb.DuckDBPyConnection, site: str, export: str) -> list[tuple[str, ...]]:
    """Return the cells of COLUMNS for the flags of own rules that ask the site; of a row, its patient is named."""
    asking = {one.rule_id: one.rule.reason(one.column) for one in book_of(con).own if one.asks_site}
    if not asking:
        return []
    rows = con.execute(
        f"SELECT delivery, line, patient_id, flag FROM (SELECT *, unnest(flags) AS flag FROM clean.{export} "  # noqa: S608
        "WHERE site = ?) WHERE list_contains(?, flag) ORDER BY ALL",
        [site, list(asking)],
    ).fetchall()
    nothing = [""] * 4
    return [(export, *map(str, (d, line, patient)), *nothing, flag, asking[flag]) for d, line, patient, flag in rows]
