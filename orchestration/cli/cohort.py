"""`registry manuscript` and `registry cohort`: write the files for a paper, of a release, of a recipe's cohort or of a
SELECT's patients.
"""

from pathlib import Path

import typer

from orchestration.cli.wording import counted
from schemas.disclosure import MODES, NONE
from warehouse.cohorts.recipe import Recipe, RecipeRefused, read_recipe
from warehouse.releases.release import Release, find_release
from warehouse.storage.home import Home
from workflows.analyse_cohort import analyse_cohort, caution_of, warning_of, whole_sql_beside
from workflows.analyse_cohort import manuscript as write_manuscript
from workflows.analyse_recipe import analyse_recipe, whole_recipe_beside
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
    if said := caution_of(found) if leaves is None else warning_of(found):
        typer.echo(said.replace("This page", "It"), err=True)
    typer.echo(f"Your SELECT in full, which is not for sharing: {whole_sql_beside(out)}", err=True)
    if found.n_unknown:
        typer.echo(f"Left out, because not in the release: {counted(found.n_unknown, 'patient')}.", err=True)


def recipe(
    home: Home, path: Path, release_id: str | None, out: Path, timeout_seconds: float, disclosure: str = NONE
) -> None:
    """Analyse the cohort of a recipe file, write the files and print how many there are."""
    asked = read_recipe(path)
    release = release_for(home, asked, release_id)
    leaves = control(home, disclosure, "recipe")
    found = analyse_recipe(release, asked, out, timeout_seconds=timeout_seconds, disclosure=leaves)
    facts = found.recipe
    assert facts is not None
    whom = f"{_told(facts.n_patients, 'patient')} with {_told(facts.n_lesions, 'lesion')}"
    typer.echo(f"{whom} of release {release.release_id}: {out / 'report.html'}")
    if found.cautions:
        typer.echo(found.cautions.replace("This page", "It"), err=True)
    if not facts.is_whole:
        typer.echo(f"Your recipe in full, which is not for sharing: {whole_recipe_beside(out)}", err=True)


def _told(n: int | None, noun: str) -> str:
    return f"a suppressed number of {noun}s" if n is None else counted(n, noun)


def release_for(home: Home, asked: Recipe, release_id: str | None) -> Release:
    """Return the release that the command or the recipe names, else the current one. RecipeRefused if they name two."""
    release = find_release(home, release_id or asked.release)
    if release_id and asked.release and find_release(home, asked.release).release_id != release.release_id:
        raise RecipeRefused(
            f"The recipe is for release {asked.release}, and --release names {release.release_id}.",
            "Leave out --release, or take release out of the recipe.",
        )
    return release
