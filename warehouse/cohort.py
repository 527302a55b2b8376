"""A cohort that somebody named: the patients of a SELECT on a release.

What belongs here: asking for them in the release's own sandbox, and what must be refused. What does not: analysing
them (assets/cohorts.py). The connection reads its release and nothing else; the cohort is a temporary table in it.
"""

import re
from dataclasses import dataclass

import duckdb

from warehouse.errors import QueryFailed
from warehouse.query import failed

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
LITERAL = re.compile(r"'((?:[^']|'')*)'")
A_PATIENT = "'(a patient)'"


@dataclass(frozen=True)
class Cohort:
    """How many of the named patients the release holds, how many it does not, and the SQL without identifiers."""

    n_patients: int
    n_unknown: int
    sql: str


def name_cohort(con: duckdb.DuckDBPyConnection, sql: str) -> Cohort:
    """Put the patients of `sql` into the table NAMED of an open release. QueryFailed in one line where that fails.

    `sql` is one SELECT with the columns site and patient_id; others are not looked at, and a patient who is named
    twice counts once.
    """
    select = _one_select(sql)
    try:
        described = con.execute(f"DESCRIBE (\n{select}\n)").fetchall()  # the reader's own SQL, as `registry query` runs
        names = [str(row[0]).lower() for row in described]
        if missing := [name for name in KEY if name not in names]:
            raise QueryFailed(f"The SELECT does not give {' and '.join(missing)}.", CURE)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE named_cohort AS "  # noqa: S608 (the reader's own SQL)
            f"SELECT DISTINCT CAST(site AS VARCHAR) AS site, CAST(patient_id AS VARCHAR) AS patient_id "
            f"FROM (\n{select}\n) WHERE site IS NOT NULL AND patient_id IS NOT NULL"
        )
        found = con.execute(COUNTS).fetchone() or (0, 0)
        known = {row[0] for row in con.execute("SELECT DISTINCT patient_id FROM derived.patient_ltpfs").fetchall()}
    except duckdb.Error as error:
        raise failed(error) from None
    if not found[0]:
        raise QueryFailed("The SELECT names no patient of the release.", CURE)
    return Cohort(int(found[0]), int(found[1]), without_patients(select, known))


def _one_select(sql: str) -> str:
    if not sql.strip():
        raise QueryFailed("There is no SQL that names a cohort.", CURE)
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise failed(error) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryFailed("A cohort is named by one SELECT and nothing else.", CURE)
    return statements[0].query.strip().rstrip(";").strip()


def without_patients(sql: str, known: set[str]) -> str:
    """The SQL with `'(a patient)'` in place of each text that is a patient's identifier, so that it can be shown.

    >>> without_patients("SELECT site, patient_id FROM t WHERE patient_id IN ('P-1', 'x')", {"P-1"})
    "SELECT site, patient_id FROM t WHERE patient_id IN ('(a patient)', 'x')"
    """
    return LITERAL.sub(lambda found: A_PATIENT if found[1].replace("''", "'") in known else found[0], sql)
