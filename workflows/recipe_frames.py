"""Reads the subjects of a release as a recipe sees them: how many criteria each meets, and whatever makes groups."""

from typing import TYPE_CHECKING

import duckdb

from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.recipe import Recipe
from warehouse.cohorts.subjects import KEYS, TIMES, VIEWS, Question, choice_of, each_subject
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import ShareRefused
from workflows.cohort_estimates.asked import OVERALL, counted
from workflows.cohort_estimates.baseline import SINGLE, usual_variables
from workflows.cohort_estimates.curves import notes_of
from workflows.cohort_estimates.models import is_number

if TYPE_CHECKING:
    import pandas as pd

    from disclosure.recipe_groups import RecipeFrames

Keys = dict[str, list[tuple[str, ...]]]


def recipe_frames(con: duckdb.DuckDBPyConnection, recipe: Recipe) -> "tuple[RecipeFrames, Keys]":
    """Return the subjects, and their keys by level in the same order. ShareRefused if a group would be a person."""
    from analysis.tidy import as_float, whole_days
    from disclosure.recipe_groups import RecipeFrames

    refuse_persons(recipe)
    chosen = [choose(con, recipe.criteria[:n]) for n in range(len(recipe.criteria) + 1)]
    met = {level: _met(con, level, chosen) for level in KEYS}
    question = Question(recipe.endpoint, recipe.level, recipe.time_zero)
    terms = {term.name: term for term in (*recipe.by, *recipe.covariates, *(Term(column=c) for c in recipe.strata))}
    described = usual_variables(recipe.level)
    rows = _columns(con, recipe.level, [*terms.values(), *(Term(column=name) for name in described)])
    key = KEYS[recipe.level].split(", ")
    own = met[recipe.level][key]
    found = own.merge(each_subject(con, chosen[-1], question), on=key, how="left", validate="1:1")
    of_groups = [counted(con, chosen[-1], question, by) for by in (None, *recipe.by)]
    frames = RecipeFrames(
        endpoint=recipe.endpoint,
        level=recipe.level,
        competes=of_groups[0].competes,
        n_steps=len(recipe.criteria),
        n_met={level: frame["n_met"].to_numpy(dtype=int) for level, frame in met.items()},
        days=whole_days(found["days"]),
        event=as_float(found["event"]).clip(max=2),  # what competes is one: which of them is not told
        is_timed=own.merge(_timed(con, question), on=key, how="left")["is_timed"].notna().to_numpy(),
        terms=rows.iloc[:, : len(terms)].set_axis(list(terms), axis=1),
        described=rows.iloc[:, len(terms) :].set_axis(described, axis=1),
        by=tuple(term.name for term in recipe.by),
        covariates=tuple(term.name for term in recipe.covariates),
        strata=recipe.strata,
        numbers=frozenset(term.name for term in recipe.covariates if is_number(term, recipe.level)),
        notes={one.grouping or OVERALL: notes_of(one) for one in of_groups},
    )
    return frames, {level: _keys(frame.drop(columns="n_met")) for level, frame in met.items()}


def refuse_persons(recipe: Recipe) -> None:
    """Raise ShareRefused if the recipe makes groups of a column that names persons or lesions."""
    for column in (*(term.column for term in (*recipe.by, *recipe.covariates)), *recipe.strata):
        if column in SINGLE:
            raise ShareRefused(
                f"The recipe makes groups by {column}, each of which is one person or nearly so.",
                "Take it out of by, covariates and strata.",
            )


def _met(con: duckdb.DuckDBPyConnection, level: str, chosen: list[Choice]) -> "pd.DataFrame":
    """Return each subject's key, and how many of the criteria, in their order, it meets."""
    parts = [choice.patients if level == "patient" else choice.lesions for choice in chosen]
    every = " UNION ALL ".join(f"({choice_of(part)})" for part in parts)
    return con.execute(
        f"SELECT {KEYS[level]}, count(*) - 1 AS n_met FROM ({every}) GROUP BY ALL ORDER BY {KEYS[level]}"  # noqa: S608
    ).df()


def _columns(con: duckdb.DuckDBPyConnection, level: str, terms: list[Term]) -> "pd.DataFrame":
    """Return a column for each term, in the order of the keys."""
    columns = ", ".join(f"{term.sql()} AS t{place}" for place, term in enumerate(terms))
    return con.execute(f"SELECT {columns} FROM {VIEWS[level]} ORDER BY {KEYS[level]}").df()  # noqa: S608 (own names)


def _timed(con: duckdb.DuckDBPyConnection, question: Question) -> "pd.DataFrame":
    """Return the keys of those who have the endpoint."""
    return con.execute(
        f"SELECT {KEYS[question.level]}, true AS is_timed FROM {TIMES} WHERE endpoint = ? AND level = ?",  # noqa: S608
        [question.endpoint, question.level],
    ).df()


def _keys(frame: "pd.DataFrame") -> list[tuple[str, ...]]:
    return list(zip(*(frame[name].astype(str) for name in frame), strict=True))
