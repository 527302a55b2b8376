"""Reads the subjects of an endpoint within a cohort, equal ones counted together, with the terms that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from schemas.own_plan import FROM_TREATMENTS
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.terms import Term
from warehouse.readers.near_names import nearest
from warehouse.storage.connection import table_exists
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pandas as pd

TIMES, TREATMENTS = "derived.time_to_event", "derived.patient_treatments"
KEYS = {"patient": "site, patient_id", "lesion": "site, patient_id, lesion_id"}
VIEWS = {"patient": "cohort.patients", "lesion": "cohort.lesions"}
FIRST_ABLATION = "first_ablation_date"


@dataclass(frozen=True)
class Question:
    """What is asked of a cohort: an endpoint at a level, and the column of the view from which time counts."""

    endpoint: str
    level: str = "patient"
    time_zero: str = FIRST_ABLATION


def endpoints_of(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the (endpoint, level) pairs of the release, in order."""
    return con.execute(f"SELECT DISTINCT endpoint, level FROM {TIMES} ORDER BY ALL").fetchall()  # noqa: S608 (own name)


def check_question(con: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Raise QueryFailed if the release has no such endpoint at that level."""
    asked = [question.endpoint, question.level]
    if con.execute(f"SELECT 1 FROM {TIMES} WHERE endpoint = ? AND level = ? LIMIT 1", asked).fetchone():  # noqa: S608
        return
    refuse_without_treatments(con, question.endpoint)
    known = endpoints_of(con)  # reads every endpoint of the release
    names = sorted({endpoint for endpoint, _ in known})
    levels = [level for endpoint, level in known if endpoint == question.endpoint]
    if levels:
        raise QueryFailed(f"{question.endpoint} has no {question.level} level.", f"It has: {', '.join(levels)}.")
    near = nearest(question.endpoint, names)
    cure = f"Did you mean {near}?" if near else f"There are {', '.join(names)}."
    raise QueryFailed(f"The release has no endpoint {question.endpoint}.", cure)


def refuse_without_treatments(con: duckdb.DuckDBPyConnection, endpoint: str) -> None:
    """Raise QueryFailed if the endpoint, of which the release has no row, is made from the export of treatments: that
    export has not come, or nobody in it has the endpoint.
    """
    if endpoint not in FROM_TREATMENTS:
        return
    schema, table = TREATMENTS.split(".")
    is_told = table_exists(con, schema, table) and con.execute(f"FROM {TREATMENTS} LIMIT 1").fetchone()
    if is_told:
        said = f"Nobody has {endpoint}, although treatments are delivered."
        raise QueryFailed(said, "docs/endpoints.md says who has it.")
    raise QueryFailed(
        f"{endpoint} is made from the export treatments, which no site has delivered.",
        "Deliver a file of treatments for each site, without rows where there were none (docs/exports.md).",
    )


def subjects(
    con: duckdb.DuckDBPyConnection, choice: Choice, question: Question, terms: Sequence[Term] = ()
) -> "pd.DataFrame":
    """Return days, event, count and a column for each term, one row for each kind of subject, in a fixed order.

    Days run from `question.time_zero`; a subject without that date, or whose time ends before it begins, is left out
    (`left_out` counts them).
    """
    names = [f'"t{place}"' for place in range(len(terms))]
    columns = "".join(f", {name}" for name in names)
    found = con.execute(
        f"SELECT days, event, count(*) AS count{columns} FROM ({_each(choice, question, terms)}) "  # noqa: S608
        f"WHERE {_is_watched(question)} GROUP BY days, event{columns} ORDER BY days, event{columns}",
        [question.endpoint, question.level],
    ).df()
    return found.rename(columns={f"t{place}": term.name for place, term in enumerate(terms)})


def each_subject(
    con: duckdb.DuckDBPyConnection, choice: Choice, question: Question, terms: Sequence[Term] = ()
) -> "pd.DataFrame":
    """Return site, patient_id (and lesion_id), days, event and the terms, one row for each subject in order of keys. A
    term that is a column of the key is not repeated.
    """
    key = KEYS[question.level]
    terms = [term for term in terms if term.name not in key.split(", ")]
    names = "".join(f', "t{place}"' for place in range(len(terms)))
    found = con.execute(
        f"SELECT {key}, days, event{names} FROM ({_each(choice, question, terms)}) "  # noqa: S608 (own names, checked)
        f"WHERE {_is_watched(question)} ORDER BY {key}",
        [question.endpoint, question.level],
    ).df()
    return found.rename(columns={f"t{place}": term.name for place, term in enumerate(terms)})


def each_status(
    con: duckdb.DuckDBPyConnection, choice: Choice, level: str, terms: Sequence[Term] = ()
) -> "pd.DataFrame":
    """Return site, patient_id (and lesion_id), ltp (0 or 1) and the terms of those evaluable for LTP, one row for each
    in order of keys.
    """
    key, view = KEYS[level], VIEWS[level]
    terms = [term for term in terms if term.name not in key.split(", ")]
    columns = "".join(f", {term.sql()} AS t{place}" for place, term in enumerate(terms))
    chosen = choice.patients if level == "patient" else choice.lesions
    found = con.execute(
        f"SELECT {key}, ltp::INTEGER AS ltp{columns} FROM {view} SEMI JOIN ({choice_of(chosen)}) c USING ({key}) "  # noqa: S608
        f"WHERE ltp IS NOT NULL ORDER BY {key}"
    ).df()
    return found.rename(columns={f"t{place}": term.name for place, term in enumerate(terms)})


def left_out(con: duckdb.DuckDBPyConnection, choice: Choice, question: Question) -> int:
    """Count the subjects who have the endpoint but no time from `question.time_zero` on."""
    row = con.execute(
        f"SELECT count(*) FILTER (NOT coalesce({_is_watched(question)}, false)) FROM ({_each(choice, question, ())})",  # noqa: S608
        [question.endpoint, question.level],
    ).fetchone()
    return int(row[0]) if row else 0


def _is_watched(question: Question) -> str:
    return "days IS NOT NULL" if question.time_zero == FIRST_ABLATION else "days > 0"


def _each(choice: Choice, question: Question, terms: Sequence[Term]) -> str:
    """Return a SELECT of the subjects, with two parameters: endpoint and level."""
    key, view = KEYS[question.level], VIEWS[question.level]
    chosen = choice.patients if question.level == "patient" else choice.lesions
    days = "t.days" if question.time_zero == FIRST_ABLATION else f'(t.end_date - v."{question.time_zero}")::INTEGER'
    columns = "".join(f", {term.sql()} AS t{place}" for place, term in enumerate(terms))
    needs_view = terms or question.time_zero != FIRST_ABLATION
    joined = f"JOIN {view} v USING ({key})" if needs_view else ""
    only = f"SEMI JOIN ({choice_of(chosen)}) c USING ({key})"
    if needs_view and question.level == "patient" and choice.where is not None:  # one join does for both
        joined, only = f"JOIN (SELECT * FROM {view} {choice_of(choice.where)}) v USING ({key})", ""  # noqa: S608
    times = f"(SELECT {key}, days, event, end_date FROM {TIMES} WHERE endpoint = ? AND level = ?) t"  # noqa: S608
    return f"SELECT {key}, {days} AS days, t.event{columns} FROM {times} {only} {joined}"  # noqa: S608


def choice_of(chosen: str) -> str:
    """Return the SELECT of chosen keys, on lines of its own, so that a comment in a predicate ends."""
    return f"\n{chosen}\n"
