"""Estimates what a recipe asks of its cohort, as analysis tables by name, and counts whom that is about."""

from typing import TYPE_CHECKING

import duckdb

from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.criteria import LESIONS
from warehouse.cohorts.recipe import Recipe
from warehouse.cohorts.shown_recipe import ShownRecipe
from warehouse.cohorts.subjects import Question, left_out
from workflows.cohort_estimates.baseline import table_one
from workflows.cohort_estimates.curves import cumulative_incidence, kaplan_meier
from workflows.cohort_estimates.models import cox

if TYPE_CHECKING:
    import pandas as pd

    from analysis.report.recipe_facts import RecipeFacts

Tables = dict[str, "pd.DataFrame"]


def tables_of(con: duckdb.DuckDBPyConnection, choice: Choice, recipe: Recipe) -> Tables:
    """Return the analysis tables that answer the recipe, by name. QueryFailed if the release lacks what it asks for."""
    from analysis.plan.guard_table import guards_of_tests, maturity, model_guards

    question = Question(recipe.endpoint, recipe.level, recipe.time_zero)
    curves = [kaplan_meier(con, choice, question, by) for by in (None, *recipe.by)]
    everybody = curves[0].counted
    made: dict[str, list[pd.DataFrame]] = {
        "km_curve": [one.table for one in curves],
        "km_summary": [one.summary for one in curves],
        "logrank": [one.logrank for one in curves],
    }
    if everybody.competes:
        incidences = [cumulative_incidence(con, choice, question, by) for by in (None, *recipe.by)]
        made["cumulative_incidence"] = [one.table for one in incidences]
        made["gray"] = [one.gray for one in incidences]
    first = recipe.by[0] if recipe.by else None
    made["table_one"] = [table_one(con, choice, first, level=recipe.level)]
    checked = [maturity(everybody.frame, recipe.endpoint, recipe.level)]
    if recipe.covariates:
        more = {"strata": recipe.strata, "cluster": recipe.cluster}
        made["cox"] = [cox(con, choice, question, recipe.covariates, alone=True, **more)]
        checked.append(model_guards(made["cox"][0]))
    found = {name: _stacked(frames) for name, frames in made.items()}
    checked += [guards_of_tests(found[name]) for name in ("logrank", "gray") if len(found.get(name, ()))]
    return found | {"guards": _stacked(checked)}


def _stacked(frames: list["pd.DataFrame"]) -> "pd.DataFrame":
    """Return the rows of all frames; one without rows would only blur the types of the others."""
    import pandas as pd

    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def facts_of(
    con: duckdb.DuckDBPyConnection, choice: Choice, recipe: Recipe, shown: ShownRecipe, tables: Tables
) -> "RecipeFacts":
    """Return what the page says about the recipe and its cohort, in the form in which it may be shown."""
    from analysis.report.recipe_facts import AttritionStep, RecipeFacts

    overall = tables["km_summary"][tables["km_summary"]["grouping"] == "overall"].iloc[0]
    question = Question(recipe.endpoint, recipe.level, recipe.time_zero)
    n_left_out = left_out(con, choice, question)
    n_chosen = choice.n_patients if recipe.level == "patient" else choice.n_lesions
    words = [("", ""), *((one.name, one.where) for one in shown.recipe.criteria)]
    steps = [
        AttritionStep(name or step.name, where, step.is_kept, step.n_patients, step.n_lesions)
        for step, (name, where) in zip(choice.steps, words, strict=True)
    ]
    return RecipeFacts(
        endpoint=recipe.endpoint,
        level=recipe.level,
        steps=tuple(steps),
        n_subjects=int(overall["n"]),
        n_events=int(overall["n_events"]),
        n_without=n_chosen - int(overall["n"]) - n_left_out,
        n_left_out=n_left_out,
        by=tuple(term.name for term in recipe.by),
        covariates=tuple(term.name for term in recipe.covariates),
        strata=recipe.strata,
        cluster=recipe.cluster or "",
        time_zero=recipe.time_zero,
        competes="cumulative_incidence" in tables,
        outcomes=choice.outcomes,
        chooses_lesions=any(step.over == LESIONS for step in choice.steps),
        text=shown.text,
        fingerprint=shown.recipe.fingerprint,
        is_whole=shown.is_whole,
    )
