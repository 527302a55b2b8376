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
from warehouse.incremental.patient_subset import part_of_due, put_back_counted, put_back_sites, show_due, show_sites
from warehouse.incremental.sites_due import AS_OF, as_of, sites_due
from warehouse.lineage.table_lineage import tables_read
from warehouse.storage import content_hashes
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import Content

FOLLOWING = (
    *(f"derived.{name}" for name in DERIVED),
    *(f"quality.{name}" for name in (*IMAGING_TABLES, *SITE_TABLES)),
)
"""The steps that follow the clean tables, patient by patient or site by site."""
Broken = dict[str, dict[str, int]]
"""Check -> offending rows by condition; no conditions where the gate is open."""


@dataclass(frozen=True)
class Followed:
    """How a table was brought up to date: what was due, what it holds now, and what its gates say."""

    due: Due
    content: Content
    broken: Broken


def follow_derived(con: duckdb.DuckDBPyConnection, table: str, code: str, rules: Iterable[str] = ()) -> Followed:
    """Bring derived.<table> up to date; `rules` are the gate rules judged with it, beside its contract."""
    rules = tuple(rules)

    def judge() -> Broken:
        return {"contract": gates.derived_contract(con, table)} | {rule: gates.rule_gate(con, rule) for rule in rules}

    name = f"derived.{table}"
    reads = set[str]().union(*(gates.tables_judged(con, rule) for rule in rules)) - {name}
    return _follow(con, name, code, lambda: derive(con, table), judge, reads)


def follow_imaging(con: duckdb.DuckDBPyConnection, table: str, code: str) -> Followed:
    """Bring quality.<table>, one of IMAGING_TABLES, up to date."""
    return _follow(con, f"quality.{table}", code, lambda: build_completeness(con, table), dict)


def follow_sites(con: duckdb.DuckDBPyConnection, table: str, code: str) -> tuple[list[str] | None, Content]:
    """Bring quality.<table>, one of SITE_TABLES, up to date: the sites that were made anew (None is all), and what it
    holds.
    """
    name = f"quality.{table}"
    due = _due(con, name, code)
    sites = None if due.is_everything else sites_due(con, AS_OF[name], as_of(name))
    if sites is None:
        build_completeness(con, table)
        content = content_hashes.recount(con, name)
    elif sites:
        with part_of_due(con) as whole:
            show_sites(con, whole, tables_read(name), sites)
            build_completeness(con, table)
            con.execute(f"USE {whole}")
            con.begin()
            content = put_back_sites(con, name, sites)
            con.commit()
    else:
        content = content_hashes.of(con, name)
    _has_followed(con, name, due, code)
    return sites, content


def _due(con: duckdb.DuckDBPyConnection, table: str, code: str) -> Due:
    due = change_log.due(con, table, code, after=CLEAN)
    is_there = table_exists(con, *table.split("."))
    return due if is_there or due.is_everything else Due(True, 0, due.up_to)


def _has_followed(con: duckdb.DuckDBPyConnection, table: str, due: Due, code: str) -> None:
    """Set the table's watermark, unless a table that it reads has yet to follow: then the patients stay due here."""
    reads = [step for step in FOLLOWING if step in tables_read(table)]
    if not change_log.lagging(con, reads, CLEAN):
        change_log.set_watermark(con, table, due.up_to, code)


def _follow(
    con: duckdb.DuckDBPyConnection,
    table: str,
    code: str,
    build: Callable[[], object],
    judge: Callable[[], Broken],
    judge_reads: Iterable[str] = (),
) -> Followed:
    due = _due(con, table, code)
    if due.is_everything:
        build()
        content, broken = content_hashes.recount(con, table), judge()
    elif due.is_nothing:
        content, broken = content_hashes.of(con, table), {}
    else:
        with part_of_due(con) as whole:
            show_due(con, whole, sorted({*tables_read(table), *judge_reads}))
            build()
            broken = judge()
            con.execute(f"USE {whole}")
            con.begin()
            content = put_back_counted(con, table)
            con.commit()
    if not any(broken.values()):
        _has_followed(con, table, due, code)
    return Followed(due, content, broken)
