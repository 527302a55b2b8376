"""Reads, for the query sheet, the genotypes that are kept although they are unreadable or contradict themselves.

They need no answer in the sheet: a flagged row is kept as it is, and the site corrects it by delivering it again.
"""

import duckdb

from schemas.rules import RULES

SHEET = "to look at"
COLUMNS = ("export", "delivery", "line", "patient", "specimen", "gene", "result", "variant", "rule", "what to look at")
RULES_SHOWN = ("GEN-01-W", "GEN-02", "GEN-05")
"""Flags of genotypes that only the site can settle: unreadable, contradictory notations, contradictory results."""
WIDTHS = (12, 24, 7, 14, 14, 12, 12, 34, 12, 60)


def flagged_rows(con: duckdb.DuckDBPyConnection, site: str) -> list[tuple[str, ...]]:
    """Return the cells of COLUMNS, one row per flag, from clean.genotypes of a release."""
    rows = con.execute(
        "SELECT 'genotypes', delivery, line, patient_id, specimen_id, gene, result, coalesce(variant, ''), flag "
        "FROM (SELECT *, unnest(flags) AS flag FROM clean.genotypes WHERE site = ?) WHERE list_contains(?, flag) "
        "ORDER BY delivery, line, flag",
        [site, list(RULES_SHOWN)],
    ).fetchall()
    return [(*map(str, row), RULES[row[-1]].reason("The gene or the variant")) for row in rows]
