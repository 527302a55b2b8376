"""`registry manuscript` and `registry cohort`: a release, or the patients of a SELECT, as files for a paper."""

from pathlib import Path

import typer

from orchestration.cli.wording import counted
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.analyse_cohort import analyse_cohort, caution_of, whole_sql_beside
from workflows.analyse_cohort import manuscript as write_manuscript


def manuscript(home: Home, release_id: str | None, out: Path) -> None:
    """Write the set, and say where it is."""
    release = find_release(home, release_id)
    write_manuscript(release, out)
    typer.echo(f"Release {release.release_id}: figures/, tables/ and manuscript.docx in {out}")


def cohort(home: Home, sql: str, release_id: str | None, out: Path, timeout_seconds: float) -> None:
    """Analyse, write, and say of how many patients."""
    release = find_release(home, release_id)
    found = analyse_cohort(release, sql, out, timeout_seconds=timeout_seconds)
    typer.echo(f"{counted(found.n_patients, 'patient')} of release {release.release_id}: {out / 'report.html'}")
    if caution := caution_of(found):
        typer.echo(caution.replace("This page", "It"), err=True)
    typer.echo(f"The SELECT as you gave it: {whole_sql_beside(out)}, for yourself alone.", err=True)
    if found.n_unknown:
        typer.echo(f"{counted(found.n_unknown, 'named patient')} not in the release: left out.", err=True)
