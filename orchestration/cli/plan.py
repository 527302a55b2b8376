"""`registry plan new` and `registry plan try`: the registry's own plan of analyses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from schemas.own_plan import IMPUTED, MISSING_INFORMATION, PREFIX, table_of
from warehouse.archive import plan_journal
from warehouse.cohorts.plan_form import Plan, PlannedCurves, PlannedModel
from warehouse.cohorts.plan_skeleton import SKELETON
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release, find_release
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.home_files import PLAN_FILES, read_one
from warehouse.storage.home_format import check_format
from workflows.own_plan import checked_file
from workflows.plan_estimates import estimated

if TYPE_CHECKING:
    import pandas as pd

NOT_DECLARED = "not declared yet"
TESTED = {
    "harrell_c": "Harrell's C",
    "wolbers_c": "Harrell's C, who died never has the event",
    "uno_c": "Uno's C",
    "slope": "slope",
    "auc": "AUC",
    "brier": "Brier score",
    "calibration": "risk",
}
"""Quantities of a model's test that are shown, in words."""


def new(home: Home) -> None:
    """Write the skeleton of a plan and print what to do next. RegistryError if there is a plan."""
    check_format(home)
    path = PLAN_FILES.folder_of(home) / PLAN_FILES.place
    if path.exists():
        raise RegistryError(f"{path} exists already.", "Edit that file.")
    atomic_write(path, SKELETON.encode(), PRIVATE_FILE)
    typer.echo(f"Wrote {path}. Complete it, then run: registry plan try")


def try_file(home: Home, name: str, release_id: str | None) -> bool:
    """Print what each analysis of the file gives on a release; False if the plan is refused."""
    path = Path(name) if Path(name).exists() else home.root / name
    try:
        file = read_one(path)
    except OSError as error:
        cure = "Name a plan, or begin one with `registry plan new`."
        raise RegistryError(f"{name} cannot be read ({error.strerror}).", cure) from None
    read = checked_file(file)
    if read.plan is None:
        typer.echo(f"refused: {read.reason}")
        return False
    declared = _declared(home, read.plan)
    if release_id is None and current_release(home) is None:
        for definition in read.plan.definitions:
            typer.echo(f"{_called(definition.item)}  {_said(definition.item)}")
        typer.echo("There is no release yet to try it on.")
        return True
    release = find_release(home, release_id)
    with open_release(release) as con:
        made = estimated(con, read.plan, {})
    typer.echo(f"On release {release.release_id}; nothing is changed or declared by trying.")
    for definition in read.plan.definitions:
        item = definition.item
        typer.echo(f"\n{_called(item)}  {_said(item)}")
        typer.echo(f"  {declared[definition.sha256]}")
        for line in _model_lines(item, made) if isinstance(item, PlannedModel) else _curve_lines(item, made):
            typer.echo(f"  {line}")
    return True


def _declared(home: Home, plan: Plan) -> dict[str, str]:
    """Return, for each definition, since when it is declared."""
    known = plan_journal.read(home)
    return {
        one.sha256: f"declared on {known[one.sha256].declared_on}" if one.sha256 in known else NOT_DECLARED
        for one in plan.definitions
    }


def _called(item: PlannedModel | PlannedCurves) -> str:
    return f"{'model' if isinstance(item, PlannedModel) else 'curves'} {item.name}"


def _said(item: PlannedModel | PlannedCurves) -> str:
    parts = [f"{item.endpoint} per {item.level}"]
    if isinstance(item, PlannedModel):
        parts[0] = f"{item.fitted_by}: {parts[0]} ~ {item.formula}"
        parts += [f"within {', '.join(item.strata)}"] if item.strata else []
    else:
        parts += [f"by {item.by}"] if item.by else []
    return "; ".join(parts + ([f"only {item.subgroup}"] if item.subgroup else []))


def _model_lines(model: PlannedModel, made: "dict[str, pd.DataFrame]") -> list[str]:
    """Return the lines of the complete cases, then of the imputations if the model has any."""
    lines = _term_lines(model, made, model.name)
    if model.imputations is not None:
        imputed = _term_lines(model, made, f"{model.name}{IMPUTED}")
        lines += [f"with {model.imputations} imputations", *(f"  {line}" for line in imputed)]
    return lines + _test_lines(_rows(made, "model_performance", "model", model.name))


def _term_lines(model: PlannedModel, made: "dict[str, pd.DataFrame]", name: str) -> list[str]:
    """Return a line for each term of the model, then what there is to know about them."""
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
    return lines + _notes(ratios)


def _test_lines(rows: list[dict[Any, Any]]) -> list[str]:
    """Return a line for each figure of the model's test that has an optimism, then what there is to know about them;
    nothing of a model that is not tested.
    """
    from analysis.report import numbers

    lines = []
    for row in rows:
        name = TESTED.get(row["quantity"])
        is_group = row["quantity"] == "calibration" and " of " in row["stratum"]
        if name is None or (numbers.is_missing(row["estimate"]) and not is_group):
            continue
        when = "" if numbers.is_missing(row["time_months"]) else f" at {row['time_months']:g} months"
        if row["quantity"] == "calibration":
            group = f"{row['stratum']}: predicted {numbers.percent(row['predicted'])} %, observed"
            own = f"{numbers.percent(row['estimate'])} %, less optimism {numbers.percent(row['corrected'])} %"
            lines += [f"tested: risk{when}, group {group} {own}"] if is_group else []
            continue
        less = "" if numbers.is_missing(row["corrected"]) else f", less optimism {row['corrected']:.3f}"
        lines.append(f"tested: {name}{when} {row['estimate']:.3f}{less}")
    return lines + [f"tested, {note}" for note in _notes(rows[:1])]


def _curve_lines(curves: PlannedCurves, made: "dict[str, pd.DataFrame]") -> list[str]:
    """Return a line for each group with the number of subjects and events, the test, and the notes."""
    from analysis.report import numbers

    rows = _rows(made, "km_summary", "grouping", curves.name)
    groups = {row["stratum"]: row for row in reversed(rows)}  # the last rows of a group count the ends of follow-up
    lines = [
        f"{stratum}  {numbers.count(row['n'])} {curves.level}s, {numbers.counted(row['n_events'], 'event')}"
        for stratum, row in reversed(groups.items())
        if not numbers.is_missing(row["n"])
    ]
    for table, said in (("logrank", "log-rank"), ("gray", "Gray's test")):
        tests = [row for row in _rows(made, table, "grouping", curves.name) if not numbers.is_missing(row["p_value"])]
        lines += [f"{said}  {numbers.p_equals(row['p_value'])}" for row in tests[:1]]
    return lines + ([] if lines else _notes(rows))


def _rows(made: "dict[str, pd.DataFrame]", table: str, column: str, name: str) -> list[dict[Any, Any]]:
    if table not in made:
        return []
    frame = made[table]
    return frame[frame[column] == f"{PREFIX}{name}"].to_dict("records")


def _notes(rows: list[dict[Any, Any]]) -> list[str]:
    parts = [part for row in rows for part in str(row["note"]).split("; ") if part]
    return [f"note: {part}" for part in dict.fromkeys(parts)]
