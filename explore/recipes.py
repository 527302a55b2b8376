"""Turns what a page shows into a recipe that `registry cohort` reads, and a recipe into what a page shows."""

import json
from dataclasses import replace

from explore.clicked import clicked
from explore.picks import Written
from explore.state import HELD, State
from warehouse.cohorts.recipe import Recipe, dump_recipe, recipe_of


def recipe_of_state(state: State) -> Recipe:
    """Return the recipe of the cohort and of the question. RecipeRefused if its groups are no columns of the level."""
    criteria = [(pick.is_kept, pick.criterion) for pick in state.picks]
    kept, dropped = (
        tuple({"name": c.name, "where": c.where, "over": c.over} for is_kept, c in criteria if is_kept == wanted)
        for wanted in (True, False)
    )
    others = dict(state.others)
    by = [state.by, *others.pop("by", [])] if state.by else others.pop("by", [])
    return recipe_of(
        {
            "title": state.title,
            "release": state.release,
            "include": kept,
            "exclude": dropped,
            "endpoint": state.endpoint,
            "level": state.level,
            "by": by,
            "covariates": state.covariates,
            "strata": state.strata,
            "time_zero": state.time_zero,
            **others,
        },
        "The page",
    )


def yaml_of(state: State) -> str:
    """Return the recipe as YAML."""
    return dump_recipe(recipe_of_state(state))


def state_of_recipe(recipe: Recipe) -> State:
    """Return what the page shows of a recipe: its criteria as written conditions, its endpoint and its first groups.

    What the page has no words for is kept, so that saving gives the same recipe again.
    """
    picks = [Written(one.name, one.where, one.over, True) for one in recipe.include]
    picks += [Written(one.name, one.where, one.over, False) for one in recipe.exclude]
    data = recipe.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    first, rest = (recipe.by[0] if recipe.by else None), data.get("by", [])[1:]
    more = {key: data[key] for key in HELD if key in data} | ({"by": rest} if rest else {})
    state = State(
        endpoint=recipe.endpoint,
        level=recipe.level,
        by=first,
        covariates=recipe.covariates,
        strata=recipe.strata,
        time_zero=recipe.time_zero,
        title=recipe.title,
        release=recipe.release,
        more=json.dumps(more) if more else "",
    )
    return replace(state.with_picks([clicked(pick) for pick in picks]), page=1)
