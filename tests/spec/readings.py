"""The two readings of the definitions, side by side: the warehouse's SQL and the plain-Python oracle.

Both give, by name of the table, lists of dicts.
"""

from __future__ import annotations

from functools import cache

import duckdb

from tests import oracle
from tests.spec import clean_rows
from tests.spec.case import NO_ROW, Case, Section, cases_of
from tests.spec.clean_rows import Clean, Row
from tests.spec.drawing import draw_cell, draw_rows, read_table, read_tables
from warehouse.clean.lesions import build_lesions, create_clean_tables
from warehouse.derived import derive

TABLES = ("lesion_ltp", "patient_genotype", "patient_ltpfs", "time_to_event")


def by_oracle(clean: Clean) -> dict[str, list[Row]]:
    """All derived tables as the oracle reads the definitions."""
    sessions, imaging = clean["rfa_sessions"], clean["imaging_followups"]
    set_aside = {(row["site"], row["patient_id"]) for row in clean[clean_rows.SET_ASIDE]}
    lesions = oracle.lesion_ltp(sessions, imaging)
    genotypes = oracle.patient_genotype(sessions, clean["genotypes"])
    ltpfs = oracle.patient_ltpfs(lesions, genotypes, clean["patients"], set_aside)
    told = {(row["site"], row["patient_id"]) for row in clean[clean_rows.TOLD]}
    treated = clean["treatments"]
    events = oracle.time_to_event(lesions, ltpfs, clean["patients"], sessions, imaging, treated, told)
    return dict(zip(TABLES, (lesions, genotypes, ltpfs, events), strict=True))


def by_sql(clean: Clean, last: str = "") -> dict[str, list[Row]]:
    """The derived tables as the warehouse's SQL makes them, in a database in memory that is as before afterwards; only
    those made up to `last` if it is given.
    """
    con = _database()
    con.begin()
    try:
        clean_rows.insert(con, clean)
        build_lesions(con)
        made = _order()[: _order().index(last) + 1] if last else _order()
        for table in made:
            derive.derive(con, table)
        shown = [table for table in TABLES if table in made]
        return {table: con.sql(f"SELECT * FROM derived.{table}").to_arrow_table().to_pylist() for table in shown}
    finally:
        con.rollback()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """A database in memory with empty clean tables."""
    con = duckdb.connect(config={"threads": 1})
    create_clean_tables(con)
    return con


@cache
def _order() -> list[str]:
    return derive.derived_order(_database())


READINGS = ("sql", "oracle")
MARK = "/"


@cache
def _side_by_side(table: str, sections: tuple[Section, ...]) -> list[list[Row]]:
    """The rows of a derived table, case by case, as the SQL makes them of all cases at once, each with sites of its
    own; no site's rows depend on another's.
    """
    together: Clean = {}
    for number, case in enumerate(cases_of(sections)):
        for name, rows in clean_rows.clean_from(read_tables(case.given)).items():
            own = [row | {"site": f"{number}{MARK}{row['site']}"} for row in rows]
            together.setdefault(name, []).extend(own)
    found: list[list[Row]] = [[] for _ in cases_of(sections)]
    for row in by_sql(together, table)[table]:
        number, _, site = row["site"].partition(MARK)
        found[int(number)].append(row | {"site": site})
    return found


def disagreement(table: str, sections: tuple[Section, ...], case: Case, reading: str) -> str:
    """What `reading` makes of a case of the sections beside what it expects, drawn; empty where they are the same."""
    if reading == "sql":
        derived = _side_by_side(table, sections)[cases_of(sections).index(case)]
    else:
        derived = by_oracle(clean_rows.clean_from(read_tables(case.given)))[table]
    rows = [row for row in derived if is_in(row, case)]
    if case.expected == NO_ROW:
        return "" if not rows else f"{len(rows)} rows where none is expected"
    expected = read_table(case.expected)
    found = draw_rows(expected.columns, rows)
    if found == sorted(expected.rows):
        return ""
    lines = [expected.columns, ("expected:",), *sorted(expected.rows), (f"{reading} found:",), *found]
    return "\n".join(" | ".join(cells) for cells in lines)


def is_in(row: Row, case: Case) -> bool:
    """Whether the case looks at the row: its `only` names, separated by spaces, values of some columns."""
    return all(draw_cell(column, row[column]) in values.split() for column, values in case.only.items())
