"""Pictures of estimates, drawn as a release's report draws them."""

from typing import TYPE_CHECKING

from ablation_registry.results import Plot
from analysis.figures.cumulative_incidence import incidence_figure
from analysis.figures.flow import FlowStep, flow_figure
from analysis.figures.forest import ForestRow, forest_figure
from analysis.figures.kaplan_meier import km_figure
from analysis.report import labels, numbers
from analysis.tidy import OVERALL
from warehouse.cohorts.attrition import Choice
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pandas as pd

LONGEST_TITLE = 54
"""Characters of a title on the width of a figure."""


def survival_plot(curves: "pd.DataFrame", logrank: "pd.DataFrame") -> Plot:
    """Draw Kaplan-Meier curves (rows of analysis.km_curve). QueryFailed without rows."""
    _refuse_nothing(curves)
    p_value = "" if logrank.empty else numbers.p_equals(logrank["p_value"].iloc[0])
    figure = km_figure(
        curves,
        _title(curves),
        labels=_names(curves),
        x_label=_time(curves),
        annotation=f"Log-rank {p_value}" if p_value else "",
    )
    return Plot(figure, f"Kaplan-Meier curves: {_title(curves)}.")


def incidence_plot(table: "pd.DataFrame") -> Plot:
    """Draw cumulative incidences (rows of analysis.cumulative_incidence). QueryFailed without rows."""
    _refuse_nothing(table)
    figure = incidence_figure(
        table, _title(table), labels=_names(table), cause_labels={1: "event", 2: "death"}, x_label=_time(table)
    )
    return Plot(figure, f"Cumulative incidence: {_title(table)}.")


def forest_plot(table: "pd.DataFrame") -> Plot:
    """Draw the hazard ratios of a Cox model. QueryFailed if none could be estimated."""
    ratios = table[table["quantity"] == "hazard_ratio"]
    if ratios["estimate"].isna().all():
        raise QueryFailed("No ratio of this model could be estimated.", "Its table says why: .table['note'].")
    rows = []
    for _, row in ratios.iterrows():
        against = f" {row['term_level']} v. {row['reference']}" if row["reference"] else ""
        estimate, lower, upper = (
            None if numbers.is_missing(row[name]) else float(row[name]) for name in ("estimate", "lower", "upper")
        )
        rows.append(ForestRow(f"{row['term']}{against}", estimate, lower, upper))
    title = f"{labels.endpoint(table['endpoint'].iloc[0])}, {labels.level(table['level'].iloc[0])}"
    return Plot(forest_figure(rows, "Hazard ratio", title), f"Hazard ratios: {title}.")


def attrition_plot(choice: Choice) -> Plot:
    """Draw who was left out at each step of a cohort."""
    first, *others = choice.steps
    boxes = [FlowStep("In the release", first.n_patients, first.n_lesions)]
    for before, step in zip(choice.steps, others, strict=False):
        why = f"{'not ' if step.is_kept else ''}{step.name}"
        gone = before.n_patients - step.n_patients, before.n_lesions - step.n_lesions
        boxes.append(FlowStep("Left out", *gone, why, True))
    if others:
        boxes.append(FlowStep("Cohort", choice.n_patients, choice.n_lesions))
    return Plot(flow_figure(boxes), f"Flow of {first.n_patients:,} patients to {choice.n_patients:,}.")


def _refuse_nothing(table: "pd.DataFrame") -> None:
    if table.empty:
        raise QueryFailed("There is nobody to draw a curve of.", "Choose a wider cohort, or another endpoint.")


def _title(table: "pd.DataFrame") -> str:
    """Name endpoint, level and groups, as far as they fit: the curves' own names say the groups too."""
    grouping = table["grouping"].iloc[0]
    endpoint, level = labels.endpoint(table["endpoint"].iloc[0]), table["level"].iloc[0]
    whole = endpoint if level == "patient" else f"{endpoint}, {labels.level(level)}"
    by = "" if grouping == OVERALL else f", by {labels.grouping(grouping)}"
    return whole + by if len(whole + by) <= LONGEST_TITLE else whole


def _names(table: "pd.DataFrame") -> dict[str, str]:
    grouping = table["grouping"].iloc[0]
    return {str(stratum): labels.stratum(grouping, stratum) for stratum in dict.fromkeys(table["stratum"])}


def _time(table: "pd.DataFrame") -> str:
    found = [part for part in str(table["note"].iloc[0]).split("; ") if part.startswith("time from ")]
    return (
        f"Months since {found[0].removeprefix('time from ').replace('_', ' ')}"
        if found
        else "Months since first ablation"
    )
