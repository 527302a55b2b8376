"""`registry test-model`: put a published model or claims to the test on a release or a cohort."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from orchestration.cli.cohort import control, release_for
from orchestration.cli.notices import say_unfinished_erasure
from orchestration.cli.wording import counted
from schemas.home_file import HomeFile
from schemas.thresholds import FEWEST_PATIENTS
from warehouse.cohorts.older_releases import check_release
from warehouse.cohorts.published_form import PublishedFile, PublishedRefused, said_term
from warehouse.cohorts.published_skeleton import skeleton
from warehouse.cohorts.recipe import Recipe, read_recipe
from warehouse.releases.query import open_release
from warehouse.releases.time_limit import time_limit
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.home_files import read_one
from warehouse.storage.home_format import check_format
from workflows.published_checks import published_of
from workflows.published_files import write_tested
from workflows.put_to_test import FileTested, ModelTested, put_to_test

if TYPE_CHECKING:
    import pandas as pd

SHOWN_THRESHOLDS = (0.1, 0.2, 0.3)
"""Risks at which the terminal shows the net benefit; the table has more."""
HOLDS = {
    (True, True): "each interval holds the other's figure",
    (True, False): "the claim's interval holds the registry's figure, the registry's does not hold the claim",
    (False, True): "the claim's interval does not hold the registry's figure, the registry's holds the claim",
    (False, False): "neither interval holds the other's figure",
    (True, None): "the claim's interval holds the registry's figure",
    (False, None): "the claim's interval does not hold the registry's figure",
    (None, True): "the registry's interval holds the claim",
    (None, False): "the registry's interval does not hold the claim",
}
C_NAMES = {"harrell_c": "Harrell's C", "wolbers_c": "Harrell's C", "uno_c": "Uno's C"}


def new(home: Home, name: str) -> None:
    """Write the skeleton of a file and print what to do next. RegistryError if it is there."""
    check_format(home)
    if Path(name).name != name or not name.endswith(".toml"):
        raise RegistryError("The file is written into the home, so its name has no folder.", "Name it like score.toml.")
    path = home.root / name
    if path.exists():
        raise RegistryError(f"{path} exists already.", "Edit that file, or name another.")
    atomic_write(path, skeleton(name).encode(), PRIVATE_FILE)
    typer.echo(f"Wrote {path}. Complete it, then run: registry test-model {name}")


def tested(
    home: Home,
    name: str,
    release_id: str | None,
    cohort: Path | None,
    out: Path | None,
    timeout_seconds: float,
    disclosure: str,
) -> bool:
    """Print what the file's model and claims come to on a release, and write it if a folder is named; False if the file
    is refused.
    """
    file = _read(home, name)
    try:
        asked = published_of(file)
    except PublishedRefused as refused:
        typer.echo(f"refused: {refused}")
        return False
    say_unfinished_erasure(home)
    leaves = control(home, disclosure, "test-model")
    if leaves is not None and out is None:
        raise RegistryError("Under disclosure control results leave as files.", "Name a folder with --out.")
    recipe = read_recipe(cohort) if cohort else Recipe()
    release = release_for(home, recipe, release_id)
    with open_release(release) as con, time_limit(con, timeout_seconds) as check:
        check_release(con, recipe, release.release_id)
        found = put_to_test(con, asked, recipe.criteria)
        check()
    if leaves is None:
        whom = f"of the cohort {recipe.title or cohort.name}" if cohort else "of everybody"
        typer.echo(f"On release {release.release_id}, {whom}; nothing is changed.")
        for line in lines_of(asked, found):
            typer.echo(line)
        if found.model and found.model.n < FEWEST_PATIENTS:
            print(
                f"It describes individuals: fewer than {FEWEST_PATIENTS} subjects. Do not pass it on.", file=sys.stderr
            )
    if out is not None:
        write_tested(out, release, file, asked, found, recipe, leaves)
        typer.echo(f"{'What may leave' if leaves else 'Tables and figures'}: {out}")
    return True


def _read(home: Home, name: str) -> HomeFile:
    path = Path(name) if Path(name).exists() else home.root / name
    try:
        return read_one(path)
    except OSError as error:
        cure = "Name a file, or begin one with `registry test-model new`."
        raise RegistryError(f"{name} cannot be read ({error.strerror}).", cure) from None


def lines_of(asked: PublishedFile, found: FileTested) -> list[str]:
    """Return what the terminal shows of a file that was tested."""
    source = f" ({asked.source})" if asked.source else ""
    lines = [f"{asked.title}{source}"] if asked.title else []
    if asked.model is not None and found.model is not None:
        lines += ["", f"model  {asked.model.endpoint} per {asked.model.level}"]
        lines += [f"  {said_term(term)}" for term in asked.model.terms]
        lines += [f"  {line}" for line in _model_lines(found.model, asked.model.level)]
    if len(found.claims):
        if asked.study is not None:
            lines += [
                "",
                "the study's size and follow-up are compared in analysis.replication, where a home asks for it",
            ]
        lines += ["", "claims"] + [f"  {line}" for line in _claim_lines(found.claims)]
    return lines


def _model_lines(model: ModelTested, level: str) -> list[str]:
    from analysis.validation import performance as names

    size = f"{counted(model.n, level)}, {counted(model.n_events, 'event')}"
    missing = f" ({model.missing})" if model.missing else ""
    left = f"; {model.n_left_out:,} left out for missing values{missing}" if model.n_left_out else ""
    lines = [f"{size}{left}", *model.deaths]
    rows = model.table.to_dict("records")
    for row in rows:
        if row["quantity"] in C_NAMES:
            said = str(row["method"]).split(", logit")[0].removeprefix("Harrell's C")
            said = said.removeprefix("Uno's C").strip(", ")
            lines.append(f"{C_NAMES[row['quantity']]}  {_interval(row)}{f', {said}' if said else ''}")
        elif row["quantity"] == names.SLOPE:
            lines.append(f"slope  {_interval(row)}; 1 if its ratios hold here")
    of_all = [row for row in rows if row["time_months"] != row["time_months"]]
    lines += _notes(of_all)
    for month in dict.fromkeys(row["time_months"] for row in rows if row["time_months"] == row["time_months"]):
        own = [row for row in rows if row["time_months"] == month]
        lines += [f"at {month:g} months", *(f"  {line}" for line in _month_lines(own, level))]
    return lines + _cutoff_lines([row for row in rows if row["quantity"] in ("observed", "hazard_ratio")])


def _month_lines(rows: list[dict[Any, Any]], level: str) -> list[str]:
    """Return the lines of one time: AUC, Brier score, calibration, net benefit."""
    from analysis.report import numbers
    from analysis.validation import performance as names

    by_name = {row["quantity"]: row for row in rows if row["stratum"] == "overall" or row["quantity"] == names.AUC}
    lines = []
    if names.AUC in by_name and not numbers.is_missing(by_name[names.AUC]["estimate"]):
        lines.append(f"AUC  {_interval(by_name[names.AUC])}")
    if names.BRIER in by_name:
        of_all = _number(by_name[names.NULL_BRIER]["estimate"], 3)
        brier = _number(by_name[names.BRIER]["estimate"], 3)
        lines.append(f"Brier score  {brier}; {of_all} if everybody had the same risk")
    for row in rows:
        if row["quantity"] == names.CALIBRATION and not numbers.is_missing(row["predicted"]):
            name = "calibration" if row["stratum"] == "overall" else f"  {row['stratum']}"
            seen = numbers.percent_interval(row["estimate"], row["lower"], row["upper"])
            size = f"{counted(int(row['n']), level)}, {counted(int(row['n_events']), 'event')}"
            lines.append(f"{name}  predicted {numbers.percent(row['predicted'])} %, observed {seen} %; {size}")
        elif row["quantity"] == names.RATIO:
            ratio = numbers.ratio_interval(row["estimate"], row["lower"], row["upper"])
            lines.append(f"observed over predicted  {ratio}")
    benefits = [row for row in rows if row["quantity"] in (names.NET_BENEFIT, names.NET_BENEFIT_OF_ALL)]
    for threshold in SHOWN_THRESHOLDS:
        own = {row["quantity"]: row for row in benefits if row["threshold"] == threshold}
        if own:
            of_all = _number(own[names.NET_BENEFIT_OF_ALL]["estimate"], 3)
            lines.append(
                f"net benefit from a risk of {100 * threshold:g} %  "
                f"{_number(own[names.NET_BENEFIT]['estimate'], 3)}; {of_all} of acting on everybody"
            )
    return lines + _notes([row for row in rows if row["quantity"] in (names.AUC, names.CALIBRATION)])


def _cutoff_lines(rows: list[dict[Any, Any]]) -> list[str]:
    from analysis.report import numbers

    lines = []
    for row in rows:
        if row["quantity"] == "observed":
            seen = numbers.percent_interval(row["estimate"], row["lower"], row["upper"])
            lines.append(f"{row['stratum']}: {seen} % by {row['time_months']:g} months, n = {int(row['n']):,}")
        else:
            ratio = numbers.ratio_interval(row["estimate"], row["lower"], row["upper"])
            lines.append(f"hazard ratio above against up to the cut-off  {ratio}")
    return lines


def _claim_lines(table: "pd.DataFrame") -> list[str]:
    """Return a line for each claim, the registry's figure beside it, and what the intervals hold."""
    from analysis.report import numbers

    lines = []
    for row in table.to_dict("records"):
        is_ratio = str(row["quantity"]).endswith("_ratio")
        printed = numbers.ratio_interval if is_ratio else numbers.percent_interval
        sign = "" if is_ratio else " %"
        claim = printed(row["published_value"], row["published_lower"], row["published_upper"])
        p_value = "" if numbers.is_missing(row["published_p"]) else f", {numbers.p_equals(row['published_p'])}"
        own = printed(row["estimate"], row["lower"], row["upper"])
        what = str(row["quantity"]).replace("_", " ")
        when = f" at {row['time_months']:g} months" if not numbers.is_missing(row["time_months"]) else ""
        size = (
            "" if numbers.is_missing(row["n"]) else f"; n = {int(row['n']):,}, {counted(int(row['n_events']), 'event')}"
        )
        lines.append(f"{row['claim']}, {row['stratum']}: {what}{when}")
        lines.append(f"  published {claim}{sign}{p_value}, here {own}{sign if own != numbers.MISSING else ''}{size}")
        here, there = (None if numbers.is_missing(row[name]) else bool(row[name]) for name in VERDICTS)
        verdict = HOLDS.get((here, there))
        lines += [f"  {verdict}"] if verdict else []
        lines += [f"  {note}" for note in _notes([row])]
    return lines


VERDICTS = ("holds_estimate", "holds_published")


def _interval(row: dict[Any, Any]) -> str:
    from analysis.report import numbers

    if numbers.is_missing(row["estimate"]):
        return numbers.MISSING
    if numbers.is_missing(row["lower"]):
        return _number(row["estimate"], 2)
    return f"{_number(row['estimate'], 2)} ({_number(row['lower'], 2)}–{_number(row['upper'], 2)})"


def _number(value: Any, decimals: int) -> str:
    from analysis.report import numbers

    return numbers.MISSING if numbers.is_missing(value) else f"{float(value):.{decimals}f}"


def _notes(rows: list[dict[Any, Any]]) -> list[str]:
    parts = [part for row in rows for part in str(row["note"]).split("; ") if part]
    return [f"note: {part}" for part in dict.fromkeys(parts)]
