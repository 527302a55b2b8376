"""Selects the patients of a cohort with a user's SELECT on a release, in the release's sandbox.

The connection reads its release and nothing else; the cohort is a temporary table on it.
"""

from dataclasses import dataclass, field

import duckdb

from warehouse.releases.one_select import one_select
from warehouse.releases.outcomes_read import outcomes_read
from warehouse.releases.query import names_in
from warehouse.releases.query_errors import failed
from warehouse.releases.shown_sql import known_in, shown
from warehouse.storage.errors import QueryFailed

NAMED = "temp.main.named_cohort"
KEY = ("site", "patient_id")
EXAMPLE = "SELECT site, patient_id FROM derived.patient_ltpfs WHERE kras = 'mutant'"
CURE = f'Name patients with one SELECT, such as "{EXAMPLE}".'
COUNTS = f"""
    SELECT count(DISTINCT (site, patient_id)) FILTER (found IS NOT NULL),
           count(DISTINCT (site, patient_id)) FILTER (found IS NULL)
    FROM {NAMED} LEFT JOIN (SELECT site, patient_id, patient_id AS found FROM derived.patient_ltpfs) p
    USING (site, patient_id)
"""  # noqa: S608 (own names)
BEFORE = 'Write "SELECT site, patient_id FROM cohort.patients WHERE" before it, or put it into a recipe.'
ONE_SELECT = "A cohort is defined by one SELECT and nothing else."


@dataclass(frozen=True)
class NamedCohort:
    """How many of the named patients the release holds and how many it does not; the SQL as it can be shown to others,
    and in full; and the outcomes by which it chooses, columns that are known only after the ablation.
    """

    n_patients: int
    n_unknown: int
    sql: str
    whole_sql: str = field(repr=False, default="")
    outcomes: tuple[str, ...] = ()


def name_cohort(con: duckdb.DuckDBPyConnection, sql: str) -> NamedCohort:
    """Put the patients of `sql` into the table NAMED of an open release. QueryFailed, in one line, if that fails.

    `sql` is one SELECT with the columns site and patient_id; other columns are ignored, and a patient who is named
    twice counts once.
    """
    if not sql.strip():
        raise QueryFailed("There is no SQL that defines a cohort.", CURE)
    try:
        select = one_select(sql, ONE_SELECT, CURE)
    except QueryFailed:
        _refuse_condition(sql)
        raise
    try:
        described = con.execute(f"DESCRIBE (\n{select}\n)").fetchall()  # the reader's own SQL, as `registry query` runs
        names = [str(row[0]).lower() for row in described]
        if missing := [name for name in KEY if name not in names]:
            raise QueryFailed(f"The SELECT does not return {' and '.join(missing)}.", CURE)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE named_cohort AS "  # noqa: S608 (the reader's own SQL)
            f"SELECT DISTINCT CAST(site AS VARCHAR) AS site, CAST(patient_id AS VARCHAR) AS patient_id "
            f"FROM (\n{select}\n) WHERE site IS NOT NULL AND patient_id IS NOT NULL"
        )
        found = con.execute(COUNTS).fetchone() or (0, 0)
        known, outcomes = known_in(con), outcomes_read(con, select)
    except duckdb.Error as error:
        raise failed(error, select, names_in(con)) from None
    if not found[0]:
        raise QueryFailed("The SELECT names no patient of the release.", CURE)
    return NamedCohort(int(found[0]), int(found[1]), shown(select, known), sql, outcomes)


def _refuse_condition(sql: str) -> None:
    """Say what to write to somebody who gives a condition, as a recipe has them, in place of a SELECT."""
    try:
        one_select(f"SELECT (\n{sql}\n)")
    except QueryFailed:
        return
    raise QueryFailed("That is a condition, and a cohort is defined by a SELECT or a recipe.", BEFORE) from None
