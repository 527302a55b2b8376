"""Checks what is asked of a cohort against the view that it speaks of, and says what belongs beside the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from schemas.cohort import COHORT, OUTCOMES
from schemas.table import TableColumn
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import FIRST_ABLATION, Question, check_question, left_out, subjects
from warehouse.cohorts.terms import Term
from warehouse.derived.endpoint_definitions import competing
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pandas as pd

VIEW_OF = {"patient": "patients", "lesion": "lesions"}
OVERALL = "overall"
MOST_GROUPS = 50
"""More are single values and no groups: nobody reads fifty curves."""


@dataclass(frozen=True)
class Counted:
    """The subjects of an endpoint in a cohort, equal ones counted together (days, event, count, and `grouping` unless
    it is overall), whether death competes with it, and the caution that belongs beside every estimate of it.
    """

    question: Question
    grouping: str
    frame: "pd.DataFrame"
    competes: bool
    note: str


def counted(con: duckdb.DuckDBPyConnection, choice: Choice, question: Question, by: Term | None = None) -> Counted:
    """Count the subjects of an endpoint by day, and by the groups of `by`. QueryFailed if the release or its view lacks
    what is asked for, or `by` has more than MOST_GROUPS values.
    """
    check(con, question, [by] if by else [])
    frame = subjects(con, choice, question, [by] if by else [])
    if by:
        refuse_many_groups(frame, [by])
    notes = [caution_of_time(con, choice, question), caution_of_outcomes([by] if by else [])]
    note = "; ".join(note for note in notes if note)
    return Counted(question, by.name if by else OVERALL, frame, does_compete(con, question), note)


def check(
    con: duckdb.DuckDBPyConnection, question: Question, terms: Sequence[Term] = (), columns: Sequence[str] = ()
) -> None:
    """Raise QueryFailed if the release lacks the endpoint, or its view a column of the terms or of `columns`."""
    check_question(con, question)
    check_columns(question.level, [*(term.column for term in terms), *columns, question.time_zero])
    if columns_of(question.level)[question.time_zero].kind != "DATE":
        raise QueryFailed(f"{question.time_zero} is no date, so that no time runs from it.", "Name a column of dates.")


def check_columns(level: str, names: Sequence[str]) -> None:
    """Raise QueryFailed, with the nearest name, if the view of the level lacks one of the columns."""
    known = columns_of(level)
    for name in names:
        if name not in known:
            view = f"cohort.{VIEW_OF[level]}"
            near = nearest(name, known)
            cure = f"Did you mean {near}?" if near else f'`registry query "DESCRIBE {view}"` lists its columns.'
            raise QueryFailed(f"{name} is no column of {view}.", cure)


def columns_of(level: str) -> dict[str, TableColumn]:
    """Return the columns that groups and covariates may name at a level, by name. QueryFailed for an unknown level."""
    if level not in VIEW_OF:
        raise QueryFailed(f"There is no level {level}.", "Write patient or lesion.")
    return {column.name: column for column in COHORT[VIEW_OF[level]].columns}


def refuse_many_groups(frame: "pd.DataFrame", terms: Sequence[Term]) -> None:
    """Raise QueryFailed if a term that makes groups has too many of them in `frame`."""
    for term in terms:
        if term.name in frame and (n_groups := frame[term.name].nunique()) > MOST_GROUPS:
            raise QueryFailed(
                f"{term.column} has {n_groups:,} values, which are too many groups.",
                f"Put it into categories: {{column: {term.column}, categories: [20, 30]}} gives three.",
            )


def does_compete(con: duckdb.DuckDBPyConnection, question: Question) -> bool:
    """Whether an event competes with the endpoint: as its definition says, and if there is none, as its rows do."""
    declared = _declared()
    if (question.endpoint, question.level) in declared:
        return declared[question.endpoint, question.level]
    found = con.execute(
        "SELECT coalesce(bool_or(event > 1), false) FROM derived.time_to_event WHERE endpoint = ? AND level = ?",
        [question.endpoint, question.level],
    ).fetchone()
    return bool(found and found[0])


@cache
def _declared() -> dict[tuple[str, str], bool]:
    """What the definitions of this version say, read once."""
    return competing()


def caution_of_time(con: duckdb.DuckDBPyConnection, choice: Choice, question: Question) -> str:
    """Say from when time counts, and who is left out for it; nothing if it counts from the first ablation."""
    if question.time_zero == FIRST_ABLATION:
        return ""
    n_left_out = left_out(con, choice, question)
    without = f"; {n_left_out} without time after it left out" if n_left_out else ""
    return f"time from {question.time_zero}{without}"


def caution_of_outcomes(terms: Sequence[Term]) -> str:
    """Warn of groups and covariates that are known only later: who has them had to live to get them."""
    found = sorted({term.column for term in terms} & OUTCOMES)
    return f"{', '.join(found)} known only after the ablation: the comparison is biased" if found else ""
