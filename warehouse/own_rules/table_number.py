"""Compiles a rule about a whole table, and judges it: a number of the table's rows that must lie within a limit.

Such a rule is reported; it sets nothing aside and flags nothing. Its SQL is one row: is_broken, n_rows (of the table)
and note. The note states the number if it counts rows, and never if it could be a patient's own value, as max() is.
"""

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from schemas.rule_book import OwnRule
from schemas.thresholds import RULE_SECONDS
from warehouse.own_rules.refusal import RuleRefused, listed, near, text
from warehouse.own_rules.try_sql import tried
from warehouse.releases.time_limit import time_limit
from warehouse.storage.connection import reader_of
from warehouse.storage.errors import QueryFailed
from warehouse.storage.sql_files import sql_text

ONE_LIMIT = {
    "mustBe": ("=", ""),
    "mustNotBe": ("<>", "other than "),
    "mustBeGreaterThan": (">", "more than "),
    "mustBeGreaterOrEqualTo": (">=", "at least "),
    "mustBeLessThan": ("<", "less than "),
    "mustBeLessOrEqualTo": ("<=", "at most "),
}
"""Operator -> its sign in SQL, and its words after "it must be"."""
TWO_LIMITS = {"mustBeBetween": ("BETWEEN", "from"), "mustNotBeBetween": ("NOT BETWEEN", "outside")}
UNITS = ("rows", "percent")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Limit:
    """What a number must be: `condition` is SQL that follows it, `words` follow "it must be"."""

    condition: str
    words: str


@dataclass(frozen=True)
class Verdict:
    """Whether the number breaks its limit, None if there is no number; of how many rows, and what to say of it."""

    is_broken: bool | None
    n_rows: int
    note: str


def limit_of(operator: str, given: Any) -> Limit:
    """Read the operator and its number, or its two numbers, which are within the limit themselves. RuleRefused if they
    are none.
    """
    if operator in ONE_LIMIT:
        sign, words = ONE_LIMIT[operator]
        number = _number(given, operator)
        return Limit(f"{sign} {number}", f"{words}{number}")
    sign, words = TWO_LIMITS[operator]
    numbers = [_number(one, operator) for one in listed(given, f"`{operator}`")]
    if len(numbers) != 2:
        raise RuleRefused(f"{operator} holds {len(numbers)} numbers.", f"Write two, e.g. `{operator}: [5, 20]`.")
    low, high = numbers
    if float(low) > float(high):
        raise RuleRefused(f"{operator} begins with the larger number.", "Write the smaller one first.")
    return Limit(f"{sign} {low} AND {high}", f"{words} {low} to {high}")


def _number(given: Any, operator: str) -> str:
    if not isinstance(given, str) or not NUMBER.fullmatch(given.strip()):
        raise RuleRefused(f"{operator} holds no number.", "Write digits, with a point for decimals.")
    return given.strip()


def unit_of(given: Any) -> str:
    """Return rows or percent. RuleRefused otherwise."""
    unit = UNITS[0] if given in (None, "") else text(given, "`unit`")
    if unit not in UNITS:
        raise RuleRefused(f"The unit {unit!r} is not known.", near(unit, UNITS))
    return unit


def counted(export: str, condition: str = "true") -> str:
    """Return a SELECT that counts the delivered rows of an export that meet the condition."""
    return f"SELECT count(*) FROM clean.{export} WHERE delivery IS NOT NULL AND ({condition})"  # noqa: S608 (guarded)


def number_sql(select: str, export: str, limit: Limit, unit: str, is_count: bool) -> str:
    """Return the SQL of a rule whose number is what `select` gives, or with `percent` its share of all rows of the
    table. RuleRefused if DuckDB finds no number in it.
    """
    value = "value" if unit == "rows" else "100 * value / nullif(n_rows, 0)"
    sign = " %" if unit == "percent" else ""
    must = f"It must be {limit.words}{sign}."
    note = f"'It is ' || printf('%.6g', value) || {sql_text(f'{sign}. {must}')}" if is_count else sql_text(must)
    sql = (
        f"SELECT NOT (value {limit.condition}) AS is_broken, n_rows, {note} AS note FROM ("  # noqa: S608 (guarded)
        f"SELECT CAST({value} AS DOUBLE) AS value, n_rows FROM ("
        f"SELECT CAST(({select}) AS DOUBLE) AS value, ({counted(export)}) AS n_rows))"
    )
    tried(sql)
    return sql


def judge_table(con: duckdb.DuckDBPyConnection, rule: OwnRule) -> Verdict | None:
    """Judge the rule on the connection's clean tables; None if its SQL fails there or takes too long."""
    cursor = reader_of(con)
    try:
        with time_limit(cursor, RULE_SECONDS):
            row = cursor.execute(rule.breaks).fetchone()
    except (duckdb.Error, QueryFailed):
        return None
    finally:
        cursor.close()
    return Verdict(*row) if row else None
