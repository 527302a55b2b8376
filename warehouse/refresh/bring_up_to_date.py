"""Following the change log: a table's own SELECT for the patients that are due, the outcome put back into the whole.

What belongs here: bringing one table that is kept patient by patient up to date, and its gates, which are judged where
the rows are made. What does not: the definitions (sql/), and what a gate asks (gates.py). A table follows its changes
only when its gates passed: rows that a gate refused stay due, so that no later refresh passes them by.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb

from schemas.derived import DERIVED
from warehouse.derived import gates
from warehouse.derived.completeness import IMAGING_TABLES, SITE_TABLES, build_completeness
from warehouse.derived.derive import derive
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN, Due
from warehouse.incremental.patient_subset import due_subset, put_back_counted, put_back_sites, show_due, show_sites
from warehouse.incremental.sites_due import AS_OF, as_of, sites_due
from warehouse.lineage.table_lineage import tables_read
from warehouse.storage import content_hashes
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import Content

INCREMENTAL_STEPS = (
    *(f"derived.{name}" for name in DERIVED),
    *(f"quality.{name}" for name in (*IMAGING_TABLES, *SITE_TABLES)),
)
"""The steps that follow the clean tables, patient by patient or site by site."""
Broken = dict[str, dict[str, int]]
"""Check -> offending rows by condition; no conditions where the gate is open."""


@dataclass(frozen=True)
class RefreshedTable:
    """How a table was brought up to date: what was due, what it holds now, and what its gates say."""

    due: Due
    content: Content
    broken: Broken


def refresh_derived(con: duckdb.DuckDBPyConnection, table: str, code: str, rules: Iterable[str] = ()) -> RefreshedTable:
    """Bring derived.<table> up to date; `rules` are the gate rules judged with it, beside its contract."""
    rules = tuple(rules)

    def judge() -> Broken:
        return {"contract": gates.derived_contract(con, table)} | {rule: gates.rule_gate(con, rule) for rule in rules}

    name = f"derived.{table}"
    reads = set[str]().union(*(gates.tables_judged(con, rule) for rule in rules)) - {name}
    return _refresh_patients(con, name, code, lambda: derive(con, table), judge, reads)


def refresh_imaging(con: duckdb.DuckDBPyConnection, table: str, code: str) -> RefreshedTable:
    """Bring quality.<table>, one of IMAGING_TABLES, up to date."""
    return _refresh_patients(con, f"quality.{table}", code, lambda: build_completeness(con, table), dict)


def refresh_sites(con: duckdb.DuckDBPyConnection, table: str, code: str) -> tuple[list[str] | None, Content]:
    """Bring quality.<table>, one of SITE_TABLES, up to date: the sites that were made anew (None is all), and what it
    holds.
    """
    name = f"quality.{table}"
    due = _due(con, name, code)
    sites = None if due.is_full_rebuild else sites_due(con, AS_OF[name], as_of(name))
    if sites is None:
        build_completeness(con, table)
        content = content_hashes.recount(con, name)
    elif sites:
        with due_subset(con) as whole:
            show_sites(con, whole, tables_read(name), sites)
            build_completeness(con, table)
            con.execute(f"USE {whole}")
            con.begin()
            content = put_back_sites(con, name, sites)
            con.commit()
    else:
        content = content_hashes.content_of(con, name)
    _set_watermark(con, name, due, code)
    return sites, content


def _due(con: duckdb.DuckDBPyConnection, table: str, code: str) -> Due:
    due = change_log.due(con, table, code, after=CLEAN)
    is_there = table_exists(con, *table.split("."))
    return due if is_there or due.is_full_rebuild else Due(True, 0, due.up_to)


def _set_watermark(con: duckdb.DuckDBPyConnection, table: str, due: Due, code: str) -> None:
    """Set the table's watermark, unless a table that it reads has yet to follow: then the patients stay due here."""
    reads = [step for step in INCREMENTAL_STEPS if step in tables_read(table)]
    if not change_log.lagging(con, reads, CLEAN):
        change_log.set_watermark(con, table, due.up_to, code)


def _refresh_patients(
    con: duckdb.DuckDBPyConnection,
    table: str,
    code: str,
    build: Callable[[], object],
    judge: Callable[[], Broken],
    judge_reads: Iterable[str] = (),
) -> RefreshedTable:
    due = _due(con, table, code)
    if due.is_full_rebuild:
        build()
        content, broken = content_hashes.recount(con, table), judge()
    elif due.is_nothing:
        content, broken = content_hashes.content_of(con, table), {}
    else:
        with due_subset(con) as whole:
            show_due(con, whole, sorted({*tables_read(table), *judge_reads}))
            build()
            broken = judge()
            con.execute(f"USE {whole}")
            con.begin()
            content = put_back_counted(con, table)
            con.commit()
    if not any(broken.values()):
        _set_watermark(con, table, due, code)
    return RefreshedTable(due, content, broken)
