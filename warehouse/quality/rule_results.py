"""Builds quality.results: violations, rows checked and status of every rule of the catalogue.

Rules that a row can break are counted from quality.findings; rules about derived tables or the registry as a whole
are one SELECT each in sql/results/ or sql/gates/, or expectations (quality.expectations). A rule that cannot be judged,
because it evaluates to null or its SQL fails, counts as an error, never as passed.
"""

from dataclasses import dataclass

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from schemas.rule import Rule
from schemas.rule_book import OwnRule, RuleBook
from schemas.rules import RULES
from warehouse.clean.cross_rules import CROSS_RULES
from warehouse.derived.gates import has_passed, rule_gate
from warehouse.own_rules.table_number import Verdict, judge_table
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import content_of
from warehouse.storage.rule_table import book_of
from warehouse.storage.sql_files import names_in, select_of

ALL_ROWS_RULES = ("REQ-01", "TYPE-01", "KEY-01", "PHI-01")
"""Rules that check every row, whichever cells are filled."""
DRIFT = "drift"
"""Aspect of rules that compare with the previous release; it depends on two releases, so no content hash covers it."""


@dataclass(frozen=True)
class Result:
    """The result of one rule on one table; `aspect` separates the results of a rule that checks several things."""

    rule: Rule
    table: str
    n_violations: int | None
    n_rows: int | None
    aspect: str = ""
    note: str = ""

    @property
    def status(self) -> str:
        """passed, failed, not applicable (nothing to check) or error (could not be judged)."""
        if self.n_rows is None or self.n_violations is None:
            return "error"
        if self.n_rows == 0:
            return "not applicable"
        return "failed" if 100 * self.n_violations > self.rule.threshold_pct * self.n_rows else "passed"


def write_results(con: duckdb.DuckDBPyConnection, of_rows: list[Result] | None = None) -> None:
    """Write quality.results: one row per rule, table and aspect, with numerator, denominator, threshold and status.

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
            "pct": 100 * r.n_violations / r.n_rows if r.n_rows and r.n_violations is not None else None,
            "threshold_pct": r.rule.threshold_pct,
            "note": r.note,
            "sentence": r.rule.reason("The value"),
            "kahn_category": r.rule.kahn_category,
            "kahn_context": r.rule.kahn_context,
            "reference": r.rule.reference,
        }
        for r in results
    ]
    kinds = {"n_violations": pl.Int64, "n_rows": pl.Int64, "pct": pl.Float64, "threshold_pct": pl.Float64}
    names = list(rows[0])
    schema = {name: kinds.get(name, pl.String()) for name in names}
    con.register("rule_results", pl.DataFrame(rows, schema=schema).to_arrow())
    con.execute(
        "CREATE OR REPLACE TABLE quality.results AS SELECT * FROM rule_results ORDER BY rule_id, table_name, aspect"
    )
    con.unregister("rule_results")


def row_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Count the rules that a row can break: violations from the findings, denominators from the filled cells."""
    broken = {
        (rule_id, export): n
        for rule_id, export, n in con.execute(
            "SELECT rule_id, export, count(DISTINCT row_id) FROM quality.findings "
            "WHERE NOT (rule_id = 'KEY-01' AND scope = 'flag') AND scope <> 'accepted' GROUP BY ALL"
        ).fetchall()
    }
    unjudged = {
        (rule_id, export): n
        for rule_id, export, n in con.execute(
            "SELECT rule_id, export, sum(n_rows)::BIGINT FROM quality.unjudged GROUP BY ALL"
        ).fetchall()
    }
    book = book_of(con)
    results = []
    for name in EXPORTS:
        filled, rows, conflicting = _filled_cells(con, name)
        for rule in book.rules():
            if name not in rule.tables or rule.phase == "dataset":
                continue
            key = (rule.rule_id, name)
            if rule.rule_id == "KEY-01":
                results.append(Result(rule, name, conflicting, rows + conflicting))
            elif key in unjudged:
                results.append(Result(rule, name, None, None, note=f"{unjudged[key]} rows could not be judged"))
            else:
                asked = _asked_columns(rule, name, book)
                n_rows = max((filled[c] for c in asked), default=0) if asked else rows
                results.append(Result(rule, name, broken.get(key, 0), max(n_rows, broken.get(key, 0))))
    return results


def _filled_cells(con: duckdb.DuckDBPyConnection, name: str) -> tuple[dict[str, int], int, int]:
    """Return the number of current rows with each column filled, of current rows, and of rows in open conflicts."""
    columns = EXPORTS[name].column_names
    cells = ", ".join(f"count({c})" for c in columns)
    counts = con.execute(f"SELECT {cells}, count(*) FROM raw.{name}_current").fetchone()  # noqa: S608 (own names)
    open_rows = con.execute(f"SELECT count(*) FROM raw.{name}_versions WHERE state = 'open'").fetchone()  # noqa: S608
    assert counts is not None and open_rows is not None
    return dict(zip(columns, counts[:-1], strict=True)), counts[-1], open_rows[0]


def _asked_columns(rule: Rule, name: str, book: RuleBook) -> list[str]:
    """Return the columns whose filled cells the rule checks; an empty list means every row."""
    if rule.rule_id not in RULES:
        return [column for one in book.own if one.rule_id == rule.rule_id for column in one.asked]
    if rule.rule_id in ALL_ROWS_RULES:
        return []
    cross = [c.asked for c in CROSS_RULES if c.rule_id == rule.rule_id and c.export == name]
    if cross:
        return [c for c in cross if c]
    return sorted({r.column for r in EXPORTS[name].row_rules if r.rule_id == rule.rule_id})


def _select_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Run the rules about derived tables or the registry: one SELECT each of aspect, n_violations, n_rows, note."""
    results = []
    for file in names_in("results"):
        rule = RULES[file.upper().replace("_", "-")]
        try:
            rows = con.execute(select_of(f"results/{file}")).fetchall()
        except duckdb.Error as error:  # its message could quote a cell
            rows = [("", None, None, type(error).__name__)]
        results += [Result(rule, rule.tables[0], n, of, aspect, note) for aspect, n, of, note in rows]
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
