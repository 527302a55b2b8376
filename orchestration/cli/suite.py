"""`registry suite new` and `registry suite try`: the registry's own suites of expectations."""

import json
from pathlib import Path

import typer

from schemas.exports import EXPORTS
from warehouse.expectations.home_suites import Verdict, judge_suite
from warehouse.expectations.judged_types import OF_THE_TABLE
from warehouse.expectations.library import new_batches
from warehouse.expectations.stated_expectation import JUDGED_TABLES, SuiteRefused, near_table
from warehouse.expectations.suite_form import checked_files, suite_of
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.home_files import SUITE_FILES, read_one
from warehouse.storage.home_format import check_format

FIRST_COLUMN = "patient_id"


def new(home: Home, name: str, table: str) -> None:
    """Write a suite with one expectation and print what to do next. RegistryError if the name or the file is taken."""
    check_format(home)
    if table not in JUDGED_TABLES:
        raise RegistryError(f"There is no table {table!r}." if table else "--table is missing.", near_table(table))
    path = SUITE_FILES.folder_of(home) / f"{name.lower().replace(' ', '-')}.json"
    if path.exists():
        raise RegistryError(f"{path} exists already.", "Choose another name, or edit that file.")
    export = EXPORTS.get(table.removeprefix("clean."))
    column = next((one.name for one in export.columns if not one.required), FIRST_COLUMN) if export else FIRST_COLUMN
    expectation = {
        "type": "expect_column_values_to_not_be_null",
        "kwargs": {"column": column, "mostly": 0.95},
        "severity": "warning",
    }
    stated = {"name": name, "meta": {"table": table}, "expectations": [expectation]}
    SUITE_FILES.folder_of(home).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    atomic_write(path, (json.dumps(stated, indent=2) + "\n").encode())
    (read,) = [one for one in checked_files(SUITE_FILES.read(home)) if one.file.name == path.name]
    if read.reason:
        path.unlink()
        raise RegistryError(read.reason)
    typer.echo(f"Wrote {path}. Complete it, then run: registry suite try {path}")


def try_file(home: Home, name: str) -> bool:
    """Print how each expectation of the file fares on the current release; False if one could not be judged."""
    path = Path(name) if Path(name).exists() else home.root / name
    try:
        suite = suite_of(read_one(path))
    except OSError as error:
        raise RegistryError(
            f"{name} cannot be read ({error.strerror}).", "Name a file, e.g. expectations/house.json."
        ) from None
    except SuiteRefused as error:
        typer.echo(f"{path.name}  refused: {error}")
        return False
    release = find_release(home)
    with open_release(release) as con:
        verdicts = judge_suite(new_batches(), con, suite)
    expectations = "1 expectation" if len(verdicts) == 1 else f"{len(verdicts)} expectations"
    typer.echo(f"{suite.name}  {expectations} on release {release.release_id}")
    for verdict in verdicts:
        typer.echo(f"  {verdict.status:<6}  {verdict.stated.table}  {verdict.stated.name}{_said(verdict)}")
    return all(verdict.status != "error" for verdict in verdicts)


def _said(verdict: Verdict) -> str:
    if verdict.status == "error":
        return f": {verdict.note}"
    gate = "; it is a gate" if verdict.stated.severity == "gate" else ""
    if verdict.mostly is not None and verdict.n_rows and verdict.n_broken is not None:
        met = verdict.n_rows - verdict.n_broken
        return f": {met:,} of {verdict.n_rows:,} ({verdict.observed:.1f} %), at least {100 * verdict.mostly:g} %{gate}"
    parts = [f"{verdict.observed:,.6g}"] if verdict.observed is not None else []
    if verdict.n_rows is not None and verdict.stated.kind not in OF_THE_TABLE:
        parts.append(f"over {verdict.n_rows:,} rows")
    said = " ".join(parts) + (_expected(verdict) if verdict.observed is not None else "")
    return f": {said}{gate}" if said else f": {gate[2:]}" if gate else ""


def _expected(verdict: Verdict) -> str:
    """Return the limits of the figure, to be said after it."""
    low, high = verdict.low, verdict.high
    if low is not None and high is not None:
        return f", expected {low:,.6g}" + (f" to {high:,.6g}" if low != high else "")
    if low is not None:
        return f", at least {low:,.6g}"
    return f", at most {high:,.6g}" if high is not None else ""
