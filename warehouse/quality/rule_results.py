"""Builds quality.results and quality.site_results: violations, rows checked and status of every rule of the catalogue.

Rules that a row can break are counted in row_results.py; rules about derived tables or the registry as a whole are one
SELECT each in sql/results/ or sql/gates/, or expectations (quality.expectations). A rule that cannot be judged, because
it evaluates to null or its SQL fails, counts as an error, never as passed.
"""

import duckdb
import polars as pl

from schemas.rule_book import OwnRule
from schemas.rules import RULES
from schemas.site_rules import KNOWN_BY_SITE, KNOWN_RULE
from warehouse.derived.gates import has_passed, rule_gate
from warehouse.own_rules.table_number import Verdict, judge_table
from warehouse.quality.result import Result
from warehouse.quality.row_results import row_results
from warehouse.quality.site_results import write_site_results
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import content_of
from warehouse.storage.rule_table import book_of
from warehouse.storage.sql_files import names_in, select_of

DRIFT = "drift"
"""Aspect of rules that compare with the previous release; it depends on two releases, so no content hash covers it."""


def write_results(con: duckdb.DuckDBPyConnection, of_rows: list[Result] | None = None) -> None:
    """Write quality.results, one row per rule, table and aspect, with numerator, denominator, threshold and status; and
    quality.site_results, the same of each site.

    `of_rows` are the results of the rules that a row can break, if counted already; otherwise they are counted here.
    """
    counted = row_results(con) if of_rows is None else of_rows
    refused = [
        Result(one.own.rule, one.own.export, None, None, note=one.reason) for one in book_of(con).refused if one.own
    ]
    results = [*counted, *_select_results(con), *_gate_results(con), *_expectation_results(con), *_table_results(con)]
    results += refused
    rows = [
        {
            "rule_id": r.rule.rule_id,
            "table_name": r.table,
            "aspect": r.aspect,
            "level": r.rule.level,
            "severity": r.rule.severity,
            "status": r.status,
            "n_violations": r.n_violations,
            "n_rows": r.n_rows,
            "pct": r.pct,
            "threshold_pct": r.rule.threshold_pct,
            "note": r.note,
            "sentence": r.rule.reason("The value"),
            "kahn_category": r.rule.kahn_category,
            "kahn_context": r.rule.kahn_context,
            "reference": r.rule.reference,
        }
        for r in results
        if not r.site
    ]
    kinds = {"n_violations": pl.Int64, "n_rows": pl.Int64, "pct": pl.Float64, "threshold_pct": pl.Float64}
    names = list(rows[0])
    schema = {name: kinds.get(name, pl.String()) for name in names}
    con.register("rule_results", pl.DataFrame(rows, schema=schema).to_arrow())
    con.execute(
        "CREATE OR REPLACE TABLE quality.results AS SELECT * FROM rule_results ORDER BY rule_id, table_name, aspect"
    )
    con.unregister("rule_results")
    write_site_results(con, (r for r in results if r.site))


def _select_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Run the rules about derived tables or the registry: one SELECT each of aspect, n_violations, n_rows, note and, if
    it judges each site as well, site, which is null for all sites together.
    """
    results = []
    for file in names_in("results"):
        rule = RULES[file.upper().replace("_", "-")]
        try:
            cursor = con.execute(select_of(f"results/{file}"))
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:  # its message could quote a cell
            rows = [{"aspect": "", "n_violations": None, "n_rows": None, "note": type(error).__name__}]
        for row in rows:
            table, allowed = rule.tables[0], None
            if rule.rule_id == KNOWN_RULE and row["aspect"]:
                table, allowed = KNOWN_BY_SITE[row["aspect"]]
            counts = (row["n_violations"], row["n_rows"], row["aspect"], row["note"])
            results.append(Result(rule, table, *counts, site=row.get("site") or "", allowed_pct=allowed))
    return results


def _gate_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Return the results of the gate rules on all rows of their tables; if one is broken, the release is refused.

    A gate is not run again whose tables are up to date: they are so only because it passed on every row.
    """
    results = []
    for file in names_in("gates"):
        rule = RULES[file.upper().replace("_", "-")]
        table = rule.tables[0]
        try:
            if has_passed(con, rule.rule_id):
                results.append(Result(rule, table, 0, content_of(con, f"derived.{table}").rows))
                continue
            n_broken = sum(rule_gate(con, rule.rule_id).values())
            row = con.execute(f"SELECT count(*) FROM derived.{table}").fetchone()  # noqa: S608 (the catalogue's name)
            results.append(Result(rule, table, n_broken, max(n_broken, row[0] if row else 0)))
        except duckdb.Error as error:  # its message could quote a cell
            results.append(Result(rule, table, None, None, note=type(error).__name__))
    return results


def _table_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Return one result per own rule about a whole table; a number beyond its limit is one violation in one row."""
    return [_table_result(own, judge_table(con, own)) for own in book_of(con).on_tables]


def _table_result(own: OwnRule, found: Verdict | None) -> Result:
    if found is None:
        return Result(own.rule, own.export, None, None, note="The SQL fails, or takes too long.")
    if found.is_broken is not None:
        return Result(own.rule, own.export, int(found.is_broken), 1, note=found.note)
    if found.n_rows == 0:
        return Result(own.rule, own.export, 0, 0, note="The table has no rows.")
    return Result(own.rule, own.export, None, None, note="There is no number.")


def _expectation_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Return one result per expectation that is a rule; a failed one counts as one violation in one row."""
    if not table_exists(con, "quality", "expectations"):
        return []
    rows = con.execute(
        "SELECT rule_id, table_name, expectation, status, sentence FROM quality.expectations "
        "WHERE rule_id IN ('DS-01', 'DS-02') ORDER BY ALL"
    ).fetchall()
    counts = {"passed": (0, 1), "failed": (1, 1), "not applicable": (0, 0), "error": (None, None)}
    return [
        Result(RULES[rule_id], table, *counts[status], aspect=expectation, note=sentence)
        for rule_id, table, expectation, status, sentence in rows
    ]
