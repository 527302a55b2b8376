"""Checks what is asked of a cohort against the view that it speaks of, and says what belongs beside the answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from schemas.cohort import COHORT, OUTCOMES
from schemas.table import TableColumn
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.plan_form import PlannedGroups
from warehouse.cohorts.subjects import FIRST_ABLATION, Question, check_question, left_out, subjects
from warehouse.cohorts.terms import ENTRY_DAYS, EntryTerm, Term
from warehouse.derived.endpoint_definitions import competing
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pandas as pd

VIEW_OF = {"patient": "patients", "lesion": "lesions"}
OVERALL = "overall"
STRATUM = ", "
"""Joins the names and the values of several strata."""
MOST_GROUPS = 50
"""More are single values and no groups: nobody reads fifty curves."""


@dataclass(frozen=True)
class Counted:
    """The subjects of an endpoint in a cohort, equal ones counted together (days, event, count, and `grouping` unless
    it is overall), whether death competes with it, and the caution that belongs beside every estimate of it. `entry`
    and `strata` name columns of the frame: the days from which each is watched, and what groups are compared within.
    """

    question: Question
    grouping: str
    frame: "pd.DataFrame"
    competes: bool
    note: str
    entry: str | None = None
    strata: str | None = None


def counted(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    by: Term | None = None,
    *,
    entry: str | None = None,
    strata: Sequence[Term] = (),
) -> Counted:
    """Count the subjects of an endpoint by day, and by the groups of `by`. QueryFailed if the release or its view lacks
    what is asked for, or `by` has more than MOST_GROUPS values.
    """
    own = [by] if by else []
    refuse_terms_of_strata(own, strata)
    check(con, question, [*own, *strata])
    since = [EntryTerm(column=entry)] if entry else []
    frame = subjects(con, choice, question, [*own, *strata, *since])
    refuse_many_groups(frame, [*own, *strata])
    notes = [caution_of_time(con, choice, question), caution_of_outcomes([*own, *strata])]
    notes += [f"watched from {entry} on"] if entry else []
    note = "; ".join(note for note in notes if note)
    stratum = STRATUM.join(one.name for one in strata) or None
    if len(strata) > 1:
        frame = frame.assign(**{str(stratum): joined_labels(frame, [one.name for one in strata])})
    grouping = by.name if by else OVERALL
    competes = does_compete(con, question)
    return Counted(question, grouping, frame, competes, note, ENTRY_DAYS if entry else None, stratum)


def joined_labels(frame: "pd.DataFrame", strata: Sequence[str]) -> "pd.Series":
    """Return one label for the values of several columns; none where one of them is missing."""
    import pandas as pd

    from analysis.tidy import stratum_labels

    labels = (stratum_labels(frame[name]) for name in strata)
    is_known = frame[list(strata)].notna().all(axis=1)
    rows = zip(is_known, *labels, strict=True)
    return pd.Series([STRATUM.join(own) if known else None for known, *own in rows], index=frame.index, dtype=object)


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
            raise QueryFailed(f"{name} is no column of {view}.", _cure_of_column(name, level, known))


def _cure_of_column(name: str, level: str, known: Iterable[str]) -> str:
    """Return where else the column is, else which is meant, else how to list them."""
    for other in VIEW_OF:
        if other != level and name in columns_of(other):
            return f"cohort.{VIEW_OF[other]} has it: ask at the level {other}."
    near = nearest(name, known)
    return (
        f"Did you mean {near}?" if near else f'`registry query "DESCRIBE cohort.{VIEW_OF[level]}"` lists its columns.'
    )


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


def refuse_terms_of_strata(terms: Sequence[Term], strata: Sequence[Term]) -> None:
    """Raise QueryFailed if a covariate by itself, or what makes the groups of curves, is one of the strata: within a
    stratum it is the same for everybody.
    """
    for stratum in strata:
        is_whole = type(stratum) is Term and stratum.name == stratum.column  # each value of a column is a stratum
        for term in terms:
            is_of_it = is_whole and not isinstance(term, PlannedGroups) and term.column == stratum.column
            if term.name == stratum.name or is_of_it:
                raise QueryFailed(
                    f"{term.name} is compared and is one of the strata, within which it cannot differ.",
                    "Leave it out of one of them.",
                )
