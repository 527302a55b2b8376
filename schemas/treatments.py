"""Declares the treatments export, one row per treatment beside the registry's own ablations: columns and row rules.

The whole export is optional. Rules that look at sessions, deaths or other treatments are in warehouse/sql/rules/. The
line of therapy is `therapy_line`, because `line` is the line of the file in every clean table
(docs/decisions/0057-treatments-in-time.md).
"""

import polars as pl

from schemas import codes, lookalike, phi
from schemas.export import Column, Export, RowRule, between, code_rules, if_filled
from schemas.thresholds import EARLIEST_TREATMENT, THERAPY_LINES


def _code(name: str, prose: str, values: tuple[str, ...], required: bool = False) -> Column:
    return Column(name, "code", prose, codes=values, code_rule="TRT-01", required=required)


COLUMNS = (
    Column("patient_id", "identifier", "The site's pseudonym for the patient.", required=True),
    Column("treatment_id", "identifier", "The treatment.", required=True),
    _code("kind", "Kind of treatment.", codes.TREATMENT_KIND, required=True),
    Column("start_date", "date", "First day of the treatment.", required=True),
    Column("stop_date", "date", "Last day of the treatment; empty if it goes on, or is not known to have ended."),
    Column("regimen", "text", "What was given or done, such as FOLFOX."),
    Column(
        "therapy_line",
        "integer",
        "Line of systemic therapy, counted from 1. A header may call it line.",
        also_named=("line",),
    ),
    Column(
        "lesion_id",
        "identifier",
        "The ablated lesion that was treated; empty for everything else, systemic therapy and transplant among them.",
    ),
    _code("intent", "What the treatment was for.", codes.TREATMENT_INTENT),
)


def _dated(column: str) -> RowRule:
    day = pl.col(column)
    return RowRule("TRT-02", column, if_filled(column, day.is_between(EARLIEST_TREATMENT, pl.col("extract_date"))))


ROW_RULES = (
    *phi.rules(COLUMNS),
    *lookalike.rules(COLUMNS),
    *code_rules(COLUMNS),
    _dated("start_date"),
    _dated("stop_date"),
    RowRule("TRT-03", "therapy_line", between("therapy_line", *THERAPY_LINES)),
    RowRule("TRT-04", "stop_date", ~(pl.col("stop_date") < pl.col("start_date")).fill_null(False)),
)

EXPORT = Export(
    name="treatments",
    prose="One row per treatment beside the ablations: systemic therapy, resection, transplant and others.",
    key=("patient_id", "treatment_id"),
    columns=COLUMNS,
    row_rules=ROW_RULES,
)
