"""Chooses the groups of a curve or a Table 1: which columns can make them, and where numbers are cut."""

import duckdb

from explore.attributes import DATE, NUMBER, Attribute, attribute_of, of_view
from explore.grids import FEW_VALUES
from explore.state import State
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import KEYS, choice_of
from warehouse.cohorts.terms import Term, number
from warehouse.storage.errors import QueryFailed

BEGINNINGS = ("first_ablation_date", "adequate_date", "ltp_date")
"""Dates from which an analyst counts; the others end a subject's time."""
MOST_GROUPS = 8
"""Curves in one picture; more cannot be told apart."""
DIGITS = 2
"""Significant digits of a cut point that is proposed: a median of 23.7 is cut at 24."""


def columns_of_groups(view: str) -> list[Attribute]:
    """Return the columns by which subjects can be grouped: no dates, whose years have a column of their own."""
    return [attribute for attribute in of_view(view) if attribute.kind != "date"]


def beginnings(state: State) -> list[Attribute]:
    """Return the dates from which time can run, and the one from which it does."""
    own = [attribute for attribute in of_view(state.view) if attribute.name in (*BEGINNINGS, state.time_zero)]
    return [attribute for attribute in own if attribute.kind == DATE]


def with_cuts(con: duckdb.DuckDBPyConnection, choice: Choice, state: State) -> Term | None:
    """Return the groups of the state, with a cut point at the cohort's median if a column of many numbers has none."""
    term = state.by
    if term is None or isinstance(term.categories, list):
        return term
    attribute = attribute_of(state.view, term.column)
    if attribute.kind != NUMBER:
        return term
    key = KEYS[state.level]
    chosen = choice.patients if state.level == "patient" else choice.lesions
    row = con.execute(
        f"SELECT count(DISTINCT {term.column}), median({term.column}) FROM cohort.{state.view} "  # noqa: S608 (declared)
        f"SEMI JOIN ({choice_of(chosen)}) USING ({key})"
    ).fetchone()
    n_values, median = row or (0, None)
    if n_values <= FEW_VALUES or median is None:
        return term
    cut = float(f"{float(median):.{DIGITS}g}")
    return Term(column=term.column, categories=[round(cut) if attribute.is_whole else cut])


def refuse_many(term: Term | None, view: str, n_groups: int) -> None:
    """Raise QueryFailed if there are more groups than a picture can show."""
    if term and n_groups > MOST_GROUPS:
        raise QueryFailed(
            f"{attribute_of(view, term.column).label} makes {n_groups:,} groups, of which a picture shows "
            f"{MOST_GROUPS} at most.",
            "Choose another column, or cut it into classes such as 20, 30.",
        )


def cuts_of(term: Term | None) -> str:
    """Return the cut points as a person types them: '20, 30'."""
    return ", ".join(number(cut) for cut in term.categories) if term and isinstance(term.categories, list) else ""


def is_number(state: State) -> bool:
    """Whether the groups are of a column of numbers, which can be cut."""
    return bool(state.by) and attribute_of(state.view, state.by.column).kind == NUMBER  # type: ignore[union-attr]


def is_number_of(view: str, column: str) -> bool:
    """Whether the column holds numbers, which a model can take in other units or in classes."""
    return attribute_of(view, column).kind == NUMBER


def unit_of(term: Term) -> str:
    """Return per how many units a term enters, as a person types it; '' for one."""
    return number(term.per) if term.per else ""
