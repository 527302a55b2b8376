"""The Cox model of a cohort as the page shows it: the table and the forest plot of a recipe's page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.report.blocks import DataTable, Numbering
from analysis.report.content import ReportContent
from analysis.report.recipe_sections.models import COX, as_joint
from analysis.report.sections import models
from explore.attributes import CHOICE, DATE, Attribute, of_view
from explore.curves import DRAWING, question_of
from explore.state import State
from warehouse.cohorts.attrition import Choice
from workflows.cohort_estimates.models import cox

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fitted:
    """A model: its table, None if none was asked for or could be fitted, its picture, '' without one, and its rows
    as a recipe's `cox.csv` holds them, None if none was asked for.
    """

    table: DataTable | None = None
    svg: str = ""
    rows: "pd.DataFrame | None" = None


def shown_model(con: duckdb.DuckDBPyConnection, choice: Choice, state: State) -> Fitted:
    """Return the model of the state's covariates, each alone and all together. QueryFailed, in one sentence, if the
    release cannot answer.
    """
    from analysis.figures.render import to_svg
    from analysis.plan.guard_table import model_guards

    if not state.covariates:
        return Fitted()
    cluster = state.others.get("cluster")
    table = cox(con, choice, question_of(state), state.covariates, strata=state.strata, cluster=cluster, alone=True)
    tables = {"cox": table, "guards": model_guards(table)}
    content = as_joint(ReportContent("", "", "", False, tables))
    made = models.model_table(COX, content, Numbering(), whose="this cohort")
    with DRAWING:
        drawn = models.drawing(COX, content.table("cox"), whose="")
        svg = to_svg(drawn.figure, drawn.name, drawn.alt) if drawn and drawn.figure else ""
    return Fitted(made if isinstance(made, DataTable) else None, svg, table)


def covariates_of(state: State) -> list[Attribute]:
    """Return the columns that can still be added to the model."""
    chosen = {term.column for term in state.covariates}
    return [one for one in of_view(state.view) if one.kind != DATE and one.name not in chosen]


def strata_of(view: str) -> list[Attribute]:
    """Return the columns within whose values a model can compare."""
    return [attribute for attribute in of_view(view) if attribute.kind == CHOICE]
