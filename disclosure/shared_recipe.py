"""What a recipe's folder holds as it leaves: its tables, attrition and words under a mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.estimates.cumulative_incidence import CAUSES, cumulative_incidence
from analysis.estimates.kaplan_meier import km_curve, km_summary
from analysis.report.content import ReportContent
from analysis.report.recipe_facts import RecipeFacts
from analysis.report.recipe_sections.attrition import flow_of
from analysis.subjects.counted import COUNT
from analysis.tidy import OVERALL
from disclosure.assembled import Earlier, assemble
from disclosure.levels import LESION_LEVEL, PATIENT_LEVEL, STEP, Key, Level, event_key, n_key
from disclosure.recipe_groups import LEFT_OUT, WITHOUT, RecipeFrames, recipe_groups
from disclosure.shared_content import Shared, counts_that_leave, statement
from disclosure.shared_frames import SharedFrames
from disclosure.shared_models import shared_models, without_counts
from disclosure.shared_tables import FROM_CURVES, from_curves, shared_table_one, shared_tests
from disclosure.suppression import suppress
from schemas.disclosure import Mode

TESTS = ("logrank", "gray")
NOT_SHARED = ("counts behind checks", "groups of Table 1 whose size is suppressed")
Counts = Mapping[tuple[str, Key], int]


def shared_recipe(
    content: ReportContent,
    frames: RecipeFrames,
    mode: Mode,
    levels: Mapping[str, Level] | None = None,
    earlier: Mapping[str, Iterable[Earlier]] | None = None,
) -> Shared:
    """Return the content as it leaves under `mode`, nothing of which shows a small group, alone, with the rest of it or
    with what left `earlier`. `levels` are the recipe's groups, over the subjects of `earlier` as well.
    """
    levels = recipe_groups(frames) if levels is None else levels
    made = assemble(levels, mode, earlier)
    counts = counts_that_leave(made, suppress(made.cells, mode), mode)
    assert content.recipe is not None
    facts = shared_facts(content.recipe, counts)
    is_untitled = content.title == content.recipe.title()
    return Shared(
        replace(
            content,
            title=facts.title() if is_untitled else content.title,
            tables=recipe_tables(content.tables, frames, counts, levels, mode),
            recipe=facts,
            flow=flow_of(facts),
            caution=facts.warning,
            disclosure=statement(mode, made, counts, NOT_SHARED),
        ),
        counts,
        levels,
    )


def shared_facts(facts: RecipeFacts, counts: Counts) -> RecipeFacts:
    """Return what the page says of the recipe's cohort with the counts that leave; None for a suppressed one."""
    endpoint, level = facts.endpoint, facts.level
    steps = tuple(
        step._replace(
            n_patients=counts.get((PATIENT_LEVEL, (STEP, str(place)))),
            n_lesions=counts.get((LESION_LEVEL, (STEP, str(place)))),
        )
        for place, step in enumerate(facts.steps)
    )
    return replace(
        facts,
        steps=steps,
        n_subjects=counts.get((level, n_key(endpoint, level, OVERALL, OVERALL))),
        n_events=counts.get((level, event_key(endpoint, level, OVERALL, OVERALL))),
        n_without=counts.get((level, WITHOUT)),
        n_left_out=counts.get((level, LEFT_OUT)),
    )


def recipe_tables(
    tables: Mapping[str, pd.DataFrame],
    frames: RecipeFrames,
    counts: Counts,
    levels: Mapping[str, Level],
    mode: Mode,
) -> dict[str, pd.DataFrame]:
    """Return those of the recipe's tables that leave, by name: the same estimates, of what leaves."""
    curves = from_curves(_estimates(SharedFrames(frames, counts, mode), frames), mode)
    made = {name: curves[name] for name in FROM_CURVES if name in tables}
    made |= {name: shared_tests(tables[name], counts, levels) for name in TESTS if name in tables}
    if "table_one" in tables:
        one = shared_table_one(tables["table_one"], counts, mode)
        made["table_one"] = one[(one["stratum"] == OVERALL) | one["n"].notna()].reset_index(drop=True)
    if "cox" in tables:
        made["cox"] = shared_models(
            tables["cox"], counts, levels, mode, lambda _: frames.covariates, numbers=frames.numbers
        )
    return made


def _estimates(shared: SharedFrames, frames: RecipeFrames) -> dict[str, pd.DataFrame]:
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in FROM_CURVES}
    named: dict[str, Any] = {"endpoint": frames.endpoint, "level": frames.level, "count": COUNT}
    for grouping in (OVERALL, *frames.by):
        rows = shared.by_group(frames.endpoint, frames.level, grouping)
        curve_note, note = map(without_counts, frames.notes.get(grouping, ("", "")))
        found["km_curve"].append(km_curve(rows, grouping=grouping, note=curve_note, **named))
        found["km_summary"].append(km_summary(rows, grouping=grouping, note=curve_note, **named))
        if frames.competes:
            found["cumulative_incidence"].append(
                cumulative_incidence(rows, grouping=grouping, causes=CAUSES, note=note, **named)
            )
    return {name: _stacked(parts) for name, parts in found.items() if parts}


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
