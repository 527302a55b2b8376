"""Finds which outcomes a SELECT reads in order to choose its rows: columns that are known only after the ablation.

DuckDB's own plan says it, so that a view, a join, a subquery or another name hides nothing, and a column that is only
listed, or belongs to a view of which it is not asked, is not read.
"""

import json
import re
from collections.abc import Iterator

import duckdb

from schemas.cohort import OUTCOME_TABLES, OUTCOMES

TABLE, COLUMNS, CONDITIONS = "Table", "Projections", "Filters"
"""What a plan says of a scan: the table's full name, the columns that it hands on, and those that it only compares."""
TEXT = re.compile(r"'(?:[^']|'')*'")
WORD = re.compile(r"\w+")
PATIENT_SCHEMAS = ("clean", "derived", "cohort")
"""Schemas of rows of patients; elsewhere a column of the same name is something else."""


def outcomes_read(con: duckdb.DuckDBPyConnection, select: str) -> tuple[str, ...]:
    """Return the outcomes by which `select` chooses patients (site and patient_id), in alphabetical order. A table that
    holds nothing but outcomes is named as one.
    """
    rows = con.execute(f"EXPLAIN (FORMAT JSON) SELECT DISTINCT site, patient_id FROM (\n{select}\n)").fetchall()  # noqa: S608
    found: set[str] = set()
    for scan in _scans(json.loads(rows[0][1])):
        schema, table = [part.strip('"') for part in scan[TABLE].split(".")][-2:]
        if f"{schema}.{table}" in OUTCOME_TABLES:
            found.add(table)
        elif schema in PATIENT_SCHEMAS:
            said = [*_listed(scan.get(COLUMNS)), *(TEXT.sub("", one) for one in _listed(scan.get(CONDITIONS)))]
            found |= {word for one in said for word in WORD.findall(one) if is_outcome(word)}
    return tuple(sorted(found))


def is_outcome(column: str) -> bool:
    """Return whether a column of a patient's row is known only after the ablation."""
    return column in OUTCOMES or any(column.startswith(f"{name}_") for name in ("ltp", "uncontrolled_ltp", "adequate"))


def _scans(node: object) -> Iterator[dict]:
    if isinstance(node, dict):
        facts = node.get("extra_info")
        if isinstance(facts, dict) and TABLE in facts:
            yield facts
        for child in node.values():
            yield from _scans(child)
    elif isinstance(node, list):
        for child in node:
            yield from _scans(child)


def _listed(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else given or []
