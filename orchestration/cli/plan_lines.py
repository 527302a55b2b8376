"""The lines that `registry plan try` prints for an analysis: what it is, and what it gives."""

from typing import TYPE_CHECKING, Any

from orchestration.cli.plan_test_lines import TABLE as TESTS
from orchestration.cli.plan_test_lines import lines_of_test
from schemas.own_plan import (
    COMPARISONS,
    FINE_GRAY,
    IMPUTED,
    MISSING_INFORMATION,
    PREFIX,
    PRIMARY,
    SPLINES,
    table_of,
)
from warehouse.cohorts.plan_form import Planned, PlannedComparison, PlannedCurves, PlannedModel

if TYPE_CHECKING:
    import pandas as pd

Tables = dict[str, "pd.DataFrame"]


def called(item: Planned) -> str:
    """Return what an analysis is called: 'model primary'."""
    if isinstance(item, PlannedComparison):
        return f"comparison {item.name}"
    return f"{'model' if isinstance(item, PlannedModel) else 'curves'} {item.name}"


def said(item: Planned) -> str:
    """Return what it asks, in one line."""
    parts = [f"{item.endpoint} per {item.level}"]
    if isinstance(item, PlannedModel):
        parts[0] = f"{item.fitted_by}: {parts[0]} ~ {item.formula}"
        parts += [f"within {', '.join(item.strata)}"] if item.strata else []
        parts += [f"{' and '.join(item.varying_columns)} changing in time"] if item.time_varying else []
    elif isinstance(item, PlannedComparison):
        parts += [item.groups, f"{item.estimand}, weighted for {item.confounders}"]
    else:
        parts += [f"by {item.by}"] if item.by else []
        parts += [f"within {', '.join(item.strata)}"] if item.strata else []
    since = getattr(item, "entry", None)
    parts += [f"watched from {since} on"] if since else []
    return "; ".join(parts + ([f"only {item.subgroup}"] if item.subgroup else []))


def lines_of(item: Planned, made: Tables) -> list[str]:
    """Return what an analysis gives, line by line."""
    if isinstance(item, PlannedModel):
        return _model_lines(item, made)
    return _comparison_lines(item, made) if isinstance(item, PlannedComparison) else _curve_lines(item, made)


def _model_lines(model: PlannedModel, made: Tables) -> list[str]:
    """Return the lines of the complete cases, then of the imputations if the model has any."""
    lines = _term_lines(model, made, model.name)
    if model.imputations is not None:
        imputed = _term_lines(model, made, f"{model.name}{IMPUTED}")
        lines += [f"with {model.imputations} imputations", *(f"  {line}" for line in imputed)]
    tests = _rows(made, TESTS, "model", model.name)
    return lines + lines_of_test(tests) + [f"tested, {note}" for note in _notes(tests[:1])]


def _term_lines(model: PlannedModel, made: Tables, name: str) -> list[str]:
    """Return a line for each term of the model and each check, then what there is to know about them."""
    from analysis.report import numbers

    rows = _rows(made, table_of(model.fitted_by, model.level), "model", name)
    lost = {(row["term"], row["term_level"]): row["estimate"] for row in rows if row["quantity"] == MISSING_INFORMATION}
    ratios = [row for row in rows if row["quantity"].endswith("_ratio")]
    if not ratios:
        return ["not estimated"]
    first = ratios[0]
    lines = []
    if not numbers.is_missing(first["n"]):
        lines = [f"{numbers.count(first['n'])} {model.level}s, {numbers.counted(first['n_events'], 'event')}"]
    for row in ratios:
        against = f" {row['term_level']} against {row['reference']}" if row["term_level"] else ""
        ratio = numbers.ratio_interval(row["estimate"], row["lower"], row["upper"])
        share = lost.get((row["term"], row["term_level"]))
        told = "" if share is None else f"missing information {100 * share:.0f} %"
        parts = (f"{row['term']}{against}", ratio, numbers.p_equals(row["p_value"]), told)
        lines.append("  ".join(part for part in parts if part))
    if name == model.name:
        lines += _size_lines(made) if name == PRIMARY else []
        lines += _check_lines(model, ratios, made)
    return lines + _notes(ratios)


