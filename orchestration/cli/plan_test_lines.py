"""The lines that `registry plan try` prints for a model that is put to the test."""

from typing import Any

from analysis.removals import beside_deaths

TABLE = "model_performance"
TESTED = {
    "harrell_c": "Harrell's C",
    "wolbers_c": "Harrell's C, deaths counted as never having the event",
    "uno_c": "Uno's C",
    "slope": "slope",
    "intercept": "intercept of the score",
    "auc": "AUC",
    "brier": "Brier score",
    "calibration": "risk",
}
"""Quantities of a model's test that are shown, in words."""


def lines_of_test(rows: list[dict[Any, Any]]) -> list[str]:
    """Return a line for each figure of a model's test, less its optimism where it has one; nothing of a model that is
    not tested.
    """
    from analysis.report import numbers

    lines = []
    for row in rows:
        name = beside_deaths(TESTED.get(row["quantity"], ""), str(row["method"]))
        is_group = row["quantity"] == "calibration" and " of " in row["stratum"]
        if not name or (numbers.is_missing(row["estimate"]) and not is_group):
            continue
        when = "" if numbers.is_missing(row["time_months"]) else f" at {row['time_months']:g} months"
        if row["quantity"] == "calibration":
            group = f"{row['stratum']}: predicted {numbers.percent(row['predicted'])} %, observed"
            own = f"{numbers.percent(row['estimate'])} %, less optimism {numbers.percent(row['corrected'])} %"
            lines += [f"tested: risk{when}, group {group} {own}"] if is_group else []
            continue
        less = "" if numbers.is_missing(row["corrected"]) else f", less optimism {row['corrected']:.3f}"
        lines.append(f"tested: {name}{when} {row['estimate']:.3f}{less}")
    return lines
