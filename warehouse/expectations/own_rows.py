"""Says how Great Expectations judges the platform's expectations on the rows themselves.

Each has its column, which may be an expression of columns, and a type of the library. A share that is too small is
judged by `mostly` on the cells that meet it; a share with two bounds by the mean of 0 and 100. Two distributions are
compared by an index that no row has, so these stay with the aggregates, as does every table of more than
JUDGED_ROWS_MAX rows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.exports import EXPORTS, WATCHED
from schemas.thresholds import EARLY_GAP_DAYS, LARGE_LESION_MM, SHORT_INTERVAL_DAYS, USUAL_DIAMETER_MM
from warehouse.expectations.frames import HISTOGRAMS, Key, Observed
from warehouse.expectations.suites import Expectation

ROUNDING = 1e-9
MEAN = "expect_column_mean_to_be_between"
BETWEEN = "expect_column_values_to_be_between"
FILLED = "expect_column_values_to_not_be_null"
IN_SET, NOT_IN_SET = "expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set"
N_ROWS = "expect_table_row_count_to_be_between"
SHARE_FILLED = "expect_column_proportion_of_non_null_values_to_be_between"


@dataclass(frozen=True)
class OnRows:
    """How an expectation is judged on rows: the library's type, its arguments, the SQL of its column ('' for none), and
    what the rows are taken from (the table of the expectation, if empty).
    """

    kind: str
    column: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


IMAGING = "quality.lesion_imaging"
DIAMETER, DAYS = "max_diameter_mm", "days::BIGINT"
INTERVALS = HISTOGRAMS["intervals"].source
EXAM_IN_TIME = "coalesce(first_exam_day BETWEEN first_exam_earliest_days() AND first_exam_latest_days(), false)"
ROWS: dict[Key, OnRows] = {
    **{
        ("derived.patient_genotype", f"{gene.upper()} known"): OnRows(NOT_IN_SET, gene, {"value_set": ["unknown"]})
        for gene in ("kras", "nras", "braf")
    },
    ("clean.lesions", "margin known"): OnRows(FILLED, "minimal_margin_mm"),
    ("derived.patient_ltpfs", "last contact known"): OnRows(FILLED, "coalesce(last_contact_date, death_date)"),
    ("derived.lesion_ltp", "first exam in time"): OnRows(IN_SET, EXAM_IN_TIME, {"value_set": [True]}, IMAGING),
    ("derived.patient_genotype", "KRAS mutant"): OnRows(
        MEAN, "CASE WHEN kras IN ('mutant', 'wild_type') THEN 100.0 * (kras = 'mutant')::INTEGER END"
    ),
    ("derived.lesion_ltp", "lesions with LTP"): OnRows(MEAN, "100.0 * ltp::INTEGER"),
    ("clean.lesions", "diameters from 5 to below 60 mm"): OnRows(
        BETWEEN,
        DIAMETER,
        {"min_value": USUAL_DIAMETER_MM[0], "max_value": USUAL_DIAMETER_MM[1], "strict_max": True},
    ),
    ("clean.lesions", "diameters below 30 mm"): OnRows(MEAN, f"100.0 * ({DIAMETER} < {LARGE_LESION_MM})::INTEGER"),
    ("clean.imaging_followups", "intervals below 7 days"): OnRows(
        BETWEEN, DAYS, {"min_value": SHORT_INTERVAL_DAYS}, INTERVALS
    ),
    ("clean.imaging_followups", "intervals below 200 days"): OnRows(
        BETWEEN, DAYS, {"max_value": EARLY_GAP_DAYS, "strict_max": True}, INTERVALS
    ),
    **{
        (f"clean.{name}", f"{column.name} on {when}"): OnRows(
            NOT_IN_SET, day.format(column.name), {"value_set": [value]}
        )
        for name, export in WATCHED.items()
        for column in export.columns
        if column.kind == "date"
        for when, day, value in (
            ("the first of a month", "day({0})", 1),
            ("1 January", "100 * month({0}) + day({0})", 101),
        )
    },
}
"""(table, name) -> how it is judged on rows."""


def on_rows(expectation: Expectation, observed: Observed) -> OnRows | None:
    """Return how the expectation is judged on rows, its bounds included; None if only its aggregate can be."""
    how = ROWS.get((expectation.table, expectation.name)) or _of_two(expectation, observed)
    if how is None or how.kind in (N_ROWS, SHARE_FILLED):
        return how
    low, high = expectation.low, expectation.high
    if how.kind == MEAN:
        return OnRows(how.kind, how.column, {"min_value": low, "max_value": high}, how.source)
    share = low / 100.0 if low is not None else 1.0 - (high or 0.0) / 100.0
    return OnRows(how.kind, how.column, {**how.arguments, "mostly": round(share, 9)}, how.source)


def _of_two(expectation: Expectation, observed: Observed) -> OnRows | None:
    """Return how an expectation is judged that compares the table with another number: that of the rows due, or of the
    previous release.
    """
    other, name = observed.compared_with, expectation.name
    if name == "rows too many":
        due = int((observed.n_rows or 0) - max(observed.value or 0.0, 0.0))
        return OnRows(N_ROWS, "", {"min_value": due, "max_value": due})
    if other is None or expectation.low is None or expectation.high is None:
        return None
    low, high = expectation.low / 100.0, expectation.high / 100.0
    if name == "drift of rows":
        fewest, most = math.ceil(other * (1.0 + low) - ROUNDING), math.floor(other * (1.0 + high) + ROUNDING)
        return OnRows(N_ROWS, "", {"min_value": fewest, "max_value": most})
    column = name.removeprefix("drift of missing ")
    export = EXPORTS.get(expectation.table.removeprefix("clean."))
    if export is None or column not in export.column_names:
        return None
    filled = 1.0 - other / 100.0
    cell = f"nullif({column}, 'unknown')" if "unknown" in export.column(column).codes else column
    return OnRows(SHARE_FILLED, cell, {"min_value": filled - high - ROUNDING, "max_value": filled - low + ROUNDING})
