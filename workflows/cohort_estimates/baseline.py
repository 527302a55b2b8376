"""Table 1 of a cohort: its patients or lesions at baseline, overall and by the groups of any column."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb

from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import KEYS, choice_of
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import OVERALL, VIEW_OF, check_columns, columns_of, refuse_many_groups

if TYPE_CHECKING:
    import pandas as pd

TECHNIQUE = ("minimal_margin_mm", "segment", "modality", "approach", "subcapsular", "perivascular")
DESCRIBED = ("DOUBLE", "INTEGER", "BIGINT", "BOOLEAN", "VARCHAR")
"""Types that a table of numbers and categories can describe; keys and sentences are none of them."""
SINGLE = ("patient_id", "lesion_id", "reason")


def table_one(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    by: Term | None = None,
    *,
    level: str = "patient",
    variables: Sequence[str] | None = None,
) -> "pd.DataFrame":
    """Return Table 1 like analysis.table_one, overall and in the groups of `by`, of the baseline columns of the level's
    view or of `variables`. QueryFailed if the view lacks a column, or one cannot be described.
    """
    from analysis.plan.table_one import table_one as described

    shown = list(variables) if variables is not None else usual_variables(level)
    check_columns(level, [*shown, *([by.column] if by else [])])
    for name in shown:
        if columns_of(level)[name].kind not in DESCRIBED or name in SINGLE:
            raise QueryFailed(f"{name} is neither a number nor a category.", "Leave it out of the variables.")
    grouping = by.name if by else OVERALL
    frame = _frame(con, choice, level, shown, by)
    if by:
        refuse_many_groups(frame, [by])
    return described(frame, grouping=grouping, variables=shown, level=level)


def usual_variables(level: str) -> list[str]:
    """Return the columns that Table 1 describes unless told otherwise: what is known at the ablation."""
    from analysis.plan.table_one import VARIABLES

    own = TECHNIQUE if level == "lesion" else ()
    return [name for name in (*VARIABLES, *own) if name in columns_of(level)]


def _frame(
    con: duckdb.DuckDBPyConnection, choice: Choice, level: str, names: Sequence[str], by: Term | None
) -> "pd.DataFrame":
    """Return the columns in order of keys, texts as categories: a million of them one by one cost more than the SQL."""
    import pyarrow as pa

    key = KEYS[level]
    chosen = choice.patients if level == "patient" else choice.lesions
    columns = [f'"{name}"' for name in names] + ([f"{by.sql()} AS by_group"] if by else [])
    found = con.execute(
        f"SELECT {', '.join(columns or ['true AS nothing'])} FROM cohort.{VIEW_OF[level]} "  # noqa: S608 (own names, checked)
        f"SEMI JOIN ({choice_of(chosen)}) USING ({key}) ORDER BY {key}"
    ).to_arrow_table()
    for place, column in enumerate(found.schema):
        if pa.types.is_string(column.type):
            found = found.set_column(place, column.name, found.column(place).combine_chunks().dictionary_encode())
    frame = found.to_pandas()
    if not by:
        return frame
    return frame.assign(**{by.name: frame["by_group"]}).drop(columns="by_group")
