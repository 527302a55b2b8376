"""Turns the standard's library metrics into SQL that finds the rows.

What the standard leaves open is decided here (docs/own-rules.md): an empty cell is missing; invalidValues leaves empty
cells out; a pattern must match the whole cell; duplicateValues counts the rows beyond the first of each value within a
site, empty ones left out.
"""

import re
from typing import Any

from schemas.export import Column, Export
from schemas.exports import EXPORTS
from warehouse.own_rules.refusal import RuleRefused, listed, mapping, near, text
from warehouse.own_rules.rule_sql import Compiled
from warehouse.own_rules.table_number import counted
from warehouse.own_rules.try_sql import tried
from warehouse.storage.sql_files import sql_text

ROW_COUNT = "rowCount"
METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def of_metric(metric: str, arguments: Any, export: str, column: str) -> Compiled:
    """Return the SQL of a metric that must be 0. RuleRefused for an unknown one, or arguments that do not fit it."""
    if metric not in METRICS:
        raise RuleRefused(f"The metric {metric!r} is not run row by row.", near(metric, METRICS) + " Or say it in SQL.")
    given = (
        {}
        if arguments in (None, "")
        else mapping(arguments, "`arguments`", ("missingValues", "validValues", "pattern", "properties"))
    )
    declared = EXPORTS[export]
    if metric == "duplicateValues":
        return Compiled(_duplicates(declared, given, column), False)
    if not column:
        raise RuleRefused(f"{metric} is about a property.", "Put the rule below the property.")
    return Compiled(_on_one_row(metric, given, declared.column(column)), True)


def count_of(metric: str, arguments: Any, export: str, column: str) -> str:
    """Return a SELECT of the metric's number over the delivered rows of the table. RuleRefused as above."""
    if metric == ROW_COUNT:
        if arguments not in (None, "", {}):
            raise RuleRefused("rowCount takes no arguments.", "Leave out `arguments`.")
        return counted(export)
    if metric not in METRICS:
        raise RuleRefused(f"The metric {metric!r} is not known.", near(metric, (*METRICS, ROW_COUNT)))
    made = of_metric(metric, arguments, export, column)
    if made.is_on_one_row:
        return counted(export, made.sql)
    return f"SELECT count(*) FROM ({made.sql.replace('DISTINCT x.row_id', 'site', 1)})"  # noqa: S608 (own text)


def _on_one_row(metric: str, given: dict, column: Column) -> str:
    if metric == "nullValues":
        return f"{column.name} IS NULL"
    if metric == "missingValues":
        values = _literals(given.get("missingValues"), column, "missingValues")
        return f"{column.name} IS NULL" + (f" OR {column.name} IN ({values})" if values else "")
    fits = []
    if values := _literals(given.get("validValues"), column, "validValues"):
        fits.append(f"{column.name} IN ({values})")
    if "pattern" in given:
        fits.append(
            f"regexp_full_match(CAST({column.name} AS VARCHAR), {sql_text(text(given['pattern'], '`pattern`'))})"
        )
    if not fits:
        raise RuleRefused("invalidValues does not say what is valid.", "Give validValues or pattern under `arguments`.")
    condition = f"{column.name} IS NOT NULL AND NOT ({' AND '.join(fits)})"
    try:
        tried(f"SELECT {condition} FROM (SELECT CAST(NULL AS {column.duckdb_type}) AS {column.name})")  # noqa: S608
    except RuleRefused:
        raise RuleRefused("`pattern` is no regular expression.", "Correct it; RE2 knows no look-ahead.") from None
    return condition


def _literals(given: Any, column: Column, name: str) -> str:
    """Return SQL literals of the column's type; '' for none. An empty text is left out: it is a missing cell anyway."""
    values = [text(one, f"A value of {name}") for one in listed(given, f"`{name}`") if one != ""]
    form = {"DOUBLE": NUMBER, "INTEGER": NUMBER, "DATE": ISO_DATE}.get(column.duckdb_type)
    if form is not None and not all(form.fullmatch(value) for value in values):
        kind = "dates as YYYY-MM-DD" if form is ISO_DATE else "numbers"
        raise RuleRefused(f"{name} holds something else than {kind}, which {column.name} holds.", "Correct the list.")
    if form is None:
        return ", ".join(sql_text(value) for value in values)
    return ", ".join(f"CAST({sql_text(value)} AS {column.duckdb_type})" for value in values)


def _duplicates(export: Export, given: dict, column: str) -> str:
    names = [text(one, "A property") for one in listed(given.get("properties"), "`properties`")] or [column]
    for name in names:
        if name not in export.column_names:
            raise RuleRefused(f"{export.name} has no column {name!r}.", near(name, export.column_names))
    of_value = ", ".join(dict.fromkeys(("site", *names)))
    filled = " AND ".join(f"{name} IS NOT NULL" for name in names)
    several = f"SELECT {of_value} FROM clean.{export.name} WHERE {filled} GROUP BY ALL HAVING count(*) > 1"  # noqa: S608
    return (
        f"SELECT DISTINCT x.row_id FROM clean.{export.name} AS x JOIN ({several}) USING ({of_value}) "  # noqa: S608
        f"QUALIFY row_number() OVER (PARTITION BY {of_value} ORDER BY {', '.join(export.key)}) > 1"
    )