def _check_lines(model: PlannedModel, ratios: list[dict[Any, Any]], made: Tables) -> list[str]:
    """Return the tests of a Fine-Gray model's proportionality and of the splines' departure from a straight line."""
    from analysis.report import numbers

    lines = []
    known = [row["ph_p_value"] for row in ratios if not numbers.is_missing(row.get("ph_p_value"))]
    if model.fitted_by == FINE_GRAY and known:
        lines.append(f"proportional subdistribution hazards, smallest  {numbers.p_equals(min(known))}")
    for row in _rows(made, SPLINES, "model", model.name):
        if row["quantity"] == "nonlinear_chi2":
            lines.append(f"{row['term']}, departure from a straight line  {numbers.p_equals(row['p_value'])}")
    return lines


def _size_lines(made: Tables) -> list[str]:
    """Return a line for each group of the primary contrast: the ratio that its events can show."""
    from analysis.plan.sample_size import ABOVE, BELOW
    from analysis.report import numbers

    rows = _rows(made, "sample_size", "model", PRIMARY)
    found = {(row["term_level"], row["quantity"]): row["estimate"] for row in rows}
    return [
        f"{group} against {rows[0]['reference']} can show a ratio of {numbers.ratio_interval(above, None, None)} or "
        f"more, or {numbers.ratio_interval(found[group, BELOW], None, None)} or less (power 80 %)"
        for (group, quantity), above in found.items()
        if quantity == ABOVE and not numbers.is_missing(above)
    ]


def _curve_lines(curves: PlannedCurves, made: Tables) -> list[str]:
    """Return a line for each group with the number of subjects and events, the test, and the notes."""
    from analysis.report import numbers

    rows = _rows(made, "km_summary", "grouping", curves.name)
    groups = {row["stratum"]: row for row in reversed(rows)}  # the last rows of a group count the ends of follow-up
    lines = [
        f"{stratum}  {numbers.count(row['n'])} {curves.level}s, {numbers.counted(row['n_events'], 'event')}"
        for stratum, row in reversed(groups.items())
        if not numbers.is_missing(row["n"])
    ]
    for table, name in (("logrank", "log-rank"), ("gray", "Gray's test")):
        tests = [row for row in _rows(made, table, "grouping", curves.name) if not numbers.is_missing(row["p_value"])]
        lines += [f"{name}  {numbers.p_equals(row['p_value'])}" for row in tests[:1]]
    return lines + ([] if lines else _notes(rows))


def _comparison_lines(asked: PlannedComparison, made: Tables) -> list[str]:
    """Return the groups, the ratio with and without weights, the E-value and the balance; else why there is none."""
    from analysis.comparison.compare import AFTER, BEFORE, CRUDE, E_LIMIT, E_VALUE, RATIO, SIZE
    from analysis.report import numbers

    rows = _rows(made, COMPARISONS, "model", asked.name)
    found: dict[str, list[dict[Any, Any]]] = {}
    for row in rows:
        found.setdefault(row["quantity"], []).append(row)
    lines = [
        f"{row['stratum']}  {numbers.count(row['n'])} {asked.level}s, {numbers.counted(row['n_events'], 'event')}, "
        f"effectively {row['estimate']:.1f}"
        for row in found.get(SIZE, ())
    ]
    ratio = found[RATIO][0]
    if numbers.is_missing(ratio["estimate"]):
        return [*lines, "not compared", *_notes([ratio])]
    for name, row in (("weighted", ratio), ("not weighted", found[CRUDE][0])):
        interval = numbers.ratio_interval(row["estimate"], row["lower"], row["upper"])
        lines.append(f"{name}  {interval}  {numbers.p_equals(row['p_value'])}")
    values = [row["estimate"] for quantity in (E_VALUE, E_LIMIT) for row in found.get(quantity, ())]
    lines += [f"E-value {values[0]:.2f}, of the limit {values[1]:.2f}"] if values else []
    apart = [
        max((abs(row["estimate"]) for row in found.get(q, ()) if row["estimate"] == row["estimate"]), default=0.0)
        for q in (BEFORE, AFTER)
    ]
    return [*lines, f"largest standardised difference {apart[0]:.2f}, weighted {apart[1]:.2f}", *_notes([ratio])]


def _rows(made: Tables, table: str, column: str, name: str) -> list[dict[Any, Any]]:
    if table not in made:
        return []
    frame = made[table]
    return frame[frame[column] == f"{PREFIX}{name}"].to_dict("records")


def _notes(rows: list[dict[Any, Any]]) -> list[str]:
    parts = [part for row in rows for part in str(row["note"]).split("; ") if part]
    return [f"note: {part}" for part in dict.fromkeys(parts)]
