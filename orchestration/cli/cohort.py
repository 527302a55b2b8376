"""`registry manuscript` and `registry cohort`: write the files for a paper, of a release or of a SELECT's patients."""

from pathlib import Path

import typer

from orchestration.cli.wording import counted
from schemas.disclosure import MODES, NONE
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.analyse_cohort import analyse_cohort, caution_of, whole_sql_beside
from workflows.analyse_cohort import manuscript as write_manuscript
from workflows.disclosed import Disclosure


def manuscript(home: Home, release_id: str | None, out: Path, disclosure: str = NONE) -> None:
    """Write the figures, tables and manuscript, and print where they are."""
    release = find_release(home, release_id)
    write_manuscript(release, out, disclosure=control(home, disclosure, "manuscript"))
    typer.echo(f"Release {release.release_id}: figures/, tables/ and manuscript.docx in {out}")


def control(home: Home, mode: str, what: str) -> Disclosure | None:
    """Return how results leave under the mode; None for `none`, under which they stay inside."""
    law = MODES[mode]
    return None if law.is_open else Disclosure(home, law, what)


def cohort(
    home: Home, sql: str, release_id: str | None, out: Path, timeout_seconds: float, disclosure: str = NONE
) -> None:
    """Analyse the patients of the SELECT, write the files and print how many patients there are."""
    release = find_release(home, release_id)
    leaves = control(home, disclosure, "cohort")
    found = analyse_cohort(release, sql, out, timeout_seconds=timeout_seconds, disclosure=leaves)
    typer.echo(f"{counted(found.n_patients, 'patient')} of release {release.release_id}: {out / 'report.html'}")
    if (caution := caution_of(found)) and leaves is None:
        typer.echo(caution.replace("This page", "It"), err=True)
    typer.echo(f"Your SELECT in full, which is not for sharing: {whole_sql_beside(out)}", err=True)
    if found.n_unknown:
        typer.echo(f"Left out, because not in the release: {counted(found.n_unknown, 'patient')}.", err=True)
