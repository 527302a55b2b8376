"""`registry federate`: share this site's part of a study, or combine the parts of several sites."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from orchestration.cli.plan_lines import called, lines_of, said
from schemas.disclosure import MODES, SAFE_MODE
from schemas.own_plan import PREFIX
from warehouse.cohorts.plan_form import PlannedCurves
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from workflows.federated.combined import GOES_ON, NOT_MADE, WAITS, ModelCombined
from workflows.federated.file_form import SITE_NAME, SiteFile
from workflows.federated.results import StudyCombined
from workflows.federated.results import combine as combined_of
from workflows.federated.site import share_answer, share_first
from workflows.federated.study import Study, read_study

if TYPE_CHECKING:
    import pandas as pd

OPEN = (
    "Under none the file holds data of single patients: days on which one alone left. It may go only where your "
    "agreement lets such data go."
)


def share(
    home: Home, path: Path, out: Path, site: str, mode: str | None, release_id: str | None, coefficients: Path | None
) -> None:
    """Write this site's file, and print what is in it and what is not."""
    if site and not re.fullmatch(SITE_NAME, site):
        raise RegistryError("The site's name is not of small letters, digits, - and _.", "Write it like north.")
    study = read_study(_found(home, path))
    if coefficients is None:
        written = share_first(home, study, site, MODES[mode or SAFE_MODE], release_id, out)
    else:
        law = None if mode is None else MODES[mode]
        written = share_answer(home, study, coefficients, law, release_id, out)
    file = written.file
    what = f"Study {study.sha256[:8]}, round {file.round}, as {file.site}"
    typer.echo(f"{what}, release {file.release_id}: {written.path}")
    if MODES[file.mode].is_open:
        typer.echo(OPEN, err=True)
    elif file.round == 1:
        typer.echo(f"Under {file.mode}: {file.n_suppressed} of {file.n_cells} counts suppressed")
    for line in _given_lines(file):
        typer.echo(line)
    for name, why in written.not_made.items():
        typer.echo(f"{name}: {why}", err=True)
    typer.echo("The log of the home says that it left.", err=True)


def _given_lines(file: SiteFile) -> list[str]:
    lines = []
    for name, one in file.curves.items():
        groups = sum(len(tables) for tables in one.tables.values())
        without = f"; no table of {', '.join(one.suppressed)}" if one.suppressed else ""
        lines.append(f"curves {name}: {one.refused}" if one.refused else f"curves {name}: {groups} tables{without}")
    for name, model in file.models.items():
        what = "sums by day" if model.by_day is not None else "score and information"
        lines.append(f"model {name}: {f'not given: {model.refused}' if model.refused else what}")
    return lines


def _found(home: Home, path: Path) -> Path:
    return path if path.exists() else home.root / path


def combine(path: Path, folders: list[Path], out: Path) -> None:
    """Combine the sites' files, and print what came of it and what comes next."""
    if not folders:
        raise RegistryError("No folder of sites is named.", "Name them after the study: study.toml north south.")
    study = read_study(path)
    found = combined_of(study, folders, out)
    typer.echo(f"Study {study.sha256[:8]}: {', '.join(found.gathered.files)}")
    for site, why in found.gathered.left_out.items():
        typer.echo(f"left out: {site}. {why}")
    for name in found.gathered.copies:
        typer.echo(f"a second copy of {name} is the same")
    tables = found.tables
    for curves in study.curves:
        typer.echo(f"\n{called(curves)}  {said(curves)}")
        for line in _curve_lines(curves, tables):
            typer.echo(f"  {line}")
    for model in study.models:
        typer.echo(f"\n{called(model)}  {said(model)}")
        for line in [*_state_lines(found.models[model.name]), *_rows_of(model, found, tables)]:
            typer.echo(f"  {line}")
    typer.echo("")
    for site, costs in found.costs.items():
        for cost in costs:
            typer.echo(f"{site}: {cost}")
    typer.echo(f"Tables: {out}")
    _say_next(study, found, path)


def _rows_of(model: Any, found: StudyCombined, tables: "dict[str, pd.DataFrame]") -> list[str]:
    return lines_of(model, tables) if found.models[model.name].table is not None else []


def _curve_lines(curves: PlannedCurves, tables: "dict[str, pd.DataFrame]") -> list[str]:
    """Return a line for each group with subjects and events, then the tests over all sites and within sites."""
    from analysis.report import numbers

    lines = []
    rows = _rows(tables, "km_summary", curves.name)
    groups = {row["stratum"]: row for row in reversed(rows)}
    for stratum, row in reversed(groups.items()):
        size = f"{numbers.count(row['n'])} {curves.level}s, {numbers.counted(row['n_events'], 'event')}"
        median = next(r for r in rows if r["stratum"] == stratum and r["quantity"] == "median_months")
        told = "" if numbers.is_missing(median["estimate"]) else f", median {median['estimate']:.1f} months"
        lines.append(f"{stratum}  {size}{told}")
    for table, name in (("logrank", "log-rank"), ("gray", "Gray's test")):
        for row in _rows(tables, table, curves.name):
            if row.get("cause", 1) == 1 and not numbers.is_missing(row["p_value"]):
                where = "within sites" if "stratified" in row["method"] else "over all sites"
                gone = [part for part in str(row["note"]).split("; ") if part.startswith("without ")]
                lines.append("  ".join([f"{name} {where}", numbers.p_equals(row["p_value"]), *gone]))
    return lines or ["no site gives them"]


def _rows(tables: "dict[str, pd.DataFrame]", table: str, name: str) -> list[dict[Any, Any]]:
    if table not in tables:
        return []
    frame = tables[table]
    return frame[frame["grouping"] == f"{PREFIX}{name}"].to_dict("records")


def _state_lines(model: ModelCombined) -> list[str]:
    lines = [f"not in it: {site}, {why}" for site, why in model.refused.items()]
    if model.state == WAITS:
        lines.append(f"round {model.round} waits for {', '.join(model.waits_for)}")
    elif model.state == GOES_ON:
        lines.append(f"round {model.round} is whole; the next is asked for")
    elif model.state == NOT_MADE or model.why:
        lines.append(model.why)
    else:
        lines.append(f"converged in round {model.round}, of {', '.join(model.sites)}")
    return lines


def _say_next(study: Study, found: StudyCombined, path: Path) -> None:
    late = sorted({site for one in found.models.values() for site in one.waits_for})
    if found.next_file is not None:
        words = f"registry federate share {path.name} --coefficients {found.next_file} --out FOLDER"
        typer.echo(f"Next, at each site: {words}")
    elif late:
        typer.echo(f"Combine again when {', '.join(late)} answered.")
