"""Brings a table up to date: runs its SELECT for the patients who are due and replaces their rows in the table.

The table's gates are judged on the rows just made. The table's watermark moves only when all its gates pass: patients
whose rows a gate refused stay due, so that no later refresh skips them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb

from schemas.derived import DERIVED
from warehouse.derived import gates
from warehouse.derived.completeness import IMAGING_TABLES, SITE_TABLES, build_completeness
from warehouse.derived.derive import VIEWS, derive
from warehouse.incremental import change_log, view_contents
from warehouse.incremental.change_log import CLEAN, Due
from warehouse.incremental.patient_subset import (
    copy_due,
    due_subset,
    put_back_counted,
    put_back_sites,
    show_due,
    show_sites,
)
from warehouse.incremental.sites_due import AS_OF, as_of, sites_due
from warehouse.lineage.table_lineage import tables_read
from warehouse.storage import content_hashes
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import Content

INCREMENTAL_STEPS = (
    *(f"derived.{name}" for name in DERIVED),
    *(f"quality.{name}" for name in (*IMAGING_TABLES, *SITE_TABLES)),
)
"""The steps that are updated from the clean tables, patient by patient or site by site."""
Broken = dict[str, dict[str, int]]
"""Check -> number of offending rows by condition; empty if the gate is open."""
Take = Callable[[duckdb.DuckDBPyConnection, str], tuple[Content, Broken] | None]
"""Makes a table (schema.table) of all patients by other means, and returns its content and what its gates say; or does
nothing and returns None."""


@dataclass(frozen=True)
class RefreshedTable:
    """The outcome of bringing a table up to date: what was due, what the table holds now, and what its gates say."""

    due: Due
    content: Content
    broken: Broken


def _compute(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Take no table from elsewhere."""


def refresh_derived(
    con: duckdb.DuckDBPyConnection, table: str, code: str, rules: Iterable[str] = (), take: Take = _compute
) -> RefreshedTable:
    """Bring derived.<table> up to date. `rules` are the gate rules judged with it, in addition to its contract."""
    rules = tuple(rules)

    def judge() -> Broken:
        return {"contract": gates.derived_contract(con, table)} | {rule: gates.rule_gate(con, rule) for rule in rules}

    name = f"derived.{table}"
    reads = set[str]().union(*(gates.tables_judged(con, rule) for rule in rules)) - {name}
    return _refresh_patients(con, name, code, lambda: derive(con, table), judge, take, reads)


def refresh_imaging(con: duckdb.DuckDBPyConnection, table: str, code: str, take: Take = _compute) -> RefreshedTable:
    """Bring quality.<table>, one of IMAGING_TABLES, up to date."""
    return _refresh_patients(con, f"quality.{table}", code, lambda: build_completeness(con, table), dict, take)


def refresh_sites(
    con: duckdb.DuckDBPyConnection, table: str, code: str, take: Take = _compute
) -> tuple[list[str] | None, Content]:
    """Bring quality.<table>, one of SITE_TABLES, up to date.

    Returns the sites that were recomputed (None means all) and the table's content.
    """
    name = f"quality.{table}"
    due = _due(con, name, code)
    sites = None if due.is_full_rebuild else sites_due(con, AS_OF[name], as_of(name))
    if sites is None and (taken := take(con, name)):
        content = taken[0]
    elif sites is None:
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
    is_there = view_contents.is_counted(con, table) if _is_view(table) else table_exists(con, *table.split("."))
    return due if is_there or due.is_full_rebuild else Due(True, 0, due.up_to)


def _is_view(table: str) -> bool:
    return table in {f"derived.{view}" for view in VIEWS}


def _set_watermark(con: duckdb.DuckDBPyConnection, table: str, due: Due, code: str) -> None:
    """Set the table's watermark, unless a table that it reads is not up to date yet: then its patients stay due."""
    reads = [step for step in INCREMENTAL_STEPS if step in tables_read(table)]
    if not change_log.lagging(con, reads, CLEAN):
        change_log.set_watermark(con, table, due.up_to, code)


def _refresh_patients(
    con: duckdb.DuckDBPyConnection,
    table: str,
    code: str,
    build: Callable[[], object],
    judge: Callable[[], Broken],
    take: Take,
    judge_reads: Iterable[str] = (),
) -> RefreshedTable:
    due = _due(con, table, code)
    recount, show, put_back = (
        (view_contents.recount, copy_due, view_contents.put_back_shares)
        if _is_view(table)
        else (content_hashes.recount, show_due, put_back_counted)
    )
    if due.is_full_rebuild and (taken := take(con, table)):
        content, broken = taken
    elif due.is_full_rebuild:
        build()
        content, broken = recount(con, table), judge()
    elif due.is_nothing:
        content, broken = content_hashes.content_of(con, table), {}
    else:
        with due_subset(con) as whole:
            show(con, whole, sorted({*tables_read(table), *judge_reads}))
            build()
            broken = judge()
            con.execute(f"USE {whole}")
            con.begin()
            content = put_back(con, table)
            con.commit()
    if not any(broken.values()):
        _set_watermark(con, table, due, code)
    return RefreshedTable(due, content, broken)
